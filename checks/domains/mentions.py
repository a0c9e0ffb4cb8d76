"""Where a text mentions a host: exactly the host, neither more nor less of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from checks.domains.lexicon import TEMPLATE, Anchor, Lexicon
from checks.domains.spelling import STOP, Plain, plain
from netra_validate.hostnames import normal

MOST_PLACES: Final = 10_000
"""Places of one file that are looked at: half a second of work, and more than anybody reads."""

_ENOUGH: Final = MOST_PLACES + 1
"""Places that tell whether there are more than are looked at."""

_BEFORE: Final = 288
"""Characters before a domain that can belong to its address: a host has at most 253 (RFC 1035)."""

_AFTER: Final = 96
"""Characters behind it: enough to tell where the host ends, and the path of a WebSocket."""

_REGION: Final = 2**16
"""Characters that are looked at in one piece, where mentions follow each other closely."""

_MAX_HOST: Final = 253
_MAX_LABEL: Final = 63

_ESCAPES: Final = "nrtbfvs0az"
r"""Letters that make an escape with the backslash before them, most of all in ``\nhost``."""

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):/{2,}(?:[^\s/\"'<>]*@)?$")

_SCHEME_TAIL: Final = 120
"""Characters before a host in which its scheme and its user are looked for."""

_USER: Final = re.compile(r"(?::[^\s/?#\\@\"'<>]*)?@[^\s\"'<>]")
"""What makes the name behind ``https://`` a user (RFC 3986, section 3.2.1)."""

_PLAIN_HOST: Final = re.compile(r"[\w.-]+")

_PATH: Final = re.compile(r"\.?(?::\d{1,5})?(/[a-z0-9/_.~-]*)")


@dataclass(frozen=True, slots=True)
class Mention:
    """One host in a text."""

    host: str
    """In lower case, without a final dot; ``*`` where a part of it is only known later."""
    line: int
    """Counted from 1."""
    column: int
    """Of its first character, counted from 1."""
    scheme: str = ""
    path: str = ""
    """The beginning of the path behind it."""
    mail: bool = False
    """It stands behind an ``@`` and not in a URL."""
    suffix: bool = False
    """It begins with a dot: the end of hosts, not a host."""
    raw: str = ""
    """As it is written, from its first character to its last."""

    @property
    def templated(self) -> bool:
        """Whether a part of it is only known later."""
        return "*" in self.host


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a text."""

    mentions: tuple[Mention, ...]
    """In the order of the text."""
    whole: bool = True
    """Whether all of it was looked at, and not only its first :data:`MOST_PLACES`."""


@dataclass(frozen=True, slots=True)
class _Found:
    """A host in a part of a text that was brought to its plain form."""

    start: int
    """Where that part begins."""
    plain: Plain
    match: re.Match[str]

    @property
    def behind(self) -> str:
        """What follows the host."""
        return self.plain.text[self.match.end() : self.match.end() + _AFTER]

    def before(self, limit: int) -> str:
        """So much of what stands before it."""
        return self.plain.text[max(0, self.match.start() - limit) : self.match.start()]

    def origin(self, position: int) -> int:
        """Where in the whole text that stood."""
        return self.start + self.plain.origin(position)


def read(text: str, lexicon: Lexicon) -> Reading:
    """Every host of the lexicon's domains in ``text``, whose lines end in a line feed."""
    # The dotted capital I is the only letter whose lower-case form is longer than itself.
    lowered = text.replace("\u0130", "\u0131").lower()
    places = _places(lowered, lexicon)
    found = _mentions(text, lowered, places[:MOST_PLACES], lexicon)
    return Reading(tuple(found), whole=len(places) <= MOST_PLACES)


def _mentions(
    text: str, lowered: str, places: Sequence[int], lexicon: Lexicon
) -> Iterator[Mention]:
    line, line_start, last = 1, 0, -1
    for found in _found(lowered, places, lexicon):
        host, skipped = _host(found, lexicon)
        at = found.origin(found.match.start("host") + skipped)
        scheme = _SCHEME.search(found.before(_SCHEME_TAIL))
        if not host or at <= last or _longer(text, found) or (scheme and _USER.match(found.behind)):
            continue
        line += lowered.count("\n", max(last, 0), at)
        line_start = max(line_start, lowered.rfind("\n", max(last, 0), at) + 1)
        last = at
        yield Mention(
            host,
            line,
            at - line_start + 1,
            scheme=scheme[1] if scheme else "",
            path=_path(found.behind),
            mail=found.before(1) == "@" and scheme is None,
            suffix=bool(found.match["dots"]),
            raw=text[at : found.origin(found.match.end("host"))],
        )


def _found(lowered: str, places: Sequence[int], lexicon: Lexicon) -> Iterator[_Found]:
    for start, end in _regions(places, len(lowered)):
        found = plain(lowered[start:end])
        for match in lexicon.host.finditer(found.text):
            # What reaches beyond the region's beginning is longer than any host.
            if match.start() or not start:
                yield _Found(start, found, match)


def _regions(places: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    """The parts of a text that can hold an address, joined where they touch."""
    start = end = -1
    for at in places:
        first = max(0, at - _BEFORE)
        if first > end or at - start > _REGION:
            if end >= 0:
                yield start, end
            start = first
        end = min(length, at + _AFTER)
    if end >= 0:
        yield start, end


def _places(lowered: str, lexicon: Lexicon) -> list[int]:
    """Where a domain may be named, in the order of the text.

    Of each way to name one no more than are looked at: a large file may have them in every line.
    """
    places: list[int] = []
    for anchor in lexicon.anchors:
        places += islice(_anchored(lowered, anchor), _ENOUGH)
    for odd in lexicon.odd:
        # What follows is several times as long as its plain form.
        ends = (match.end() for match in odd.finditer(lowered))
        places += (at for end in islice(ends, _ENOUGH) for at in (end, end + 96))
    for head, tail in lexicon.tails:
        places += islice(_occurrences(lowered, tail, without=head), _ENOUGH)
    return sorted(places)


def _anchored(lowered: str, anchor: Anchor) -> Iterator[int]:
    """Where a label ends that a dot follows, however it is spelled.

    ``str.find`` is ten times as fast here as a regular expression of several labels.
    """
    at = lowered.find(anchor.label)
    while at >= 0:
        end = at + len(anchor.label)
        if lowered.startswith(anchor.followers, end):
            yield end
        at = lowered.find(anchor.label, end)


def _occurrences(lowered: str, tail: str, *, without: str) -> Iterator[int]:
    """Where ``tail`` ends, but for those with its head before it: that is a plain label."""
    at = lowered.find(tail)
    while at >= 0:
        if not lowered.endswith(without, 0, at):
            yield at + len(tail)
        at = lowered.find(tail, at + len(tail))


def _host(found: _Found, lexicon: Lexicon) -> tuple[str, int]:
    """The host of a match, and how many characters before it do not belong to it.

    Empty where it is no host: too long, or the name of a DNS record such as ``_dmarc.example``.
    """
    raw = found.match["host"]
    bare = raw[_sentence_end(raw, found) :].lstrip("_-")
    if raw.startswith("_") and not found.behind.startswith("_"):
        return "", 0
    skipped = len(raw) - len(bare)
    if not skipped and found.before(1) == "\\" and _escapes(bare, lexicon):
        bare, skipped = bare[1:], 1
    host = TEMPLATE.sub("*", bare) if not _PLAIN_HOST.fullmatch(bare) else bare
    host = normal(re.sub(r"\*+", "*", host.replace(STOP, ".")))
    if len(host) > _MAX_HOST or any(len(label) > _MAX_LABEL for label in host.split(".")):
        return "", 0
    return host, skipped


def _sentence_end(raw: str, found: _Found) -> int:
    """Where the host begins behind an ideographic full stop that ends a sentence.

    It parts labels in an address, and where the domain itself is written with it.
    """
    stop = raw.rfind(STOP)
    if stop < 0 or raw.find(".", stop) < 0 or found.before(_SCHEME_TAIL).endswith(("//", "@")):
        return 0
    return stop + 1


def _longer(text: str, found: _Found) -> bool:
    """Whether what follows is another label, and so another host.

    ``staging.example.Next`` in lower case with a capital behind its dot ends a sentence.
    """
    end = found.match.end()
    if not _LABEL_BEHIND.match(found.behind):
        return False
    at = found.origin(end)
    return not (text[at - 1 : at].islower() and text[at + 1 : at + 3].istitle())


_LABEL_BEHIND: Final = re.compile(r"\.[a-z]")


def _escapes(host: str, lexicon: Lexicon) -> bool:
    r"""Whether the first letter of a host belongs to a backslash before it: ``\nhost``."""
    if host[0] not in _ESCAPES or host in lexicon.known:
        return False
    return host[0] in "nrt" or host[1:] in lexicon.known


def _path(behind: str) -> str:
    """The path behind a host and its port."""
    match = _PATH.match(behind)
    return match[1] if match else ""
