"""More that can be wrong with what the six core checks look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from google.cloud import sqladmin_v1
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.websockets import WebSocket

from netra_validate.sandbox import behaviour
from netra_validate.sandbox import cloud_faults as cloud
from netra_validate.sandbox.behaviour import Answer, Conversation
from netra_validate.sandbox.names import ENVIRONMENT, INSTANCE, PROJECT, SERVICES
from netra_validate.sandbox.repository import HEALTHY
from netra_validate.sandbox.staging import Fault, Staging

_Message: TypeAlias = Any
"""A proto-plus message: a type checker does not know that its enumerations are ones."""

_SLOW_S: Final = 2.2
"""A little more than an upgrade may take."""


def _few_connections(instance: _Message) -> None:
    """It accepts 25, and the services' pools need 30."""
    instance.settings.database_flags[0].value = "25"


def _maintained_soon(instance: _Message) -> None:
    instance.scheduled_maintenance.start_time = datetime.now(UTC) + timedelta(days=2)


def _elsewhere(instance: _Message) -> None:
    instance.region, instance.gce_zone = "europe-west1", "europe-west1-b"


def _public_only(instance: _Message) -> None:
    """A public address alone."""
    instance.ip_addresses = [sqladmin_v1.IpMapping(type_="PRIMARY", ip_address="203.0.113.7")]
    instance.settings.ip_configuration.private_network = ""
    instance.settings.ip_configuration.ipv4_enabled = True


def _all_through_the_network(service: _Message) -> None:
    """Of the authentication service, of whose egress nothing is expected."""
    if service.name.endswith(f"/{SERVICES['auth']}"):
        service.template.vpc_access.egress = "ALL_TRAFFIC"


def _open_to_all(instance: _Message) -> None:
    instance.ip_addresses.append(sqladmin_v1.IpMapping(type_="PRIMARY", ip_address="203.0.113.7"))
    addresses = instance.settings.ip_configuration
    addresses.ipv4_enabled = True
    addresses.authorized_networks = [sqladmin_v1.AclEntry(name="everybody", value="0.0.0.0/0")]


def _in_the_clear(instance: _Message) -> None:
    ways = sqladmin_v1.IpConfiguration.SslMode
    instance.settings.ip_configuration.ssl_mode = ways.ALLOW_UNENCRYPTED_AND_ENCRYPTED


def _without_backups(instance: _Message) -> None:
    instance.settings.backup_configuration.enabled = False


def _authority_ends(instance: _Message) -> None:
    instance.server_ca_cert.expiration_time = datetime.now(UTC) + timedelta(days=10)


def _operation_failed(staging: Staging) -> Staging:
    """Its latest update failed yesterday."""
    at = datetime.now(UTC) - timedelta(days=1)
    failed = sqladmin_v1.Operation(
        kind="sql#operation",
        name="00000000-0000-4000-8000-000000000099",
        operation_type=sqladmin_v1.Operation.SqlOperationType.UPDATE,
        status=sqladmin_v1.Operation.SqlOperationStatus.DONE,
        error=sqladmin_v1.OperationErrors(
            errors=[sqladmin_v1.OperationError(code="INTERNAL_ERROR", message="update failed")]
        ),
        user=f"deployer@{PROJECT}.iam.gserviceaccount.com",
        insert_time=at,
        start_time=at,
        end_time=at + timedelta(minutes=4),
        target_id=INSTANCE,
        target_project=PROJECT,
    )
    operations = (failed, *staging.world.operations)
    return replace(staging, world=replace(staging.world, operations=operations))


def _fixed_size(connector: _Message) -> None:
    """It is as large as it may become."""
    connector.min_instances, connector.min_throughput = 3, 300


def _option(table: str, line: str) -> Fault:
    """An option of a check, of which the sandbox's configuration says nothing."""
    text = f"[environments.{ENVIRONMENT}.{table}]\n{line}\n"
    return lambda staging: replace(staging, options=staging.options + text)


def _backend(answers: Mapping[str, Answer]) -> Fault:
    """The backend answers so at these paths."""

    def fault(staging: Staging) -> Staging:
        backend = staging.deployments["backend"]
        changed = replace(backend, answers={**backend.answers, **answers})
        return replace(staging, deployments={**staging.deployments, "backend": changed})

    return fault


def _converses(conversation: Conversation) -> Fault:
    def fault(staging: Staging) -> Staging:
        changed = replace(staging.deployments["backend"], conversation=conversation)
        return replace(staging, deployments={**staging.deployments, "backend": changed})

    return fault


def _files(files: Mapping[str, str]) -> Fault:
    return lambda staging: replace(staging, files={**staging.files, **files})


def _says(code: int, **body: object) -> Answer:
    return behaviour.says(code, {"service": SERVICES["backend"], **body})


async def _leads_elsewhere(request: Request, number: int) -> Response:
    """To a page to log in at, as a proxy in front of the service does."""
    del request, number
    return RedirectResponse("https://login.example/", 302)


async def _restarts(websocket: WebSocket, number: int) -> None:
    """Accepts, and says that it restarts."""
    del number
    await websocket.accept()
    await websocket.close(1012, "service restart")


async def _restarted(websocket: WebSocket, number: int) -> None:
    """Restarts while the first one is there, and is back for the next."""
    await (_restarts if number == 1 else behaviour.converse)(websocket, number)


async def _hesitates(websocket: WebSocket, number: int) -> None:
    await asyncio.sleep(_SLOW_S)
    await behaviour.converse(websocket, number)


_WITHOUT_STRICT: Final = HEALTHY["pyproject.toml"].replace('addopts = ["--strict-markers"]\n', "")
_EXPRESSION: Final = HEALTHY[".github/workflows/tests.yml"].replace("smoke and", "smok and")

_BACKEND_OPTIONS: Final = "services.backend.checks.websocket"
_DATABASE_HEALTH: Final = f"{behaviour.HEALTH}/database"

CORE_FAULTS: Final[Mapping[str, Callable[[Staging], Staging]]] = MappingProxyType(
    {
        "connection-budget": cloud.instances(_few_connections),
        "database-operation-failed": _operation_failed,
        "database-maintenance-due": cloud.instances(_maintained_soon),
        "database-other-region": cloud.instances(_elsewhere),
        "database-without-private-address": cloud.instances(_public_only),
        "all-through-the-network": cloud.services(_all_through_the_network),
        "database-open-to-the-world": cloud.instances(_open_to_all),
        "database-in-the-clear": cloud.instances(_in_the_clear),
        "database-without-backups": cloud.instances(_without_backups),
        "database-authority-ends": cloud.instances(_authority_ends),
        "connector-cannot-grow": cloud.declared_connector(_fixed_size),
        "connector-too-small": _option("checks.vpc-connector", "min_peak_throughput_mbps = 1000"),
        "connector-other-egress": _option("checks.vpc-connector", 'egress = "all-traffic"'),
        "health-in-part": _backend(
            {_DATABASE_HEALTH: _says(503, status="unhealthy", reason="no connection in 5 s")}
        ),
        "health-unclear": _backend({behaviour.HEALTH: _says(200, status="contemplating")}),
        "health-rate-limited": _backend({behaviour.HEALTH: _says(429, error="slow down")}),
        "health-redirected": _backend({behaviour.HEALTH: _leads_elsewhere}),
        "websocket-restarts": _converses(_restarted),
        "websocket-keeps-restarting": _converses(_restarts),
        "websocket-slow": _converses(_hesitates),
        "websocket-any-origin": _option(
            _BACKEND_OPTIONS, 'foreign_origin = "https://attacker.example"'
        ),
        "websocket-other-subprotocol": _option(_BACKEND_OPTIONS, 'subprotocols = ["netra.v2"]'),
        "unknown-host": _files({"deploy/new.yaml": "url: https://beta.netra.example/\n"}),
        "direct-address": _files(
            {"deploy/direct.yaml": f"url: https://{SERVICES['backend']}-4kq7x-uc.a.run.app/\n"}
        ),
        "insecure-scheme": _files({"deploy/plain.yaml": "url: http://staging.netra.example/\n"}),
        "required-marker-missing": _option("checks.pytest-markers", 'required = ["gpu"]'),
        "markers-not-strict": _files({"pyproject.toml": _WITHOUT_STRICT}),
        "marker-expression-unknown": _files({".github/workflows/tests.yml": _EXPRESSION}),
        "test-file-unparsable": _files({"tests/test_broken.py": "def test_it(:\n"}),
    }
)
"""By name."""
