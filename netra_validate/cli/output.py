"""Where the documents of a run go: one to stdout at most, the others into files, whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from netra_validate.cli.failures import USAGE, UsageProblem, leave_stdout, say

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
    places = [output.file for output in outputs]
    for place in places:
        if places.count(place) > 1:
            raise UsageProblem(f"--output: two formats go to {place or 'stdout'}; name a file each")
    return tuple(outputs)


def _parsed(word: str, formats: Mapping[str, Format[J]]) -> Output[J]:
    name, separator, file = word.partition("=")
    if name not in formats:
        meant = get_close_matches(name, formats, n=1)
        hint = f"did you mean {meant[0]!r}?" if meant else f"expected {', '.join(formats)}"
        raise UsageProblem(f"--output: there is no format {name!r}; {hint}")
    if separator and not file:
        raise UsageProblem(f"--output: found {word!r}, expected {name} or {name}=FILE")
    return Output(formats[name], Path(file) if file else None)


def write(what: J, outputs: Sequence[Output[J]], display: Display) -> int:
    """Write every document; one that cannot be written is named and does not cost the others.

    Returns:
        The exit code: its own, or 2 where it would have been 0 and a document is missing.
    """
    code = what.exit_code
    in_file = type(display)(quiet=display.quiet, debug=display.debug)
    for output in sorted(outputs, key=lambda output: output.file is None):
        try:
            if output.file is None:
                write_stdout(output.format.render(what, display))
            else:
                write_whole(output.file, output.format.render(what, in_file))
        except BrokenPipeError:
            # Whoever read it has seen enough (`| head`): the verdict stays what it is.
            leave_stdout()
        except OSError as error:
            say(f"{output.file or 'stdout'}: cannot be written: {error.strerror or error}")
            if output.file is None:
                leave_stdout()
            code = code or USAGE
    return code


def write_stdout(document: str) -> None:
    """The document, in the encoding of stdout. Nothing where there is no stdout.

    Raises:
        OSError: it cannot be written.
    """
    if sys.stdout is None:  # closed by whoever started us
        return
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(document.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def write_whole(path: Path, document: str) -> None:
    """Write a file that is never seen half-written: a new one takes the old one's place.

    Raises:
        OSError: it cannot be written; what was there is untouched.
    """
    if path.exists() and not path.is_file():
        # A pipe or a device, such as /dev/stderr, is written to and not replaced.
        path.write_text(document, encoding="utf-8", newline="\n")
        return
    import tempfile  # noqa: PLC0415 - imports random and hashes

    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(document)
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise
