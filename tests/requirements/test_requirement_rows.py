"""Every row of the requirements has something to show, and the words of each are true.

That each scenario says what its rows want is tested with the scenarios, which run once for both.
"""

import ast
from collections import defaultdict
from pathlib import Path

import pytest
from rows import ROWS

from checks.health.options import HealthOptions
from netra_validate import registry
from netra_validate.model import Effect, Outcome
from netra_validate.sandbox import SCENARIOS

TESTS = Path(__file__).resolve().parent.parent

WANTED = [
    *(f"A{number}" for number in range(1, 18)),
    *(f"B{number}" for number in (*range(1, 9), 10)),
    *(f"C{number}" for number in range(1, 6)),
    *(f"{number:02}" for number in range(1, 31)),
    "P1",
]

# A POST that only asks: what it is, and who says so.
ASKING_POSTS = {
    # The RFC of token introspection has it so, since a token in a query would be logged; a
    # validation endpoint of one's own (option `validate`) takes it in the same way.
    ("auth", "/auth/validate"): "https://www.rfc-editor.org/rfc/rfc7662#section-2.1",
    # A query is a read by the specification; only the operation type `mutation` may change things.
    ("frontend", "/graphql"): "https://spec.graphql.org/October2021/#sec-Language.Operations",
}

# One sample of a latency is none, so this one is asked several times (option `samples`).
TIMED = {("auth", "POST", "/auth/validate")}

READING_METHODS = {"GET", "OPTIONS", "WEBSOCKET"}
READING_RPCS = ("Get", "List", "TestIamPermissions")


def test_every_row_is_there_once_and_has_something_to_show():
    assert [row.id for row in ROWS] == WANTED
    assert all(row.said or row.tests for row in ROWS)


def test_every_scenario_and_every_rule_of_a_row_exists():
    rules = {rule for check in registry.load().checks.values() for rule in _rules(check)}
    for row in ROWS:
        for said in row.said:
            assert said.scenario in SCENARIOS, (row.id, said)
            assert said.rule is None or said.rule in rules, (row.id, said)
            assert said.rule is not None or said.probe, (row.id, said)
            assert said.outcome in {each.value for each in Outcome}, (row.id, said)


def _rules(check):
    return [rule.id for rule in check.rules.values()]


@pytest.mark.parametrize("test", sorted({test for row in ROWS for test in row.tests}))
def test_every_test_of_a_row_exists(test):
    file, _, name = test.partition("::")
    tree = ast.parse((TESTS / file).read_text(encoding="utf-8"))
    functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert name.rpartition("::")[2] in functions


def test_a_healthy_environment_breaks_no_rule_of_any_row(scenario_runs):
    report = scenario_runs.report("healthy")
    found = {finding.rule for probe in report.probes for finding in probe.findings}
    assert not found & {said.rule for row in ROWS for said in row.said}


def test_a_run_asks_each_question_once(scenario_runs):
    moments = defaultdict(list)
    for request in scenario_runs.requests("healthy"):
        moments[request["server"], request["method"], request["target"]].append(request["at"])
    assert len(moments) > 50
    again = {each: at for each, at in moments.items() if len(at) > 1 and each not in TIMED}
    for (server, _, target), (first, second) in again.items():
        # On a machine this busy a healthy answer is slow, and only the second one is judged.
        assert server in {"backend", "auth", "frontend"}, target
        assert target.startswith("/health"), target
        assert second - first > HealthOptions().max_latency_s, target


def test_a_run_asks_for_nothing_that_could_change_anything(scenario_runs):
    for name in ("healthy", "incident-1278", "api-forbidden"):
        for request in scenario_runs.requests(name):
            assert only_reads(request), request


def only_reads(request):
    server, method, target = request["server"], request["method"], request["target"]
    if method == "RPC":
        return target.split()[0].rpartition("/")[2].startswith(READING_RPCS)
    if method == "POST":
        return (server, target) in ASKING_POSTS
    return method in READING_METHODS


def test_every_change_says_how_to_undo_it(scenario_runs):
    changing = [
        command
        for name in ("incident-1278", "revision-not-ready", "database-stopped", "settings-drift")
        for probe in scenario_runs.report(name).probes
        for found in probe.findings
        for command in (found.remediation.commands if found.remediation else ())
        if command.effect is not Effect.READS
    ]
    assert changing
    for command in changing:
        assert command.undo or command.no_undo, command.argv
        assert command.risk, command.argv
