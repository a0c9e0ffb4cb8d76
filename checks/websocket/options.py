"""The options of the check ``websocket``."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from msgspec import Meta

from netra_validate import CheckOptions

TokenPlace = Literal["subprotocol", "header", "query"]
"""How a token travels in an upgrade: browsers can set a subprotocol and a query, no header."""


ASKING_FOR_A_TOKEN: Final = (1008, 3000, 3003, 4001, 4003, 4401, 4403)
"""Close codes that mean unauthorized or forbidden. 1008 is for what offends a policy (RFC 6455,
section 7.4.1), and what most frameworks close with. 3000 and 3003 are registered for it (IANA
WebSocket Close Code Number Registry). From 4000 on applications say what they like: mostly 4001 and
4003, or the status of HTTP plus 4000, as ``graphql-transport-ws`` does. None is for a service that
is not ready, as 1011 to 1014 are.
"""


class WebSocketOptions(CheckOptions, frozen=True, kw_only=True):
    """What to send, what to expect, and how long to wait."""

    token_env: Annotated[
        str | None,
        Meta(
            examples=["STAGING_TOKEN"],
            description="Environment variable that holds the application's token. Without one the"
            " transport is tested, and a close with one of close_codes_without_token is a pass",
        ),
    ] = None
    token_in: Annotated[
        TokenPlace,
        Meta(
            description="Where the token travels: subprotocol (token_subprotocol_prefix + token),"
            " header (Authorization: Bearer) or query (token_parameter)"
        ),
    ] = "subprotocol"  # noqa: S105 - a place, no password
    token_subprotocol_prefix: Annotated[
        str, Meta(description="What stands before the token in its subprotocol")
    ] = "jwt."  # noqa: S105 - a prefix, no password
    token_parameter: Annotated[
        str, Meta(min_length=1, description="Name of the query parameter that carries the token")
    ] = "token"  # noqa: S105 - a name, no password
    subprotocols: Annotated[
        tuple[str, ...],
        Meta(examples=[["jwt-auth"]], description="Subprotocols to offer, the preferred one first"),
    ] = ()
    expected_subprotocol: Annotated[
        str | None,
        Meta(
            examples=["jwt-auth"],
            description="The one that has to be chosen; any of those offered where left out",
        ),
    ] = None
    origin: Annotated[
        str | None,
        Meta(
            examples=["https://app.staging.example.com"],
            description="Origin header to send, such as the frontend's https://host",
        ),
    ] = None
    foreign_origin: Annotated[
        str | None,
        Meta(
            examples=["https://attacker.example"],
            description="Origin that must not be accepted; one more upgrade is made with it",
        ),
    ] = None
    expected_first_message: Annotated[
        str | None,
        Meta(
            examples=["connection_established"],
            description='Value of "type" in the first JSON message, or the whole text of another;'
            " judged only with a token",
        ),
    ] = None
    first_message_timeout_s: Annotated[
        float, Meta(ge=0, le=60, description="Seconds from the upgrade to that first message")
    ] = 5.0
    close_codes_without_token: Annotated[
        tuple[Annotated[int, Meta(ge=1000, le=4999)], ...],
        Meta(
            description="Close codes by which the application asks for a token after it accepted:"
            " without a token they prove the transport"
        ),
    ] = ASKING_FOR_A_TOKEN
    samples: Annotated[
        int,
        Meta(
            ge=1,
            le=200,
            description="Upgrades to make. Load balancers commonly ban an address after 100"
            " requests a minute, and a ban looks like an outage: stay below, or let your address"
            " pass. With more than one nothing is retried",
        ),
    ] = 1
    max_failure_ratio: Annotated[
        float, Meta(ge=0, le=1, description="Share of the samples that may fail")
    ] = 0.001
    timeout_s: Annotated[
        float, Meta(gt=0, le=120, description="Seconds for one upgrade and what follows it")
    ] = 10.0
    pong_timeout_s: Annotated[
        float, Meta(gt=0, le=60, description="Seconds from the upgrade to the answer to a ping")
    ] = 5.0
    settle_s: Annotated[
        float,
        Meta(
            ge=0,
            le=30,
            description="Seconds after the upgrade in which a close counts as early",
        ),
    ] = 0.4
    max_upgrade_s: Annotated[
        float,
        Meta(
            gt=0,
            description="Seconds that an upgrade may take, name resolution and TLS included; the"
            " median where there are samples",
        ),
    ] = 2.0
