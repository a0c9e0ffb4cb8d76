"""The check ``load-balancer``."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.load_balancer.options import LoadBalancerOptions
from checks.load_balancer.rules import LoadBalancerRules
from netra_validate import Check, Context, Finding, LoadBalancer, Plane
from netra_validate.by_hand import ByHand

__all__ = ["LoadBalancerCheck"]


class LoadBalancerCheck(LoadBalancerRules, Check[LoadBalancer]):
    """Load balancers lead every service's address to that service, with a valid certificate.

    A service that was deployed under another spelling is reached by no route, and everything looks
    deployed. This follows the URL map of an external application load balancer through its backend
    services and serverless groups to Cloud Run, and looks at the times, the health checks, the
    certificates and the addresses on the way. It reads the configuration; whether users get an
    answer is for `host`, `health` and `websocket` to tell.
    """

    id = "load-balancer"
    plane = Plane.CONTROL
    depends_on = frozenset({"cloud-run"})
    permissions = (
        "compute.urlMaps.get",
        "compute.backendServices.get",
        "compute.backendServices.list",
        "compute.regionNetworkEndpointGroups.get",
        "compute.targetHttpsProxies.list",
        "compute.globalForwardingRules.list",
        "compute.sslCertificates.get",
        "compute.healthChecks.list",
        "compute.instanceGroupManagers.list",
        "certificatemanager.certmapentries.list",
        "certificatemanager.certs.get",
        "run.services.get",
    )

    class Options(LoadBalancerOptions, frozen=True, kw_only=True):
        """Limits."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.load_balancer.by_hand import RULES

        return RULES

    def skip_reason(self, resource: LoadBalancer, ctx: Context) -> str | None:
        """Skipped where nothing says in which project it is."""
        if ctx.environment.project_of(resource) is None:
            return f"load balancer {resource.key} has no project: set project on the environment"
        return None

    async def run(self, resource: LoadBalancer, ctx: Context) -> AsyncIterator[Finding]:
        """Follow the URL map to the services, then look at what stands in front of it."""
        from checks.load_balancer.probe import probe

        async for found in probe(self, resource, ctx):
            yield found
