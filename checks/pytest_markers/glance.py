"""Most files of a large tree need no reading: git shows that they use registered markers alone."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.pytest_markers import scan
from checks.pytest_markers.judgement import Candidate, Judge

if TYPE_CHECKING:
    from netra_validate.clients.source import Shown, Source

SAMPLE: Final = 100
"""Files that are read first, to learn which names are worth no line of git's answer. A name that
stands in every twentieth file is missed by one sample in 170; then the answer is longer."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What is known before the files are read."""

    unclear: Sequence[Candidate]
    """Files that have to be read, in the order of all."""
    used: frozenset[bytes] = frozenset()
    """Markers that the others use."""


async def glance(source: Source, judge: Judge, candidates: Sequence[Candidate]) -> Glance:
    """Tell which files have to be read; all of them where they are few or git cannot tell."""
    sample = candidates[:: max(1, len(candidates) // SAMPLE)]
    if judge.parse_all or len(sample) == len(candidates):
        return Glance(candidates)
    known = await asyncio.to_thread(judge.certain, sample)
    shown = await source.matching(scan.patterns(known), among="*.py")
    if shown is None:
        return Glance(candidates)
    return await asyncio.to_thread(_sorted_out, judge, candidates, known, shown)


def _sorted_out(
    judge: Judge, candidates: Sequence[Candidate], known: frozenset[bytes], shown: Shown
) -> Glance:
    names: defaultdict[str, set[bytes]] = defaultdict(set)
    odd = set(shown.unasked)
    for match, paths in shown.matches.items():
        name = scan.name_of(match)
        if name is None:
            odd |= paths
            continue
        for path in paths:
            names[path].add(name)
    unclear: list[Candidate] = []
    used = set(known)
    for candidate in candidates:
        path = candidate.path
        if path in odd or (path in names and not judge.accepts(candidate, names[path])):
            unclear.append(candidate)
        elif path in names:
            used |= names[path]
    return Glance(unclear, frozenset(used))
