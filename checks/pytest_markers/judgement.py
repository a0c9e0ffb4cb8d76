"""From the text of a file to the markers in it that pytest would refuse."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from checks.pytest_markers import scan
from checks.pytest_markers.modules import Modules
from checks.pytest_markers.project import Project, Settings
from checks.pytest_markers.reader import LINE_END, READER
from checks.pytest_markers.roots import Standing
from checks.pytest_markers.tokens import uses_in_tokens
from checks.pytest_markers.uses import Use
from netra_validate.clients.source.syntax import MOST_BYTES, TooLargeError, refuse_large

if TYPE_CHECKING:
    from netra_validate.clients.source import Source

_UNPARSABLE: Final = (SyntaxError, ValueError, RecursionError, MemoryError)
_OWN_ATTRIBUTES: Final = frozenset({"_config", "_markers", *dir(object)})
"""What ``pytest.mark`` really has: no look-up of a marker."""


class Candidate(NamedTuple):
    """A file to look at; a tuple, for there are tens of thousands."""

    path: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Unparsable:
    """Why a file is no Python."""

    line: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one file."""

    candidate: Candidate
    used: frozenset[bytes] = frozenset()
    """Every marker that it may use; as bytes, for they are many."""
    refused: tuple[Use, ...] = ()
    """Each use of a marker that is not registered."""
    parsed: bool = False
    unparsable: Unparsable | None = None
    is_large: bool = False
    """Whether it is too large to be parsed, so that its markers were read from its tokens."""
    is_whole: bool = True
    """Whether all of it was looked at that may use a marker."""
    imported_by: str | None = None
    """The test file because of which pytest imports it, where it is none itself."""


@dataclass
class Judge:
    """Judges files of one project. Blocking: to be called from a thread."""

    source: Source
    project: Project
    modules: Modules
    parse_all: bool = False
    """Parse every file, not only those whose markers are in doubt."""
    cut_short: frozenset[str] = frozenset()
    """Files so large that only their beginning is read: those are not parsed."""
    _known: dict[tuple[str, str], frozenset[bytes]] = field(default_factory=dict, repr=False)

    def judge(self, candidates: Iterable[Candidate]) -> list[Verdict]:
        """A verdict on each file."""
        return [self._judge(candidate) for candidate in candidates]

    def certain(self, sample: Iterable[Candidate]) -> frozenset[bytes]:
        """Markers that files of a sample use, and that are registered for every file."""
        bases = (found.registry.base for found in self.project.settings.values())
        everywhere = {
            name.encode(errors="surrogatepass") for name in frozenset.intersection(*bases)
        }
        used: set[bytes] = set()
        for candidate in sample:
            data = self.source.bytes(candidate.path)
            names = scan.names_in(data)
            # What a file in doubt really uses is known once it is parsed.
            if not self._in_doubt(candidate, data, names):
                used |= names
        return frozenset(used & everywhere)

    def accepts(self, candidate: Candidate, names: set[bytes]) -> bool:
        """Whether a file that uses these names needs no closer look."""
        settings = self._settings_of(candidate)
        return settings.broken or names <= self._registered(settings, candidate.path)

    def _in_doubt(self, candidate: Candidate, data: bytes, names: set[bytes]) -> bool:
        if not self.accepts(candidate, names):
            return True
        odd = scan.names_markers_in_strings(data) or scan.imports_mark(data)
        return odd and not self._settings_of(candidate).broken

    def _settings_of(self, candidate: Candidate) -> Settings:
        return self._settings_of_path(candidate.path)

    def _settings_of_path(self, path: str) -> Settings:
        return self.project.settings[self.project.roots.of(path).folder]

    def _judge(self, candidate: Candidate) -> Verdict:
        data = self.source.bytes(candidate.path)
        names = scan.names_in(data)
        if not self._in_doubt(candidate, data, names):
            parsed = self.parse_all and self._is_parsed(candidate.path, data)
            fault = _fault(data, candidate.path) if parsed else None
            large = self.parse_all and not parsed
            whole = candidate.path not in self.cut_short
            return Verdict(
                candidate,
                frozenset(names),
                parsed=parsed,
                unparsable=fault,
                is_large=large,
                is_whole=whole,
            )
        return self._closer(candidate, data)

    def _is_parsed(self, path: str, data: bytes) -> bool:
        """Whether a file is small enough for it."""
        try:
            refuse_large(data)
        except TooLargeError:
            return False
        return path not in self.cut_short

    def _registered(self, settings: Settings, path: str) -> frozenset[bytes]:
        folder = path.rpartition("/")[0]
        key = (settings.root.folder, folder)
        if key not in self._known:
            names = settings.registry.at(folder)
            self._known[key] = frozenset(name.encode(errors="surrogatepass") for name in names)
        return self._known[key]

    def _closer(self, candidate: Candidate, data: bytes) -> Verdict:
        path = candidate.path
        text = self.source.text(path)
        fault, parsed = None, self._is_parsed(path, data)
        try:
            if parsed:
                hand = partial(self.modules.hand, path)
                walked = self.source.parsed(path, READER).own_walk()
                uses = walked.uses(LINE_END.split(text), hand)
        except SyntaxError as error:
            fault = _fault_of(error)
        if fault is not None or not parsed:
            uses = uses_in_tokens(text[:MOST_BYTES])
        refused = tuple(use for use in uses if self.refuses(use, path))
        used = frozenset(use.name.encode(errors="surrogatepass") for use in uses)
        whole = parsed or (len(text) <= MOST_BYTES and path not in self.cut_short)
        return Verdict(
            candidate,
            used,
            refused,
            parsed=parsed,
            unparsable=fault,
            is_large=not parsed,
            is_whole=whole,
        )

    def refuses(self, use: Use, path: str) -> bool:
        """Whether pytest refuses a marker that is looked up when it imports ``path``."""
        if use.name.startswith("_"):
            return use.name not in _OWN_ATTRIBUTES
        registry = self._settings_of_path(path).registry
        return use.name not in registry.at(path.rpartition("/")[0]) and not registry.comes_before(
            use.name, path
        )


def _fault(data: bytes, path: str) -> Unparsable | None:
    """Why Python refuses to compile a file, ``return`` outside of a function included."""
    try:
        with warnings.catch_warnings():
            # A text under examination warns of its escapes; that is not for our user's terminal.
            warnings.simplefilter("ignore")
            compile(data, path, "exec", dont_inherit=True)
    except _UNPARSABLE as error:
        return _fault_of(error)
    return None


def _fault_of(error: BaseException) -> Unparsable:
    if isinstance(error, SyntaxError):
        return Unparsable(error.lineno, error.msg)
    if isinstance(error, RecursionError | MemoryError):
        return Unparsable(None, "it nests too deep")
    return Unparsable(None, str(error))


class Nearest:
    """The registered name that a wrong one resembles most; each asked for once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], str | None] = {}

    def of(self, name: str, settings: Settings) -> str | None:
        """The nearest name, or None where none is near."""
        key = (settings.root.folder, name)
        if key not in self._found:
            close = get_close_matches(name, sorted(settings.registry.everything), n=1)
            self._found[key] = close[0] if close else None
        return self._found[key]


def candidates_of(project: Project, paths: Iterable[str]) -> Iterator[Candidate]:
    """Those of the Python files that have to do with tests."""
    for path in paths:
        settings = project.settings[project.roots.of(path).folder]
        standing = settings.root.standing(path, settings.registry.initial)
        if standing is not None:
            if path in project.plugin_modules:
                standing = Standing.INITIAL
            yield Candidate(path, standing)


def strangers_of(project: Project, paths: Iterable[str]) -> Iterator[Candidate]:
    """The other Python files, which matter only if a test imports them."""
    for path in paths:
        settings = project.settings[project.roots.of(path).folder]
        if settings.root.standing(path, settings.registry.initial) is None:
            yield Candidate(path, Standing.HELPER)
