"""Pairs and incidents drawn at random and run for real: whether what is composed is what is seen.

The table is made of what the runs of single scenarios saw. Here the sandbox becomes several of them
at once, and the root causes that the run names are held against the table's two columns: what a
careful person would name, and what follows from the recorded evidence.
"""

import random
from collections import Counter
from dataclasses import dataclass
from itertools import combinations

import scenario_evidence as evidence
import table
import truth

from netra_validate.sandbox import SCENARIOS


@dataclass(frozen=True)
class Seen:
    """What came of one case."""

    case: tuple
    expected: frozenset
    """Root causes that a careful person would name."""
    composed: frozenset
    """Root causes that follow from what was recorded of each scenario alone."""
    real: frozenset
    """Root causes that the run names."""
    lacking: tuple
    """Findings of single runs that this run lacks, each as ``rule at probe``."""
    new: tuple
    """Findings of this run that no single run had."""

    @property
    def agrees(self):
        return self.expected == self.composed == self.real

    @property
    def lines(self):
        yield f"{' + '.join(self.case)}"
        for name in ("expected", "composed", "real", "lacking", "new"):
            yield f"    {name:9} {', '.join(sorted(getattr(self, name))) or '-'}"


def pairs(count, seed):
    """So many compatible pairs; first so many that every scenario is in two of them.

    Their faults are applied in the order in which the scenarios are listed: a candidate is deployed
    last, from what is there by then.
    """
    rng = random.Random(seed)
    known = evidence.load()
    possible = table.compatible(known, with_cause=False)
    rng.shuffle(possible)
    often = Counter()
    first, more = [], []
    for pair in possible:
        needed = any(often[name] < 2 for name in pair)
        often.update(pair if needed else ())
        (first if needed else more).append(pair)
    return (first + more)[:count]


def incidents(count, seed):
    """So many sets of three or four scenarios of which any two are compatible."""
    rng = random.Random(seed)
    possible = table.compatible(evidence.load(), with_cause=False)
    meet = {frozenset(pair) for pair in possible}
    names = [name for name in SCENARIOS if any(name in pair for pair in possible)]
    found = []
    while len(found) < count:
        drawn = sorted(rng.sample(names, rng.choice((3, 4))), key=names.index)
        if all(frozenset(pair) in meet for pair in combinations(drawn, 2)):
            found.append(tuple(drawn))
    return found


def judged(runs, cases):
    """What comes of each of these cases, one after another."""
    alone = {name: scenario.root_causes for name, scenario in SCENARIOS.items()}
    recorded = evidence.load()
    plan = runs.planned()
    for case in cases:
        report = runs.report(*case)
        recalled = [recorded[name] for name in case]
        known, now = _findings(recalled), _findings([evidence.of(report)])
        yield Seen(
            case,
            truth.expected(case, alone),
            evidence.roots(plan, *recalled),
            frozenset(cause.probe for cause in report.root_causes),
            tuple(each for key, each in known.items() if key not in now),
            tuple(each for key, each in now.items() if key not in known),
        )


def _findings(told):
    return {
        key: f"{found['rule']} at {probe}"
        for seen in told
        for probe, what in seen.items()
        for key, found in what["findings"].items()
    }
