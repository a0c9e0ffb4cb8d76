"""Cloud Run services as YAML: https://cloud.google.com/run/docs/reference/yaml/v1."""

from __future__ import annotations

import re
from typing import Final

from netra_validate.guessing.facts import Deployment, Facts
from netra_validate.guessing.scripts import Script

_DOCUMENT: Final = re.compile(r"^---.*$", re.MULTILINE)
_SERVICE: Final = re.compile(r"^apiVersion:[ \t]*[\"']?serving\.knative\.dev/", re.MULTILINE)
_KIND: Final = re.compile(r"^kind:[ \t]*[\"']?Service\b", re.MULTILINE)
_METADATA: Final = re.compile(
    r"^metadata:[ \t]*\r?\n(?P<block>(?:[ \t]+[^\n]*\n?|[ \t]*\r?\n)+)", re.MULTILINE
)
_NAME: Final = re.compile(r"^(?P<indent>[ \t]+)name:[ \t]*(?P<value>[^\s#]+)", re.MULTILINE)


def facts(script: Script) -> Facts:
    """What the service descriptions in a file say."""
    found = Facts()
    starts = [0, *(match.end() for match in _DOCUMENT.finditer(script.text))]
    for start, end in zip(starts, [*starts[1:], len(script.text)], strict=True):
        document = script.text[start:end]
        metadata = _METADATA.search(document)
        if _SERVICE.search(document) and _KIND.search(document) and metadata:
            found += _of_service(script, start, document, metadata)
    return found


def _of_service(script: Script, start: int, document: str, metadata: re.Match[str]) -> Facts:
    names = list(_NAME.finditer(metadata["block"]))
    if not names:
        return Facts()
    outermost = min(names, key=lambda match: len(match["indent"]))
    offset = start + metadata.start("block") + outermost.start("value")
    region = script.resolve(_setting(document, "cloud.googleapis.com/location") or "")
    project = script.resolve(_setting(metadata["block"], "namespace") or "")
    name = script.named("service", _unquoted(outermost["value"]), offset, project, region)
    if name is None:
        return Facts()
    connector = script.named(
        "connector",
        _setting(document, "run.googleapis.com/vpc-access-connector"),
        offset,
        project,
        region,
    )
    databases = script.instances(
        _setting(document, "run.googleapis.com/cloudsql-instances"), offset
    )
    return Facts(deployments=(Deployment(name, connector, databases),))


def _setting(document: str, key: str) -> str | None:
    """The value of an annotation or a label."""
    match = re.search(
        rf"^[ \t]+[\"']?{re.escape(key)}[\"']?:[ \t]*(?P<value>[^\s#]+)", document, re.MULTILINE
    )
    return _unquoted(match["value"]) if match else None


def _unquoted(value: str) -> str:
    return value.strip("\"'")
