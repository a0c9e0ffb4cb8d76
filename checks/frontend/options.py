"""The options of the frontend check."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions

Place = Annotated[
    str, Meta(pattern=r"^(/|https?://)\S*$", title="a path such as /graphql, or an address")
]
Pattern = Annotated[str, Meta(min_length=1, title="a regular expression with one group")]


class FrontendOptions(CheckOptions, frozen=True, kw_only=True):
    """What the page consists of."""

    page: Annotated[
        Place | None,
        Meta(
            examples=["/"], description="The page: a path under url or a whole address, such as /"
        ),
    ] = None
    page_build: Annotated[
        Pattern | None,
        Meta(
            examples=['"buildId":"([^"]+)'],
            description="Finds the build in the page, as its one group, such as"
            """ 'build-id" content="([^"]+)' or '"buildId":"([^"]+)'""",
        ),
    ] = None
    asset_build: Annotated[
        Pattern | None,
        Meta(
            examples=["BUILD_ID = '([^']+)'"],
            description="Finds the build in the page's scripts, as its one group",
        ),
    ] = None
    health_build: Annotated[
        Place | None,
        Meta(examples=["/api/health"], description="A health endpoint that says which build runs"),
    ] = None
    health_build_field: Annotated[str, Meta(description="The field that it says it in")] = "build"
    runtime_config: Annotated[
        Place | None,
        Meta(
            examples=["/config.js"],
            description="Settings that the page loads when it runs: a script or JSON",
        ),
    ] = None
    hosts: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["cdn.example.com"]],
            description="Hosts beside the canonical ones that the settings may name",
        ),
    ] = ()
    graphql: Annotated[
        Place | None, Meta(examples=["/graphql"], description="A GraphQL endpoint")
    ] = None
    max_assets: Annotated[
        int, Meta(ge=1, le=200, description="Most assets to load: each is a request")
    ] = 40
    timeout_s: Annotated[float, Meta(gt=0, description="Seconds for one answer")] = 10.0

    def __post_init__(self) -> None:
        """Refuse patterns that could find nothing.

        Raises:
            ValueError: with the name of the option.
        """
        for name in ("page_build", "asset_build"):
            pattern = getattr(self, name)
            if pattern is not None:
                _refuse_bad(name, pattern)


def _refuse_bad(name: str, pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise ValueError(f"{name} is no regular expression: {error}") from error
    if groups != 1:
        raise ValueError(f"{name} has {groups} groups, expected one: the build")
