"""From keys to broken rules."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from checks.auth.keys import Key, alike
from checks.auth.options import AuthOptions
from netra_validate.wording import listed

_MAX_AGE: Final = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,12})", re.IGNORECASE)

_MOST_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that the keys break."""

    rule: str
    says: str
    """The rest of a sentence that begins with the service's name."""
    evidence: dict[str, object] = field(default_factory=dict)


def max_age_s(cache_control: str) -> int | None:
    """Seconds for which an answer may be kept (RFC 9111, section 5.2.2.1); None where unsaid."""
    found = _MAX_AGE.search(cache_control)
    return int(found[1]) if found else None


def judge(keys: Sequence[Key], age_s: int | None, options: AuthOptions) -> Iterator[Fault]:
    """What is wrong with a set of keys."""
    usable = [key for key in keys if key.usable]
    flawed = [key for key in keys if key.flaw is not None]
    leaking = [key for key in keys if key.leaks]
    if leaking:
        parts = sorted({part for key in leaking for part in key.leaks})
        says = f"publishes private parts of {_named(leaking)}"
        yield Fault("private-key", says, {"parts": parts})
    if not usable:
        says = f"publishes {len(keys)} keys, none of which can verify a token"
        yield Fault("no-usable-key", says, {"flaws": _flaws(flawed)})
        return
    yield from _set_faults(keys, flawed)
    if len(usable) < options.min_keys:
        says = f"publishes {len(usable)} of at least {options.min_keys} keys"
        yield Fault("no-overlap", says)
    if age_s is not None and age_s > options.max_key_age_s:
        says = f"lets its keys be cached for {age_s} s, expected {options.max_key_age_s:g} s"
        yield Fault("cached-too-long", says, {"max_age_s": age_s})


def _set_faults(keys: Sequence[Key], flawed: Sequence[Key]) -> Iterator[Fault]:
    if flawed:
        says = f"publishes keys that cannot be used: {flawed[0].name} {flawed[0].flaw}"
        yield Fault("unusable-key", says, {"flaws": _flaws(flawed)})
    same = alike(keys)
    if same:
        says = f"publishes keys that cannot be told apart: {', '.join(same[:_MOST_NAMED])}"
        yield Fault("key-ids", says)


def _flaws(keys: Sequence[Key]) -> list[str]:
    return [f"{key.name} {key.flaw}" for key in keys[:_MOST_NAMED]]


def _named(keys: Sequence[Key]) -> str:
    return listed([key.name for key in keys], _MOST_NAMED)
