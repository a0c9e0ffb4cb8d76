"""Values and keys as TOML writes them: what tomllib reads back is what went in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from typing import Final

_BARE_KEY: Final = re.compile(r"[A-Za-z0-9_-]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def literal(value: object) -> str:
    """A value, on one line: https://toml.io/en/v1.0.0#string and the sections after it.

    Raises:
        TypeError: TOML has no such value; it has no null either.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{key(name)} = {literal(entry)}" for name, entry in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def key(name: str) -> str:
    """A key, in quotes where it needs them."""
    return name if _BARE_KEY.fullmatch(name) else _text(name)


def _text(value: str) -> str:
    """A basic string. JSON's escapes are TOML's, but for DEL, which JSON leaves as it is."""
    quoted = json.dumps(value, ensure_ascii=False)
    return _CONTROL.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
