"""Application Default Credentials, and identity tokens made from them.

google-auth blocks: it reads files, asks the metadata server of a machine that may not be in
Google's cloud (seconds until it gives up), and fetches tokens. All of that happens in daemon
threads with a bound: cancelling stops the waiting, not the thread, and no thread keeps the program
alive.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, TimedOut, Unauthenticated, Unreachable
from netra_validate.clients.google.libraries import in_thread, silence

T = TypeVar("T")

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"
"""The one scope that every API used here accepts; what is allowed is up to IAM."""

LOGIN: Final = "gcloud auth application-default login"

_LOAD_S: Final = 10.0
"""Seconds to find credentials: three attempts at the metadata server take up to nine."""

_REFRESH_S: Final = 10.0
"""Seconds to fetch one token."""


class Credentials:
    """The credentials of a run, found when they are first needed."""

    def __init__(self) -> None:
        self._found: Any = None
        self._missing: ClientError | None = None
        self._one_at_a_time = asyncio.Lock()

    async def headers(self, url: str, budget: Budget) -> Mapping[str, str]:
        """The headers that authenticate a request to ``url``.

        Raises:
            Unauthenticated: there are no credentials, or they are refused.
            Unreachable: the server that hands out tokens does not answer.
            TimedOut: any of this takes too long.
        """
        async with self._one_at_a_time:
            found = await self._find(budget)
            return await _blocking(
                lambda: _authenticated(found, url), budget, _REFRESH_S, "fetching a Google token"
            )

    async def identity_token(self, audience: str, budget: Budget) -> str:
        """An identity token for one audience.

        Raises:
            Unauthenticated: there are no credentials, or they cannot mint one.
            Unreachable: the server that mints it does not answer.
            TimedOut: any of this takes too long.
        """
        async with self._one_at_a_time:
            found = await self._find(budget)
        return await _blocking(
            lambda: _identity(found, audience), budget, _REFRESH_S, "fetching an identity token"
        )

    async def _find(self, budget: Budget) -> Any:  # noqa: ANN401 - google.auth has no types
        """The credentials. Looking for them takes seconds where there are none: it is done once."""
        if self._missing is not None:
            raise self._missing
        if self._found is None:
            try:
                self._found = await _blocking(_default, budget, _LOAD_S, "looking")
            except TimedOut:
                self._missing = Unauthenticated(
                    "no Google credentials were found", hint=f"run {LOGIN}"
                )
                raise self._missing from None
            except ClientError as error:
                self._missing = error
                raise
        return self._found


async def _blocking(work: Callable[[], T], budget: Budget, wanted_s: float, doing: str) -> T:
    return await in_thread(lambda: _translated(work), budget, wanted_s, doing)


def _translated(work: Callable[[], T]) -> T:
    """``work``, with google-auth's errors in our words: theirs quote what servers sent."""
    from google.auth import exceptions

    try:
        return work()
    except exceptions.DefaultCredentialsError as error:
        raise _no_credentials(error) from error
    except exceptions.TransportError as error:
        raise Unreachable(
            "the server that hands out Google tokens does not answer", phase="request"
        ) from error
    except exceptions.GoogleAuthError as error:
        raise Unauthenticated("the Google credentials were refused", hint=f"run {LOGIN}") from error
    except ValueError as error:
        raise Unauthenticated(
            "the Google credentials cannot be read", hint=f"run {LOGIN}"
        ) from error


def _no_credentials(error: Exception) -> Unauthenticated:
    """Tells a file that is named and useless from nothing at all."""
    if (
        "was not found" in str(error)
        or "not a valid" in str(error)
        or "Failed to load" in str(error)
    ):
        return Unauthenticated(
            "the file that GOOGLE_APPLICATION_CREDENTIALS names holds no Google credentials",
            hint=f"mend the variable, or unset it and run {LOGIN}",
        )
    return Unauthenticated("there are no Google credentials", hint=f"run {LOGIN}")


def _default() -> Any:  # noqa: ANN401 - google.auth has no types
    silence()
    import google.auth

    credentials, _project = google.auth.default(scopes=[SCOPE])
    return credentials


def _authenticated(credentials: Any, url: str) -> dict[str, str]:  # noqa: ANN401 - as above
    headers: dict[str, str] = {}
    credentials.before_request(_transport(), "GET", url, headers)
    return headers


def _transport() -> Any:  # noqa: ANN401 - as above
    from google.auth.transport.requests import Request

    return Request()


def _identity(credentials: Any, audience: str) -> str:  # noqa: ANN401 - as above
    request = _transport()
    minting = _minting(credentials, audience, request)
    minting.refresh(request)
    return str(minting.token)


def _minting(credentials: Any, audience: str, request: Any) -> Any:  # noqa: ANN401 - as above
    """Credentials whose token is an identity token.

    ``google.oauth2.id_token`` knows service account files and the metadata server only, and looks
    at neither gcloud's own file nor workload identity federation, which is what runs in CI.
    """
    from google.auth import (
        compute_engine,
        external_account,
        impersonated_credentials,
    )
    from google.oauth2 import service_account

    impersonated: Any = impersonated_credentials
    from_metadata: Any = compute_engine.IDTokenCredentials
    from_key: Any = service_account.IDTokenCredentials

    if isinstance(credentials, service_account.Credentials):
        # Its public constructors read a file; the signer is at hand already.
        return from_key(
            signer=credentials.signer,
            service_account_email=credentials.service_account_email,
            token_uri=credentials._token_uri,  # noqa: SLF001 - there is no public name for it
            target_audience=audience,
        )
    if isinstance(credentials, compute_engine.Credentials):
        return from_metadata(request, audience, use_metadata_identity_endpoint=True)
    if isinstance(credentials, external_account.Credentials) and credentials.service_account_email:
        # The federated identity acts as this account; the account asks for a token of its own.
        credentials = impersonated.Credentials(
            source_credentials=credentials,
            target_principal=credentials.service_account_email,
            target_scopes=[SCOPE],
        )
    if isinstance(credentials, impersonated_credentials.Credentials):
        return impersonated.IDTokenCredentials(
            credentials, target_audience=audience, include_email=True
        )
    raise _cannot_mint(credentials)


def _cannot_mint(credentials: object) -> ClientError:
    what = "a user's own credentials" if _is_user(credentials) else "these Google credentials"
    return Unauthenticated(
        f"{what} cannot mint an identity token for an audience; a service account's can",
        hint="gcloud auth application-default login --impersonate-service-account=ACCOUNT",
    )


def _is_user(credentials: object) -> bool:
    from google.oauth2 import credentials as user

    return isinstance(credentials, user.Credentials)
