"""Where in the repository a finding is: every result has a file and a line.

GitHub rejects a whole file for one result without a physical location. What is wrong with the
environment is shown where the configuration declares it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final
from urllib.parse import quote

from netra_validate.model import Finding, Location, ProbeResult, Report
from netra_validate.reports.sarif.texts import Table, label

ROOT: Final = "%SRCROOT%"
"""What addresses are relative to: the name that GitHub and others know."""

_CONFIGURATION: Final = "netra-validate.toml"
"""Where there would be a configuration, if there is none."""


class Places:
    """The places of a report's findings."""

    def __init__(self, report: Report) -> None:
        declared = (probe.declared_at for probe in report.probes)
        files = sorted(
            place.path for place in declared if place is not None and address(place.path)
        )
        self._elsewhere = Location(files[0] if files else _CONFIGURATION, 1)

    def of_finding(self, found: Finding, probe: ProbeResult) -> Table:
        """The place of a finding: its own, or the one of its resource."""
        return _with_resource(_physical(self._known(found.location, probe)), probe)

    def of_probe(self, probe: ProbeResult) -> Table:
        """Where the configuration declares the resource, or would."""
        return _with_resource(_physical(self._known(None, probe)), probe)

    def _known(self, own: Location | None, probe: ProbeResult) -> Location:
        candidates = (own, probe.declared_at)
        return next((place for place in candidates if has_address(place)), None) or self._elsewhere


def has_address(place: Location | None) -> bool:
    """Whether it is in the repository, so that it can be pointed at."""
    return place is not None and address(place.path) is not None


@lru_cache(maxsize=1_024)
def address(path: str) -> str | None:
    """A path as a URI reference that is relative to the root (3.10), or None where it leaves it.

    Everything but letters, digits and ``-._~/`` is percent-encoded (RFC 3986), a colon too: before
    the first slash it would end a scheme. The bytes of a name that is not UTF-8 are lost, since
    consumers decode addresses as UTF-8 and would fail.
    """
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if path.startswith("/") or ".." in parts or not parts:
        return None
    return quote("/".join(parts).encode("utf-8", "replace"), safe="/")


def artifact(path: str) -> Table:
    """A file of the repository (3.4). Only for paths that have an address."""
    return {"uri": address(path), "uriBaseId": ROOT}


def _physical(place: Location) -> Table:
    region: Table = {"startLine": max(1, place.line or 1)}
    if place.line and place.column:
        region["startColumn"] = max(1, place.column)
    return {"physicalLocation": {"artifactLocation": artifact(place.path), "region": region}}


def _with_resource(place: Table, probe: ProbeResult) -> Table:
    kind, name = map(label, probe.resource)
    if not (kind and name):
        return place
    logical = {"name": name, "kind": kind, "fullyQualifiedName": f"{kind}/{name}"}
    return {**place, "logicalLocations": [logical]}
