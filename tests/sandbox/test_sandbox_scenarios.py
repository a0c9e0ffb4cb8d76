import tomllib

import pytest

from netra_validate.sandbox import SCENARIOS, UnknownScenario
from netra_validate.sandbox.configuration import Ports, toml
from netra_validate.sandbox.faults import FAULTS, broken
from netra_validate.sandbox.google_api import Conduct
from netra_validate.sandbox.scenarios import faults_of, find
from netra_validate.sandbox.staging import healthy_staging


def test_every_scenario_is_found_by_its_name():
    assert all(name == scenario.name for name, scenario in SCENARIOS.items())


def test_every_fault_of_a_scenario_exists_and_is_used():
    used = {fault for scenario in SCENARIOS.values() for fault in scenario.faults}
    assert used == set(FAULTS)


@pytest.mark.parametrize("name", [name for name in SCENARIOS if name != "healthy"])
def test_every_scenario_changes_something(name):
    healthy = healthy_staging()
    ill = broken(faults_of([name]))
    assert (ill.world, ill.conduct, ill.files) != (
        healthy.world,
        healthy.conduct,
        healthy.files,
    ) or (ill.deployments, ill.edge, ill.options, ill.database) != (
        healthy.deployments,
        healthy.edge,
        healthy.options,
        healthy.database,
    )


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS.keys())
def test_what_is_expected_agrees_with_the_exit_code(scenario):
    checks = {rule.split(".")[0] for rule in scenario.expects}
    assert {probe.split("/")[0] for probe in scenario.root_causes} <= checks
    assert bool(scenario.root_causes) == (scenario.exit_code == 1)
    assert scenario.summary
    assert "\n" not in scenario.summary


def test_the_incident_has_one_root_cause():
    assert SCENARIOS["incident-1278"].root_causes == {"vpc-connector/main"}


def test_healthy_is_the_default():
    assert [scenario.name for scenario in find([])] == ["healthy"]
    assert faults_of([]) == ()


def test_faults_add_up_each_once_in_order():
    asked = ["websocket-503", "incident-1278", "healthy", "websocket-503"]
    faults = faults_of(asked)
    assert faults == (
        "websocket-503",
        "connector-down",
        "postgres-refused",
        "start-up-fails",
        "health-503-slow",
    )


def test_faults_of_every_kind_combine():
    names = ["connector-missing", "database-detached", "api-forbidden", "retired-domains"]
    ill = broken(faults_of(names))
    assert ill.world.connectors == {}
    assert ill.conduct is Conduct.FORBIDDEN
    assert "netra_backend/legacy.py" in ill.files
    backend = next(each for name, each in ill.world.services.items() if "backend" in name)
    assert not backend.template.volumes


def test_a_fault_leaves_the_healthy_world_alone():
    broken(faults_of(list(SCENARIOS)))
    assert broken(()).world == healthy_staging().world


def test_all_scenarios_at_once_can_be_made():
    assert broken(faults_of(list(SCENARIOS))).options.count("samples = 20") == 1


def test_a_name_unlike_any_other_has_no_suggestions():
    message = r"^unknown scenario 'xyzzy': `netra-validate demo --list` shows them all$"
    with pytest.raises(UnknownScenario, match=message) as refused:
        find(["xyzzy"])
    assert refused.value.suggestions == ()


def test_options_of_all_scenarios_together_make_one_configuration():
    alone = {name: broken(faults_of([name])).options for name in SCENARIOS}
    ports = Ports(1, 2, 3, 4, 5, 6, 7)
    together = tomllib.loads(toml(ports, "".join(alone.values())))
    for options in alone.values():
        assert set(leaves(tomllib.loads(options))) <= set(leaves(together))
    # Of two values of one key the last one counts.
    said = "[environments.sandbox.checks.health]\nmax_response_s = {}\n"
    twice = tomllib.loads(toml(ports, said.format(2) + said.format(3)))
    assert twice["environments"]["sandbox"]["checks"]["health"] == {"max_response_s": 3}


def leaves(table, *keys):
    """The keys of all values."""
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, *keys, key)
        else:
            yield (*keys, key)
