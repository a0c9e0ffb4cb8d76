"""From exceptions to sentences and exit codes. A traceback on a user's screen is a bug."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final, ParamSpec

import typer

from netra_validate import workflow_commands
from netra_validate.exit_codes import ExitCode

P = ParamSpec("P")

_READER_LEFT: Final = 141
"""As the shell names a process that SIGPIPE ended."""

_ISSUES: Final = "https://github.com/netra-systems/netra-validate/issues"

_FRAMES: Final = 4
"""Places that are told of a bug, the innermost last."""

_TAKES_DEBUG: Final[ContextVar[bool]] = ContextVar("takes_debug", default=False)
"""Whether the command that runs has the option ``--debug``."""


def guarded(command: Callable[P, int]) -> Callable[P, None]:
    """A command that returns its exit code, as typer wants it: no exception leaves it raw."""

    @functools.wraps(command)
    def inner(*args: P.args, **kwargs: P.kwargs) -> None:
        _TAKES_DEBUG.set("debug" in kwargs)
        try:
            code = command(*args, **kwargs)
        except (typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            say("interrupted")
            code = ExitCode.INTERRUPTED
        except BrokenPipeError:
            leave_stdout()
            code = _READER_LEFT
        except Exception as error:  # noqa: BLE001 - the last door before the user's screen
            code = answer(error, debug=bool(kwargs.get("debug")))
        _end_at_once_if_held(code)
        raise typer.Exit(code)

    return inner


def _end_at_once_if_held(code: int) -> None:
    """End here where a check neither ends nor lets itself be cancelled: the report is written."""
    threads = sys.modules.get("netra_validate.threads")
    if threads is not None and threads.ABANDONED:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        os._exit(code)


def answer(error: Exception, *, debug: bool = False) -> int:
    """Say what went wrong and give the exit code: 2 for what the user can mend, 4 for a bug."""
    for place, sentence in _sentences(error):
        say(sentence, place)
    if isinstance(error, _mendable()):
        return ExitCode.USAGE
    if debug:
        _write_stderr("".join(traceback.format_exception(error)))
    else:
        say(f"this is a bug of netra-validate; please report it at {_ISSUES}, {_enclosed(error)}")
    return ExitCode.BUG


def _enclosed(error: Exception) -> str:
    """What a report of a bug needs: the traceback, where the command can be asked for one."""
    if _TAKES_DEBUG.get():
        return "with --debug"
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    places = [f"{Path(each.filename).name}:{each.lineno} {each.name}" for each in frames]
    return f"with the command and this: {', '.join(places) or 'no traceback'}"


def _sentences(error: Exception) -> list[tuple[str, str]]:
    """Files and what is wrong with them; without a file where it is about none."""
    problems: tuple[Any, ...] = getattr(error, "problems", ())
    if problems:
        files = [getattr(problem, "file", "") for problem in problems]
        return [
            (file, str(problem).removeprefix(file))
            for file, problem in zip(files, problems, strict=True)
        ]
    text = str(error) if isinstance(error, _mendable()) else f"{type(error).__name__}: {error}"
    return [("", text)]


def _mendable() -> tuple[type[Exception], ...]:
    """What a user can mend. Imported late: the happy path must stay quick."""
    from netra_validate.config import ConfigurationError
    from netra_validate.plan import UnknownName
    from netra_validate.registry import RegistryError
    from netra_validate.sandbox import SandboxError, UnknownScenario

    return (
        ConfigurationError,
        UnknownName,
        RegistryError,
        SandboxError,
        UnknownScenario,
        UsageProblem,
    )


class UsageProblem(Exception):
    """The command line asks for something that cannot be done."""


def say(sentence: str, place: str = "") -> None:
    """One line on stderr, in whatever characters it can take.

    Args:
        sentence: what there is to say.
        place: the file that it is about, right before it: ``/etc/passwd: is`` tells no password.
    """
    from netra_validate import scrub

    _write_stderr(f"netra-validate: {scrub.text(place)}{scrub.text(sentence, limit=2000)}\n")


def _write_stderr(text: str) -> None:
    """Text in the characters that stderr can take, and without a command for a runner."""
    if sys.stderr is None:  # closed by whoever started us
        return
    if workflow_commands.is_read(os.environ):
        text = workflow_commands.disarmed(text)
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    with suppress(OSError, ValueError):
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))


@contextmanager
def to_stdout() -> Iterator[None]:
    """What is written to stdout inside: that it is full or broken is nothing that we did.

    A reader who left is told of as ever, by ``BrokenPipeError``.

    Raises:
        UsageProblem: it cannot be written. Nothing more goes there.
    """
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        leave_stdout()
        raise UsageProblem(f"stdout: cannot be written: {error.strerror or error}") from None


def leave_stdout() -> None:
    """Write nothing more to stdout: nobody reads it, or it is full.

    What is left in its buffer would otherwise fail once more when the interpreter ends.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError, AttributeError):
        os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
