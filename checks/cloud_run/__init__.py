"""The check ``cloud-run``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.cloud_run.job_rules import JobRules
from checks.cloud_run.options import Expectations
from checks.cloud_run.setting_rules import SettingRules
from checks.cloud_run.state_rules import StateRules
from checks.cloud_run.traffic_rules import TrafficRules
from netra_validate import Check, Context, Finding, Plane, Rule, Service, Severity, Sign
from netra_validate.by_hand import ByHand

__all__ = ["CloudRun"]


class CloudRun(StateRules, TrafficRules, SettingRules, JobRules, Check[Service]):
    """Cloud Run services have ready revisions that get the traffic and are set up as expected.

    A deploy can end well and change nothing: the new revision never becomes ready, or gets no
    traffic, or lost the settings that another workflow had given it. The service's summary tells of
    one revision only, so every revision that serves, and the one that was created last, is judged
    by its own conditions.
    """

    id = "cloud-run"
    plane = Plane.CONTROL
    depends_on = frozenset(
        {
            "capacity",
            "cloud-sql",
            "identity",
            "postgres",
            "runtime-config",
            "startup-logs",
            "vpc-connector",
        }
    )
    permissions = (
        "run.services.get",
        "run.revisions.get",
        "run.revisions.list",
        "run.jobs.get",
    )

    not_found = Rule(
        Severity.ERROR,
        "The service does not exist",
        help="""
        There is no Cloud Run service of the configured name in the configured project and region.
        Where a workflow deploys under another spelling of the name, a service comes into being that
        no route reaches, and everything looks deployed.
        To mend: deploy under the configured name, or correct name, project or region in the
        configuration.
        """,
        shows=(),
        explains=(Sign.NO_SERVICE,),
    )

    class Options(Expectations, frozen=True, kw_only=True):
        """What is expected of a service."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.cloud_run.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Service, ctx: Context) -> str | None:
        """Skipped where nothing says which service it is, or where."""
        return ctx.environment.why_not_looked_up(resource)

    async def run(self, resource: Service, ctx: Context) -> AsyncIterator[Finding]:
        """Ask everything at once; judge each revision, then the traffic, then the jobs."""
        from checks.cloud_run.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
