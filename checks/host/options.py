"""The options of the host check."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions


class HostOptions(CheckOptions, frozen=True, kw_only=True):
    """Limits of the host check."""

    warning_days: Annotated[
        float,
        Meta(
            ge=0,
            description="Days of a certificate that are left, below it is a warning. Of one that"
            " lives for less than 90 days, as much less",
        ),
    ] = 30.0
    error_days: Annotated[
        float,
        Meta(
            ge=0,
            description="Days of a certificate that are left, below it is an error. Of one that"
            " lives for less than 90 days, as much less",
        ),
    ] = 7.0
    max_addresses: Annotated[
        int, Meta(ge=1, le=64, description="Addresses of a name that are tried, the first so many")
    ] = 8
    http_port: Annotated[
        int,
        Meta(ge=0, le=65535, description="Where http is expected to redirect; 0: nobody looks"),
    ] = 80
    min_hsts_age_s: Annotated[
        int, Meta(ge=0, description="Seconds that Strict-Transport-Security has to last at least")
    ] = 86_400
    timeout_s: Annotated[
        float, Meta(gt=0, description="Seconds for the front page, in either scheme")
    ] = 5.0
