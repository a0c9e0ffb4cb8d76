"""From what was loaded to broken rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from checks.frontend.loading import Loaded
from checks.frontend.markup import Asset
from checks.frontend.types import fits
from netra_validate import Sign
from netra_validate.bounded_patterns import BoundedPattern
from netra_validate.wording import listed

_MOST_NAMED = 3
_OK = 200


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that is broken."""

    rule: str
    says: str
    """The rest of a sentence that begins with the service's name."""
    url: str
    evidence: dict[str, object] = field(default_factory=dict)
    shows: frozenset[Sign] | None = None
    """What is seen to fail, where the answer tells it better than the rule."""


def assets(loaded: Iterable[tuple[Asset, Loaded]], blocked: Iterable[Asset]) -> Iterator[Fault]:
    """What does not load, and what is of another type."""
    missing = {asset.url: "plain http, which browsers block" for asset in blocked}
    other: dict[str, str] = {}
    for asset, found in loaded:
        if found.response is None:
            missing[asset.url] = found.reason
        elif found.response.status != _OK:
            missing[asset.url] = str(found.response.status)
        elif not fits(asset.kind, found.response.media_type):
            other[asset.url] = f"{found.response.media_type or 'no type'} for a {asset.kind}"
    if missing:
        yield _listed("asset-missing", "has a page that names what does not load", missing)
    if other:
        yield _listed("asset-type", "has a page that names what is of another type", other)


def builds(found: Mapping[str, str | None], url: str) -> Iterator[Fault]:
    """Whether all builds are known and the same."""
    known = {where: build for where, build in found.items() if build is not None}
    unknown = [where for where, build in found.items() if build is None]
    if len(set(known.values())) > 1:
        said = ", ".join(
            f"{build} in {where}" for where, build in list(known.items())[:_MOST_NAMED]
        )
        yield Fault("build-mismatch", f"is of several builds: {said}", url, {"builds": known})
    if unknown:
        says = f"does not say which build it is in {', '.join(unknown)}"
        yield Fault("build-unknown", says, url)


def build_in(text: str, pattern: BoundedPattern) -> str | None:
    """The build that a pattern finds. Blocking.

    Raises:
        SlowPatternError: it takes too long to tell.
    """
    found = pattern.search(text)
    return (found[1] or None) if found else None


def place(url: str) -> str:
    """What to call an address in a sentence: its path."""
    return urlsplit(url).path[:100] or "/"


def _listed(rule: str, says: str, faults: Mapping[str, str]) -> Fault:
    every = [f"{place(url)} ({why})" for url, why in faults.items()]
    evidence: dict[str, object] = {"assets": every[:_MOST_NAMED], "count": len(faults)}
    return Fault(rule, f"{says}: {listed(every, _MOST_NAMED)}", next(iter(faults)), evidence)
