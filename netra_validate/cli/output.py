"""Where the documents of a run go: one to stdout at most, the others into files, whole."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from netra_validate.cli.failures import USAGE, UsageProblem, say

if TYPE_CHECKING:
    from netra_validate.model import Report
    from netra_validate.reports import Display, Format


@dataclass(frozen=True, slots=True)
class Output:
    """One document that was asked for."""

    format: Format
    file: Path | None = None
    """None for stdout."""


def parse(words: Sequence[str]) -> tuple[Output, ...]:
    """What ``--output`` asks for; the text report where it asks for nothing.

    Raises:
        UsageProblem: an unknown format, a missing file name, two documents for one place.
    """
    from netra_validate.reports import FORMATS  # noqa: PLC0415

    outputs = []
    for word in words or ("text",):
        name, separator, file = word.partition("=")
        if name not in FORMATS:
            meant = get_close_matches(name, FORMATS, n=1)
            hint = f"did you mean {meant[0]!r}?" if meant else f"expected {', '.join(FORMATS)}"
            raise UsageProblem(f"--output: there is no format {name!r}; {hint}")
        if separator and not file:
            raise UsageProblem(f"--output: found {word!r}, expected {name} or {name}=FILE")
        outputs.append(Output(FORMATS[name], Path(file) if file else None))
    places = [output.file for output in outputs]
    for place in places:
        if places.count(place) > 1:
            raise UsageProblem(f"--output: two formats go to {place or 'stdout'}; name a file each")
    return tuple(outputs)


def write(report: Report, outputs: Sequence[Output], display: Display) -> int:
    """Write every document; one that cannot be written is named and does not cost the others.

    Returns:
        The exit code: the report's, or 2 where it would have been 0 and a document is missing.
    """
    code = report.exit_code
    in_file = type(display)(quiet=display.quiet, debug=display.debug)
    for output in sorted(outputs, key=lambda output: output.file is None):
        if output.file is None:
            write_stdout(output.format.render(report, display))
            continue
        try:
            write_whole(output.file, output.format.render(report, in_file))
        except OSError as error:
            say(f"{output.file}: cannot be written: {error.strerror or error}")
            code = code or USAGE
    return code


def write_stdout(document: str) -> None:
    """The document, in the encoding of stdout."""
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
