"""The options of the check ``identity``."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from netra_validate import CheckOptions


class Expectations(CheckOptions, frozen=True, kw_only=True):
    """What is expected of the account that a service runs as."""

    account: Annotated[
        str | None,
        Meta(
            examples=["backend@example-staging.iam.gserviceaccount.com"],
            description="E-mail address of the service account that it must run as",
        ),
    ] = None
    calls: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["auth"]],
            description="Services that it calls with an identity token: names under services",
        ),
    ] = ()
    project_roles: Annotated[
        tuple[
            Annotated[str, Meta(pattern=r"^(roles|(projects|organizations)/[^/]+/roles)/[^/]+$")],
            ...,
        ],
        Meta(
            examples=[["roles/pubsub.publisher"]],
            description="Further roles that the account must have on the project",
        ),
    ] = ()
