"""What can be set: what is left out, and who may break which rule."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from netra_validate import CheckOptions

RuleReference = Literal[
    "retired-host",
    "unknown-host",
    "wrong-role",
    "direct-address",
    "insecure-scheme",
    "domains.retired-host",
    "domains.unknown-host",
    "domains.wrong-role",
    "domains.direct-address",
    "domains.insecure-scheme",
]


class Allow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An exception: what is not said holds for everything."""

    path: Annotated[str, Meta(description="Files, as a line of .gitignore would name them")] = "**"
    rules: Annotated[tuple[RuleReference, ...], Meta(description="Rules they may break")] = ()
    hosts: Annotated[
        tuple[str, ...], Meta(description="Hosts or *.patterns they may name; all by default")
    ] = ()
    reason: Annotated[str, Meta(description="Why that is right")] = ""


class DomainsOptions(CheckOptions, frozen=True, kw_only=True):
    """Options of the check ``domains``."""

    exclude: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["docs/", "*.lock"]],
            description="Files that are not looked at, as lines of .gitignore would name them",
        ),
    ] = ()
    allow: Annotated[
        tuple[Allow, ...],
        Meta(
            examples=[
                [
                    {
                        "path": "tests/test_redirects.py",
                        "rules": ["retired-host"],
                        "hosts": ["old.example.com"],
                        "reason": "checks that the old host redirects",
                    }
                ]
            ],
            description="Files that may break rules, such as the list of retired hosts itself",
        ),
    ] = ()
