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
    max_files: Annotated[
        int,
        Meta(
            ge=1,
            description=(
                "Python files up to which the repository is looked at. Every name is followed to"
                " where it is defined, which takes about 5 ms a file"
            ),
        ),
    ] = 2000
    blocking: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^\w+(\.\w+)+$")], ...],
        Meta(description="Functions that block, beside the known ones: boto3.client"),
    ] = ()
