"""Where the documents of a run go: one to stdout, the others into files, whole.

The one exception are annotations of a GitHub workflow, which go to stdout after the text.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from netra_validate.cli import logs, whole_files
from netra_validate.cli.failures import UsageProblem, answer, leave_stdout, say, to_stdout
from netra_validate.exit_codes import ExitCode

if TYPE_CHECKING:
    from netra_validate.reports import Display


class Judged(Protocol):
    """What can be written down, and says what the program exits with: a report, say."""

    @property
    def exit_code(self) -> int:
        """As in the README's table."""


J = TypeVar("J", bound=Judged)
J_contra = TypeVar("J_contra", bound=Judged, contravariant=True)


class Format(Protocol[J_contra]):
    """One way to write it down."""

    @property
    def name(self) -> str:
        """What ``--output`` calls it."""

    @property
    def terminal(self) -> bool:
        """Whether it is laid out for a terminal."""

    def render(self, what: J_contra, display: Display | None = None, /) -> str:
        """The whole document."""


@dataclass(frozen=True)
class Output(Generic[J]):
    """One document that was asked for."""

    format: Format[J]
    file: Path | None = None
    """None for stdout."""
    appended: bool = False
    """Whether what is in the file stays."""
    missed: bool = True
    """Whether the program fails where this one cannot be written."""


_TOGETHER: Final = ("text", "github")
"""What may go to stdout one after the other: a log has both."""

_STDOUT: Final = frozenset({"-", "/dev/stdout", "/dev/fd/1"})
"""What stdout is called where the name of a file is wanted."""


def parse(words: Sequence[str], formats: Mapping[str, Format[J]]) -> tuple[Output[J], ...]:
    """What ``--output`` asks for, and the text where nothing else goes to stdout.

    Args:
        words: ``FORMAT`` or ``FORMAT=FILE`` each.
        formats: every format by its name; there is a ``text``.

    Raises:
        UsageProblem: an unknown format, a missing file name, two documents for one place.
    """
    outputs = [_parsed(word, formats) for word in words]
    if all(output.file is not None for output in outputs):
        outputs.append(Output(formats["text"]))
    _refuse_one_place_for_two(outputs)
    return tuple(outputs)


def _parsed(word: str, formats: Mapping[str, Format[J]]) -> Output[J]:
    name, separator, file = word.partition("=")
    if name not in formats:
        meant = get_close_matches(name, formats, n=1)
        hint = f"did you mean {meant[0]!r}?" if meant else f"expected {', '.join(formats)}"
        raise UsageProblem(f"--output: there is no format {name!r}; {hint}")
    if separator and not file:
        raise UsageProblem(f"--output: found {word!r}, expected {name} or {name}=FILE")
    return Output(formats[name], _at_home(Path(file)) if file not in {"", *_STDOUT} else None)


def _at_home(file: Path) -> Path:
    """``~/report.json`` as it is meant: shells leave it alone behind a ``=``."""
    try:
        return file.expanduser()
    except RuntimeError:  # nobody's home is known by that name
        return file


def _refuse_one_place_for_two(outputs: Sequence[Output[J]]) -> None:
    on_stdout = sorted(output.format.name for output in outputs if output.file is None)
    if len(on_stdout) > 1 and on_stdout != sorted(_TOGETHER):
        raise UsageProblem("--output: two formats go to stdout; name a file each")
    files = [output.file for output in outputs if output.file is not None]
    places = [whole_files.target(file) for file in files]
    for file, place in zip(files, places, strict=True):
        if places.count(place) > 1:
            raise UsageProblem(f"--output: two formats go to {file}; name a file each")


def refuse_to_replace(outputs: Sequence[Output[J]], configuration: Path | None) -> None:
    """Refuse a document that would take the place of what nobody means to lose.

    Raises:
        UsageProblem: it would go to the configuration in use, or among git's own files.
    """
    kept = None if configuration is None else whole_files.target(configuration)
    for output in outputs:
        if output.file is None:
            continue
        place = whole_files.target(output.file)
        if place == kept:
            raise UsageProblem(f"--output: {output.file} is the configuration in use")
        if ".git" in place.parts:
            raise UsageProblem(f"--output: {output.file} is among git's own files")


def write(what: J, outputs: Sequence[Output[J]], display: Display) -> int:
    """Write every document; one that cannot be written is named and does not cost the others.

    Returns:
        The exit code: its own, or where that is 0 and a document is missing, 2, and 4 where a bug
        of ours is the reason.
    """
    problems = [
        problem if output.missed else 0
        for output in sorted(outputs, key=_turn)
        if (problem := _write_one(what, output, display))
    ]
    return what.exit_code or max(problems, default=0)


def _turn(output: Output[J]) -> tuple[bool, bool]:
    """Files first: whoever reads stdout may leave."""
    return (output.file is None, output.format.name != _TOGETHER[0])


def _write_one(what: J, output: Output[J], display: Display) -> int:
    """What is to be exited with for this one's sake."""
    try:
        _deliver(what, output, display)
    except BrokenPipeError:
        # Whoever read it has seen enough (`| head`): the verdict stays what it is.
        leave_stdout()
    except UsageProblem as problem:  # stdout
        say(str(problem))
        return ExitCode.USAGE
    except OSError as error:
        say(f"{output.file}: cannot be written: {error.strerror or error}")
        return ExitCode.USAGE
    except Exception as error:  # noqa: BLE001 - a bug in one renderer must not cost the others
        say(f"{output.file or 'stdout'}: the {output.format.name} report could not be made")
        return answer(error, debug=display.debug)
    return 0


def _deliver(what: J, output: Output[J], display: Display) -> None:
    if output.file is None:
        document = output.format.render(what, display)
        _write_stdout(logs.for_stdout(output.format.name, document))
        return
    document = output.format.render(what, type(display)(quiet=display.quiet, debug=display.debug))
    if output.appended:
        whole_files.append(output.file, document)
    else:
        whole_files.write_through(output.file, document)


def write_stdout(document: str) -> None:
    """What a command has to say, in the encoding of stdout. Nothing where there is no stdout.

    In the log of a job no text in it is a command.

    Raises:
        UsageProblem: it cannot be written.
        BrokenPipeError: its reader has left.
    """
    _write_stdout(logs.for_stdout("", document))


def _write_stdout(document: str) -> None:
    if sys.stdout is None:  # closed by whoever started us
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    with to_stdout():
        sys.stdout.write(document.encode(encoding, "backslashreplace").decode(encoding))
        sys.stdout.flush()
