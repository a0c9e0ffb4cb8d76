"""The options of the check ``startup-logs``."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from checks.startup_logs.patterns import problem
from netra_validate import CheckOptions


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to look for in logs, beside what is known already."""

    pattern: Annotated[
        str,
        Meta(description="Regular expression (Python's), looked for in the first 500 characters"),
    ]
    severity: Annotated[
        Literal["error", "warning", "note"], Meta(description="How bad it is that it is there")
    ] = "error"
    remedy: Annotated[str, Meta(description="What to do then, in a sentence")] = ""

    def __post_init__(self) -> None:
        """Refuse a pattern that is none, or that can take for ever."""
        wrong = problem(self.pattern) if isinstance(self.pattern, str) else None
        if wrong is not None:
            raise ValueError(f"the pattern {wrong}")


class LogOptions(CheckOptions, frozen=True, kw_only=True):
    """What counts, and what else to look for."""

    signatures: Annotated[
        dict[str, Signature],
        Meta(
            examples=[
                {
                    "pool-exhausted": {
                        "pattern": "QueuePool limit of size \\d+ overflow",
                        "severity": "warning",
                        "remedy": "Lower the concurrency, or give the pool more connections",
                    }
                }
            ],
            description="More to look for: a table for each, by a name of your own",
        ),
    ] = msgspec.field(default_factory=dict)
    max_age_h: (
        Annotated[
            float,
            Meta(gt=0, description="Hours before now from which entries count, all where not set"),
        ]
        | None
    ) = None
