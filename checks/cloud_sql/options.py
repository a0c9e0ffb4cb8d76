"""The options of the check ``cloud-sql``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from netra_validate import CheckOptions


class Expectations(CheckOptions, frozen=True, kw_only=True):
    """What is expected of an instance."""

    attachment: Annotated[
        Literal["required", "optional"],
        Meta(description="Whether services must carry its connection name, under /cloudsql"),
    ] = "required"
    max_connections: (
        Annotated[
            int, Meta(ge=1, description="Connections it accepts, where the API does not tell")
        ]
        | None
    ) = None
    max_connections_ratio: Annotated[
        float,
        Meta(gt=0, le=1, description="Share of its connections that the services may need"),
    ] = 0.9
    max_disk_ratio: Annotated[
        float, Meta(gt=0, le=1, description="Share of a disk that cannot grow that may be used")
    ] = 0.85
    operations_days: Annotated[
        int, Meta(ge=0, description="Days for which a failed operation is reported")
    ] = 7
    ca_expiry_days: Annotated[
        int, Meta(ge=0, description="Days before the server's authority expires, to warn from")
    ] = 30
    maintenance_days: Annotated[
        int, Meta(ge=0, description="Days before a maintenance, to warn from")
    ] = 7
