"""What is going on while probes run: a few lines on the terminal that vanish at the end.

It listens to the runner and never speaks to it. Drawing happens in a thread of its own, which also
imports rich, so that the probes do not wait for it; whatever goes wrong there ends the drawing and
nothing else.
"""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import cycle
from typing import TYPE_CHECKING, Final, TextIO

from netra_validate.model import Outcome, ProbeResult
from netra_validate.terminal import is_dumb, is_terminal, printable, writes_unicode
from netra_validate.wording import listed

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

    from netra_validate.patience import Pause

_INTERVAL_S: Final = 0.125
"""Between two drawings: eight a second look alive. The first waits as long, too: a run that is over
by then draws nothing."""

_PATIENCE_S: Final = 1.0
"""How long the end of a run waits for the last drawing to be wiped."""

_MOST_RUNNING: Final = 4
"""Probes under way that are named: those that have taken longest."""

_MOST_FAILED: Final = 6
"""Probes that failed and are named."""

_ECHO: Final = 4
"""Columns kept free at the end of a line, where the terminal echoes ``^C``: if that wrapped, the
lines above could not be wiped."""

_SILENCE_S: Final = 30.0
"""After which a log repeats what is awaited: a job that says nothing looks like one that hangs."""

_SPINNERS: Final = {True: "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", False: "|/-\\"}
"""By whether the terminal takes more than ASCII."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Where a run stands."""

    total: int = 0
    done: int = 0
    running: Mapping[str, float] = field(default_factory=dict)
    """Ids of the probes under way, and for how many seconds each."""
    failed: tuple[str, ...] = ()
    unverified: int = 0
    elapsed_s: float = 0.0
    round: int = 1
    left_s: float = 0.0
    """Until patience is over, in a later round and in the pause before it."""
    pause_s: float | None = None
    """Until the next round, where this is a pause."""
    awaited: tuple[str, ...] = ()
    """Ids of the probes that the pause is for."""


def status_lines(tally: Tally) -> Iterator[str]:
    """What there is to say: where the run stands, what failed so far, what runs."""
    if tally.pause_s is not None:
        yield f"round {tally.round} in {tally.pause_s:.1f} s, {_left(tally.left_s)}"
        yield f"waiting for: {listed(tally.awaited, _MOST_FAILED)}"
        return
    troubles = [
        f"{count} {word}"
        for count, word in ((len(tally.failed), "failed"), (tally.unverified, "not verified"))
        if count
    ]
    standing = f"{tally.done} of {tally.total} probes done in {tally.elapsed_s:.1f} s"
    if tally.round > 1:
        standing = f"round {tally.round}: {standing}, {_left(tally.left_s)}"
    yield ", ".join([standing, *troubles])
    if tally.failed:
        yield f"failed: {listed(tally.failed, _MOST_FAILED)}"
    if tally.running:
        longest = sorted(tally.running.items(), key=lambda item: (-item[1], item[0]))
        running = [f"{probe_id} {seconds:.1f} s" for probe_id, seconds in longest]
        yield f"running: {listed(running, _MOST_RUNNING)}"


def waiting_line(pause: Pause) -> str:
    """What there is to say of a pause where nothing can be drawn."""
    when = f"round {pause.round} in {pause.lasts_s:.1f} s, {_left(pause.left_s)}"
    return f"waiting for {listed(pause.awaited, _MOST_FAILED)}; {when}"


def _left(seconds: float) -> str:
    """Whole seconds: nobody counts the tenths of a minute."""
    return f"{max(seconds, 0):.0f} s left"


class PlainWatch:
    """Says what is awaited, in the log of a job: when that changes, and now and then in between.

    Args:
        say: writes one line.
        clock: seconds.
    """

    def __init__(
        self, say: Callable[[str], None], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._say = say
        self._clock = clock
        self._awaited: tuple[str, ...] = ()
        self._said_at = 0.0

    def pause_started(self, pause: Pause) -> None:
        """One line, unless the last one says the same and was a moment ago."""
        now = self._clock()
        if pause.awaited == self._awaited and now - self._said_at < _SILENCE_S:
            return
        self._awaited, self._said_at = pause.awaited, now
        self._say(waiting_line(pause))

    def pause_ended(self) -> None:
        """Nothing."""


def observer_for(stream: TextIO, environ: Mapping[str, str] = os.environ) -> LiveProgress | None:
    """The live progress on ``stream``, or None where nobody would see it move."""
    if not is_terminal(stream) or is_dumb(environ):
        return None
    return LiveProgress(stream, environ)


class LiveProgress:
    """Draws the progress of a run on a terminal. One run at a time; it can be used again."""

    def __init__(
        self,
        stream: TextIO,
        environ: Mapping[str, str] = os.environ,
        *,
        clock: Callable[[], float] = time.monotonic,
        interval_s: float = _INTERVAL_S,
    ) -> None:
        self._stream = stream
        self._environ = environ
        self._clock = clock
        self._interval_s = interval_s
        self._unicode = writes_unicode(stream)
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._pause: Pause | None = None
        self._patience_ends = 0.0
        self._forget()

    def run_started(self, total: int) -> None:
        """Begin to draw."""
        self.run_ended()
        with self._lock:
            self._pause = self._pause if self._pausing else None
            self._forget()
            self._total = total
        self._begin()

    def pause_started(self, pause: Pause) -> None:
        """Draw what is waited for. The round that follows says which one it is."""
        self.run_ended()
        with self._lock:
            self._forget()
            self._pause, self._pausing = pause, True
            self._patience_ends = self._started + pause.left_s
        self._begin()

    def pause_ended(self) -> None:
        """Wipe it."""
        self.run_ended()

    def _begin(self) -> None:
        self._over = threading.Event()
        self._thread = threading.Thread(
            target=self._draw_until, args=(self._over,), name="progress", daemon=True
        )
        # A way out that does not pass by `run_ended` must not leave the cursor hidden.
        atexit.register(self.run_ended)
        self._thread.start()

    def probe_started(self, probe_id: str) -> None:
        """Name it among those that run."""
        with self._lock:
            self._running[probe_id] = self._clock()

    def probe_ended(self, result: ProbeResult) -> None:
        """Count it, and name it if it failed."""
        with self._lock:
            self._running.pop(result.id, None)
            self._done += 1
            if result.outcome is Outcome.FAIL:
                self._failed.append(result.id)
            self._unverified += result.outcome is Outcome.ERROR

    def run_ended(self) -> None:
        """Wipe what was drawn and give the cursor back."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        atexit.unregister(self.run_ended)
        self._over.set()
        thread.join(_PATIENCE_S)

    def tally(self) -> Tally:
        """Where the run stands now."""
        with self._lock:
            now = self._clock()
            pause = self._pause
            return Tally(
                total=self._total,
                done=self._done,
                running={probe_id: now - since for probe_id, since in self._running.items()},
                failed=tuple(self._failed),
                unverified=self._unverified,
                elapsed_s=now - self._started,
                round=pause.round if pause else 1,
                left_s=max(self._patience_ends - now, 0.0),
                pause_s=max(self._started + pause.lasts_s - now, 0.0)
                if pause and self._pausing
                else None,
                awaited=pause.awaited if pause else (),
            )

    def _forget(self) -> None:
        self._total = 0
        self._done = 0
        self._unverified = 0
        self._running: dict[str, float] = {}
        self._failed: list[str] = []
        self._pausing = False
        self._started = self._clock()

    def _draw_until(self, over: threading.Event) -> None:
        """The thread. A terminal that went away ends it, and is no reason to end the run."""
        with suppress(Exception):
            if not over.wait(self._interval_s):
                self._draw(_live(self._stream, self._environ), over)

    def _draw(self, live: Live, over: threading.Event) -> None:
        frames = cycle(_SPINNERS[self._unicode])
        try:
            live.start()
            while not over.is_set():
                live.update(self._picture(next(frames), live.console.width), refresh=True)
                over.wait(self._interval_s)
        finally:
            live.stop()

    def _picture(self, frame: str, width: int) -> Text:
        from rich.text import Text  # noqa: PLC0415 - only where something is drawn

        said = [printable(line, unicode=self._unicode) for line in status_lines(self.tally())]
        lines = [
            Text(f"{frame} {said[0]}"),
            *(Text(f"  {line}", _style(line)) for line in said[1:]),
        ]
        for line in lines:
            line.truncate(max(width - _ECHO, 1), overflow="crop")
        return Text("\n", no_wrap=True, overflow="crop").join(lines)


def _style(line: str) -> str:
    return "red" if line.startswith("failed") else "dim"


def _live(stream: TextIO, environ: Mapping[str, str]) -> Live:
    """A live display on ``stream`` that leaves stdout and stderr to whom they belong."""
    from rich.console import Console  # noqa: PLC0415 - only where something is drawn
    from rich.live import Live  # noqa: PLC0415 - for a terminal alone

    class _Terminal(Console):
        def on_broken_pipe(self) -> None:
            """Do not do as rich does, which redirects stdout and exits."""
            raise BrokenPipeError

    console = _Terminal(
        file=stream,
        force_terminal=True,
        # Of itself, rich takes NO_COLOR for colours only, and goes on to send what dims.
        color_system=None if environ.get("NO_COLOR") else "auto",
        force_jupyter=False,
        markup=False,
        emoji=False,
        highlight=False,
        _environ=environ,
    )
    return Live(
        console=console,
        auto_refresh=False,
        transient=True,
        redirect_stdout=False,
        redirect_stderr=False,
    )
