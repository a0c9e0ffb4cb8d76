"""The domains whose hosts are looked for, and how a text shows that it may hold one.

A host is found by the most distinctive label of its domain, with a dot behind it in any spelling.
Where letters of that label itself are spelled otherwise (``netra%73ystems``, with a soft hyphen),
it is found by the letters before the first of them, if there are enough, or by what follows the
beginning, if that is plain. So a label is missed that is spelled otherwise both in its first
letters and further on or in its dot, and one of three letters or less that is not plain.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from checks.domains.spelling import DOTS, INSIDE, STOP
from netra_validate.hostnames import spellings

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

TEMPLATE: Final = re.compile(_TEMPLATE)

_NOT_LONGER: Final = r"(?!\.(?![a-z]{2,}(?:[\s,;!?]|\Z))[a-z0-9_{$])"
"""Another label makes another host; a word and a space may be the next sentence."""

HEAD: Final = 4
"""Letters of a label that show it while those behind them are spelled otherwise."""

_LEAST_TAIL: Final = 3


@dataclass(frozen=True, slots=True)
class Anchor:
    """What shows that a domain may be named."""

    label: str
    rest: str
    """What follows the label in the domain, with its dot."""

    @property
    def followers(self) -> tuple[str, ...]:
        """What stands behind the label; a domain of one label ends there."""
        return DOTS if self.rest else ("",)

    @property
    def heads(self) -> tuple[str, ...]:
        """Beginnings of the label that are worth looking for, the longest last."""
        first = max(3, min(HEAD, len(self.label) - 1))
        return tuple(self.label[:end] for end in range(first, len(self.label)))

    @property
    def tail(self) -> str:
        """The domain without its first letters; empty where that would be too little."""
        enough = self.rest and len(self.label) >= HEAD + _LEAST_TAIL
        return self.label[HEAD:] + self.rest if enough else ""


class Lexicon:
    """The domains whose hosts are looked for.

    Args:
        domains: as :func:`netra_validate.hostnames.normal` gives them.
        hosts: exact hosts that are known; they decide where a spelling can be read in two ways.
    """

    def __init__(self, domains: Collection[str], hosts: Collection[str] = ()) -> None:
        self.known = frozenset(hosts)
        written = {form for domain in domains if domain for form in spellings(domain)}
        self.anchors = tuple(
            {_anchor(form): None for form in sorted(written, key=lambda form: (len(form), form))}
        )
        letters = {sign for name in (*domains, *hosts) for sign in "".join(spellings(name))}
        self.host = _host(written, re.escape("".join(sorted(filter(_foreign, letters)))))

    @cached_property
    def odd(self) -> tuple[re.Pattern[str], ...]:
        """Labels that are spelled otherwise from some letter on."""
        behind = "".join(INSIDE)
        return tuple(
            re.compile(nested(anchor.heads, f"[{re.escape(behind)}]", re.escape))
            for anchor in self.anchors
            if anchor.heads
        )

    @cached_property
    def tails(self) -> tuple[tuple[str, str], ...]:
        """First letters of labels, and what is left of their domains without them."""
        return tuple((a.label[:HEAD], a.tail) for a in self.anchors if a.tail)


def _anchor(domain: str) -> Anchor:
    """By its longest label but for the last."""
    labels = domain.split(".")
    label = max(labels[:-1] or labels, key=len)
    at = labels.index(label)
    return Anchor(label, "".join(f".{behind}" for behind in labels[at + 1 :]))


def _host(domains: Iterable[str], letters: str) -> re.Pattern[str]:
    """What a host of the domains looks like; ``letters`` beside those of ASCII are part of it."""
    # A letter of one's own, such as ü, is only taken for a part of hosts where a host has it: in
    # most texts it is the end of a word before the host.
    label = rf"(?:(?>{_TEMPLATE}|[a-z0-9_{letters}-]))++"
    # The longest first: one domain may be the end of another.
    longest = sorted(domains, key=len, reverse=True)
    bases = [
        ("" if "." in domain else rf"(?:{label}[.{STOP}])")
        + re.escape(domain).replace(r"\.", f"[.{STOP}]")
        for domain in longest
    ]
    return re.compile(
        rf"(?<![a-z0-9_.{letters}-])(?P<dots>\.*+)"
        rf"(?P<host>(?:{label}[.{STOP}])*(?:{'|'.join(bases) or '(?!)'}))"
        rf"(?![_-]*[a-z0-9]){_NOT_LONGER}"
    )


def nested(heads: Sequence[str], behind: str, escape: Callable[[str], str]) -> str:
    """``abc(?:E|d(?:E))``: one pattern for all of the heads, with ``behind`` after each."""
    inner = behind
    for head in reversed(heads[1:]):
        inner = f"(?:{behind}|{escape(head[-1])}{inner})"
    return escape(heads[0]) + inner


def _foreign(sign: str) -> bool:
    return not sign.isascii()
