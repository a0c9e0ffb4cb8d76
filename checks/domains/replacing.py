r"""What to write in the place of a host, in the spelling that stands there, where that is certain.

The successor is written as the host was: ``api\.staging\.example`` becomes
``api-staging\.example``, ``API%2ESTAGING%2EEXAMPLE`` becomes ``API-STAGING%2EEXAMPLE``. What both
have in common at their end stays as it is. Ports, paths and schemes are nobody's business here.

Left to people is whatever has more than one right answer: hosts of which a part is only known
later, the ends of hosts, mail addresses, keys of mappings (the successor may have an entry of its
own), lines that name the successor as well (a redirect, a list of both), text that speaks of what
is given up (a list of retired hosts, a test that one is refused), strings that are put together,
and letters that are spelled otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import takewhile
from typing import Final

from checks.domains.examination import Examined, Fault, faults, lines_ending_in_line_feeds
from checks.domains.mentions import Mention
from checks.domains.policy import Policy
from checks.domains.spelling import plain
from checks.domains.surroundings import Surroundings
from netra_validate.hostnames import spellings


@dataclass(frozen=True, slots=True)
class Mend:
    """What is to be done about one mention."""

    text: str = ""
    """What takes its place."""
    host: str = ""
    """The host that this names."""
    reason: str = ""
    """Why nothing can be done without a person; empty where something can."""


Mends = Mapping[tuple[Fault, Mention], Mend]
"""What is to be done about each mention that could be replaced."""

_SEPARATOR: Final = r"(.{1,16}?)"
"""A dot in any spelling: the longest usual one is ``%252525e3…``, and ``&amp;amp;#x2e;`` has 15."""

_AROUND: Final = 200
"""Characters on either side that tell what a host is a part of; a line may have millions."""

_OF_HOSTS: Final = frozenset({"retired-host", "wrong-role"})
"""The rules that another host can satisfy."""

_KEY: Final = re.compile(r"\\?[\"'`]?\s*(?::(?=\s|\Z)|=>|=(?![=\w/]))")
"""What follows the key of a mapping, quoted or not."""

_RECORD: Final = re.compile(
    r"(?:^|/)(?:changelog|changes|history|news|releases?(?:[-_ ]?notes)?)(?:\.\w+)?$"
    r"|\.(?:log|patch|diff)$",
    re.IGNORECASE,
)
"""Files that tell what was: a changelog is not rewritten."""

_COMPARED: Final = re.compile(r"(?:[=!]=|\b(?:in|case|is|not))\s*[\[({]?\s*[a-zA-Z]{0,2}[\"'`]$")
"""Before a string that something is compared with; the colon behind it begins a block."""

_MAPPINGS: Final = (".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties", ".json")
"""Files in which an unquoted word before a colon or an equals sign is a key."""

_CONTINUED: Final = re.compile(
    r"""(?:[\w.}-]["']\s*|["'`)\]\w](?<![/@]["'`])\s*\+\s*|^\s*\+\s*)[a-zA-Z]{0,2}["'`]$"""
)
"""Before a string that continues another one: ``"api." + "staging.example"``. One that ends in a
slash ends before a host."""


def mends(examined: Examined, text: str, policy: Policy) -> Mends:
    """What is to be done about the mentions of a file.

    Args:
        examined: what came of it.
        text: its text, with line ends of any kind.
        policy: what is right.
    """
    wanted = [pair for pair in examined.faults if pair[0].rule in _OF_HOSTS]
    if not wanted:
        return {}
    lines = lines_ending_in_line_feeds(text).split("\n")
    around = Surroundings(lines, examined.mentions)
    is_record = _RECORD.search(examined.path) is not None
    found = {}
    for fault, mention in wanted:
        if fault.rule == "retired-host" and is_record:
            found[fault, mention] = Mend(reason="it stands in a record of what was")
        elif fault.rule == "retired-host" and around.speak_of_what_is_given_up(mention.line):
            found[fault, mention] = Mend(reason="the text around it speaks of what is given up")
        else:
            line, named = lines[mention.line - 1], around.hosts[mention.line]
            made = mend(fault, mention, line, named, examined.path, policy)
            if made.text and around.is_there_already(mention, made.text):
                made = Mend(reason="its list would name the host to use twice")
            found[fault, mention] = made
    return found


def mend(
    fault: Fault, mention: Mention, line: str, named: Collection[str], path: str, policy: Policy
) -> Mend:
    """What is to be done about a mention.

    Args:
        fault: the rule that it breaks.
        mention: where and how it stands.
        line: the line it stands in, without its end.
        named: every host that the line names.
        path: of the file.
        policy: what is right.
    """
    if fault.rule == "wrong-role" and not _is_certain(fault, mention, policy):
        return Mend(reason="what it is asked for may be served there all the same")
    if mention.templated:
        return Mend(reason="a part of the host is only known later")
    if mention.suffix or mention.mail:
        what = "the end of hosts" if mention.suffix else "a mail address, or an account on the host"
        return Mend(reason=f"it is {what}")
    host, reason = _successor(fault, mention, policy)
    if reason:
        return Mend(reason=reason)
    start, end = mention.column - 1, mention.column - 1 + len(mention.raw)
    before, behind = line[max(start - _AROUND, 0) : start], line[end : end + _AROUND]
    if host in named:
        return Mend(reason="its line names the host to use as well")
    if _is_key(before, behind, path):
        return Mend(reason="it is the key of a mapping")
    if _CONTINUED.search(before):
        return Mend(reason="it is a part of a string that is put together")
    text = respelled(mention.raw, mention.host, host)
    return Mend(text, host) if text else Mend(reason="it is spelled in an unusual way")


def _is_certain(fault: Fault, mention: Mention, policy: Policy) -> bool:
    """Whether a canonical host is surely the wrong one: a WebSocket address of a known path."""
    websocket = mention.scheme in {"ws", "wss"} and policy.is_websocket_path(mention.path)
    return bool(fault.replacement) and fault.detail == "websocket" and websocket


def _successor(fault: Fault, mention: Mention, policy: Policy) -> tuple[str, str]:
    """The host to use, or why none is known for sure.

    What replaces a retired host can be retired itself, or not serve the WebSockets that the address
    is about: then it is the next one.
    """
    host, passed = fault.replacement, {mention.host}
    while host and host not in passed:
        passed.add(host)
        further = next(
            (
                found
                for found in faults(replace(mention, host=host), policy)
                if found.rule == "retired-host"
                or (found.rule == "wrong-role" and found.detail == "websocket")
            ),
            None,
        )
        if further is None:
            return host, ""
        host = further.replacement
    return "", "it is not clear which host serves this"


def _is_key(before: str, behind: str, path: str) -> bool:
    found = _KEY.match(behind)
    if found is None or _COMPARED.search(before):
        return False
    quoted = before.endswith(("'", '"', "`")) and behind.startswith(("'", '"', "`", "\\"))
    return quoted or (not before.strip(" \t-{,") and path.endswith(_MAPPINGS))


def respelled(raw: str, host: str, successor: str) -> str:
    """``successor`` in the spelling in which ``raw`` names ``host``; empty where it is unclear."""
    old, new = host.split("."), successor.split(".")
    match = _written(old).fullmatch(raw)
    if match is None or len(old) == 1 or any(plain(d.lower()).text != "." for d in match.groups()):
        return ""
    dots = match.groups()
    same = _common(old, new)
    readable = new if raw.isascii() else [spellings(label)[-1] for label in new]
    # Of several spellings the one that escapes most is right wherever the others are.
    dot = max(dots, key=len)
    head = dot.join(_labels(readable[: len(new) - same], raw, dots))
    if not same:
        return head
    kept = len(old) - same
    tail = raw[match.end(kept) if kept else 0 :]
    return f"{head}{dots[kept - 1] if kept else dot}{tail}" if head else tail


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many labels are the same at the end."""
    pairs = zip(reversed(old), reversed(new), strict=False)
    return len([*takewhile(lambda pair: pair[0] == pair[1], pairs)])


def _written(labels: Sequence[str]) -> re.Pattern[str]:
    """A host in plain letters of either case, with its dots in any spelling."""
    forms = ("|".join(map(_escaped, spellings(label))) for label in labels)
    return re.compile(_SEPARATOR.join(f"(?:{form})" for form in forms), re.IGNORECASE)


def _escaped(label: str) -> str:
    r"""A label in a pattern; regular expressions may write ``\-``."""
    return r"\\*-".join(map(re.escape, label.split("-")))


def _labels(labels: Sequence[str], raw: str, dots: Sequence[str]) -> list[str]:
    """Labels in the letters of ``raw``, all of them capitals if those are."""
    letters = reduce(lambda text, dot: text.replace(dot, ""), dots, raw)
    hyphen = re.search(r"\\+-", raw)
    spelled = [label.replace("-", hyphen[0]) if hyphen else label for label in labels]
    return [label.upper() for label in spelled] if letters.isupper() else spelled
