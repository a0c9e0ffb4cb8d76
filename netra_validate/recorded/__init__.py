"""A JSON report read back: what an earlier run wrote, for whoever compares.

The file may be anything, and every text in it was written by strangers: it is read within bounds,
refused with all that is wrong in it at once, and scrubbed again before anybody sees it. Keys that
came after the first reports may be missing, and keys that this version does not know are ignored.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Final

import msgspec

from netra_validate import model, scrub
from netra_validate.reading import Problem, Problems, convert, shown
from netra_validate.recorded import restoring
from netra_validate.recorded.document import Document
from netra_validate.wording import counted

MAX_BYTES: Final = 64 * 2**20
"""Of a report; one with fifty thousand findings is smaller."""

_MOST_PROBLEMS: Final = 20
"""Problems that are told: a file with more of them is no report."""

_NOT_UTF_8: Final = "is not UTF-8, as JSON must be; `-o json=FILE` writes it so whatever the shell"


class UnreadableReport(Exception):
    """A file that is no report, with everything that is wrong with it.

    Attributes:
        problems: what is wrong, each with file, key, what was found and what was expected.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))


def read(path: Path) -> model.Report:
    """The report in a file.

    Raises:
        FileNotFoundError: there is no such file.
        UnreadableReport: it cannot be read, or is no report.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # a name with NUL in it is a ValueError
        raise _unread(str(path), error) from None
    with file:
        return read_from(file, str(path))


def read_from(file: IO[bytes], name: str) -> model.Report:
    """The report in what is left of an open file.

    Args:
        file: read to its end, or to the bound.
        name: what messages call it.

    Raises:
        UnreadableReport: it cannot be read, or is no report.
    """
    try:
        content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unread(name, error) from None
    if len(content) > MAX_BYTES:
        raise _refused(name, f"is larger than {MAX_BYTES // 2**20} MiB, expected a JSON report")
    return parse(content, name)


def parse(content: bytes, name: str) -> model.Report:
    """The report that a document holds.

    Raises:
        UnreadableReport: it is none.
    """
    content = content.removeprefix(codecs.BOM_UTF8)
    try:
        return _parsed(content, name)
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise _refused(name, _why_not_json(content, error)) from None
    except RecursionError:
        raise _refused(name, "holds tables within tables without end, expected a report") from None


def _parsed(content: bytes, name: str) -> model.Report:
    try:
        return restoring.report(msgspec.json.decode(content, type=Document))
    except msgspec.ValidationError as error:
        wrong = str(error)
    raise UnreadableReport(_problems(msgspec.json.decode(content), name, wrong))


def _unread(name: str, error: OSError | ValueError) -> UnreadableReport:
    return _refused(name, f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _refused(name: str, message: str) -> UnreadableReport:
    return UnreadableReport([Problem(scrub.text(name), (), message)])


def _why_not_json(content: bytes, error: Exception) -> str:
    if not content.strip():
        return "is empty, expected a JSON report"
    try:
        content.decode()
    except UnicodeDecodeError:
        return _NOT_UTF_8
    return f"is not JSON, expected a JSON report: {scrub.text(error, limit=200)}"


class _Lenient(Problems):
    """Takes what is wrong, and does not mind keys that mean nothing to this version."""

    def unknown(
        self,
        keys: tuple[str, ...],
        known: Iterable[str],
        noun: str = "key",
        name: str | None = None,
    ) -> None:
        """Nothing: a later version may write more."""


def _problems(document: object, name: str, error: str) -> list[Problem]:
    """Everything that is wrong with a JSON document, which is walked again part by part."""
    problems = _Lenient(scrub.text(name))
    if not isinstance(document, Mapping):
        problems.add((), f"found {shown(document, ())}, expected a JSON report")
    elif not _is_known_version(document, problems):
        return problems.found
    else:
        convert(document, Document, (), problems)
    if not problems.found:
        problems.add((), f"is no report: {scrub.text(error, limit=200)}")
    return _bounded(problems)


def _is_known_version(document: Mapping[str, Any], problems: Problems) -> bool:
    key = "schema_version"
    version = document.get(key)
    if key not in document:
        problems.add((key,), "is missing, expected 1: this is no JSON report of netra-validate")
    elif type(version) is int and version > model.SCHEMA_VERSION:
        problems.add(
            (key,),
            f"found {shown(version, ())}, expected {model.SCHEMA_VERSION}: "
            "it was written by a newer netra-validate",
        )
    elif type(version) is not int or version != model.SCHEMA_VERSION:
        problems.add((key,), f"found {shown(version, ())}, expected {model.SCHEMA_VERSION}")
    return not problems.found


def _bounded(problems: Problems) -> list[Problem]:
    more = len(problems.found) - _MOST_PROBLEMS
    if more <= 0:
        return problems.found
    rest = Problem(problems.file, (), f"and {counted(more, 'more problem')}")
    return [*problems.found[:_MOST_PROBLEMS], rest]
