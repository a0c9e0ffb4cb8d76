"""The way through the Cloud SQL connector.

``cloud-sql-python-connector`` asks Cloud SQL Admin where the instance is, has it sign a certificate
for an hour, and speaks TLS to the instance's own proxy on port 3307. It takes a second to import,
and brings aiohttp along, so it is an extra.
https://cloud.google.com/sql/docs/postgres/connect-connectors
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from netra_validate.clients.errors import (
    ClientError,
    Forbidden,
    NotFound,
    TimedOut,
    Unauthenticated,
    Unreachable,
)
from netra_validate.clients.google.endpoints import Endpoint, endpoint
from netra_validate.clients.google.libraries import in_thread, load
from netra_validate.clients.postgres.bounding import BoundedLoop, Meter
from netra_validate.clients.postgres.connecting import (
    SETTINGS,
    Connection,
    Opened,
    attempt,
    is_private,
    no_way,
)

if TYPE_CHECKING:
    from netra_validate.clients.budget import Budget

Address = Literal["private", "public", "psc"]
"""Which of an instance's addresses to use."""

_LIBRARY: Final = "google.cloud.sql.connector"
_IMPORT_S: Final = 20.0
_LIFE: Final = timedelta(hours=1)
_CREDENTIALS_S: Final = 10.0
"""Seconds to find credentials, as for the other APIs."""
_SCOPE: Final = "https://www.googleapis.com/auth/sqlservice.admin"
"""The least that connecting and signing in take."""

_PORT: Final = 3307
"""Of every instance's own proxy."""
_RESOLVE_S: Final = 2.0
_API: Final = "sqladmin.googleapis.com"

_AGAIN: Final = "run it again; see that a firewall or a proxy lets this machine reach it"
"""Of the API, not of the instance."""

_FORBIDDEN: Final = 403
_DENIED: Final = 401
_MISSING: Final = 404


class CloudSqlConnector:
    """Connections to one instance through the connector; it must be closed.

    Args:
        instance: the connection name, ``project:region:instance``.
        address: which of its addresses to use.
        override: where Cloud SQL Admin is, if not where it usually is.
    """

    def __init__(self, instance: str, address: Address, override: str | None) -> None:
        self._instance = instance
        self._address = address
        self._override = override
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
            Forbidden: the account may not connect to the instance, or not sign in.
            ClientError: the library is not installed, or any of the tree.
        """
        place = endpoint(self._override, _API)
        library = await self._library(budget)
        meter = Meter()

        async def dial(own: Meter) -> Connection:
            nonlocal meter
            meter = own
            try:
                self._connector = await self._made(library, budget, place, iam=password is None)
                return await self._dialled(user, database, password, limit_s, own)
            except Exception as error:  # noqa: BLE001 - of six libraries, each with its own
                raise _told(error, shown, own) from None

        try:
            return await attempt(dial, shown, limit_s, None, encrypted=True)
        except Unauthenticated:
            if password is None and meter.dialled:
                raise _no_login(shown, user) from None
            raise
        except (Unreachable, TimedOut) as error:
            if not meter.dialled:
                # Not the instance: nobody has told where it is.
                late = f"{_API} did not answer within {limit_s:.3g} s"
                told = error.message if isinstance(error, TimedOut) else late
                raise ClientError(told, hint=_AGAIN) from None
            if not meter.connected and await is_private(meter.dialled, _PORT, _RESOLVE_S):
                raise no_way(shown) from None
            raise

    async def _dialled(
        self, user: str, database: str, password: str | None, limit_s: float, meter: Meter
    ) -> Connection:
        made: Connection = await self._connector.connect_async(
            self._instance,
            "asyncpg",
            user=user,
            db=database,
            # Not None: the driver would look into the environment and into ~/.pgpass.
            password=password or "",
            loop=BoundedLoop(meter),
            timeout=limit_s,
            **SETTINGS,
        )
        return made

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

    async def _made(self, library: Any, budget: Budget, place: Endpoint, *, iam: bool) -> Any:  # noqa: ANN401 - of a library without types
        # An address on this machine is spoken to without credentials, as for the other APIs.
        find = _anybody if place.trusted else _nobody
        credentials = await in_thread(find, budget, _CREDENTIALS_S, "looking for credentials")
        return await library.create_async_connector(
            ip_type=self._address.upper(),
            enable_iam_auth=iam,
            refresh_strategy="LAZY",
            credentials=credentials,
            sqladmin_api_endpoint=place.url,
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
    import google.auth

    credentials, _project = google.auth.default(scopes=[_SCOPE])
    return credentials


def _nobody() -> Any:  # noqa: ANN401 - as above
    """Credentials of nobody. The anonymous ones cannot be renewed, which the connector does."""
    from google.auth.credentials import Credentials

    class Nobody(Credentials):
        def refresh(self, request: object) -> None:
            del request
            # Without a time zone, as that library has it.
            self.expiry = datetime.now(UTC).replace(tzinfo=None) + _LIFE
            self.token = "none"  # noqa: S105 - it is none

    nobody: Any = Nobody
    return nobody()


def _no_login(shown: str, user: str) -> Forbidden:
    """The instance knows the certificate, and does not sign the account in."""
    return Forbidden(
        f"{shown} does not sign {user} in by IAM: the account is no user of the instance, is"
        " another one than the credentials', or may not log in",
        permission="cloudsql.instances.login",
        hint="grant roles/cloudsql.instanceUser, and make the account a user of the instance",
    )


def _told(error: Exception, shown: str, meter: Meter) -> Exception:
    """What is the driver's stays; all else is the connector's, or the API's."""
    import asyncpg

    of_driver = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
    if isinstance(error, (ClientError, *of_driver)):
        return error
    if meter.dialled and isinstance(error, OSError):
        return error
    return _translated(error, shown)


def _translated(error: Exception, shown: str) -> ClientError:
    """What an error of the connector is: by its status and name, never its text."""
    status = getattr(error, "status", None)
    name = type(error).__name__
    if status == _FORBIDDEN:
        return _no_connection(error, shown)
    if status == _DENIED or name in {"DefaultCredentialsError", "RefreshError"}:
        return Unauthenticated(
            "there are no Google credentials that are accepted",
            hint="run gcloud auth application-default login",
        )
    if status == _MISSING:
        return NotFound(f"{shown} does not exist: {_API} does not know it")
    if name == "CloudSQLIPTypeError":
        return ClientError(
            f"{shown} has no address of the kind that the connector was to use",
            hint="set connector_address to private, public or psc",
        )
    if isinstance(status, int):
        return ClientError(f"{_API} answers {status} about {shown}", hint=_AGAIN)
    if isinstance(error, OSError):
        return ClientError(f"{_API} cannot be reached", hint=_AGAIN)
    return ClientError(
        f"the Cloud SQL connector fails for {shown} ({name})",
        hint="set host or dsn_env to see whether the way around it works",
    )


def _no_connection(error: Exception, shown: str) -> Forbidden:
    """Which of its two questions was refused (`connect.get`, `connect.generateEphemeralCert`)."""
    asked = getattr(getattr(error, "request_info", None), "real_url", "")
    verb = "get" if str(asked).endswith("/connectSettings") else "connect"
    return Forbidden(
        f"{_API} refuses a connection to {shown}: it asks for the permission"
        f" cloudsql.instances.{verb}",
        permission=f"cloudsql.instances.{verb}",
        hint="grant roles/cloudsql.client",
    )
