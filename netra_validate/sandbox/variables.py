"""What the sandbox's services are given: environment variables, and the secrets among them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

from google.cloud import run_v2

from netra_validate.sandbox.names import PROJECT, SERVICES

JWT_SECRET: Final = "netra-jwt-secret"  # noqa: S105 - its name, not what is in it
DATABASE_PASSWORD: Final = "netra-database-password"  # noqa: S105 - as above

_PLAIN: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        SERVICES["backend"]: {
            "LOG_LEVEL": "info",
            "REDIS_URL": "redis://10.20.0.4:6379/0",
            "AUTH_SERVICE_URL": f"https://{SERVICES['auth']}-sbx-uc.a.run.app",
            "FRONTEND_URL": "https://staging.netra.example",
            "CORS_ORIGINS": "https://staging.netra.example,http://localhost:3000",
        },
        SERVICES["frontend"]: {
            "API_URL": "https://staging.netra.example",
            "WEBSOCKET_URL": "wss://api-staging.netra.example/ws",
        },
    }
)
_SECRET: Final = MappingProxyType(
    {"JWT_SECRET": JWT_SECRET, "DATABASE_PASSWORD": DATABASE_PASSWORD}
)


def variables(service: str) -> list[run_v2.EnvVar]:
    """The environment of a service, by its name in Cloud Run."""
    found = [run_v2.EnvVar(name="ENVIRONMENT", value="staging")]
    plain = _PLAIN.get(service, {})
    found += [run_v2.EnvVar(name=name, value=value) for name, value in plain.items()]
    if service != SERVICES["frontend"]:
        found += [from_secret(name, secret) for name, secret in _SECRET.items()]
    return found


def from_secret(name: str, secret: str, version: str = "latest") -> run_v2.EnvVar:
    """A variable whose value is a version of a secret."""
    selector = run_v2.SecretKeySelector(secret=secret, version=version)
    return run_v2.EnvVar(name=name, value_source=run_v2.EnvVarSource(secret_key_ref=selector))


def secret_name(secret: str) -> str:
    """The full name of a secret."""
    return f"projects/{PROJECT}/secrets/{secret}"


def secret_versions() -> dict[str, str]:
    """The state of every version of every secret, by full name. The last one is the latest."""
    return {
        f"{secret_name(secret)}/versions/{number}": state
        for secret in (JWT_SECRET, DATABASE_PASSWORD)
        for number, state in ((1, "DESTROYED"), (2, "DISABLED"), (3, "ENABLED"))
    }


def numbers_of(versions: Iterable[str], secret: str) -> list[int]:
    """The numbers of the versions of a secret that is given by its full name, in order."""
    prefix = f"{secret}/versions/"
    return sorted(int(name.removeprefix(prefix)) for name in versions if name.startswith(prefix))
