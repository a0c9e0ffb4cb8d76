"""Parts of the sandbox's repository that say which environment it is for, and what is single in it.

As they should be, and as the incidents had them: staging's tests with production's variables, a
second `WebSocketManager` beside the first, factories for everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from netra_validate.sandbox.names import ENVIRONMENT

SIGNALS: Final = ".env.staging.tests"

OPTIONS: Final = f"""\
[environments.{ENVIRONMENT}.checks.environment]
environment = "staging"
process = false

[environments.{ENVIRONMENT}.checks.single-definition]
single = ["ConnectionState"]
budgets = {{ "*Factory" = 2 }}

[environments.{ENVIRONMENT}.checks.single-definition.homes]
WebSocketManager = "netra_backend/sockets/manager.py"
CloseReason = "netra_backend/sockets/reasons.py"
"""
"""What the sandbox's configuration says of them. The variables of whoever runs the sandbox are
about other things."""


def _signals(
    environment: str = "staging",
    flag: str = "true",
    auth: str = "https://staging.netra.example",
) -> str:
    return f"""\
# What the tests of staging are run with. Secrets come from Secret Manager.
ENVIRONMENT={environment}
STAGING_ENV={flag}
AUTH_SERVICE_URL={auth}
"""


_STATE: Final = '''\
"""What a connection is doing."""

from enum import Enum


class ConnectionState(Enum):
    OPEN = "open"
    CLOSED = "closed"
'''

_REASONS: Final = '''\
"""Why a connection is closed."""

from enum import IntEnum

CloseReason = IntEnum("CloseReason", {"GOING_AWAY": 1001, "RESTART": 1012})
'''

_FACTORIES: Final = '''\
"""What is made anew for each request."""

from typing import TYPE_CHECKING

try:
    from netra_backend.sockets.state import ConnectionState
except ImportError:

    class ConnectionState:
        OPEN = "open"


if TYPE_CHECKING:
    from netra_backend.sockets import WebSocketManager


class SessionFactory:
    def make(self, manager: "WebSocketManager"):
        return manager, ConnectionState.OPEN


class ClientFactory:
    def make(self):
        return object()
'''

HEALTHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        SIGNALS: _signals(),
        "netra_backend/factories.py": _FACTORIES,
        "netra_backend/sockets/reasons.py": _REASONS,
        "netra_backend/sockets/state.py": _STATE,
    }
)
"""One environment, one definition of each, and two factories."""

_SECOND: Final = '''\
"""The manager from before the rewrite; somebody still imports it."""


class WebSocketManager:
    def __init__(self):
        self.connections = []
'''

_MOVED: Final = '''\
"""Why a connection is closed."""

from netra_backend.sockets.closing import CloseReason

__all__ = ["CloseReason"]
'''

_MORE_FACTORIES: Final = '''\
"""Factories for what needs none."""


class MessageFactory:
    pass


class FactoryFactory:
    pass
'''

FAULTS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "environment-production": {SIGNALS: _signals(environment="production")},
        "environment-denied": {SIGNALS: _signals(flag="false")},
        "environment-auth-elsewhere": {
            SIGNALS: _signals(auth="https://auth-production.example.com")
        },
        "environment-misspelt": {SIGNALS: _signals(environment="stagin")},
        "environment-file-garbled": {SIGNALS: f"ENVIRONMENT=\0{'x' * 10}\n"},
        "defined-twice": {"netra_backend/legacy/manager.py": _SECOND},
        "defined-elsewhere": {
            "netra_backend/sockets/reasons.py": _MOVED,
            "netra_backend/sockets/closing.py": _REASONS,
        },
        "defined-nowhere": {
            "netra_backend/sockets/state.py": _STATE.replace("ConnectionState", "SocketState"),
        },
        "too-many-factories": {"netra_backend/more_factories.py": _MORE_FACTORIES},
    }
)
"""By the name of the fault, the files that differ."""
