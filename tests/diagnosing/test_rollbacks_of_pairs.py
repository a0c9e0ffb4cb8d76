"""Where two things are broken at once, no remedy makes it worse."""

from collections import Counter

import pytest
import remedy_rules
import scenario_evidence as evidence
import table

from netra_validate.rollbacks import reconciled
from netra_validate.sandbox import SCENARIOS


def advice(results):
    """The revisions that commands of remedies rely on, one tuple for each command."""
    return [
        command.relies_on
        for result in results
        for found in result.findings
        if found.remediation is not None
        for command in found.remediation.commands
        if command.relies_on
    ]


def broken(results):
    return {each for result in results for found in result.findings for each in found.condemns}


def faults(results):
    """What is wrong with the advice of one report on its traffic."""
    given = advice(results)
    bad = broken(results)
    yield from (f"{each} is broken" for told in given for each in told if each in bad)
    services = Counter(to.siblings for to in {told[0] for told in given})
    yield from (f"{service} is sent to {count} revisions" for service, count in services.items()
                if count > 1)  # fmt: skip


@pytest.fixture(scope="module")
def moving():
    """Every pair of scenarios where one at least has something to say of traffic."""
    seen = evidence.load()
    names = {
        name
        for name, told in seen.items()
        if any("sends_to" in each for probe in told.values() for each in probe["findings"].values())
    }
    pairs = [pair for pair in table.compatible(seen) if names.intersection(pair)]
    warned = [(name, other) for name in names for other in SCENARIOS if other != name]
    every = {tuple(sorted(pair)) for pair in (*pairs, *warned)}
    return [tuple(seen[name] for name in pair) for pair in sorted(every)]


def test_no_pair_advises_what_the_same_report_shows_to_be_broken(moving, scenario_runs):
    plan = scenario_runs.planned()
    kept = taken = 0
    for pair in moving:
        before = evidence.diagnosed(plan, *pair).results
        after = reconciled(before)
        assert list(faults(after)) == [], pair
        kept += len(advice(after))
        taken += len(advice(before)) - len(advice(after))
    assert kept > 500, "and what is safe stays"
    assert taken > 10, "and some of it had to go"


@pytest.mark.parametrize(
    ("pair", "left"),
    [
        (("missing-module", "traffic-pinned"), 0),
        (("missing-module", "traffic-split"), 1),
    ],
)
def test_a_report_of_both_says_one_thing_of_traffic(pair, left, scenario_runs):
    results = scenario_runs.report(*pair).probes
    assert list(faults(results)) == []
    assert len(advice(results)) == left
    remedies = [found.remediation for result in results for found in result.findings]
    assert [wrong for each in filter(None, remedies) for wrong in remedy_rules.faults(each)] == []
    summaries = [
        found.remediation.summary
        for result in results
        for found in result.findings
        if found.rule.startswith("cloud-run.traffic")
    ]
    assert "netra-backend-0004" in summaries[0]
