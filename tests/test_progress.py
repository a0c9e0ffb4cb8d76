import io
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time

import pytest

from netra_validate.model import Outcome, Plane, ProbeResult, ResourceRef
from netra_validate.patience import Pause
from netra_validate.progress import (
    LiveProgress,
    PlainWatch,
    Tally,
    observer_for,
    status_lines,
    waiting_line,
)

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals like these")

TERMINAL = {"TERM": "xterm", "COLUMNS": "60", "LINES": "20"}

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


class Screen:
    """The far end of a terminal: what a person sees."""

    def __init__(self):
        self._master, slave = pty.openpty()
        self.stream = os.fdopen(slave, "w", encoding="utf-8")
        self.seen = ""

    def until(self, *texts):
        """Read until all of ``texts`` were seen."""
        ends = time.monotonic() + 10
        while not all(text in self.seen for text in texts):
            assert time.monotonic() < ends, f"no {texts} in {self.seen!r}"
            self._read(0.5)
        return self.seen

    def rest(self):
        """Read what is there already."""
        while self._read(0):
            pass
        return self.seen

    def close(self):
        self.stream.close()
        os.close(self._master)

    def _read(self, patience_s):
        ready, _, _ = select.select([self._master], [], [], patience_s)
        try:
            data = os.read(self._master, 65536) if ready else b""
        except OSError:  # the other side is closed
            data = b""
        self.seen += data.decode()
        return data


@pytest.fixture
def screen():
    far_end = Screen()
    yield far_end
    far_end.close()


def result(probe_id, outcome=Outcome.PASS):
    check, _, name = probe_id.partition("/")
    return ProbeResult(probe_id, check, Plane.DATA, ResourceRef("service", name), outcome)


def visible(output):
    """The lines that are left on the screen when everything was written."""
    lines, row = [""], 0
    for piece in re.findall(r"\x1b\[[?0-9;]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", output):
        if piece == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif piece.endswith("A") and piece.startswith("\x1b"):
            row -= int(piece[2:-1])
        elif piece == "\x1b[2K":
            lines[row] = ""
        elif not piece.startswith("\x1b") and piece != "\r":
            lines[row] += piece
    return [line for line in lines if line]


def test_it_shows_what_runs_and_what_failed_and_then_vanishes(screen):
    progress = LiveProgress(screen.stream, TERMINAL, interval_s=0.01)
    progress.run_started(3)
    progress.probe_started("health/backend")
    progress.probe_started("cloud-sql/postgres")
    screen.until("0 of 3 probes done", "running: ", "health/backend")
    progress.probe_ended(result("cloud-sql/postgres", Outcome.FAIL))
    progress.probe_started("websocket/backend")
    progress.probe_ended(result("websocket/backend", Outcome.ERROR))
    screen.until("2 of 3 probes done", "1 failed, 1 not verified", "failed: cloud-sql/postgres")
    assert visible(screen.seen) != []
    progress.run_ended()
    seen = screen.rest()
    assert visible(seen) == []
    assert seen.count(HIDE_CURSOR) == seen.count(SHOW_CURSOR) == 1
    assert seen.index(HIDE_CURSOR) < seen.index(SHOW_CURSOR)


def test_no_style_is_sent_where_nobody_wants_colour(screen):
    def drawn(**environ):
        screen.seen = ""
        progress = LiveProgress(screen.stream, TERMINAL | environ, interval_s=0.01)
        progress.run_started(2)
        progress.probe_started("a/x")
        progress.probe_ended(result("b/x", Outcome.FAIL))
        screen.until("failed: b/x", "running: a/x")
        progress.run_ended()
        return re.findall(r"\x1b\[[0-9;]*m", screen.rest())

    assert drawn()
    assert drawn(NO_COLOR="1") == []


def test_no_line_is_as_wide_as_the_terminal(screen):
    progress = LiveProgress(screen.stream, TERMINAL | {"COLUMNS": "24"}, interval_s=0.01)
    progress.run_started(1)
    progress.probe_started("health/a-service-with-quite-a-long-name")
    screen.until("running: health/a")
    progress.run_ended()
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[?0-9;]*[A-Za-z]", "\n", screen.rest()))
    assert max(map(len, lines)) == 20


def test_a_run_that_is_over_at_once_draws_nothing(screen):
    progress = LiveProgress(screen.stream, TERMINAL, interval_s=60)
    progress.run_started(1)
    progress.probe_started("domains/repo")
    progress.probe_ended(result("domains/repo"))
    progress.run_ended()
    assert screen.rest() == ""


def test_it_can_watch_one_run_after_another(screen):
    progress = LiveProgress(screen.stream, TERMINAL, interval_s=0.01)
    progress.run_started(2)
    progress.probe_started("health/backend")
    progress.probe_ended(result("health/backend", Outcome.FAIL))
    screen.until("1 of 2 probes done")
    progress.run_started(7)
    assert progress.tally().done == 0
    assert progress.tally().failed == ()
    screen.until("0 of 7 probes done")
    progress.run_ended()
    progress.run_ended()
    assert visible(screen.rest()) == []


def test_a_terminal_without_unicode_gets_ascii(screen):
    screen.stream.reconfigure(encoding="ascii")
    progress = LiveProgress(screen.stream, TERMINAL, interval_s=0.01)
    progress.run_started(1)
    progress.probe_started("health/café\udcff\x1b[2J")
    screen.until(r"running: health/caf\xe9? [2J")
    progress.run_ended()
    assert screen.rest().isascii()


@pytest.mark.parametrize("error", [OSError(5, "gone"), BrokenPipeError(), ValueError("closed")])
def test_a_terminal_that_goes_away_takes_nothing_with_it(error):
    class Gone(io.StringIO):
        written = threading.Event()

        def write(self, text):
            del text
            self.written.set()
            raise error

    stdout = sys.stdout
    stream = Gone()
    progress = LiveProgress(stream, TERMINAL, interval_s=0.01)
    progress.run_started(1)
    progress.probe_started("health/backend")
    assert stream.written.wait(10)
    progress.probe_ended(result("health/backend"))
    progress.run_ended()
    assert progress.tally().done == 1
    assert sys.stdout is stdout


def test_only_a_terminal_that_can_move_its_cursor_is_drawn_on(screen, tmp_path):
    assert isinstance(observer_for(screen.stream, TERMINAL), LiveProgress)
    assert observer_for(screen.stream, {"TERM": "dumb"}) is None
    assert observer_for(io.StringIO(), TERMINAL) is None
    with (tmp_path / "log").open("w", encoding="utf-8") as file:
        assert observer_for(file, TERMINAL) is None
    assert observer_for(file, TERMINAL) is None


CHILD = """
import sys, threading
from netra_validate.progress import observer_for
progress = observer_for(sys.stderr)
progress.run_started(2)
progress.probe_started("health/backend")
{ending}
"""


@pytest.mark.parametrize(
    "ending",
    [
        "try: threading.Event().wait()\nfinally: progress.run_ended()",
        "threading.Event().wait()",  # nobody tells it that the run is over
    ],
)
def test_ctrl_c_gives_the_cursor_back(screen, ending):
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD.format(ending=ending)],
        stdout=subprocess.PIPE, stderr=screen.stream, env=os.environ | TERMINAL,
    )  # fmt: skip
    screen.until("0 of 2 probes done")
    child.send_signal(signal.SIGINT)
    stdout, _ = child.communicate(timeout=10)
    seen = screen.rest()
    assert child.returncode == -signal.SIGINT
    assert seen.count(HIDE_CURSOR) == seen.count(SHOW_CURSOR) == 1
    assert seen.index(HIDE_CURSOR) < seen.index(SHOW_CURSOR)
    assert stdout == b""


def test_rich_is_not_loaded_where_nothing_is_drawn():
    code = (
        "import io, sys; from netra_validate.progress import observer_for;"
        "assert observer_for(io.StringIO()) is None;"
        "import netra_validate.reports;"
        "sys.exit(any(name.startswith('rich') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_few_lines_say_much():
    tally = Tally(
        total=1_000,
        done=30,
        running={f"health/{number}": number / 10 for number in range(9)},
        failed=tuple(f"cloud-sql/{number}" for number in range(8)),
        unverified=2,
        elapsed_s=3.21,
    )
    assert list(status_lines(tally)) == [
        "30 of 1000 probes done in 3.2 s, 8 failed, 2 not verified",
        "failed: " + ", ".join(f"cloud-sql/{number}" for number in range(6)) + " and 2 more",
        "running: health/8 0.8 s, health/7 0.7 s, health/6 0.6 s, health/5 0.5 s and 5 more",
    ]
    assert list(status_lines(Tally(total=4))) == ["0 of 4 probes done in 0.0 s"]


PAUSE = Pause(3, ("health/backend", "websocket/backend"), lasts_s=4.0, left_s=47.4)


def test_a_pause_says_what_is_awaited_and_the_round_after_it_which_one_it_is(screen):
    progress = LiveProgress(screen.stream, TERMINAL, interval_s=0.01)
    progress.run_started(9)
    progress.pause_started(PAUSE)
    screen.until("round 3 in ", " s left", "waiting for: health/backend, websocket/backend")
    progress.pause_ended()
    assert visible(screen.rest()) == []
    progress.run_started(2)
    progress.probe_started("health/backend")
    screen.until("round 3: 0 of 2 probes done", "running: health/backend")
    progress.run_ended()
    assert visible(screen.rest()) == []


def test_the_first_round_of_the_next_run_is_no_later_one(screen):
    progress = LiveProgress(screen.stream, TERMINAL, interval_s=60)
    progress.pause_started(PAUSE)
    progress.pause_ended()
    progress.run_started(2)
    assert progress.tally().round == 3
    progress.run_started(9)
    assert progress.tally().round == 1
    progress.run_ended()


def test_the_time_that_is_left_goes_by():
    times = [100.0]
    progress = LiveProgress(io.StringIO(), TERMINAL, clock=lambda: times[0], interval_s=60)
    progress.pause_started(PAUSE)
    times[0] += 1.5
    tally = progress.tally()
    assert (tally.pause_s, tally.left_s) == pytest.approx((2.5, 45.9))
    assert list(status_lines(tally)) == [
        "round 3 in 2.5 s, 46 s left",
        "waiting for: health/backend, websocket/backend",
    ]
    times[0] += 2.5
    progress.run_started(2)
    times[0] += 0.5
    assert list(status_lines(progress.tally())) == [
        "round 3: 0 of 2 probes done in 0.5 s, 43 s left"
    ]
    progress.run_ended()


def test_a_log_is_told_what_changes_and_now_and_then_that_nothing_does():
    said, now = [], [0.0]
    watch = PlainWatch(said.append, clock=lambda: now[0])
    fewer = Pause(5, ("health/backend",), lasts_s=6.0, left_s=30.0)
    for at, pause in [(0.0, PAUSE), (29.0, PAUSE), (31.0, PAUSE), (32.0, fewer), (33.0, fewer)]:
        now[0] = at
        watch.pause_started(pause)
        watch.pause_ended()
    assert said == [waiting_line(PAUSE), waiting_line(PAUSE), waiting_line(fewer)]
    assert said[-1] == "waiting for health/backend; round 5 in 6.0 s, 30 s left"


def test_a_pause_for_many_names_a_few():
    line = waiting_line(Pause(2, tuple(f"health/{n}" for n in range(40)), 0.5, 9.0))
    assert line.endswith("health/5 and 34 more; round 2 in 0.5 s, 9 s left")
