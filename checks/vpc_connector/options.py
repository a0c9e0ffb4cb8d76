"""The options of the check ``vpc-connector``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from netra_validate import CheckOptions


class Expectations(CheckOptions, frozen=True, kw_only=True):
    """What is expected of a connector."""

    network: Annotated[
        str | None,
        Meta(
            examples=["staging-vpc"],
            description="Network that it must lead into: name or projects/…/networks/…",
        ),
    ] = None
    egress: Annotated[
        Literal["all-traffic", "private-ranges-only"] | None,
        Meta(description="Egress that the services which use it must have"),
    ] = None
    min_peak_throughput_mbps: (
        Annotated[int, Meta(ge=0, description="Throughput that it must be able to reach, in Mbps")]
        | None
    ) = None
    min_peak_instances: (
        Annotated[int, Meta(ge=0, description="Instances that it must be able to grow to")] | None
    ) = None
    min_headroom_ratio: Annotated[
        float,
        Meta(ge=0, le=1, description="Share of its largest size by which it can grow at least"),
    ] = 0.1
