"""Durations as people write them: ``500ms``, ``10s``, ``5m``, ``1h``."""

from __future__ import annotations

import re
from typing import Final

_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

_FORM: Final = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h)")

_LONGEST_S: Final = 24 * 3600.0
"""Nobody waits longer than a day; a larger number is a slip of the keyboard."""


def seconds(text: str) -> float:
    """The duration in seconds.

    Raises:
        ValueError: it is not of the form, not above zero, or longer than a day.
    """
    match = _FORM.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"found {text!r}, expected a duration such as 500ms, 10s or 5m")
    found = float(match[1]) * _UNITS[match[2]]
    if not 0 < found <= _LONGEST_S:
        raise ValueError(f"found {text!r}, expected a duration above zero and of a day at most")
    return found
