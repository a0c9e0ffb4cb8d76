"""What can be set: what is left out, and what else blocks."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions


class AsyncUsageOptions(CheckOptions, frozen=True, kw_only=True):
    """Options of the check ``async-usage``."""

    exclude: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["scripts/", "**/generated_*.py"]],
            description="Files that are not looked at, as lines of .gitignore would name them",
        ),
    ] = ()
    blocking: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^\w+(\.\w+)+$")], ...],
        Meta(
            examples=[["boto3.client", "ourdb.query"]],
            description="Functions that block, beside the known ones: boto3.client",
        ),
    ] = ()
