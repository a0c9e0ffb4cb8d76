"""Runs in which some of what a service might need is not on its way, against the sandbox."""

import asyncio

import pytest

from netra_validate import config, registry
from netra_validate.candidates import applied
from netra_validate.plan import Limits, plan
from netra_validate.sandbox.serving import running
from netra_validate.validation import validate

pytestmark = pytest.mark.usefixtures("remedies_are_right")

SECOND = '\n[environments.sandbox.connectors.second]\nname = "sandbox-connector"\n'
OLD = '\n[environments.sandbox.load_balancers.old]\nurl_map = "old"\nservices = ["backend"]\n'


def root_causes(folder, *faults, edit, tags=None):
    """What is named as root causes of these faults, and what each explains."""

    async def told():
        async with running(faults, folder) as sandbox:
            sandbox.config_path.write_text(edit(sandbox.config_path.read_text()))
            configuration = config.load(sandbox.config_path)
            where = sandbox.config_path.parent
            planned = plan(registry.load(), configuration, "sandbox", where)
            report = await validate(applied(planned, tags or {}), Limits(timeout_s=8.0, retries=0))
            return {each.probe: set(each.explains) for each in report.root_causes}

    return asyncio.run(told())


def two_connectors(text):
    """The auth service goes through the connector that is there, the backend's is missing."""
    head, auth = text.split("[environments.sandbox.services.auth]\n")
    auth = auth.replace('connector = "main"', 'connector = "second"', 1)
    auth = auth.replace('name = "sandbox-connector"', 'name = "missing-connector"', 1)
    return f"{head}[environments.sandbox.services.auth]\n{auth}{SECOND}"


def test_the_connector_of_one_service_is_not_behind_what_another_shows(tmp_path):
    found = root_causes(tmp_path, "health-503", "login-broken", edit=two_connectors)
    assert found.keys() == {"vpc-connector/main", "auth/auth"}
    assert "health/backend" in found["vpc-connector/main"]


def test_a_database_that_is_reached_another_way_is_not_away_for_want_of_one(tmp_path):
    found = root_causes(tmp_path, "postgres-refused", edit=two_connectors)
    assert found.keys() == {"vpc-connector/main", "postgres/postgres"}


def test_a_load_balancer_that_is_not_on_the_way_explains_nothing(tmp_path):
    found = root_causes(tmp_path, "websocket-503", edit=lambda text: text + OLD)
    assert found == {"load-balancer/old": set(), "websocket/backend": set()}


def test_nothing_that_leads_to_the_service_is_behind_what_its_candidate_shows(tmp_path):
    faults = ("candidate", "candidate-503", "load-balancer-missing")
    found = root_causes(tmp_path, *faults, edit=str, tags={"backend": "candidate"})
    below = found.pop("load-balancer/main")
    assert not any(probe.endswith("/backend") for probe in below)
    assert found.keys() == {"health/backend"}
