"""Regular expressions of a configuration on the texts of strangers, in bounded time.

Python's own engine backtracks without an end and without giving way: ``(a+)+$`` on two hundred
thousand letters stops every thread for ever, the one that ends a run included. ``regex`` takes the
same patterns, lets other threads go on (``concurrent``) and stops in time (``timeout``), see
https://github.com/mrabarnett/mrab-regex#timeout.
"""

from __future__ import annotations

from time import thread_time
from typing import TYPE_CHECKING, Final

from netra_validate.clients.errors import ClientError

if TYPE_CHECKING:
    import regex

__all__ = ["BoundedPattern", "SlowPatternError"]

_SECONDS: Final = 1.0
"""Of the processor, for all texts: a hundred megabytes take a plain pattern less."""


class SlowPatternError(ClientError):
    """A pattern took longer than it may; whether it matches is not known."""


class BoundedPattern:
    """A pattern, and the time of the processor that it may take in all.

    Args:
        pattern: as :mod:`re` takes it.
        option: what the configuration calls it, for messages.
        seconds: for all texts that it is held against.
    """

    def __init__(self, pattern: str, option: str, seconds: float = _SECONDS) -> None:
        self._pattern = pattern
        self._option = option
        self._seconds = seconds
        self._left = seconds
        self._compiled: regex.Pattern[str] | None = None

    def search(self, text: str, /) -> regex.Match[str] | None:
        """The first match in a text. Blocks this thread, and no other.

        Raises:
            SlowPatternError: all its time is taken, by this text or by those before.
        """
        if self._left <= 0:
            raise self._slow()
        compiled = self._ready()
        began = thread_time()
        try:
            return compiled.search(text, timeout=self._left, concurrent=True)
        except TimeoutError:
            self._left = 0.0
            raise self._slow() from None
        finally:
            self._left -= thread_time() - began

    def _ready(self) -> regex.Pattern[str]:
        import regex  # noqa: PLC0415 - only where a configuration has patterns

        if self._compiled is None:
            try:
                self._compiled = regex.compile(self._pattern)
            except regex.error as error:
                raise ClientError(
                    f"{self._option} cannot be used: {error}", hint="correct the pattern"
                ) from error
        return self._compiled

    def _slow(self) -> SlowPatternError:
        return SlowPatternError(
            f"the pattern of {self._option} took longer than {self._seconds:g} s",
            hint="write it without repetitions inside repetitions, such as (a+)+, and with few"
            " that have no end",
        )
