"""Where a text mentions a host: exactly the host, neither more nor less of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from checks.domains.spelling import Plain, plain

_TEMPLATE: Final = (
    r"(?:"
    r"[$%#]?\{\{?[^{}\n\"']{1,80}\}\}?"  # ${X}, {x}, {{ x }}, %{x}, #{x}
    r"|\$\([^()\n]{1,80}\)"  # $(X)
    r"|\$[a-z_][a-z0-9_]*+"  # $X
    r"|%\([a-z_]\w{0,40}\)s|%[sd]"
    r"|<[a-z][a-z0-9_ -]{0,40}>"  # <name>
    r"|\*|\.[*+]\??"  # a glob, and .* of a regular expression
    r"|\\[wds](?=[.+*?{])|(?<=\\[wds])[+*?]"  # \w+
    r"|\[[^\[\]\n\"'/]{1,40}\][*+?]?"  # [^.]+
    r"|\((?:\?[:!=])?[a-z0-9_|.\\*+?\[\]^-]{0,80}\)[*+?]?"  # (a|b)
    # A letter right behind it begins the host: <td>api.example, **api.example, ${GREEN}api.example.
    r")(?![a-z0-9])"
)
"""What stands for a part of a host that is only known later."""

_LABEL: Final = rf"(?:(?>{_TEMPLATE}|[a-z0-9_-]))++"

_IN_TEXT: Final = re.compile(_TEMPLATE)

_BEFORE: Final = 288
"""Characters before a domain that can belong to its address: a host has at most 253 (RFC 1035)."""

_AFTER: Final = 96
"""Characters behind it: enough to tell where the host ends, and the path of a WebSocket."""

_DOTS: Final = (".", "\\", "%", "[")
r"""How a dot can begin: ``.``, ``\.``, ``%2e``, ``[.]``."""

_REGION: Final = 2**16
"""Characters that are looked at in one piece, where mentions follow each other closely."""

_MAX_HOST: Final = 253
_MAX_LABEL: Final = 63

_ESCAPES: Final = "nrtbfvs0az"
r"""Letters that make an escape with the backslash before them, most of all in ``\nhost``."""

_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):/{2,}(?:[^\s/\"'<>]*@)?$")


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

    @property
    def templated(self) -> bool:
        """Whether a part of it is only known later."""
        return "*" in self.host


class Lexicon:
    """The domains whose hosts are looked for.

    Args:
        domains: in lower case, without final dots.
        hosts: exact hosts that are known; they decide where a spelling can be read in two ways.
    """

    def __init__(self, domains: Collection[str], hosts: Collection[str] = ()) -> None:
        self.known = frozenset(hosts)
        self.anchors = tuple(sorted({distinctive(domain) for domain in domains}))
        # The longest first: one domain may be the end of another.
        bases = "|".join(re.escape(domain) for domain in sorted(domains, key=len, reverse=True))
        self.host = re.compile(
            rf"(?<![a-z0-9_.-])(?P<dots>\.*+)(?P<host>(?:{_LABEL}\.)*(?:{bases}))"
            r"(?![_-]*[a-z0-9])(?!\.[a-z0-9_{$])"
        )


def distinctive(domain: str) -> str:
    """The label by which a domain is best found: its longest but for the last."""
    labels = domain.split(".")
    return max(labels[:-1] or labels, key=len)


def needles(domain: str) -> tuple[str, ...]:
    """What a file must hold to mention a host of ``domain``, however its dots are spelled."""
    return tuple(f"{distinctive(domain)}{dot}" for dot in _DOTS)


def mentions(text: str, lexicon: Lexicon) -> Iterator[Mention]:
    """Every host of the lexicon's domains in ``text``, in the order of the text."""
    # The dotted capital I is the only letter whose lower-case form is longer than itself.
    lowered = text.replace("\u0130", "\u0131").lower()
    line, line_start, last = 1, 0, -1
    for start, found, match in _matches(lowered, lexicon):
        host, skipped = _host(found, match, lexicon)
        at = start + found.origin(match.start("host") + skipped)
        if not host or at <= last:
            continue
        line += lowered.count("\n", max(last, 0), at)
        line_start = max(line_start, lowered.rfind("\n", max(last, 0), at) + 1)
        last = at
        before = found.text[max(0, match.start() - _BEFORE) : match.start()]
        scheme = _SCHEME.search(before[-_SCHEME_TAIL:])
        yield Mention(
            host,
            line,
            at - line_start + 1,
            scheme=scheme[1] if scheme else "",
            path=_path(found.text[match.end() : match.end() + _AFTER]),
            mail=before.endswith("@") and scheme is None,
            suffix=bool(match["dots"]),
        )


_SCHEME_TAIL: Final = 120
"""Characters before a host in which its scheme and its user are looked for."""


def _matches(lowered: str, lexicon: Lexicon) -> Iterator[tuple[int, Plain, re.Match[str]]]:
    """Each match with the text it was found in, and where that begins."""
    for start, end in _regions(lowered, lexicon.anchors):
        found = plain(lowered[start:end])
        for match in lexicon.host.finditer(found.text):
            # What reaches beyond the region's beginning is longer than any host.
            if match.start() or not start:
                yield start, found, match


def _regions(lowered: str, anchors: Iterable[str]) -> Iterator[tuple[int, int]]:
    """The parts of a text that can hold an address, joined where they touch."""
    start = end = -1
    for at in sorted(at for anchor in anchors for at in _anchored(lowered, anchor)):
        first = max(0, at - _BEFORE)
        if first > end or at - start > _REGION:
            if end >= 0:
                yield start, end
            start = first
        end = min(len(lowered), at + _AFTER)
    if end >= 0:
        yield start, end


def _anchored(lowered: str, anchor: str) -> Iterator[int]:
    """Where a label ends that a dot follows, however it is spelled.

    ``str.find`` is ten times as fast here as a regular expression of several labels.
    """
    at = lowered.find(anchor)
    while at >= 0:
        end = at + len(anchor)
        if lowered.startswith(_DOTS, end):
            yield end
        at = lowered.find(anchor, end)


def _host(found: Plain, match: re.Match[str], lexicon: Lexicon) -> tuple[str, int]:
    """The host of a match, and how many characters before it do not belong to it.

    Empty where it is no host: too long, or the name of a DNS record such as ``_dmarc.example``.
    """
    raw = match["host"]
    bare = raw.lstrip("_-")
    if raw.startswith("_") and not found.text.startswith("_", match.end()):
        return "", 0
    skipped = len(raw) - len(bare)
    if not skipped and found.text[: match.start()].endswith("\\") and _escapes(bare, lexicon):
        bare, skipped = bare[1:], 1
    host = _IN_TEXT.sub("*", bare) if not _PLAIN_HOST.fullmatch(bare) else bare
    host = re.sub(r"\*+", "*", host)
    if len(host) > _MAX_HOST or any(len(label) > _MAX_LABEL for label in host.split(".")):
        return "", 0
    return host, skipped


_PLAIN_HOST: Final = re.compile(r"[a-z0-9._-]+")


def _escapes(host: str, lexicon: Lexicon) -> bool:
    r"""Whether the first letter of a host belongs to a backslash before it: ``\nhost``."""
    if host[0] not in _ESCAPES or host in lexicon.known:
        return False
    return host[0] in "nrt" or host[1:] in lexicon.known


def _path(behind: str) -> str:
    """The path behind a host and its port."""
    match = _PATH.match(behind)
    return match[1] if match else ""


_PATH: Final = re.compile(r"\.?(?::\d{1,5})?(/[a-z0-9/_.~-]*)")
