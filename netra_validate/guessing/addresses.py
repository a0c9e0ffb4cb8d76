"""Addresses of health and WebSocket endpoints that stand in scripts and workflows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from netra_validate.guessing.facts import Facts, Found
from netra_validate.guessing.scripts import Script

_HEALTH: Final = r"(?:/[\w.~-]+)*/(?:healthz?|readyz?|livez?)(?:/[\w.~-]+)*"
_ADDRESS: Final = re.compile(
    rf"""(?:https://[A-Za-z0-9.-]{{1,253}}(?::\d{{1,5}})?{_HEALTH}
        | wss://[A-Za-z0-9.-]{{1,253}}(?::\d{{1,5}})?(?:/[\w.~-]+)*)
        (?![\w/~$%{{-])""",
    re.VERBOSE,
)
_BASED: Final = re.compile(
    rf"(?P<base>\$\{{\{{\s*env\.\w+\s*\}}\}}|\$\{{\w+\}}|\$\w+)(?P<path>{_HEALTH})(?![\w/~$%{{-])"
)
"""``$URL/health``."""

_HOST: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")
_NOBODYS: Final = re.compile(
    r"(?:.*\.)?(?:example\.(?:com|org|net)|example|test|invalid|localhost|local|internal"
    r"|googleapis\.com|github\.com)"
)
"""Examples (RFC 2606), networks that nobody else is in, and hosts that are not the user's."""

_HIGHEST_PORT: Final = 65535


def facts(script: Script) -> Facts:
    """The addresses in a file, in its order."""
    return Facts(addresses=tuple(_addresses(script)))


def _addresses(script: Script) -> Iterator[Found]:
    for match in _ADDRESS.finditer(script.text):
        if _is_usable(match[0]):
            yield Found(match[0], script.origin(match.start()))
    for match in _BASED.finditer(script.text):
        address = f"{script.resolve(match['base'])}{match['path']}"
        if _ADDRESS.fullmatch(address) and _is_usable(address):
            yield Found(address, script.origin(match.start()))


def _is_usable(address: str) -> bool:
    parts = urlsplit(address)
    host = parts.hostname or ""
    if not _HOST.fullmatch(host) or _NOBODYS.fullmatch(host):
        return False
    port = parts.netloc.partition(":")[2]
    return int(port or 443) <= _HIGHEST_PORT
