"""The hosts that settings name, and which of them are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from netra_validate import Domains
from netra_validate.hostnames import Rulings, normal

_HOST: Final = re.compile(
    r"(?<![\w.-])[a-z0-9](?:[a-z0-9-]{0,62}\.){1,10}[a-z][a-z0-9-]{1,62}(?![\w-])", re.IGNORECASE
)
_HERE: Final = re.compile(r"//(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?![\w.-])", re.IGNORECASE)


def named(text: str) -> tuple[str, ...]:
    """Every name that looks like one of a host, each once; slashes may be escaped as in JSON."""
    plain = text.replace("\\/", "/").replace("\\u002F", "/")
    found = [normal(match[0]) for match in _HOST.finditer(plain)]
    found += [match[1].lower() for match in _HERE.finditer(plain)]
    return tuple(dict.fromkeys(found))


def wrong(hosts: Iterable[str], domains: Domains, more: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The hosts that are not to be used, each with the reason."""
    right, rulings = frozenset(map(normal, more)), Rulings(domains)
    for host in hosts:
        if host in right:
            continue
        ruling = rulings.of(host)
        if ruling.standing == "retired":
            yield host, f"retired, use {ruling.replacement}"
        elif ruling.standing == "unknown":
            yield host, "unknown to the configuration"
        elif _HERE.fullmatch(f"//{host}"):
            yield host, "the browser's own machine"


def ours(hosts: Iterable[str], domains: Domains) -> list[str]:
    """Those that the configuration has a word on."""
    rulings = Rulings(domains)
    return [host for host in hosts if rulings.of(host).standing != "foreign"]
