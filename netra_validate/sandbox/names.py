"""How the sandbox's resources are called, in its APIs, its services and its configuration."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

ENVIRONMENT: Final = "sandbox"
PROJECT: Final = "netra-sandbox"
REGION: Final = "us-central1"
PARENT: Final = f"projects/{PROJECT}/locations/{REGION}"
INSTANCE: Final = "sandbox-postgres"
CONNECTION_NAME: Final = f"{PROJECT}:{REGION}:{INSTANCE}"
CONNECTOR: Final = "sandbox-connector"
URL_MAP: Final = "sandbox-url-map"
"""Of the load balancer in front of the services."""
MIGRATION: Final = "sandbox-migration"
"""A Cloud Run job."""
NETWORK: Final = "staging-vpc"
"""The network that the connector leads into and the database has its private address in."""

REPOSITORY_FOLDER: Final = "repository"
"""Under the sandbox's own folder: the repository, and the configuration in it."""
CONFIGURATION_FILE: Final = "netra-validate.toml"
CA_FILE: Final = "ca.pem"
REQUESTS_FILE: Final = "requests.jsonl"

TAG: Final = "candidate"
"""The traffic tag of a revision that has no traffic yet, where there is one."""

SERVICES: Final[Mapping[str, str]] = MappingProxyType(
    {"backend": "netra-backend", "auth": "netra-auth", "frontend": "netra-frontend"}
)
"""The name in the configuration, and the name in Cloud Run."""
