"""The options of the check ``runtime-config``."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions


class Expectations(CheckOptions, frozen=True, kw_only=True):
    """What is expected of the environment of a service."""

    required: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["REDIS_URL", "JWT_ISSUER"]],
            description="Variables that must be there and not empty, such as REDIS_URL",
        ),
    ] = ()
    forbidden: Annotated[
        tuple[str, ...],
        Meta(description="Flags, by name or *-pattern, that must not be on: 1, true, yes or on"),
    ] = (
        "EMERGENCY_ALLOW_NO_DATABASE",
        "BYPASS_STARTUP_VALIDATION",
        "SKIP_OAUTH_VALIDATION",
        "EMERGENCY_ALLOW_*",
        "BYPASS_*_VALIDATION",
        "SKIP_*_VALIDATION",
    )
    environment: Annotated[
        str | None,
        Meta(
            examples=["staging"],
            description="The word for this environment, where it is not its name",
        ),
    ] = None
    environment_names: Annotated[
        tuple[str, ...], Meta(description="Variables that hold the word for the environment")
    ] = ("ENVIRONMENT", "APP_ENV")
    allow_lists: Annotated[
        tuple[str, ...],
        Meta(description="Variables, by *-pattern, that list who may call and not whom to call"),
    ] = (
        "*CORS*",
        "*ORIGIN*",
        "*ALLOWED_HOST*",
        "*NO_PROXY*",
        "*ALLOW_IPS*",
        "*ALLOWED_IPS*",
        "*TRUSTED_HOST*",
        "*TRUSTED_PROX*",
        "*ALLOWLIST*",
        "*ALLOW_LIST*",
        "*DENYLIST*",
        "*DENY_LIST*",
        "*BLOCKLIST*",
        "*BLOCK_LIST*",
    )
    local: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["*_PROXY_ADDRESS"]],
            description="Variables, by *-pattern, that may name this machine",
        ),
    ] = ()
    known_hosts: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["api.partner.example.com", "*.cdn.example.com"]],
            description="Hosts or *.patterns, beside the environment's, that values may name",
        ),
    ] = ()
