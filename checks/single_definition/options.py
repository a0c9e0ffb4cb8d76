"""What can be set: what is single, where it is at home, and how many of a kind there may be."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from netra_validate import CheckOptions

ClassName = Annotated[str, Meta(pattern=r"^[^\W\d]\w*$", title="the name of a class, without dots")]
ClassPattern = Annotated[
    str, Meta(pattern=r"^[\w*?]+$", title="the name of a class, in which * and ? stand for more")
]


class SingleDefinitionOptions(CheckOptions, frozen=True, kw_only=True):
    """Options of the check ``single-definition``."""

    single: Annotated[
        tuple[ClassName, ...],
        Meta(
            examples=[["WebSocketManager"]],
            description="Classes and enums that are defined once, such as WebSocketManager",
        ),
    ] = ()
    homes: Annotated[
        dict[ClassName, str],
        Meta(
            examples=[{"WebSocketManager": "app/websocket/manager.py"}],
            description=(
                "Classes and enums that are defined once, and the file in which that is, as a line"
                " of .gitignore would name it"
            ),
        ),
    ] = msgspec.field(default_factory=dict)
    budgets: Annotated[
        dict[ClassPattern, Annotated[int, Meta(ge=0)]],
        Meta(
            examples=[{"*Factory": 20, "*Manager": 12}],
            description='The highest count of classes that are called so: "*Factory" = 20',
        ),
    ] = msgspec.field(default_factory=dict)
    doubles: Annotated[
        tuple[str, ...],
        Meta(
            description=(
                "Files that may define what they like, as lines of .gitignore would name them: the"
                " doubles of tests"
            )
        ),
    ] = ("tests/", "test_*.py", "*_test.py", "conftest.py")
    exclude: Annotated[
        tuple[str, ...],
        Meta(
            examples=[["vendor/"]],
            description="Files that are not looked at, as lines of .gitignore would name them",
        ),
    ] = ()
