"""Resources in Terraform files, as far as their names stand there.

A folder is a module: references to its resources and the defaults of its variables are followed,
expressions are not. https://registry.terraform.io/providers/hashicorp/google/latest/docs
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from netra_validate.guessing.facts import (
    CloudName,
    Deployment,
    Facts,
    Found,
    cloud_name,
    connection_parts,
    valid,
)
from netra_validate.guessing.scripts import Script

_HEADER: Final = re.compile(
    r'^[ \t]*(?P<block>resource|provider|variable)[ \t]+"(?P<type>[^"\n]+)"'
    r'(?:[ \t]+"(?P<label>[^"\n]+)")?[ \t]*\{',
    re.MULTILINE,
)
_PIECE: Final = re.compile(r'"(?:[^"\\\n]|\\.)*"|#[^\n]*|//[^\n]*|[{}]')
_SETTING: Final = re.compile(
    r'(?:^|\{)[ \t]*(?P<name>[\w"./-]+)[ \t]*=[ \t]*(?P<value>[^\n]+)', re.MULTILINE
)
_REFERENCE: Final = re.compile(r"(google_\w+)\.([\w-]+)\.(?:id|name|self_link|connection_name)\b")
_QUOTED: Final = re.compile(r'"([^"\\$]*)"')

_LONGEST: Final = 20_000
"""Characters of one block that are looked at."""

_MOST: Final = 1000
"""Blocks of one file that are looked at."""

_KINDS: Final = {
    "google_cloud_run_v2_service": "service",
    "google_cloud_run_service": "service",
    "google_vpc_access_connector": "connector",
    "google_sql_database_instance": "database",
}


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a file."""

    kind: str
    type: str
    label: str
    origin: str
    own: str
    """The text between its braces, without that of the blocks in it."""
    body: str
    """All of the text between its braces."""


def facts(scripts: Sequence[Script]) -> Facts:
    """What the Terraform files of one folder say."""
    blocks = [block for script in scripts for block in _blocks(script)]
    module = _Module(blocks)
    found = Facts()
    for block in blocks:
        if block.kind == "provider" and block.type.startswith("google"):
            found += module.of_provider(block)
        elif block.kind == "resource" and block.type in _KINDS:
            found += module.of_resource(block)
    return found


def _blocks(script: Script) -> Iterator[Block]:
    for match in islice(_HEADER.finditer(script.text), _MOST):
        own, body = _inside(script.text[match.end() : match.end() + _LONGEST])
        origin = script.origin(match.start())
        yield Block(match["block"], match["type"], match["label"] or "", origin, own, body)


def _inside(text: str) -> tuple[str, str]:
    """The text to the brace that closes the block: without inner blocks, and with them."""
    depth, kept, start = 1, "", 0
    for match in _PIECE.finditer(text):
        if match[0] == "{":
            if depth == 1:
                kept += text[start : match.start()]
            depth += 1
        elif match[0] == "}":
            depth -= 1
            if depth == 1:
                start = match.end()
            elif depth == 0:
                return kept + text[start : match.start()], text[: match.start()]
    return kept + (text[start:] if depth == 1 else ""), text


class _Module:
    """The blocks of one folder, which may refer to each other."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._variables = {
            f"var.{block.type}": value
            for block in blocks
            if block.kind == "variable" and (value := _settings(block.own).get("default"))
        }
        self._names = {
            (block.type, block.label): name
            for block in blocks
            if block.type in _KINDS and (name := self._named(block))
        }

    def of_provider(self, block: Block) -> Facts:
        """The project and the region that resources have by default."""
        project = valid("project", self._setting(block, "project"))
        region = valid("region", self._setting(block, "region"))
        return Facts(
            projects=(Found(project, block.origin),) if project else (),
            regions=(Found(region, block.origin),) if region else (),
        )

    def of_resource(self, block: Block) -> Facts:
        """A service with what it refers to, a connector, or a database."""
        name = self._names.get((block.type, block.label))
        if name is None:
            raw = _settings(block.own).get("name", "a name that is not given")
            return Facts(unresolved=(Found(f"{_KINDS[block.type]} {raw}", block.origin),))
        if _KINDS[block.type] == "connector":
            return Facts(connectors=(name,))
        if _KINDS[block.type] == "database":
            return Facts(databases=(name,))
        connectors = self._mentioned(block, "google_vpc_access_connector", r"connector")
        databases = self._mentioned(block, "google_sql_database_instance", r"instances")
        return Facts(deployments=(Deployment(name, next(iter(connectors), None), databases),))

    def _named(self, block: Block) -> CloudName | None:
        region = self._setting(block, "region") or self._setting(block, "location")
        return cloud_name(
            _KINDS[block.type],
            self._setting(block, "name"),
            block.origin,
            self._setting(block, "project"),
            region,
        )

    def _setting(self, block: Block, name: str) -> str | None:
        return self._value(_settings(block.own).get(name, ""))

    def _value(self, expression: str) -> str | None:
        """A literal, or the default of a variable."""
        expression = self._variables.get(expression, expression)
        quoted = _QUOTED.fullmatch(expression)
        return quoted[1] if quoted else None

    def _mentioned(self, block: Block, type_: str, key: str) -> tuple[CloudName, ...]:
        """The resources of a type that a block refers to, or names, in its annotations too."""
        found = [
            self._names.get((match[1], match[2]))
            for match in _REFERENCE.finditer(block.body)
            if match[1] == type_
        ]
        for match in _SETTING.finditer(block.body):
            name = match["name"].strip('"')
            if name.endswith(key) and (name == key or "googleapis.com/" in name):
                found += [
                    _literal(_KINDS[type_], text, block.origin)
                    for text in _QUOTED.findall(match["value"])
                ]
        return tuple(dict.fromkeys(name for name in found if name is not None))


def _settings(body: str) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for match in _SETTING.finditer(body):
        found.setdefault(match["name"], re.sub(r"[ \t]+(?:#|//).*", "", match["value"]).strip())
    return found


def _literal(kind: str, text: str, origin: str) -> CloudName | None:
    if kind != "database":
        return cloud_name(kind, text, origin)
    parts = connection_parts(text)
    return cloud_name(kind, parts[2], origin, parts[0], parts[1]) if parts else None
