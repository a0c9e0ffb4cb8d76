"""Patterns of paths, as gitignore(5) has them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

_PARTS: Final = re.compile(r"\*\*/|/\*\*$|\*\*|\*|\?|\[!?[^\]]+\]")


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern names ``path`` or a folder above it.

    A pattern without a slash inside names files and folders at any depth, one with a slash is taken
    from the root; a slash at the end names folders only; ``**`` goes over any number of folders.
    """
    return any(_regex(pattern).match(path) for pattern in patterns)


@lru_cache(maxsize=1024)
def _regex(pattern: str) -> re.Pattern[str]:
    folder_only = pattern.endswith("/")
    body = pattern.strip("/")
    anchored = "/" in pattern.rstrip("/")
    before = "" if anchored else r"(?:.*/)?"
    behind = r"/" if folder_only else r"(?:/|\Z)"
    return re.compile(before + _translate(body) + behind, re.DOTALL)


def _translate(body: str) -> str:
    pieces: list[str] = []
    last = 0
    for match in _PARTS.finditer(body):
        pieces += (re.escape(body[last : match.start()]), _wildcard(match[0]))
        last = match.end()
    return "".join((*pieces, re.escape(body[last:])))


def _wildcard(sign: str) -> str:
    if sign.startswith("["):
        inside = sign[1:-1].replace("\\", r"\\")
        return f"[^{inside[1:]}/]" if inside.startswith("!") else f"[{inside}]"
    return {"**/": r"(?:.*/)?", "/**": r"/.*", "**": r".*", "*": r"[^/]*", "?": r"[^/]"}[sign]
