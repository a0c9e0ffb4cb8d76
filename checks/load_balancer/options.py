"""The options of the load-balancer check."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions


class LoadBalancerOptions(CheckOptions, frozen=True, kw_only=True):
    """Limits of the load-balancer check."""

    min_websocket_timeout_s: Annotated[
        int,
        Meta(ge=1, description="Seconds that a route has to leave a WebSocket open at least"),
    ] = 600
    warning_days: Annotated[
        float,
        Meta(ge=0, description="Days that a certificate of your own has left, below is a warning"),
    ] = 30.0
    error_days: Annotated[
        float,
        Meta(ge=0, description="Days that a certificate of your own has left, below is an error"),
    ] = 7.0
    unused_health_checks: Annotated[
        bool, Meta(description="Whether health checks that nothing uses are looked for")
    ] = True
