"""The configuration with which to validate the sandbox."""

from __future__ import annotations

from dataclasses import dataclass

from netra_validate.sandbox import structure
from netra_validate.sandbox.names import (
    CA_FILE,
    CONNECTOR,
    ENVIRONMENT,
    INSTANCE,
    MIGRATION,
    NETWORK,
    PROJECT,
    REGION,
    SERVICES,
    URL_MAP,
)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where on the loopback interface each server listens."""

    grpc: int
    rest: int
    backend: int
    auth: int
    frontend: int
    front: int
    """A host that is no service's own."""
    http: int
    """Plain http, which is redirected."""


def toml(ports: Ports, options: str = "", database: str = "") -> str:
    """The text of the file. ``options`` are tables to add, ``database`` is more of its table."""
    options = _joined(options)
    return f"""\
default_environment = "{ENVIRONMENT}"

[environments.{ENVIRONMENT}]
project = "{PROJECT}"
region = "{REGION}"
ca_file = "../{CA_FILE}"

[environments.{ENVIRONMENT}.endpoints]
run = "http://127.0.0.1:{ports.grpc}"
vpcaccess = "http://127.0.0.1:{ports.grpc}"
sqladmin = "http://127.0.0.1:{ports.rest}"
logging = "http://127.0.0.1:{ports.grpc}"
compute = "http://127.0.0.1:{ports.rest}"
certificatemanager = "http://127.0.0.1:{ports.rest}"
cloudresourcemanager = "http://127.0.0.1:{ports.grpc}"
secretmanager = "http://127.0.0.1:{ports.rest}"
iam = "http://127.0.0.1:{ports.rest}"
monitoring = "http://127.0.0.1:{ports.rest}"

[environments.{ENVIRONMENT}.services.backend]
url = "https://localhost:{ports.backend}"
cloud_run = "{SERVICES["backend"]}"
health = ["/health", "/health/database"]
websocket = "wss://localhost:{ports.backend}/ws"
database = "postgres"
connector = "main"
database_pool = 5

[environments.{ENVIRONMENT}.services.backend.checks.cloud-run]
min_instances = 1
max_instances = 3
timeout_s = 600
concurrency = 80
memory = "1Gi"
cpu = "1"
port = 8080
ingress = "all"
egress = "private-ranges-only"
service_account = "{SERVICES["backend"]}@{PROJECT}.iam.gserviceaccount.com"
jobs = ["{MIGRATION}"]

[environments.{ENVIRONMENT}.services.backend.checks.identity]
calls = ["auth"]

[environments.{ENVIRONMENT}.services.backend.checks.runtime-config]
required = ["ENVIRONMENT", "REDIS_URL"]

[environments.{ENVIRONMENT}.services.backend.checks.cors]
path = "/api/threads"

[environments.{ENVIRONMENT}.services.auth]
url = "https://localhost:{ports.auth}"
cloud_run = "{SERVICES["auth"]}"
health = ["/health"]
database = "postgres"
connector = "main"
database_pool = 5

[environments.{ENVIRONMENT}.services.auth.checks.auth]
discovery = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"]
validate = "/auth/validate"
login = "/auth/login"

[environments.{ENVIRONMENT}.services.auth.checks.cors]
path = "/auth/session"

[environments.{ENVIRONMENT}.services.frontend]
url = "https://localhost:{ports.frontend}"
cloud_run = "{SERVICES["frontend"]}"
health = ["/health"]

[environments.{ENVIRONMENT}.services.frontend.checks.frontend]
page = "/"
page_build = 'name="build-id" content="([^"]+)"'
asset_build = 'BUILD_ID="([^"]+)"'
health_build = "/health/live"
runtime_config = "/config.js"
graphql = "/graphql"

[environments.{ENVIRONMENT}.databases.postgres]
instance = "{INSTANCE}"
{database}
[environments.{ENVIRONMENT}.connectors.main]
name = "{CONNECTOR}"

[environments.{ENVIRONMENT}.connectors.main.checks.vpc-connector]
network = "{NETWORK}"

[environments.{ENVIRONMENT}.load_balancers.main]
url_map = "{URL_MAP}"
services = ["backend", "auth", "frontend"]

[environments.{ENVIRONMENT}.hosts.front]
name = "localhost"
port = {ports.front}

[environments.{ENVIRONMENT}.hosts.backend]
name = "localhost"
port = {ports.backend}
load_balancer = "main"

[environments.{ENVIRONMENT}.checks.host]
http_port = {ports.http}

[environments.{ENVIRONMENT}.checks.runtime-config]
environment = "staging"

[environments.{ENVIRONMENT}.domains]
managed = ["netra.example"]
canonical = ["staging.netra.example", "api-staging.netra.example"]

[environments.{ENVIRONMENT}.domains.retired]
"api.staging.netra.example" = "api-staging.netra.example"
"*.staging.netra.example" = "staging.netra.example"

{structure.OPTIONS}{options and chr(10) + options}"""


def _joined(options: str) -> str:
    """Tables of which each is there once, with what several faults say in it.

    Of two values of one key the last one counts, as of two faults in one thing.
    """
    tables: dict[str, dict[str, str]] = {}
    table: dict[str, str] = {}
    for line in options.splitlines():
        if line.startswith("["):
            table = tables.setdefault(line, {})
        elif line:
            table[line.partition(" = ")[0]] = line
    return "\n".join(
        "".join(f"{line}\n" for line in (header, *lines.values()))
        for header, lines in tables.items()
    )
