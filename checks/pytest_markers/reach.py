"""Which modules pytest comes to because a test file imports them.

Only for the few modules with a marker in doubt: whoever may import one is found by its name, and
only those files are parsed.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from checks.pytest_markers.judgement import Candidate, Verdict
from checks.pytest_markers.roots import Standing

if TYPE_CHECKING:
    from checks.pytest_markers.look import Look
    from netra_validate.clients.source import Source

_ROUNDS: Final = 4
"""How many modules may stand between a test and the one in doubt."""


@dataclass
class Reach:
    """Follows imports backwards, from modules to tests."""

    look: Look
    source: Source

    async def reached(self, verdicts: Iterable[Verdict]) -> list[Verdict]:
        """The same verdicts; those on modules that pytest imports for a test say so."""
        waiting = list(verdicts)
        importers = await self._importers({verdict.candidate.path for verdict in waiting})
        return [self._seen(each, importers[each.candidate.path]) for each in waiting]

    def _seen(self, verdict: Verdict, importers: Collection[str]) -> Verdict:
        # What an early conftest imports is in place before markers are judged.
        if any(self._standing.get(path) is Standing.INITIAL for path in importers):
            return verdict
        tests = sorted(p for p in importers if self._standing.get(p) is Standing.COLLECTED)
        judge = self.look.judge
        for test in tests:
            refused = [use for use in verdict.refused if use.when != "import"]
            at_import = [use for use in verdict.refused if use.when == "import"]
            refused += [use for use in at_import if judge.refuses(use, test)]
            if any(use.when == "import" for use in refused):
                candidate = Candidate(verdict.candidate.path, Standing.COLLECTED)
                return replace(
                    verdict,
                    candidate=candidate,
                    refused=tuple(sorted(refused)),
                    imported_by=test,
                )
        return verdict

    @property
    def _standing(self) -> Mapping[str, Standing]:
        return self.look.standings

    async def _importers(self, paths: set[str]) -> Mapping[str, set[str]]:
        """To each file those that import it, through others too."""
        above: defaultdict[str, set[str]] = defaultdict(set)
        asked: set[str] = set()
        frontier = set(paths)
        for _ in range(_ROUNDS):
            frontier -= asked
            if not frontier:
                break
            asked |= frontier
            holders = await self.source.containing({module_name(path) for path in frontier})
            direct = await asyncio.to_thread(self._direct, frontier, holders)
            for path, importers in direct.items():
                above[path] |= importers
            frontier = {
                importer
                for importers in direct.values()
                for importer in importers
                if self._standing.get(importer) in {None, Standing.HELPER}
            }
        return {path: _upward(path, above) for path in paths}

    def _direct(
        self, wanted: set[str], holders: Mapping[str, Collection[str]]
    ) -> dict[str, set[str]]:
        modules = self.look.judge.modules
        found: dict[str, set[str]] = {path: set() for path in wanted}
        for path in wanted & self.look.packages:
            below = f"{path.removesuffix('__init__.py')}"
            inside = (test for test in self._standing if test.startswith(below))
            found[path] |= {test for test in inside if path in modules.packages_of(test)}
        for name in {module_name(path) for path in wanted}:
            # A file's name may be anything: no UTF-8, or a pattern of its own.
            raw = re.escape(name.encode(errors="surrogatepass"))
            imported = re.compile(rb"\bimport\b(?s:.*)\b%b\b|\b%b\b[^\n]*\bimport\b" % (raw, raw))
            for holder in holders[name]:
                if holder in modules.files and imported.search(self.source.bytes(holder)):
                    for path in wanted & modules.imports(holder) - {holder}:
                        found[path].add(holder)
        return found


def _upward(path: str, above: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [path]
    while waiting:
        more = above.get(waiting.pop(), set()) - found
        found |= more
        waiting += more
    return found


def module_name(path: str) -> str:
    """The last part of a module's name."""
    stem = path.removesuffix(".py").removesuffix("/__init__")
    return stem.rpartition("/")[2]
