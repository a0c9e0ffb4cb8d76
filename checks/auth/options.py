"""The options of the auth check."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from netra_validate import CheckOptions

Place = Annotated[
    str, Meta(pattern=r"^(/|https?://)\S*$", title="a path such as /auth/login, or an address")
]


class AuthOptions(CheckOptions, frozen=True, kw_only=True):
    """What the auth service offers, and limits."""

    discovery: Annotated[
        tuple[Place, ...],
        Meta(
            examples=[["/.well-known/openid-configuration"]],
            description="Where the OpenID configuration is: paths under url or whole addresses, in"
            " the order in which clients fall back. The first that answers counts",
        ),
    ] = ()
    issuer: Annotated[
        str | None,
        Meta(
            examples=["https://auth.staging.example.com"],
            description="Who must be named as the issuer; follows from the address by default",
        ),
    ] = None
    validate: Annotated[
        Place | None, Meta(examples=["/auth/validate"], description="Where tokens are validated")
    ] = None
    validate_method: Annotated[
        Literal["GET", "POST"],
        Meta(
            description="How it is asked. The token is sent as Authorization: Bearer, and with POST"
            " in JSON under token as well"
        ),
    ] = "POST"
    login: Annotated[
        Place | None,
        Meta(
            examples=["/auth/login"],
            description="Where a login begins with a redirect to the provider",
        ),
    ] = None
    hosts: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["accounts.example.com"]],
            description="Hosts beside the canonical ones that endpoints and redirects may name",
        ),
    ] = ()
    min_keys: Annotated[
        int,
        Meta(ge=1, description="Fewest keys that are published, so that a rotation overlaps"),
    ] = 2
    max_key_age_s: Annotated[
        float, Meta(gt=0, description="Seconds that the keys may be cached at most")
    ] = 86400.0
    max_validation_ms: Annotated[
        float,
        Meta(gt=0, description="Milliseconds that a validation may take, without the round trip"),
    ] = 10.0
    samples: Annotated[
        int,
        Meta(
            ge=0,
            le=10,
            description="Validations to time, each beside a request without a token that shows the"
            " round trip; 0 for none",
        ),
    ] = 3
    timeout_s: Annotated[float, Meta(gt=0, description="Seconds for one answer")] = 10.0
