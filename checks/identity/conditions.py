"""Whether the condition of a binding holds, for the few forms that most conditions have. Pure.

Source: https://cloud.google.com/iam/docs/conditions-attribute-reference. What is not understood is
neither true nor false.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

_TIME: Final = re.compile(
    r"request\.time\s*(?P<sign><=|>=|<|>)\s*timestamp\(\s*(?P<quote>['\"])(?P<at>[^'\"]+)(?P=quote)\s*\)"
)
_NAME: Final = re.compile(
    r"resource\.name\.(?P<how>startsWith|endsWith)\(\s*(?P<quote>['\"])(?P<text>[^'\"]*)(?P=quote)\s*\)"
)
_EQUAL: Final = re.compile(
    r"resource\.(?P<field>name|type|service)\s*(?P<sign>==|!=)\s*(?P<quote>['\"])(?P<text>[^'\"]*)(?P=quote)"
)


@dataclass(frozen=True, slots=True)
class Target:
    """What the conditions on one resource may speak of."""

    type: str
    """Such as ``secretmanager.googleapis.com/SecretVersion``."""
    names: tuple[str, ...] = ()
    """Spellings of ``resource.name``: with the id of the project, and with its number."""
    named: bool = False
    """Whether those are all spellings, so that what fits none of them does not fit."""

    @property
    def service(self) -> str:
        """``secretmanager.googleapis.com``."""
        return self.type.partition("/")[0]


def holds(expression: str, target: Target, now: datetime) -> bool | None:
    """Whether an expression is true of the target at this time; None where nobody here can tell."""
    if not expression.strip():
        return True
    told = [_term(each.strip(), target, now) for each in expression.split("&&")]
    # Of parts that are all understood, one that is false decides. What is split within brackets, or
    # holds an "or", is not understood in any part.
    if None in told:
        return None
    return False not in told


def _term(text: str, target: Target, now: datetime) -> bool | None:
    if match := _TIME.fullmatch(text):
        return _in_time(match["sign"], match["at"], now)
    if match := _NAME.fullmatch(text):
        compare = str.startswith if match["how"] == "startsWith" else str.endswith
        return _named(target, [name for name in target.names if compare(name, match["text"])])
    if match := _EQUAL.fullmatch(text):
        told = _told(match["field"], match["text"], target)
        return told if told is None or match["sign"] == "==" else not told
    return None


def _told(field: str, text: str, target: Target) -> bool | None:
    if field == "name":
        return _named(target, [name for name in target.names if name == text])
    return text == (target.type if field == "type" else target.service)


def _named(target: Target, fitting: list[str]) -> bool | None:
    """Any spelling that fits is enough: which one is compared, the service decides."""
    if fitting:
        return True
    return False if target.named else None


def _in_time(sign: str, at: str, now: datetime) -> bool | None:
    try:
        limit = datetime.fromisoformat(at)
    except ValueError:
        return None
    limit = limit if limit.tzinfo is not None else limit.replace(tzinfo=UTC)
    match sign:
        case "<":
            return now < limit
        case "<=":
            return now <= limit
        case ">":
            return now > limit
        case _:
            return now >= limit
