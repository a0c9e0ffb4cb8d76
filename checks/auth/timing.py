"""How long a validation takes, told from how long the way there and back does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Timing:
    """Requests with a token and without one, in turn, in seconds."""

    validations: tuple[float, ...]
    round_trips: tuple[float, ...]

    @property
    def net_ms(self) -> float:
        """The median with a token less the one without; never negative."""
        return max(0.0, median(self.validations) - median(self.round_trips)) * 1000

    @property
    def certain_ms(self) -> float:
        """By how much the fastest validation is slower than the slowest round trip."""
        return max(0.0, min(self.validations) - max(self.round_trips)) * 1000

    @property
    def noise_ms(self) -> float:
        """How far the round trips lie apart."""
        return (max(self.round_trips) - min(self.round_trips)) * 1000

    def joined(self, other: Timing) -> Timing:
        """All samples together."""
        return Timing(
            (*self.validations, *other.validations), (*self.round_trips, *other.round_trips)
        )


async def measure(
    with_token: Callable[[], Awaitable[float]],
    without: Callable[[], Awaitable[float]],
    samples: int,
    limit_ms: float,
) -> Timing:
    """Time both in turn, so that what slows the network down slows both; twice where it is slow."""
    first = await _round(with_token, without, samples)
    if first.certain_ms <= limit_ms:
        return first
    return first.joined(await _round(with_token, without, samples))


async def _round(
    with_token: Callable[[], Awaitable[float]],
    without: Callable[[], Awaitable[float]],
    samples: int,
) -> Timing:
    pairs: Sequence[tuple[float, float]] = [
        (await without(), await with_token()) for _ in range(samples)
    ]
    return Timing(tuple(each for _, each in pairs), tuple(each for each, _ in pairs))
