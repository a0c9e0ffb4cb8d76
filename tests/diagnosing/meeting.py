"""Which scenarios can meet: two faults that set the same thing to different values cannot.

A health endpoint has one answer, a host one certificate, and of a service that is gone nothing can
be broken. So the environment with both faults is looked at: where it has, of what both of them
change, the value of one and not that of the other, the other is not there. Where it has what is
neither's, such as the lines that both add to a log, it is broken in both ways.

And nobody sees a fault of what another one keeps from being looked at, or breaks the way to.
"""

from collections import Counter
from dataclasses import fields, is_dataclass
from functools import cache
from types import FunctionType

import scenario_evidence as evidence
from google.protobuf import json_format

from netra_validate.sandbox import SCENARIOS
from netra_validate.sandbox.edge import FRONT
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.scenarios import faults_of

_GONE = "gone"
_THING = 3
"""How many steps lead to one service, one instance, one answer."""


_UNSEEN = {
    "database-missing": {"capacity/postgres"},
    "database-stopped": {"capacity/postgres"},
    "database-suspended": {"capacity/postgres"},
    "connector-missing": {"capacity/main"},
    "connector-down": {"capacity/main"},
    "service-missing": {"identity/backend", "runtime-config/backend", "startup-logs/backend"},
}  # fmt: skip
"""What is not there, or does not run, has nothing to look at or to measure for these probes."""


_NO_CONVERSATION = frozenset({"websocket.refused", "websocket.unauthorized"})
"""Where the upgrade is refused, nobody learns what would be said after it, or to whom."""


_ASKS = frozenset({"auth", "cors", "frontend", "health", "postgres", "websocket"})
"""Checks that ask one thing and judge its answer: none, and there is nothing to judge."""


def can_meet(one, another, seen):
    """Whether the environment with the faults of both is broken in both ways, as can be seen.

    Args:
        one: the name of a scenario.
        another: of another one.
        seen: for each scenario what a run of it saw.
    """
    return (
        evidence.are_compatible(seen[one], seen[another])
        and not any(_hides(this, that, seen) for this, that in ((one, another), (another, one)))
        and _are_both_there(one, another)
    )


def _hides(one, another, seen):
    """Whether what one breaks keeps the other from being seen."""
    if not _UNSEEN.get(one, frozenset()).isdisjoint(seen[another]):
        return True
    if any(_keeps_quiet(seen[one], probe, told) for probe, told in seen[another].items()):
        return True
    mine, theirs = SCENARIOS[one].expects, SCENARIOS[another].expects
    if mine & _NO_CONVERSATION and _of_websockets(theirs - _NO_CONVERSATION):
        return True
    return _leads_through_front(changed(one)) and _breaks_front(changed(another))


def _keeps_quiet(seen, probe, told):
    """Whether a probe gets no answer in which it could see what another scenario breaks."""
    if probe not in seen or probe.partition("/")[0] not in _ASKS:
        return False
    rules = {found["rule"] for found in seen[probe]["findings"].values()}
    others = {found["rule"] for found in told["findings"].values()} - rules
    unreached = any(rule.endswith(".unreachable") for rule in rules)
    return bool(others) and (unreached or not rules)


def _of_websockets(rules):
    return any(rule.startswith("websocket.") for rule in rules)


def _leads_through_front(change):
    """Whether the host that is none of a service's own stands in for a service's own address."""
    return any(path[-1] == "uri" and str(to).endswith(f":{FRONT}") for path, to in change.items())


def _breaks_front(change):
    return any(path[:2] == ("edge", "presented") and FRONT in path for path in change)


def _are_both_there(one, another):
    mine, theirs = changed(one), changed(another)
    disputed = {path for path in mine.keys() & theirs.keys() if mine[path] != theirs[path]}
    if not (disputed or _touched(one) & _emptied(another) or _touched(another) & _emptied(one)):
        return True
    try:
        met = [_flat(broken(faults_of(pair))) for pair in ((one, another), (another, one))]
    except (KeyError, IndexError):  # a fault does not find what it is to break
        return False
    return not any(_is_lost(path, mine, theirs, both) for both in met for path in mine | theirs)


@cache
def _touched(name):
    """The things of which a scenario changes something, such as one service."""
    return {path[:_THING] for path in changed(name)}


@cache
def _emptied(name):
    """Those that a scenario takes something from."""
    return {path[:_THING] for path, now in changed(name).items() if now == _GONE}


def _is_lost(path, mine, theirs, both):
    """Whether the environment with both has not what one of them makes of something."""
    wanted = [each[path] for each in (mine, theirs) if path in each]
    if len(wanted) == 1 or wanted[0] == wanted[1]:
        return _GONE not in wanted and path not in both
    return both.get(path, _GONE) in wanted


@cache
def changed(name):
    """What a scenario changes: for each path the value that it has now."""
    well, ill = _healthy(), _flat(broken(faults_of([name])))
    return {
        path: ill.get(path, _GONE)
        for path in well.keys() | ill.keys()
        if well.get(path, _GONE) != ill.get(path, _GONE)
    }


@cache
def _healthy():
    return _flat(broken(()))


def _flat(staging):
    return dict(_leaves((), staging))


def _leaves(path, value):
    """Every value under it that is no container, with the way there."""
    if hasattr(type(value), "pb"):
        value = json_format.MessageToDict(type(value).pb(value))
    elif hasattr(value, "DESCRIPTOR"):
        value = json_format.MessageToDict(value)
    if isinstance(value, FunctionType):
        value = _written(value)
    if is_dataclass(value):
        value = {each.name: getattr(value, each.name) for each in fields(value)}
    if hasattr(value, "items"):
        for key, inner in value.items():
            yield from _leaves((*path, key), inner)
    elif isinstance(value, list | tuple):
        yield from _entries(path, value)
    elif path[-1:] == ("options",):
        yield from _entries(path, value.splitlines())
    else:
        yield path, value


def _written(function):
    """What tells a function from others: where it is written, and what it was given there."""
    given = [cell.cell_contents for cell in function.__closure__ or ()]
    told = (_written(each) if isinstance(each, FunctionType) else repr(each) for each in given)
    return f"{function.__qualname__}({', '.join(told)})"


def _entries(path, several):
    """Entries of a list: by the name that they have, or counted where they have none."""
    named = [_named(each) for each in several]
    if all(named) and len(set(named)) == len(named):
        for name, each in zip(named, several, strict=True):
            yield from _leaves((*path, name), each)
    else:
        for text, times in Counter(map(repr, several)).items():
            yield (*path, text), times


def _named(entry):
    """What tells an entry of a message from the others."""
    if not hasattr(entry, "get"):
        return None
    return next((entry[key] for key in ("name", "type") if entry.get(key)), None)
