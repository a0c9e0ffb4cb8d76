"""Runs one probe by the real engine against the sandbox's APIs, with a world of one's own."""

import asyncio
import json
import tempfile
from http import HTTPStatus
from pathlib import Path

from netra_validate import runner
from netra_validate.clients import Clients
from netra_validate.plan import Limits, Probe
from netra_validate.sandbox import google_grpc, google_rest
from netra_validate.sandbox.google_api import ApiError, GoogleApi
from netra_validate.sandbox.names import PROJECT, REGION
from netra_validate.sandbox.request_log import RequestLog, logged
from netra_validate.sandbox.services import Site, serving
from netra_validate.sandbox.staging import Conduct
from netra_validate.threads import run_to_end
from netra_validate.topology import Domains, Endpoints, Environment, Topology


def examine(
    check,
    resource,
    world,
    *,
    options=None,
    resources=(),
    forbidden=(),
    domains=None,
    name="staging",
    rest=None,
):
    """The result of ``check`` on ``resource``, and the requests that were made for it.

    Args:
        check: the class.
        resource: what it examines.
        world: what the APIs know.
        options: of the check.
        resources: what else there is.
        forbidden: permissions that the caller does not have.
        domains: of the environment.
        name: of the environment.
        rest: the application that answers over REST, instead of the sandbox's.
    """
    with tempfile.TemporaryDirectory() as folder:
        log = RequestLog(Path(folder) / "requests.jsonl")

        async def story():
            api = _partly(world, forbidden)
            application = rest or logged(google_rest.application(api), log, "rest")
            async with google_grpc.serve(api, log) as grpc, serving([Site(application)]) as (port,):
                environment = Environment(
                    name=name,
                    project=PROJECT,
                    region=REGION,
                    domains=domains or Domains(),
                    endpoints=_endpoints(f"http://127.0.0.1:{grpc}", f"http://127.0.0.1:{port}"),
                )
                return await _run(check(options), resource, resources, environment)

        result = run_to_end(story())
        log.close()
        lines = (Path(folder) / "requests.jsonl").read_text().splitlines()
    return result, [json.loads(line)["target"] for line in lines]


def _endpoints(grpc, rest):
    return Endpoints(
        run=grpc,
        vpcaccess=grpc,
        sqladmin=rest,
        compute=rest,
        monitoring=rest,
        cloudresourcemanager=grpc,
        secretmanager=rest,
        iam=rest,
    )


async def _run(check, resource, resources, environment):
    clients = Clients(environment, Path())
    limits = Limits(timeout_s=10.0, deadline_s=15.0, retries=0)
    topology = Topology((resource, *resources))
    try:
        outcome = await runner.run([Probe(check, resource)], environment, topology, clients, limits)
    finally:
        await asyncio.wait_for(clients.close(), timeout=5)
    return outcome.results[0]


def _partly(world, forbidden):
    class Partly(GoogleApi):
        async def _admit(self, permission, resource):
            if permission in forbidden:
                raise ApiError(
                    HTTPStatus.FORBIDDEN, "PERMISSION_DENIED", f"{permission} {resource}"
                )

    return Partly(world, Conduct.WILLING, frozenset(forbidden))
