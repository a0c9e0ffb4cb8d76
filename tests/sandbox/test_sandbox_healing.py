import asyncio

import pytest

from netra_validate import config, registry
from netra_validate.model import Status
from netra_validate.plan import Limits, plan
from netra_validate.sandbox import SCENARIOS
from netra_validate.sandbox.faults import FAULTS, HARMLESS, broken, healed
from netra_validate.sandbox.scenarios import faults_of
from netra_validate.sandbox.serving import running
from netra_validate.sandbox.staging import healthy_staging
from netra_validate.validation import validate

LIMITS = Limits(timeout_s=15.0, retries=0)


def before_and_after(folder, *scenarios):
    """What a run says of a sandbox with these scenarios, before and after it heals."""

    async def told():
        async with running(faults_of(scenarios), folder) as sandbox:
            planned = plan(
                registry.load(),
                config.load(sandbox.config_path),
                "sandbox",
                sandbox.config_path.parent,
            )
            ill = await validate(planned, LIMITS)
            sandbox.heal()
            return ill, await validate(planned, LIMITS)

    return asyncio.run(told())


@pytest.mark.parametrize(
    "scenarios",
    [
        ("health-503", "websocket-503"),
        ("database-stopped",),
        ("connector-down", "websocket-no-pong"),
        ("api-unavailable",),
        ("retired-domains", "unregistered-markers"),
        ("incident-1278",),
    ],
    ids=" ".join,
)
def test_what_was_broken_is_well(tmp_path, scenarios):
    ill, well = before_and_after(tmp_path, *scenarios)
    assert ill.status is not Status.PASSED
    assert (well.status, well.root_causes) == (Status.PASSED, ())


@pytest.mark.parametrize("name", list(SCENARIOS))
def test_no_fault_of_a_scenario_is_left(name):
    left = healed(faults_of([name]))
    assert left.deployments.keys() == healthy_staging().deployments.keys()
    kept = [fault for fault in faults_of([name]) if fault in HARMLESS]
    assert left.world == broken(kept).world
    assert left.candidates.keys() == broken(faults_of([name])).candidates.keys()


def test_what_is_harmless_exists():
    assert set(FAULTS) >= HARMLESS
