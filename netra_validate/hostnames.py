"""Names of hosts: how they are compared, and what the configuration says of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from netra_validate.topology import Domains

DIRECT: Final = "run.app"
"""The domain of Cloud Run's own addresses, ``NAME-HASH-REGION.a.run.app`` and
``NAME-PROJECTNUMBER.REGION.run.app`` (cloud.google.com/run/docs/triggering/https-request)."""

Standing = Literal["canonical", "allowed", "retired", "unknown", "direct", "foreign"]


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is to be thought of a host."""

    standing: Standing
    replacement: str = ""
    """The host to use instead, where there is one."""
    service: str = ""
    """The Cloud Run service that a direct address leads to."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """A host with ``*`` in it and what it means."""

    text: str
    ruling: Ruling

    @property
    def rank(self) -> tuple[int, bool]:
        """The more specific first; of two alike the one that allows."""
        return -len(self.text.replace("*", "")), self.ruling.standing == "retired"


class Rulings:
    """What the ``domains`` of an environment say of a host: the most specific entry decides."""

    def __init__(self, configured: Domains) -> None:
        self.managed = tuple(filter(None, map(domain_of, configured.managed)))
        self.exact: dict[str, Ruling] = {}
        """By host, those that are no patterns."""
        patterns: list[_Pattern] = []
        for name, ruling in _entries(configured):
            if "*" in name:
                patterns.append(_Pattern(name, ruling))
            else:
                self.exact.setdefault(name, ruling)
        self._patterns = sorted(patterns, key=lambda pattern: pattern.rank)

    def of(self, host: str) -> Ruling:
        """What is to be thought of ``host``, a :func:`normal` one.

        A host of a managed domain that nothing is said of is ``unknown``, any other ``foreign``.
        """
        if host in self.exact:
            return self.exact[host]
        for pattern in self._patterns:
            if names(pattern.text, host):
                return pattern.ruling
        return Ruling("unknown" if under(host, self.managed) else "foreign")


def normal(name: str) -> str:
    """A host or pattern as it is compared: in lower case, without a final dot, in ASCII.

    Labels in other letters than ASCII become their ``xn--`` form (RFC 3490, with Python's codec).
    What has no such form stays as it is.
    """
    bare = name.strip().lower().rstrip(".")
    return bare if bare.isascii() else ".".join(map(_ascii, bare.split(".")))


def spellings(name: str) -> tuple[str, ...]:
    """The forms in which a text may hold a normal ``name``: ``xn--bcher-kva`` is ``bücher``."""
    readable = ".".join(map(_readable, name.split(".")))
    return (name,) if readable == name else (name, readable)


def names(pattern: str, host: str) -> bool:
    """Whether ``pattern`` names ``host``.

    A leading ``*.`` is one or more labels and any other ``*`` a part of one. The ``*`` of a host
    whose parts are not all known is only ever named by a ``*``.
    """
    return _regex(normal(pattern)).fullmatch(host) is not None


def under(host: str, domains: Iterable[str]) -> bool:
    """Whether a host is one of these domains, or in one."""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def domain_of(name: str) -> str:
    """The domain of a host, or of a pattern: what follows its last label with a ``*``."""
    labels = normal(name).split(".")
    last = max((at for at, label in enumerate(labels) if "*" in label), default=-1)
    return ".".join(labels[last + 1 :])


@lru_cache(maxsize=1024)
def _regex(pattern: str) -> re.Pattern[str]:
    many = pattern.startswith("*.")
    parts = (pattern[2:] if many else pattern).split("*")
    head = r"[^.]+(?:\.[^.]+)*\." if many else ""
    return re.compile(head + r"[^.]*".join(map(re.escape, parts)))


def _entries(configured: Domains) -> Iterable[tuple[str, Ruling]]:
    """Every name of the configuration; of two entries for one host the first counts."""
    for name in configured.canonical:
        yield normal(name), Ruling("canonical")
    for name, replacement in configured.retired.items():
        yield normal(name), Ruling("retired", normal(replacement))
    for name in configured.allowed:
        yield normal(name), Ruling("allowed")


def _ascii(label: str) -> str:
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return label


def _readable(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label
