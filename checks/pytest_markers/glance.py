"""Most files of a large tree need no reading: git shows that they use registered markers alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.pytest_markers import scan
from checks.pytest_markers.judgement import Candidate, Judge, candidates_of

if TYPE_CHECKING:
    from netra_validate.clients.source import Shown, Source

SAMPLE: Final = 100
"""Files that are read first, to learn which names are worth no line of git's answer. A name that
stands in every twentieth file is missed by one sample in 170; then the answer is longer."""

_DEARER: Final = 8
"""How much longer it takes to read and scan a file here than with git, on two cores."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What git was asked for, and what it showed."""

    known: frozenset[bytes]
    """Names that are in use and registered everywhere; it does not show them."""
    shown: Shown | None


@dataclass(frozen=True, slots=True)
class Glance:
    """What is known before the files are read."""

    unclear: Sequence[Candidate]
    """Files that have to be read, in the order of all."""
    used: frozenset[bytes] = frozenset()
    """Markers that the others use."""
    asked: Asked | None = None
    """What git said of all Python files, if it was asked."""


def known_in(judge: Judge, python: Sequence[str]) -> frozenset[bytes]:
    """Names of markers in use that are registered for every file. Blocking: reads a sample."""
    likely = [path for path in python if "test" in path]
    sample = likely[:: 1 + len(likely) // SAMPLE]
    return judge.certain(candidates_of(judge.project, sample))


async def ask(source: Source, known: frozenset[bytes]) -> Asked:
    """Ask git about all Python files, before it is known which of them have to do with tests."""
    return Asked(known, await source.matching(scan.patterns(known), among="*.py"))


def worth_asking(candidates: int, python: int) -> bool:
    """Whether git is faster over all Python files than reading those that matter."""
    return candidates * _DEARER > python


def glance(judge: Judge, candidates: Sequence[Candidate], asked: Asked) -> Glance:
    """Tell which files have to be read; all of them where git could not tell."""
    if asked.shown is None:
        return Glance(candidates, asked=asked)
    names, odd = _shown(asked.shown)
    unclear: list[Candidate] = []
    used = set(asked.known)
    for candidate in [each for each in candidates if each.path in odd or each.path in names]:
        path = candidate.path
        if path in odd or not judge.accepts(candidate, names[path]):
            unclear.append(candidate)
        else:
            used |= names[path]
    return Glance(unclear, frozenset(used), asked)


def unclear_strangers(
    judge: Judge, strangers: Iterable[Candidate], asked: Asked | None
) -> list[Candidate]:
    """Which of the files that have nothing to do with tests may use an unregistered marker."""
    if asked is None:
        return list(strangers)
    if asked.shown is None:
        return []
    names, odd = _shown(asked.shown)
    shown = (each for each in strangers if each.path in odd or each.path in names)
    return [
        each
        for each in shown
        if each.path in odd or not judge.accepts(each, names.get(each.path, set()))
    ]


def _shown(shown: Shown) -> tuple[dict[str, set[bytes]], set[str]]:
    """For each file the names in it, and the files that have to be read."""
    names: defaultdict[str, set[bytes]] = defaultdict(set)
    odd = set(shown.unasked)
    for match, paths in shown.matches.items():
        name = scan.name_of(match)
        if name is None:
            odd |= paths
            continue
        for path in paths:
            names[path].add(name)
    return dict(names), odd
