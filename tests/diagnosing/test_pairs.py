"""The root causes of single faults, of pairs and of incidents, beside those that a person names."""

import pytest
import scenario_evidence as evidence
import table
import truth

from netra_validate.sandbox import SCENARIOS

PAIRS_FOR_REAL = 12
"""Half a second for each."""


@pytest.fixture(scope="module")
def seen():
    return evidence.load()


@pytest.fixture(scope="module")
def found(scenario_runs, seen):
    return table.scores(scenario_runs.planned(), seen)


def test_the_evidence_is_of_every_scenario(seen):
    assert set(seen) == set(SCENARIOS), "python tests/diagnosing --record"


def test_what_people_name_is_said_of_scenarios_that_exist():
    named = {name for symptom, causes in truth.FOLLOWS.items() for name in (symptom, *causes)}
    named |= {name for names in (*truth.INCIDENTS, *truth.ARGUED) for name in names}
    assert named <= set(SCENARIOS)


def test_one_fault_has_its_cause(found):
    assert found["singles"].exact_ratio >= 0.99, found["singles"].misses


def test_two_faults_have_their_causes(found):
    pairs = found["pairs"]
    assert pairs.cases > 10_000
    assert pairs.exact_ratio >= 0.95, pairs.misses[:20]


def test_an_incident_has_its_causes(found):
    assert found["incidents"].misses == []


def test_every_miss_is_argued(found):
    missed = {case for score in found.values() for case, _, _ in score.misses}
    assert missed == set(truth.ARGUED)


@pytest.mark.parametrize("pair", table.drawn(PAIRS_FOR_REAL, seed=2), ids=" + ".join)
def test_two_faults_at_once_are_seen_as_each_alone(pair, scenario_runs, seen):
    """What the pairs are diagnosed from is what a run of both would see."""
    real = frozenset(cause.probe for cause in scenario_runs.report(*pair).root_causes)
    assert real == evidence.roots(scenario_runs.planned(), *(seen[name] for name in pair))
