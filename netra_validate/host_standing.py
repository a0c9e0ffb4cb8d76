"""What the configuration's ``domains`` say of a host that something else has named."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from netra_validate.topology import Domains

Standing = Literal["canonical", "allowed", "retired", "unknown", "foreign"]
"""``unknown`` is a host of a managed domain that the configuration does not name; ``foreign`` is
one that is none of its business."""


def standing(host: str, domains: Domains) -> Standing:
    """What is to be thought of ``host``.

    A name that is written out goes before a pattern, the more specific pattern before the other,
    and of two alike the one that allows.
    """
    name = normal(host)
    named = _named(name, domains)
    if named:
        # A name without a star is the longest that can match; then the least of a star.
        return max(named, key=lambda found: ("*" not in found[0], len(found[0])))[1]
    managed = map(normal, domains.managed)
    is_ours = any(name == each or name.endswith(f".{each}") for each in managed)
    return "unknown" if is_ours else "foreign"


def replacement(host: str, domains: Domains) -> str | None:
    """The host to use instead of a retired one; None where it is not retired."""
    if standing(host, domains) != "retired":
        return None
    name = normal(host)
    found = [key for key in domains.retired if matches(key, name)]
    return domains.retired[max(found, key=lambda key: ("*" not in key, len(key)))]


def normal(host: str) -> str:
    """In small letters, without the dot of the root."""
    return host.strip().lower().rstrip(".")


def matches(pattern: str, host: str) -> bool:
    """Whether ``pattern`` names ``host``.

    A leading ``*.`` stands for one or more labels, any other ``*`` for a part of one.
    """
    return _regex(normal(pattern)).fullmatch(host) is not None


def _named(name: str, domains: Domains) -> list[tuple[str, Standing]]:
    """The entries that name the host; of those alike the first one is taken."""
    entries: list[tuple[str, Standing]] = [(each, "canonical") for each in domains.canonical]
    entries += [(each, "allowed") for each in domains.allowed]
    entries += [(each, "retired") for each in domains.retired]
    return [entry for entry in entries if matches(entry[0], name)]


@lru_cache(maxsize=1024)
def _regex(pattern: str) -> re.Pattern[str]:
    many = pattern.startswith("*.")
    parts = (pattern[2:] if many else pattern).split("*")
    head = r"[^.]+(?:\.[^.]+)*\." if many else ""
    return re.compile(head + r"[^.]*".join(map(re.escape, parts)))
