"""The way through the Cloud SQL connector.

``cloud-sql-python-connector`` asks Cloud SQL Admin where the instance is, has it sign a certificate
for an hour, and speaks TLS to the instance's own proxy on port 3307. It takes a second to import,
and brings aiohttp along, so it is an extra.
https://cloud.google.com/sql/docs/postgres/connect-connectors
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Literal

from netra_validate.clients.errors import ClientError, Forbidden, Unauthenticated
from netra_validate.clients.google.libraries import in_thread, load
from netra_validate.clients.postgres.bounding import BoundedLoop, Meter
from netra_validate.clients.postgres.connecting import SETTINGS, Connection, Opened, attempt

if TYPE_CHECKING:
    from netra_validate.clients.budget import Budget

Address = Literal["private", "public", "psc"]
"""Which of an instance's addresses to use."""

_LIBRARY: Final = "google.cloud.sql.connector"
_IMPORT_S: Final = 20.0
_CREDENTIALS_S: Final = 10.0
"""Seconds to find credentials, as for the other APIs."""
_SCOPE: Final = "https://www.googleapis.com/auth/sqlservice.admin"
"""The least that connecting and signing in take."""

_FORBIDDEN: Final = 403
_DENIED: Final = 401


class CloudSqlConnector:
    """Connections to one instance through the connector; it must be closed.

    Args:
        instance: the connection name, ``project:region:instance``.
        address: which of its addresses to use.
        endpoint: of Cloud SQL Admin, if not the usual one.
    """

    def __init__(self, instance: str, address: Address, endpoint: str | None) -> None:
        self._instance = instance
        self._address = address
        self._endpoint = endpoint
        self._connector: Any = None

    async def open(
        self,
        shown: str,
        user: str,
        database: str,
        password: str | None,
        limit_s: float,
        budget: Budget,
    ) -> Opened:
        """Connect once; without a password, IAM signs the user in.

        Raises:
            ClientError: the library is not installed, or any of the tree.
        """
        library = await self._library(budget)
        import asyncpg  # noqa: PLC0415 - when a check first needs it

        async def dial(meter: Meter) -> Connection:
            try:
                self._connector = await self._made(library, budget, iam=password is None)
                made: Connection = await self._connector.connect_async(
                    self._instance,
                    "asyncpg",
                    user=user,
                    db=database,
                    loop=BoundedLoop(meter),
                    timeout=limit_s,
                    **({} if password is None else {"password": password}),
                    **SETTINGS,
                )
            except (ClientError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                raise
            except Exception as error:  # noqa: BLE001 - of five libraries, each with its own
                raise _translated(error, shown) from None
            return made

        return await attempt(dial, shown, limit_s, None, encrypted=True)

    async def _library(self, budget: Budget) -> Any:  # noqa: ANN401 - a module
        try:
            return await in_thread(
                lambda: load(_LIBRARY), budget, _IMPORT_S, "importing the Cloud SQL connector"
            )
        except ImportError:
            raise ClientError(
                "the Cloud SQL connector is not installed",
                hint="pip install 'netra-validate[cloud-sql-connector]', or set host or dsn_env",
            ) from None

    async def _made(self, library: Any, budget: Budget, *, iam: bool) -> Any:  # noqa: ANN401
        # An address on this machine is spoken to without credentials, as for the other APIs.
        find = _nobody if self._endpoint and "googleapis.com" not in self._endpoint else _anybody
        credentials = await in_thread(find, budget, _CREDENTIALS_S, "looking for credentials")
        return await library.create_async_connector(
            ip_type=self._address.upper(),
            enable_iam_auth=iam,
            refresh_strategy="LAZY",
            credentials=credentials,
            sqladmin_api_endpoint=self._endpoint,
        )

    async def close(self) -> None:
        """Close what it has opened. Never takes longer than a second."""
        if self._connector is not None:
            try:
                async with asyncio.timeout(1.0):
                    await self._connector.close_async()
            except (TimeoutError, OSError):
                pass


def _anybody() -> Any:  # noqa: ANN401 - google.auth has no types
    """Application Default Credentials: of this machine, or of whoever signed in."""
    import google.auth  # noqa: PLC0415 - runs in a thread

    credentials, _project = google.auth.default(scopes=[_SCOPE])
    return credentials


def _nobody() -> Any:  # noqa: ANN401 - as above
    from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415 - as above

    nobody: Any = AnonymousCredentials
    return nobody()


def _translated(error: Exception, shown: str) -> ClientError:
    """What an error of the connector is: by its status and name, never its text."""
    status = getattr(error, "status", None)
    if status == _FORBIDDEN:
        return Forbidden(
            f"sqladmin.googleapis.com refuses a connection to {shown}",
            permission="cloudsql.instances.connect",
            hint="grant roles/cloudsql.client",
        )
    if status == _DENIED or type(error).__name__ in {"DefaultCredentialsError", "RefreshError"}:
        return Unauthenticated(
            "there are no Google credentials that are accepted",
            hint="run gcloud auth application-default login",
        )
    if type(error).__name__ == "CloudSQLIPTypeError":
        return ClientError(
            f"{shown} has no address of the kind that the connector was to use",
            hint="set connector_address to private, public or psc",
        )
    if isinstance(status, int):
        return ClientError(f"sqladmin.googleapis.com answers {status} about {shown}")
    return ClientError(f"the Cloud SQL connector fails for {shown} ({type(error).__name__})")
