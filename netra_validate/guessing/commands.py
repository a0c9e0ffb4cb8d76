"""``gcloud`` commands in scripts, workflows and Makefiles, and in the steps of Cloud Build."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from netra_validate.guessing.facts import Deployment, Facts, Found, valid
from netra_validate.guessing.scripts import Script

_LONGEST: Final = 4000
"""Characters of one command that are looked at."""

_MOST: Final = 200
"""Commands of one file that are looked at; more is no script but a recording."""

_COMMAND: Final = re.compile(r"\bgcloud[ \t]")
_CONTINUED: Final = re.compile(r"[ \t]*[\\`^]\r?\n[ \t]*|\r?\n[ \t]+(?=--[a-z])")
"""A line that goes on: by its last character, or because the next begins with a flag (folded)."""

_TOKEN: Final = re.compile(
    r"""(?:\$\{\{[^{}\n]{0,100}\}\}|\$\([A-Za-z_]\w*\)|\$\{[^{}\n]{0,100}\}|"[^"\n]*"|'[^'\n]*'|[^\s"';|&<>()])+|[;|&<>()]"""
)
_END: Final = frozenset(";|&<>()")

_STEP: Final = re.compile(
    r"""^[ \t]*(?:-[ \t]+)?args:[ \t]*
        (?:\[(?P<flow>[^\[\]]{0,4000})\] | (?P<block>(?:\n[ \t]*-[ \t]+[^\n]*)+))""",
    re.MULTILINE | re.VERBOSE,
)
"""The arguments of one step of Cloud Build, in a row or one below the other."""

_ENTRY: Final = re.compile(r"""[ \t]*-[ \t]+(?P<value>[^\n]*)""")

_SWITCHES: Final = frozenset(
    {
        "--allow-unauthenticated", "--allow-unencrypted-build", "--async", "--automatic-updates",
        "--cpu-boost", "--cpu-throttling", "--default-url", "--deploy-health-check",
        "--gpu-zonal-redundancy", "--help", "--invoker-iam-check", "--log-http", "--quiet",
        "--session-affinity", "--use-http2", "--user-output-enabled", "--version",
    }
)  # fmt: skip
"""Flags of ``gcloud run deploy`` that take no value, but for those of the two prefixes below."""

_SWITCH_PREFIXES: Final = ("--no-", "--clear-")

_NOUNS: Final[Mapping[tuple[str, ...], str]] = {
    ("run", "deploy"): "service",
    ("run", "services", "update"): "service",
    ("compute", "networks", "vpc-access", "connectors", "create"): "connector",
    ("sql", "instances", "create"): "database",
    ("config", "set"): "property",
}

Flags = Mapping[str, str]


def facts(script: Script) -> Facts:
    """What the commands in a file say."""
    found = Facts()
    for offset, tokens in _commands(script.text):
        found += _of_command(script, offset, tokens)
    return found


def _commands(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every ``gcloud`` command, without its first word, and where it stands."""
    for match in islice(_COMMAND.finditer(text), _MOST):
        line = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not line.lstrip().startswith(("#", "//")):
            yield match.start(), tokens_of(text[match.end() : match.end() + _LONGEST])
    for match in islice(_STEP.finditer(text), _MOST):
        listed = match["flow"].split(",") if match["flow"] else _ENTRY.findall(match["block"] or "")
        tokens = [token.strip().strip("\"'") for token in listed]
        yield match.start(), tokens[1:] if tokens[:1] == ["gcloud"] else tokens


def tokens_of(text: str) -> list[str]:
    """The words of the command that ``text`` begins with, without their quotes."""
    tokens: list[str] = []
    logical = _CONTINUED.sub(" ", text).partition("\n")[0]
    for match in _TOKEN.finditer(logical):
        if match[0] in _END or match[0].startswith("#"):
            break
        tokens.append(re.sub("[\"']", "", match[0]))
    return tokens


def flags_of(tokens: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The words that are no flags, and the flags with their values."""
    words: list[str] = []
    flags: dict[str, str] = {}
    waiting: str | None = None
    for token in tokens:
        if waiting is not None and not token.startswith("--"):
            flags[waiting], waiting = token, None
            continue
        waiting = None
        name, separator, value = token.partition("=")
        if not token.startswith("-"):
            words.append(token)
        elif separator:
            flags[name] = value
        elif name.startswith("--") and not _is_switch(name):
            waiting = name
    return words, flags


def _is_switch(name: str) -> bool:
    return name in _SWITCHES or name.startswith(_SWITCH_PREFIXES)


def _of_command(script: Script, offset: int, tokens: Sequence[str]) -> Facts:
    words, flags = flags_of(tokens)
    words = [word for word in words if word not in {"alpha", "beta"}]
    for command, noun in _NOUNS.items():
        given = words[len(command) :]
        if tuple(words[: len(command)]) == command and given:
            if noun == "service":
                return deployed(script, offset, given[0], flags)
            if noun == "property":
                return _of_property(script, offset, given)
            return _created(script, offset, noun, given[0], flags)
    return Facts()


def deployed(script: Script, offset: int, service: str | None, flags: Flags) -> Facts:
    """What a deployment says: a service, and by its flags all else."""
    project, region = _place(script, flags)
    name = script.named("service", service, offset, project, region)
    connector = script.named("connector", flags.get("--vpc-connector"), offset, project, region)
    databases = tuple(
        database
        for flag in ("--add-cloudsql-instances", "--set-cloudsql-instances")
        for database in script.instances(flags.get(flag), offset)
    )
    if name is None:
        return Facts(connectors=(connector,) if connector else (), databases=databases)
    return Facts(deployments=(Deployment(name, connector, databases),))


def _place(script: Script, flags: Flags) -> tuple[str | None, str | None]:
    project, region = (script.resolve(flags.get(flag, "")) for flag in ("--project", "--region"))
    return project, region


def _created(script: Script, offset: int, noun: str, raw: str, flags: Flags) -> Facts:
    name = script.named(noun, raw, offset, *_place(script, flags))
    if name is None:
        return Facts()
    return Facts(connectors=(name,)) if noun == "connector" else Facts(databases=(name,))


def _of_property(script: Script, offset: int, given: Sequence[str]) -> Facts:
    """``gcloud config set project P``."""
    name, value = given[0], script.resolve(given[1]) if len(given) > 1 else None
    if name in {"project", "core/project"} and valid("project", value):
        return Facts(projects=(Found(value or "", script.origin(offset)),))
    if name in {"run/region", "compute/region"} and valid("region", value):
        return Facts(regions=(Found(value or "", script.origin(offset)),))
    return Facts()
