"""What can be wrong with the accounts of the sandbox's services, and with what they may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from google.cloud import run_v2
from google.iam.v1.policy_pb2 import Policy

from netra_validate.sandbox.identities import (
    DEFAULT_ACCOUNT,
    PROJECT_NAME,
    account,
    binding,
    member,
)
from netra_validate.sandbox.names import ENVIRONMENT, PARENT, SERVICES
from netra_validate.sandbox.staging import Fault, Staging
from netra_validate.sandbox.variables import JWT_SECRET, secret_name

_CLIENT: Final = "roles/cloudsql.client"
_AUTH: Final = member("auth")
_TEAM: Final = "group:services@netra.example"


def _runs_as(key: str, email: str) -> Fault:
    """The revision of a service runs as this account."""
    name = f"{PARENT}/services/{SERVICES[key]}"

    def fault(staging: Staging) -> Staging:
        service = run_v2.Service(staging.world.services[name])
        service.template.service_account = email
        services = {**staging.world.services, name: service}
        return replace(staging, world=replace(staging.world, services=services))

    return fault


def _policy(name: str, change: Callable[[Policy], None]) -> Fault:
    """Changes the policy of one resource."""

    def fault(staging: Staging) -> Staging:
        changed = Policy()
        changed.CopyFrom(staging.world.policies[name])
        change(changed)
        policies = {**staging.world.policies, name: changed}
        return replace(staging, world=replace(staging.world, policies=policies))

    return fault


def _without(email: str) -> Callable[[Policy], None]:
    """Takes an account out of every binding."""

    def change(policy: Policy) -> None:
        for each in policy.bindings:
            kept = [found for found in each.members if found != email]
            del each.members[:]
            each.members.extend(kept)

    return change


def _instead(*given: object) -> Callable[[Policy], None]:
    """The authentication service has Cloud SQL by these bindings only."""

    def change(policy: Policy) -> None:
        _without(_AUTH)(policy)
        policy.bindings.extend(given)

    return change


def _expects_another(staging: Staging) -> Staging:
    table = (
        f"[environments.{ENVIRONMENT}.services.frontend.checks.identity]\n"
        f'account = "{account("backend")}"\n'
    )
    return replace(staging, options=staging.options + table)


def _expects_a_role(staging: Staging) -> Staging:
    table = (
        f"[environments.{ENVIRONMENT}.services.frontend.checks.identity]\n"
        'project_roles = ["roles/vpcaccess.user"]\n'
    )
    return replace(staging, options=staging.options + table)


IDENTITY_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "default-account": _runs_as("frontend", DEFAULT_ACCOUNT),
        "other-account": _expects_another,
        "role-missing": _policy(PROJECT_NAME, _without(_AUTH)),
        "project-role-missing": _expects_a_role,
        "secret-access-missing": _policy(secret_name(JWT_SECRET), _without(_AUTH)),
        "invoker-missing": _policy(
            f"{PARENT}/services/{SERVICES['auth']}", _without(member("backend"))
        ),
        "group-binding": _policy(PROJECT_NAME, _instead(binding(_CLIENT, [_TEAM]))),
        "expired-grant": _policy(
            PROJECT_NAME,
            _instead(binding(_CLIENT, [_AUTH], 'request.time < timestamp("2025-01-01T00:00:00Z")')),
        ),
        "unclear-condition": _policy(
            PROJECT_NAME,
            _instead(binding(_CLIENT, [_AUTH], 'resource.matchTag("1/environment", "staging")')),
        ),
    }
)
"""By name."""
