"""The scenarios of variables and secrets."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_BACKEND: Final = "runtime-config/backend"

VARIABLE_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "bypass-flag-left-on",
        "the backend runs with EMERGENCY_ALLOW_NO_DATABASE",
        "runtime-config.forbidden-flag",
        cause=_BACKEND,
    ),
    scenario(
        "placeholder-value",
        "a variable of the backend is still a placeholder",
        "runtime-config.placeholder",
        cause=_BACKEND,
    ),
    scenario(
        "localhost-value",
        "the backend looks for Redis on localhost",
        "runtime-config.localhost",
        cause=_BACKEND,
    ),
    scenario(
        "retired-host-in-value",
        "a variable of the backend names a retired host",
        "runtime-config.retired-host",
        cause=_BACKEND,
    ),
    scenario(
        "address-of-no-service",
        "the backend looks for the authentication service where no service is",
        "runtime-config.unknown-address",
        cause=_BACKEND,
    ),
    scenario(
        "whitespace-in-value",
        "a variable of the backend ends with a newline",
        "runtime-config.surrounding-space",
        cause=_BACKEND,
    ),
    scenario(
        "secret-in-plain",
        "the backend's database password is a plain variable: a warning",
        "runtime-config.plain-secret",
        exit_code=0,
    ),
    scenario(
        "variable-twice",
        "a variable of the backend is set twice: a warning",
        "runtime-config.duplicate-name",
        exit_code=0,
    ),
    scenario(
        "required-name-missing",
        "the backend has no reference to Redis",
        "runtime-config.required-missing",
        cause=_BACKEND,
    ),
    scenario(
        "other-environment-word",
        "the backend believes that it is in production",
        "runtime-config.other-environment",
        cause=_BACKEND,
    ),
    scenario(
        "secret-version-disabled",
        "the backend uses a version of a secret that is disabled",
        "runtime-config.secret-unusable",
        cause=_BACKEND,
    ),
    scenario(
        "secret-version-outdated",
        "the backend is pinned to a secret's version from before its rotation: a warning",
        "runtime-config.secret-outdated",
        exit_code=0,
    ),
)
"""In the order in which to list them."""
