"""Runs one probe by the real engine against the sandbox's gRPC server with a world of one's own."""

import asyncio
import json
import tempfile
from pathlib import Path

from netra_validate import runner
from netra_validate.clients import Clients
from netra_validate.plan import Limits, Probe
from netra_validate.sandbox import google_grpc
from netra_validate.sandbox.google_api import GoogleApi
from netra_validate.sandbox.names import PROJECT, REGION
from netra_validate.sandbox.request_log import RequestLog
from netra_validate.sandbox.staging import Conduct
from netra_validate.threads import run_to_end
from netra_validate.topology import Endpoints, Environment, Topology


def run_in_world(check, resource, world, *, options=None, forbidden=()):
    """The result of ``check`` on ``resource``, and the RPCs that were made for it.

    ``forbidden`` are methods of :class:`GoogleApi` that answer with PERMISSION_DENIED.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = RequestLog(Path(folder) / "requests.jsonl")
        result = run_to_end(_story(check, resource, world, options, forbidden, log))
        log.close()
        lines = (Path(folder) / "requests.jsonl").read_text().splitlines()
    return result, [json.loads(line)["target"] for line in lines]


async def _story(check, resource, world, options, forbidden, log):
    async with google_grpc.serve(_api(world, forbidden), log) as port:
        url = f"http://127.0.0.1:{port}"
        environment = Environment(
            project=PROJECT, region=REGION, endpoints=Endpoints(run=url, vpcaccess=url, logging=url)
        )
        clients = Clients(environment, Path())
        limits = Limits(timeout_s=10.0, deadline_s=15.0, retries=0)
        try:
            probes = [Probe(check(options), resource)]
            outcome = await runner.run(probes, environment, Topology((resource,)), clients, limits)
        finally:
            await asyncio.wait_for(clients.close(), timeout=5)
        return outcome.results[0]


def _api(world, forbidden):
    refusing = GoogleApi(world, Conduct.FORBIDDEN)

    class Partly(GoogleApi):
        def __getattribute__(self, name):
            return getattr(refusing, name) if name in forbidden else super().__getattribute__(name)

    return Partly(world, Conduct.WILLING)
