"""The options of the check ``capacity``."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions


class Limits(CheckOptions, frozen=True, kw_only=True):
    """How much may be used, and over how long a time that is looked at."""

    window_min: Annotated[
        int, Meta(ge=15, le=1440, description="Minutes before now that are looked at")
    ] = 60
    sustained_min: Annotated[
        int,
        Meta(ge=5, le=1440, description="Minutes for which a share must hold on to count"),
    ] = 15
    max_ratio: Annotated[float, Meta(gt=0, le=1, description="Share that may be used")] = 0.8
    max_cpu_ratio: (
        Annotated[float, Meta(gt=0, le=1, description="The same for CPU, else max_ratio")] | None
    ) = None
    max_memory_ratio: (
        Annotated[float, Meta(gt=0, le=1, description="The same for memory, else max_ratio")] | None
    ) = None
    max_disk_ratio: (
        Annotated[float, Meta(gt=0, le=1, description="The same for disks, else max_ratio")] | None
    ) = None
    max_connections_ratio: (
        Annotated[float, Meta(gt=0, le=1, description="The same for connections, else max_ratio")]
        | None
    ) = None
    max_instances_ratio: (
        Annotated[float, Meta(gt=0, le=1, description="The same for instances, else max_ratio")]
        | None
    ) = None
    max_throughput_ratio: (
        Annotated[float, Meta(gt=0, le=1, description="The same for throughput, else max_ratio")]
        | None
    ) = None
    full_ratio: Annotated[
        float, Meta(gt=0, le=1, description="Share from which on it is an error and no warning")
    ] = 0.95
    max_startup_s: Annotated[
        float, Meta(gt=0, description="Seconds that 95 of 100 starts of an instance may take")
    ] = 10.0
    max_connections: (
        Annotated[
            int, Meta(ge=1, description="Connections a database accepts, else its own setting")
        ]
        | None
    ) = None
    trend_h: Annotated[
        int,
        Meta(ge=6, le=168, description="Hours before now over which growth is measured"),
    ] = 24
    horizon_h: Annotated[
        int, Meta(ge=0, le=720, description="Hours before it is full to warn from; 0 never does")
    ] = 48

    def __post_init__(self) -> None:
        """Refuse what could never be held."""
        if self.sustained_min > self.window_min:
            raise ValueError("sustained_min is longer than window_min")

    def limit(self, of: str) -> float:
        """The share of ``cpu``, ``memory``, … that may be used."""
        own: float | None = getattr(self, f"max_{of}_ratio")
        return self.max_ratio if own is None else own
