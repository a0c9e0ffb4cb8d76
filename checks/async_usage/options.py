"""What can be set: what is left out, and what else blocks."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions


class AsyncUsageOptions(CheckOptions, frozen=True, kw_only=True):
    """Options of the check ``async-usage``."""

    exclude: Annotated[
        tuple[str, ...],
        Meta(description="Files that are not looked at, as lines of .gitignore would name them"),
    ] = ()
    blocking: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^\w+(\.\w+)+$")], ...],
        Meta(description="Functions that block, beside the known ones: boto3.client"),
    ] = ()
