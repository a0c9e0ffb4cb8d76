"""What a page names. It is a stranger's: of any size, and made to take time.

No tree is built, since nothing here needs one. Tags are cut out one after the other, each bounded,
so that the time is linear in the size of the page: ``html.parser`` takes minutes for half a
megabyte of tags that are not closed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import urljoin, urlsplit

_TAG: Final = re.compile(
    r"""<(script|link|img|base)(?=[\s/>])((?:[^>"']|"[^"]*+"|'[^']*+')*+)>""", re.IGNORECASE
)
_BEGINNING: Final = re.compile(r"<(?:!--|(?:script|link|img|base)[\s/>])", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""([^\s"'<>/=]++)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s"'<>`]++)))?"""
)
_END_OF_SCRIPT: Final = re.compile(r"</script", re.IGNORECASE)

_LONGEST_TAG: Final = 4000
"""Characters; more is a document inside an attribute."""
_MOST_TAGS: Final = 20_000
_MOST_UNCLOSED: Final = 100
"""Each takes as long to look at as the longest tag."""
_LONGEST_ADDRESS: Final = 2000

_SCRIPTS: Final = frozenset(
    {"", "module", "text/javascript", "application/javascript", "text/ecmascript"}
)
"""Values of ``type`` with which a script is run; any other is data (HTML standard, 4.12.1)."""

_RELATIONS: Final[Mapping[str, str]] = {
    "stylesheet": "style",
    "icon": "image",
    "apple-touch-icon": "image",
    "modulepreload": "script",
    "manifest": "manifest",
}
_PRELOADED: Final = frozenset({"script", "style", "image", "font"})
"""Values of ``as`` that say of which type it is."""


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that the page needs."""

    url: str
    kind: str
    """``script``, ``style``, ``image``, ``font`` or ``manifest``."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a page names and says."""

    assets: tuple[Asset, ...]
    """Each once, in the order of the page."""
    inline: str
    """Its own scripts, one after the other."""


def read(text: str, address: str) -> Page:
    """Read a page that was served at ``address``."""
    base = address
    assets: dict[str, Asset] = {}
    inline: list[str] = []
    has_base = False
    for tag, attributes, content in _tags(text):
        if tag == "base" and "href" in attributes and not has_base:  # the first one counts
            base, has_base = _joined(address, attributes["href"]) or address, True
        if content and attributes.get("type", "") in _SCRIPTS:
            inline.append(content)
        for kind, named in _named(tag, attributes):
            url = _joined(base, named)
            if kind and url is not None:
                assets.setdefault(url, Asset(url, kind))
    return Page(tuple(assets.values()), "\n".join(inline))


def _tags(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Tags of interest, with what stands inside a script; comments are passed over."""
    at, seen, unclosed = 0, 0, 0
    while seen < _MOST_TAGS and unclosed < _MOST_UNCLOSED:
        begun = _BEGINNING.search(text, at)
        if begun is None:
            return
        at = begun.start()
        if text.startswith("<!--", at):
            at = text.find("-->", at + 4)
            if at < 0:
                return
            continue
        found = _TAG.match(text, at, at + _LONGEST_TAG)
        if found is None:
            unclosed, at = unclosed + 1, at + 1
            continue
        seen += 1
        tag, at, content = found[1].lower(), found.end(), ""
        if tag == "script":
            close = _END_OF_SCRIPT.search(text, at)
            if close is None:
                return
            content, at = text[at : close.start()], close.end()
        yield tag, _attributes(found[2]), content


def _attributes(text: str) -> dict[str, str]:
    """Attributes by their names in small letters; of two alike the first counts."""
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(text):
        value = match[2] or match[3] or match[4] or ""
        found.setdefault(match[1].lower(), unescape(value).strip())
    return found


def _named(tag: str, attributes: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if tag == "script" and attributes.get("type", "").lower() in _SCRIPTS:
        yield "script", attributes.get("src", "")
    elif tag == "img":
        yield "image", attributes.get("src", "")
        for candidate in attributes.get("srcset", "").split(", "):
            yield "image", candidate.strip().partition(" ")[0]
    elif tag == "link":
        yield _relation(attributes), attributes.get("href", "")


def _relation(attributes: Mapping[str, str]) -> str:
    """The kind of what a link leads to; empty where the page does not need it."""
    words = attributes.get("rel", "").lower().split()
    if "preload" in words and attributes.get("as", "").lower() in _PRELOADED:
        return attributes["as"].lower()
    if "alternate" in words:
        return ""
    return next((_RELATIONS[word] for word in words if word in _RELATIONS), "")


def _joined(base: str, named: str) -> str | None:
    """The whole address of what is named; None for what is not loaded, such as ``data:``."""
    if not named or len(named) > _LONGEST_ADDRESS:
        return None
    try:
        url = urljoin(base, named).partition("#")[0]
        known = urlsplit(url).scheme in {"http", "https"} and urlsplit(url).hostname
    except ValueError:
        return None
    return url if known else None
