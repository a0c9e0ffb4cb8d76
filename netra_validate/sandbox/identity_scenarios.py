"""The scenarios of accounts and of what they may do."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_AUTH: Final = "identity/auth"

IDENTITY_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "default-account",
        "the frontend runs as the default compute account: a warning",
        "identity.default-account",
        exit_code=0,
    ),
    scenario(
        "other-account",
        "the frontend is expected to run as another account",
        "identity.other-account",
        cause="identity/frontend",
    ),
    scenario(
        "role-missing",
        "the account of the authentication service may not connect to Cloud SQL",
        "identity.cloud-sql-role",
        cause=_AUTH,
    ),
    scenario(
        "project-role-missing",
        "the frontend's account lacks a role that is expected on the project",
        "identity.project-role",
        cause="identity/frontend",
    ),
    scenario(
        "secret-access-missing",
        "the account of the authentication service may not read one of its secrets",
        "identity.secret-access",
        cause=_AUTH,
    ),
    scenario(
        "invoker-missing",
        "the backend's account may not call the authentication service",
        "identity.invoker",
        cause="identity/backend",
    ),
    scenario(
        "expired-grant",
        "the account of the authentication service could connect to Cloud SQL until some day",
        "identity.cloud-sql-role",
        cause=_AUTH,
    ),
    scenario(
        "group-binding",
        "a group may connect to Cloud SQL, and who is in it is not known",
        exit_code=3,
    ),
    scenario(
        "unclear-condition",
        "a condition that nobody here understands lets an account connect to Cloud SQL",
        exit_code=3,
    ),
)
"""In the order in which to list them."""
