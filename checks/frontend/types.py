"""Of which types an asset may be (https://mimesniff.spec.whatwg.org/)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SCRIPT: Final = frozenset(
    {
        "text/javascript", "application/javascript", "application/x-javascript",
        "text/ecmascript", "application/ecmascript", "text/x-javascript",
    }
)  # fmt: skip

_EXACT: Final[Mapping[str, frozenset[str]]] = {
    "script": _SCRIPT,
    "style": frozenset({"text/css"}),
    "manifest": frozenset({"application/manifest+json", "application/json", "text/json"}),
    "font": frozenset(
        {"application/font-woff", "application/font-sfnt", "application/vnd.ms-fontobject"}
        | {"application/octet-stream"}
    ),
    "image": frozenset(),
}
_FAMILIES: Final[Mapping[str, str]] = {"image": "image/", "font": "font/"}


def fits(kind: str, media_type: str) -> bool:
    """Whether a browser takes an answer of this type for what it asked for."""
    family = _FAMILIES.get(kind)
    return media_type in _EXACT[kind] or (family is not None and media_type.startswith(family))


HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
