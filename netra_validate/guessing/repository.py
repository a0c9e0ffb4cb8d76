"""Which files of a repository may say how it is deployed, and what they say."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from netra_validate.clients.source import Source
from netra_validate.guessing import addresses, commands, knative, terraform, workflows
from netra_validate.guessing.facts import Facts
from netra_validate.guessing.scripts import Script

LARGEST_FILE: Final = 2**20
"""Bytes of one file that are looked at."""

MOST_FILES: Final = 2000

_NEEDLES: Final = (
    "gcloud",
    "deploy-cloudrun",
    "cloud-sdk",
    "serving.knative.dev",
    "google_",
    'provider "google',
    "/health",
    "/ready",
    "/live",
    "wss://",
)
"""One of these stands in every file that tells something."""

_SCRIPT: Final = re.compile(
    r"(?:.*\.(?:ya?ml|sh|bash|zsh|ps1|cmd|bat|mk|make)|(?:gnu)?makefile|justfile)", re.IGNORECASE
)
_TERRAFORM: Final = ".tf"

_ELSEWHERE: Final = frozenset(
    {"node_modules", "vendor", "third_party", "site-packages", "testdata", "fixtures", "tests"}
)
"""Folders whose files are not how this repository is deployed."""


def facts(root: Path) -> Facts:
    """What the files under ``root`` say, those first that deploy most likely."""
    scripts = asyncio.run(_read(root))
    modules: dict[PurePosixPath, list[Script]] = {}
    found = Facts()
    for script in scripts:
        if script.path.endswith(_TERRAFORM):
            modules.setdefault(PurePosixPath(script.path).parent, []).append(script)
        else:
            for reader in (commands, workflows, knative, addresses):
                found += reader.facts(script)
    for module in modules.values():
        found += terraform.facts(module)
    return found + Facts(unresolved=tuple(one for script in scripts for one in script.unresolved))


async def _read(root: Path) -> list[Script]:
    source = Source(root)
    try:
        hits = await source.containing(_NEEDLES)
        paths = _worth_reading({path for paths in hits.values() for path in paths})
        return [Script(path, _text(source, path)) for path in paths]
    finally:
        source.close()


def _text(source: Source, path: str) -> str:
    return source.bytes(path)[:LARGEST_FILE].decode("utf-8", "replace")


def _worth_reading(paths: Iterable[str]) -> Iterator[str]:
    candidates = [path for path in paths if is_candidate(path)]
    yield from sorted(candidates, key=lambda path: (_rank(path), path))[:MOST_FILES]


def is_candidate(path: str) -> bool:
    """Whether a file may say how the repository is deployed, by its name and its folder."""
    *folders, name = PurePosixPath(path).parts
    if _ELSEWHERE & set(folders):
        return False
    return name.endswith(_TERRAFORM) or bool(_SCRIPT.fullmatch(name))


def _rank(path: str) -> int:
    """Workflows before the builds before the rest, the shallow before the deep."""
    if path.startswith(".github/workflows/"):
        return 0
    return 1 + path.count("/")
