"""The wording of numbers, durations and facts: ``latency_ms=142`` is ``latency 142 ms``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from netra_validate.model import Effect, Event

HEADINGS: Final[Mapping[Effect, str]] = {
    Effect.READS: "Look:",
    Effect.CHANGES: "Mend (changes the environment):",
    Effect.RESTARTS: "Mend (interrupts the service):",
}
"""What stands above commands: what they are for, and what they do."""

_LONGEST_VALUE: Final = 80
"""Characters of one value: with more, it would be the only one on its line."""

_MOST_ENTRIES: Final = 3
"""Entries of a list or table inside a fact."""

_MOMENT: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:[.]\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
"""A time with its zone, as programs write it (RFC 3339)."""

_IMMENSE: Final = 1e15
"""From here on a number is no quantity of anything, and is shown as it came. So is NaN."""

_HOUR_S: Final = 3600
_LONG_S: Final = 48 * _HOUR_S
"""From here on a duration is told in days."""

_MANY_DAYS: Final = 10
"""Days from which on hours tell nobody anything."""

_UNITS: Final = {
    "_percent": "%",
    "_bytes": "bytes",
    "_kib": "KiB",
    "_mib": "MiB",
    "_gib": "GiB",
    "_mb": "MB",
    "_gb": "GB",
    "_mbps": "Mbps",
    "_minutes": "min",
    "_hours": "h",
    "_days": "days",
}
"""What a name may end in, and how the unit is written."""


def facts(table: Mapping[str, object]) -> Iterator[str]:
    """Each fact in a few words, in the order in which they were recorded, as far as it tells."""
    for key, value in table.items():
        if is_told(value):
            yield _fact(str(key), value)


def is_told(value: object) -> bool:
    """Whether a fact has anything to tell: an application without a name tells none of itself."""
    return value is not None and value != ""


def duration(seconds: float) -> str:
    """Seconds as people say them: ``210 ms``, ``1.9 s``, ``2 min 5 s``, ``445 days``.

    Two units say it: nobody needs the seconds of a day.
    """
    if seconds < 0.9995:  # noqa: PLR2004 - what rounds to 1000 ms is a second
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:  # noqa: PLR2004 - what rounds to 60.0 s is a minute
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    if seconds >= _LONG_S:
        whole = round(seconds / _HOUR_S)
        return _two(*divmod(whole, 24), ("day", "h"))
    if seconds >= 2 * _HOUR_S:
        return _two(*divmod(round(seconds / 60), 60), ("h", "min"))
    return _two(*divmod(round(seconds), 60), ("min", "s"))


def _two(many: int, rest: int, units: tuple[str, str]) -> str:
    """The greater unit, and the lesser one where it adds something: ``2 days 3 h``."""
    greater, lesser = units
    if greater == "day":
        greater = "day" if many == 1 else "days"
        rest = rest if many < _MANY_DAYS else 0
    return f"{number(many)} {greater}" + (f" {rest} {lesser}" if rest else "")


def utc(moment: datetime) -> datetime:
    """The same moment in UTC. A time that does not say its zone is taken as UTC."""
    try:
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # in a report of a stranger: the first or the last day that there is
        return moment.replace(tzinfo=UTC)


def instant(moment: datetime) -> str:
    """In UTC, to the second, as programs read it (RFC 3339): ``2026-01-01T12:30:05Z``."""
    return f"{utc(moment).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def minute(moment: datetime) -> str:
    """In UTC, to the minute, as people read it: ``2026-01-01 12:30 UTC``."""
    return f"{utc(moment).replace(tzinfo=None).isoformat(' ', 'minutes')} UTC"


def dated(event: Event) -> str:
    """``2026-01-01 12:30 UTC, service backend: revision api-00042 was created``."""
    return f"{minute(event.at)}, {event.resource}: {event.what}"


def number(count: int) -> str:
    """A count with its thousands apart: ``24 650``."""
    return f"{count:,}".replace(",", " ")


def counted(count: int, one: str, many: str | None = None) -> str:
    """``1 file``, ``2 files``."""
    return f"{number(count)} {one if count == 1 else many or f'{one}s'}"


def enumerated(words: Sequence[str], last: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``; with another word before the last one, if given."""
    if len(words) < 2:  # noqa: PLR2004 - no "and" without two
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def some(words: Sequence[str], most: int) -> str:
    """As many as anybody reads, as a sentence names them: ``a and b``, ``a, b and 7 more``."""
    more = len(words) - most
    return enumerated([*words[:most], f"{number(more)} more"] if more > 0 else words)


def listed(entries: Sequence[object], most: int) -> str:
    """As many as anybody reads, in a row: ``a, b``, ``a, b and 7 more``."""
    more = len(entries) - most
    shown = ", ".join(map(str, entries[:most]))
    return f"{shown} and {number(more)} more" if more > 0 else shown


def _fact(key: str, value: object) -> str:
    if not key.isidentifier():
        # Not the name of a fact but a piece of data, such as a host in a table of hosts.
        return f"{key} {_value(value)}"
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _IMMENSE:
        return _quantity(key, value)
    return f"{_words(key)} {_value(value)}"


def _quantity(key: str, value: float) -> str:
    """A number with the unit that its name ends in."""
    if key.endswith("_ratio"):
        return f"{_words(key.removesuffix('_ratio'))} {_digits(value * 100)} %"
    for suffix, per_second in (("_ms", 1000), ("_s", 1)):
        if key.endswith(suffix):
            return f"{_words(key.removesuffix(suffix))} {duration(value / per_second)}"
    for suffix, unit in _UNITS.items():
        if key.endswith(suffix):
            return f"{_words(key.removesuffix(suffix))} {_digits(value)} {unit}"
    return f"{_words(key)} {_digits(value)}"


def _digits(value: float) -> str:
    """Three digits of a fraction; whole numbers whole."""
    if isinstance(value, int):
        return str(value)
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three digits


def _words(key: str) -> str:
    return key.replace("_", " ")


def _value(value: object) -> str:
    if value is True:
        return "yes"
    if value is False:
        return "no"
    text = _whole(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _whole(value: object) -> str:
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return _second(value)
    if isinstance(value, Mapping):
        return _enumerated(list(facts(value)))
    if isinstance(value, list | tuple):
        return _enumerated([_value(entry) for entry in value])
    return str(value)


def _second(moment: str) -> str:
    """In UTC, to the second, as people read it; as it came, where there is no such time."""
    try:
        known = utc(datetime.fromisoformat(moment))
    except ValueError:
        return moment
    return f"{known.replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def _enumerated(entries: Sequence[str]) -> str:
    return listed(entries, _MOST_ENTRIES) or "none"
