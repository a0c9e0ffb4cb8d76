"""What the tests of a check need: one probe, run by the real engine, against whatever you started.

Example::

    def test_robots(server):
        result = run_check(Robots, Service(key="web", url=server.url))
        assert result.outcome is Outcome.PASS
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from netra_validate import runner
from netra_validate.check import Check, CheckOptions
from netra_validate.clients import Clients
from netra_validate.model import ProbeResult
from netra_validate.plan import Limits, Probe
from netra_validate.threads import run_to_end
from netra_validate.topology import Environment, Repository, Resource, Topology


def run_check(  # noqa: PLR0913 - each has a default, and is what a test varies
    check: type[Check[Any]],
    resource: Resource,
    *,
    options: CheckOptions | None = None,
    environment: Environment | None = None,
    resources: Sequence[Resource] = (),
    root: Path | None = None,
    timeout_s: float = 10.0,
    retries: int = 2,
) -> ProbeResult:
    """Run ``check`` on ``resource`` and give its result.

    Args:
        check: the class.
        resource: what it examines.
        options: its options; the defaults where left out.
        environment: an empty one where left out.
        resources: what else there is in the topology.
        root: the repository; the resource's own root or the current folder where left out.
        timeout_s: for the probe, in seconds.
        retries: for one request, after its first attempt.
    """
    limits = Limits(timeout_s=timeout_s, deadline_s=timeout_s + 5, retries=retries)
    where = environment or Environment()
    topology = Topology((resource, *resources))
    if root is None:
        root = resource.root if isinstance(resource, Repository) else Path.cwd()

    async def probe() -> ProbeResult:
        clients = Clients(where, root, per_host=limits.per_host)
        try:
            probes = [Probe(check(options), resource)]
            outcome = await runner.run(probes, where, topology, clients, limits)
        finally:
            await asyncio.wait_for(clients.close(), timeout=5)
        return outcome.results[0]

    return run_to_end(probe())
