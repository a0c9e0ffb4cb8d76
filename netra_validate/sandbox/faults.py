"""Everything that can be broken, by name. A scenario is a set of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from netra_validate.sandbox import async_code, behaviour, repository, structure
from netra_validate.sandbox import cloud_faults as cloud
from netra_validate.sandbox.balancing_faults import BALANCING_FAULTS
from netra_validate.sandbox.behaviour import (
    Answer,
    Conversation,
    Deployment,
    healthy_deployments,
)
from netra_validate.sandbox.core_faults import CORE_FAULTS
from netra_validate.sandbox.database_faults import DATABASE_FAULTS, older_backend
from netra_validate.sandbox.edge import EDGE_FAULTS
from netra_validate.sandbox.identity_faults import IDENTITY_FAULTS
from netra_validate.sandbox.load_faults import LOAD_FAULTS
from netra_validate.sandbox.log_faults import LOG_FAULTS, database_timeouts
from netra_validate.sandbox.names import ENVIRONMENT, SERVICES
from netra_validate.sandbox.run_faults import RUN_FAULTS
from netra_validate.sandbox.staging import Conduct, Fault, Staging, healthy_staging
from netra_validate.sandbox.variable_faults import VARIABLE_FAULTS
from netra_validate.sandbox.web_faults import WEB_FAULTS
from netra_validate.sandbox.world import with_candidate

_NO_DATABASE: Final = {"status": "unhealthy", "reason": "Database connectivity failed"}
_NOT_READY: Final = {"error": "service_not_ready"}


def broken(names: Iterable[str]) -> Staging:
    """The healthy environment with these faults applied in this order."""
    staging = healthy_staging()
    for name in names:
        staging = FAULTS[name](staging)
    return staging


def healed(names: Iterable[str]) -> Staging:
    """The environment in which these faults were, and are no more."""
    return broken(name for name in names if name in HARMLESS)


def _deployed(key: str, change: Callable[[Deployment], Deployment]) -> Fault:
    """Changes what runs behind one service's address."""

    def fault(staging: Staging) -> Staging:
        changed = {**staging.deployments, key: change(staging.deployments[key])}
        return replace(staging, deployments=changed)

    return fault


def _health(answer: Answer, *keys: str) -> Fault:
    """Every health endpoint of the backend, or of these services, answers so."""

    def change(deployment: Deployment) -> Deployment:
        ill = {path: answer for path in deployment.answers if path.startswith(behaviour.HEALTH)}
        return replace(deployment, answers={**deployment.answers, **ill})

    return _all(*(_deployed(key, change) for key in keys or ("backend",)))


def _says(status: str, *, after_s: float = behaviour.HEALTHY_S, **body: object) -> Answer:
    """A 200 of the backend that carries this word."""
    return behaviour.says(
        200, {"status": status, "service": SERVICES["backend"], **body}, after_s=after_s
    )


def _websocket(conversation: Conversation) -> Fault:
    return _deployed("backend", lambda it: replace(it, conversation=conversation))


def _candidate(staging: Staging) -> Staging:
    """A second revision of the backend is deployed, with a tag and without traffic. It is well."""
    backend = healthy_deployments()["backend"]
    return replace(
        staging,
        world=with_candidate(staging.world, "backend"),
        candidates={**staging.candidates, "backend": backend},
    )


def _ill_candidate(staging: Staging) -> Staging:
    """The backend's candidate answers 503 to everything."""
    ill = behaviour.says(503, _NO_DATABASE)
    candidate = staging.candidates["backend"]
    answers = dict.fromkeys(candidate.answers, ill)
    changed = replace(candidate, answers=answers, conversation=_unavailable)
    return replace(staging, candidates={**staging.candidates, "backend": changed})


def _without_instances(deployment: Deployment) -> Deployment:
    """No instance starts, so that Cloud Run answers everything itself."""
    return replace(
        deployment,
        answers=dict.fromkeys(deployment.answers, behaviour.no_instance),
        conversation=behaviour.no_instance_to_upgrade,
        preflight=behaviour.no_instance,
    )


def _mute(deployment: Deployment) -> Deployment:
    return replace(deployment, pongs=False)


def _cold(deployment: Deployment) -> Deployment:
    starting = behaviour.says(503, {"status": "starting"}, after_s=0.4)
    answers = {**deployment.answers}
    answers[behaviour.HEALTH] = behaviour.first(starting, answers[behaviour.HEALTH])
    return replace(deployment, answers=answers)


def _all(*faults: Fault) -> Fault:
    def fault(staging: Staging) -> Staging:
        for each in faults:
            staging = each(staging)
        return staging

    return fault


def _files(more: Mapping[str, str]) -> Fault:
    return lambda staging: replace(staging, files={**staging.files, **more})


def _option(check: str, line: str) -> Fault:
    table = f"[environments.{ENVIRONMENT}.services.backend.checks.{check}]\n{line}\n"
    return lambda staging: replace(staging, options=staging.options + table)


_unavailable = behaviour.refuses(503, _NOT_READY, {"retry-after": "10"})
_crashes = behaviour.refuses(500, {"error": "internal"})

FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "health-503": _health(behaviour.says(503, _NO_DATABASE)),
        "health-503-slow": _health(
            behaviour.says(503, _NO_DATABASE, after_s=0.3), "backend", "auth"
        ),
        "no-instance": _deployed("backend", _without_instances),
        "health-hangs": _health(behaviour.silence),
        "health-initializing": _health(_says("initializing")),
        "health-degraded": _health(
            _says("degraded", dependencies={"redis": {"status": "degraded"}})
        ),
        "health-unhealthy-200": _health(_says("critical", database_status="error")),
        "health-wrong-service": _health(_says("ok", service=SERVICES["frontend"])),
        "health-slow": _health(_says("healthy", after_s=2.5)),
        "health-html": _health(behaviour.web_page),
        "health-cached": _health(
            behaviour.says(
                200,
                {"status": "healthy", "service": SERVICES["backend"]},
                headers={"age": "5400", "x-cache": "HIT", "cache-control": "public, max-age=86400"},
            )
        ),
        "health-cold-start": _deployed("backend", _cold),
        "health-forbidden": _all(
            _health(behaviour.google_forbids), _websocket(behaviour.google_forbids_upgrade)
        ),
        "websocket-503": _websocket(_unavailable),
        "websocket-page": _websocket(behaviour.page_to_upgrade),
        "websocket-403": _websocket(behaviour.closes_before_accept),
        "websocket-closes-1011": _websocket(behaviour.closes_with_1011),
        "websocket-no-pong": _deployed("backend", _mute),
        "websocket-flaky": _all(
            # 500 and not 503: what passes by itself is tried again, and would not be seen.
            _websocket(behaviour.flaky(5, _crashes, behaviour.converse)),
            _option("websocket", "samples = 20"),
        ),
        "database-missing": cloud.without_instance,
        "database-stopped": cloud.instances(cloud.stop),
        "database-suspended": cloud.instances(cloud.suspend),
        "database-detached": cloud.services(cloud.detach_database),
        "database-wrong-network": cloud.instances(cloud.move),
        "database-disk-full": cloud.instances(cloud.fill),
        "connector-missing": cloud.without_connector,
        "connector-down": cloud.declared_connector(cloud.break_down),
        "connector-detached": cloud.services(cloud.detach_connector),
        "connector-renamed": _all(
            cloud.with_other_connector, cloud.services(cloud.carry_other_connector)
        ),
        "connector-wrong-network": cloud.declared_connector(cloud.lead_elsewhere),
        **CORE_FAULTS,
        **RUN_FAULTS,
        **LOG_FAULTS,
        **DATABASE_FAULTS,
        "schema-disagrees": older_backend,
        **EDGE_FAULTS,
        **BALANCING_FAULTS,
        **IDENTITY_FAULTS,
        **VARIABLE_FAULTS,
        **WEB_FAULTS,
        **LOAD_FAULTS,
        "start-up-fails": _all(cloud.services(cloud.fail_start_up), database_timeouts),
        "candidate": _candidate,
        "candidate-503": _ill_candidate,
        "candidate-detached": cloud.backend(cloud.detach_connector),
        "retired-domains": _files(repository.RETIRED_DOMAINS),
        "unregistered-markers": _files(repository.UNREGISTERED_MARKERS),
        "awaits-plain-function": _files(async_code.AWAITS_PLAIN_FUNCTION),
        "never-awaited": _files(async_code.NEVER_AWAITED),
        "wrong-context-manager": _files(async_code.WRONG_CONTEXT_MANAGER),
        "wrong-iteration": _files(async_code.WRONG_ITERATION),
        "loop-entered-again": _files(async_code.RUNNING_LOOP),
        "loop-closed-in-tests": _files(async_code.LOOP_CLOSED_IN_TESTS),
        "blocking-call": _files(async_code.BLOCKING_CALL),
        **{name: _files(more) for name, more in structure.FAULTS.items()},
        "permission-missing": cloud.denied("cloudsql.instances.list"),
        "api-forbidden": cloud.conduct(Conduct.FORBIDDEN),
        "api-unavailable": cloud.conduct(Conduct.UNAVAILABLE),
        "api-hangs": cloud.conduct(Conduct.SILENT),
    }
)
"""Every fault by its name. The order of application is that of the scenarios."""

HARMLESS: Final = frozenset({"candidate"})
"""Those that are none, and stay when all others are mended."""
