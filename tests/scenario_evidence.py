"""What a run of each scenario saw, recorded: enough to diagnose any of them together.

A run takes half a second, and there are ten thousand pairs. So the pairs are diagnosed from what
the runs of their halves saw: a finding of either is a finding of both. That a run still sees what
is recorded is held by `test_scenarios.py`; that two faults at once are seen as what each of them
shows alone, by `test_pairs.py`, which breaks some pairs for real.

`python tests/diagnosing --record` writes it anew.
"""

import json
from pathlib import Path

from netra_validate.diagnosis import diagnose
from netra_validate.model import (
    Bearing,
    Command,
    Finding,
    Outcome,
    ProbeResult,
    Remediation,
    ResourceRef,
    RevisionRef,
    Severity,
)
from netra_validate.signs import Sign

FILE = Path(__file__).parent / "data" / "scenario_evidence.json"

_SIGNS = ("shows", "explains", "may_explain")
_PLACES = ("affects", "reaches")

_OF_SET_UP = {"cloud-sql", "identity", "runtime-config", "vpc-connector"}
"""Checks whose findings on a revision are about what it was deployed with."""

_OF_TRAFFIC = {"condemns", "sends_to"}
"""What is for the remedies: revisions are numbered, so that two scenarios may name others alike."""


def load():
    """For each scenario what a run of it saw."""
    return json.loads(FILE.read_text("utf-8"))


def of(report):
    """What a run saw that is not well: for each probe how it ended, and what it found."""
    return {
        probe.id: {
            "outcome": probe.outcome.value,
            "resource": list(probe.resource),
            "findings": {found.fingerprint: _finding(found) for found in probe.findings},
        }
        for probe in report.probes
        if probe.findings or probe.outcome is Outcome.ERROR
    }


def _finding(found):
    signs = {
        name: None if (told := getattr(found.bearing, name)) is None else sorted(map(str, told))
        for name in _SIGNS
    }
    places = {
        name: sorted(map(list, getattr(found.bearing, name))) for name in (*_PLACES, "only_in")
    }
    return {
        "rule": found.rule,
        "severity": found.severity.value,
        **{name: told for name, told in signs.items() if told or name != "may_explain"},
        **{name: refs for name, refs in places.items() if refs},
        **_of_traffic(found),
    }


def _of_traffic(found):
    """The revisions that are not well, and those that its remedy would send traffic to."""
    commands = () if found.remediation is None else found.remediation.commands
    told = {
        "condemns": sorted(map(list, found.condemns)),
        "sends_to": [list(map(list, each.relies_on)) for each in commands if each.relies_on],
    }
    return {name: each for name, each in told.items() if each}


def roots(plan, *seen):
    """The root causes of environments that are broken in all these ways at once."""
    return frozenset(cause.probe for cause in diagnosed(plan, *seen).root_causes)


def diagnosed(plan, *seen):
    """What is made of environments that are broken in all these ways at once."""
    seen = _with_new_revisions(seen)
    names = sorted({name for each in seen for name in each})
    results = [_result(name, [each[name] for each in seen if name in each]) for name in names]
    return diagnose(results, plan.topology.upstream, plan.dependencies)


def _with_new_revisions(seen):
    """What one of them says of the set-up of a revision is true of the new ones of the others.

    A revision has what the one before it had; what its instances logged is its own.
    """
    new = {
        tuple(each) for found in _findings(seen) for each in found.get("only_in", ())
    }  # fmt: skip
    if not new:
        return seen
    told = json.loads(json.dumps(seen))
    for found in _findings(told):
        known = {tuple(each) for each in found.get("condemns", ())}
        if found["rule"].partition(".")[0] in _OF_SET_UP and "only_in" not in found:
            services = {each[:3] for each in known}
            found["condemns"] = sorted(known | {each for each in new if each[:3] in services})
    return told


def _findings(seen):
    return (
        found for each in seen for probe in each.values() for found in probe["findings"].values()
    )


def are_compatible(first, second):
    """Whether two environments can be broken like this at once.

    They cannot where both break the very same thing in different ways: two answers of one
    endpoint, two states of one revision.
    """
    mine, theirs = _by_fingerprint(first), _by_fingerprint(second)
    return all(mine[key] == theirs[key] for key in mine.keys() & theirs.keys())


def _by_fingerprint(seen):
    return {
        key: {name: told for name, told in found.items() if name not in _OF_TRAFFIC}
        for probe in seen.values()
        for key, found in probe["findings"].items()
    }


def _result(name, told):
    findings = {key: found for each in told for key, found in each["findings"].items()}
    check = name.partition("/")[0]
    failing = any(found["severity"] == "error" for found in findings.values())
    return ProbeResult(
        name,
        check,
        None,
        ResourceRef(*told[0]["resource"]),
        Outcome.FAIL if failing else Outcome(told[0]["outcome"]),
        findings=tuple(_restored(key, found) for key, found in findings.items()),
    )


def _restored(fingerprint, found):
    signs = [None if (told := found.get(name)) is None else frozenset(map(Sign, told))
             for name in ("shows", "explains")]  # fmt: skip
    may = frozenset(map(Sign, found.get("may_explain", ())))
    places = [frozenset(ResourceRef(*each) for each in found.get(name, ())) for name in _PLACES]
    only_in = frozenset(RevisionRef(*each) for each in found.get("only_in", ()))
    return Finding(
        found["rule"],
        Severity(found["severity"]),
        "",
        fingerprint=fingerprint,
        bearing=Bearing(*signs, may, *places, only_in),
        remediation=_moving(found.get("sends_to", ())),
        condemns=frozenset(RevisionRef(*each) for each in found.get("condemns", ())),
    )


def _moving(sends_to):
    """A remedy with the commands that move traffic."""
    commands = (
        Command((), relies_on=tuple(RevisionRef(*each) for each in these)) for these in sends_to
    )
    return Remediation("", tuple(commands)) if sends_to else None
