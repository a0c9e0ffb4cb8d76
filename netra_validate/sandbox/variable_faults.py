"""What can be wrong with the backend's variables and secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from google.cloud import run_v2

from netra_validate.sandbox.names import PARENT, SERVICES
from netra_validate.sandbox.staging import Fault, Staging
from netra_validate.sandbox.variables import (
    DATABASE_PASSWORD,
    JWT_SECRET,
    from_secret,
    secret_name,
)

_BACKEND: Final = f"{PARENT}/services/{SERVICES['backend']}"
_Container: TypeAlias = Any
"""A proto-plus message."""


def _container(change: Callable[[_Container], None]) -> Fault:
    """Changes the container of the backend, where there is a backend."""

    def fault(staging: Staging) -> Staging:
        if _BACKEND not in staging.world.services:
            return staging
        service = run_v2.Service(staging.world.services[_BACKEND])
        change(service.template.containers[0])
        services = {**staging.world.services, _BACKEND: service}
        return replace(staging, world=replace(staging.world, services=services))

    return fault


def _set(name: str, value: str) -> Fault:
    """The variable has this value."""
    return _put(run_v2.EnvVar(name=name, value=value))


def _put(variable: run_v2.EnvVar) -> Fault:
    """The variable is this one, in the place of any other of its name."""

    def change(container: _Container) -> None:
        others = [each for each in container.env if each.name != variable.name]
        container.env = [*others, variable]

    return _container(change)


def _again(name: str, value: str) -> Fault:
    """The variable is set another time."""

    def change(container: _Container) -> None:
        container.env = [*container.env, run_v2.EnvVar(name=name, value=value)]

    return _container(change)


def _unset(name: str) -> Fault:
    def change(container: _Container) -> None:
        container.env = [each for each in container.env if each.name != name]

    return _container(change)


def _newer_version(staging: Staging) -> Staging:
    """The signing key was rotated."""
    versions = {
        **staging.world.secret_versions,
        f"{secret_name(JWT_SECRET)}/versions/4": "ENABLED",
    }
    return replace(staging, world=replace(staging.world, secret_versions=versions))


def _pinned_and_rotated(staging: Staging) -> Staging:
    return _newer_version(_put(from_secret("JWT_SECRET", JWT_SECRET, "3"))(staging))


VARIABLE_FAULTS: Final[Mapping[str, Fault]] = MappingProxyType(
    {
        "bypass-flag-left-on": _set("EMERGENCY_ALLOW_NO_DATABASE", "true"),
        "placeholder-value": _set("OPENAI_MODEL", "REPLACE_WITH_MODEL"),
        "localhost-value": _set("REDIS_URL", "redis://localhost:6379/0"),
        "retired-host-in-value": _set("WEBSOCKET_URL", "wss://api.staging.netra.example/ws"),
        "address-of-no-service": _set(
            "AUTH_SERVICE_URL", f"https://{SERVICES['auth']}-staging-sbx-uc.a.run.app"
        ),
        "whitespace-in-value": _set("REDIS_URL", "redis://10.20.0.4:6379/0\n"),
        "secret-in-plain": _set("DATABASE_PASSWORD", "hunter2-hunter2"),
        "variable-twice": _again("LOG_LEVEL", "debug"),
        "required-name-missing": _unset("REDIS_URL"),
        "other-environment-word": _set("ENVIRONMENT", "production"),
        "secret-version-disabled": _put(from_secret("DATABASE_PASSWORD", DATABASE_PASSWORD, "2")),
        "secret-version-outdated": _pinned_and_rotated,
    }
)
"""By name."""
