"""The options of the CORS check."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions

Origin = Annotated[
    str, Meta(pattern=r"^https?://[^\s/?#@]+$", title="an origin such as https://app.example.com")
]
"""RFC 6454, section 6.1."""


Path = Annotated[str, Meta(pattern="^/", title="a path such as /api/threads")]


class CorsOptions(CheckOptions, frozen=True, kw_only=True):
    """What is asked, and who may."""

    path: Annotated[
        Path | None,
        Meta(
            examples=["/api/threads"],
            description="Path under url that the pages of other origins ask. Nothing is asked where"
            " it is left out",
        ),
    ] = None
    origins: Annotated[
        tuple[Origin, ...],
        Meta(
            examples=[["https://app.staging.example.com"]],
            description="Origins whose pages may ask; those of the canonical hosts by default",
        ),
    ] = ()
    foreign: Annotated[
        tuple[Origin, ...], Meta(description="Origins that must be refused, beside look-alikes")
    ] = ("https://attacker.example",)
    method: Annotated[
        str, Meta(pattern="^[A-Z]+$", description="Method that the pages use, such as PUT")
    ] = "POST"
    headers: Annotated[
        tuple[Annotated[str, Meta(pattern="^[A-Za-z0-9-]+$")], ...],
        Meta(description="Headers that the pages send"),
    ] = ("authorization", "content-type")
    credentials: Annotated[
        bool, Meta(description="Whether the pages send cookies, which then has to be allowed")
    ] = True
    max_origins: Annotated[
        int, Meta(ge=1, le=20, description="Most origins to ask for: each is a request")
    ] = 8
    timeout_s: Annotated[float, Meta(gt=0, description="Seconds for one answer")] = 10.0
