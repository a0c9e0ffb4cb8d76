"""What can be set: which variables and files are signals, and which words mean which environment.

The defaults are the signals that the first users' tests go by.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from netra_validate import CheckOptions

VariableName = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", title="the name of an environment variable")
]
Word = Annotated[str, Meta(pattern=r"^\w[\w-]*$", title="a word such as staging")]
FilePath = Annotated[
    str,
    Meta(
        pattern=r"^(?!/)(?!(.*/)?\.\.(/|$))[^\\:]+$",
        title="a path under the repository's root, with / and without ..",
    ),
]

_WORDS = {
    "staging": ("stage", "stg"),
    "production": ("prod",),
    "development": ("dev", "local"),
    "test": ("testing", "ci"),
}


class EnvironmentOptions(CheckOptions, frozen=True, kw_only=True):
    """Options of the check ``environment``."""

    environment: Annotated[
        Word | None,
        Meta(
            examples=["staging"],
            description="The word for this environment, where it is not its name",
        ),
    ] = None
    variables: Annotated[
        tuple[VariableName, ...], Meta(description="Variables that hold the word")
    ] = ("ENVIRONMENT",)
    flags: Annotated[
        dict[VariableName, Word],
        Meta(description="Variables that are on (1, true, yes, on) where it is this environment"),
    ] = msgspec.field(default_factory=lambda: {"STAGING_ENV": "staging"})
    addresses: Annotated[
        tuple[VariableName, ...],
        Meta(description="Variables that hold an address by which the environment is known"),
    ] = ("AUTH_SERVICE_URL",)
    files: Annotated[
        dict[FilePath, Word],
        Meta(description="Files of the repository with such variables, and whose they are"),
    ] = msgspec.field(default_factory=lambda: {".env.staging.tests": "staging"})
    words: Annotated[
        dict[Word, tuple[Word, ...]],
        Meta(description="Other words for environments, which hosts may be named by as well"),
    ] = msgspec.field(default_factory=lambda: dict(_WORDS))
    local: Annotated[
        tuple[Word, ...],
        Meta(description="Environments that are somebody's own machine, and no place to deploy to"),
    ] = ("development", "test")
    hosts: Annotated[
        dict[str, Word],
        Meta(
            examples=[{"*.staging.example.com": "staging", "app.example.com": "production"}],
            description="Hosts or *.patterns, and the environment that they belong to",
        ),
    ] = msgspec.field(default_factory=dict)
    process: Annotated[
        bool,
        Meta(
            description=(
                "Whether the variables of the process that validates are signals; false where the"
                " tests run elsewhere"
            )
        ),
    ] = True
