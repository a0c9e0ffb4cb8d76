"""How often the root causes are those that a careful person would name."""

import random
from dataclasses import dataclass, field
from itertools import combinations

import meeting
import scenario_evidence as evidence
import truth

from netra_validate.sandbox import SCENARIOS


@dataclass
class Score:
    """Of one kind of case."""

    cases: int = 0
    exact: int = 0
    named: int = 0
    """Root causes that we name."""
    right: int = 0
    """Of these, those that a person would name as well."""
    expected: int = 0
    """Root causes that a person would name."""
    misses: list = field(default_factory=list)
    """Cases that are not exactly right: what they are, what lacks, what is too much."""

    def add(self, case, got, wanted):
        self.cases += 1
        self.exact += got == wanted
        self.named += len(got)
        self.right += len(got & wanted)
        self.expected += len(wanted)
        if got != wanted:
            self.misses.append((case, sorted(wanted - got), sorted(got - wanted)))

    @property
    def exact_ratio(self):
        return self.exact / self.cases

    @property
    def row(self):
        return (
            f"{self.cases} | {self.exact} ({self.exact_ratio:.2%}) |"
            f" {self.right / max(self.named, 1):.2%} | {self.right / max(self.expected, 1):.2%}"
        )


def scores(plan, seen):
    """The score of every kind of case.

    Args:
        plan: what was run: the topology and what depends on what.
        seen: for each scenario what a run of it saw.
    """
    found = {"singles": Score(), "pairs": Score(), "incidents": Score()}
    alone = {name: scenario.root_causes for name, scenario in SCENARIOS.items()}
    for name, wanted in alone.items():
        found["singles"].add((name,), evidence.roots(plan, seen[name]), wanted)
    for pair in compatible(seen):
        got = evidence.roots(plan, *(seen[name] for name in pair))
        found["pairs"].add(pair, got, truth.expected(pair, alone))
    for names, wanted in truth.INCIDENTS.items():
        got = evidence.roots(plan, *(seen[name] for name in names))
        found["incidents"].add(names, got, frozenset(wanted))
    return found


def compatible(seen, *, with_cause=True):
    """The pairs of scenarios that can meet.

    Args:
        seen: for each scenario what a run of it saw.
        with_cause: only those that have a root cause.
    """
    names = [
        name
        for name, scenario in SCENARIOS.items()
        if (scenario.root_causes if with_cause else scenario.expects)
        and not name.startswith("incident-")
    ]
    return [pair for pair in combinations(names, 2) if meeting.can_meet(*pair, seen)]


def drawn(count, seed):
    """So many of these pairs, whose halves have something to do with each other."""
    seen = evidence.load()
    names = set(seen)
    near = [
        pair
        for pair in compatible(seen)
        if names.issuperset(pair) and _share_a_service(*(seen[name] for name in pair))
    ]
    return random.Random(seed).sample(near, count)


def _share_a_service(first, second):
    """Whether both break more than files: then one may hide or explain the other."""
    return not any(
        all(probe["resource"][0] == "repository" for probe in each.values())
        for each in (first, second)
    )


def markdown(found):
    """The table, and under it each case that is not exactly right with its argument."""
    yield "| cases | number | exactly right | precision of root causes | recall |"
    yield "|---|---|---|---|---|"
    for kind, score in found.items():
        yield f"| {kind} | {score.row} |"
    for kind, score in found.items():
        for case, lacks, more in score.misses:
            why = truth.ARGUED.get(case, "**not argued**")
            yield f"- {kind}: {' + '.join(case)}: lacks {lacks}, too many {more}: {why}"
