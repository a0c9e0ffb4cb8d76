"""The ``pytest -m …`` in workflows, scripts, Makefiles and their like, found in the text.

A ``-m`` counts only after the word ``pytest``: that of ``python -m pytest`` names a module. What a
shell, a template or a matrix fills in later is not known here, and not judged.
"""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Final

from netra_validate.clients.source.syntax import refuse_large

FILES: Final = (
    "*.sh",
    "*.bash",
    "*.mk",
    "Makefile",
    "makefile",
    "GNUmakefile",
    "justfile",
    "Justfile",
    "*.just",
    "Taskfile.yml",
    "Taskfile.yaml",
    "tox.ini",
    "tox.toml",
    "noxfile.py",
    "Dockerfile*",
    "*.dockerfile",
    "Jenkinsfile",
    ".gitlab-ci.yml",
    "azure-pipelines.yml",
    "cloudbuild*.yaml",
    "cloudbuild*.yml",
    "package.json",
    "pyproject.toml",
    ".pre-commit-config.yaml",
)
"""Names of files in which commands stand; besides YAML beneath ``.github`` and ``.circleci``."""

_EXACT: Final = frozenset(pattern for pattern in FILES if "*" not in pattern)
_ENDINGS: Final = tuple(pattern[1:] for pattern in FILES if pattern.startswith("*"))
_NAMED: Final = re.compile("|".join(translate(pattern) for pattern in FILES if "*" in pattern[1:]))
"""The rest; each begins with a literal, so that it is held against tens of thousands in no time."""

_COMMAND: Final = re.compile(
    r"(?<![\w.-])(?:pytest|py\.test)(?=[ \t\\])(?P<tail>(?:[^\n\\]|\\.)*)", re.DOTALL
)
_FILLED_IN: Final = re.compile(r"[$`{}%@<>*]")
_WORD: Final = re.compile(
    # Quotes that a JSON string escapes, quotes, bare words, and what ends a command.
    r"\\\"(?:(?!\\\").)*\\\"|\"(?:[^\"\\]|\\.)*\"|'[^']*'|(?:[^\s\"'\\;|&<>()`]|\\.)+|[;|&<>()`]",
    re.DOTALL,
)
_COMMENT: Final = re.compile(r"(?:^|\s)#")


@dataclass(frozen=True, slots=True)
class Selection:
    """The argument of one ``-m``."""

    expression: str
    line: int
    column: int


def holds_commands(path: str) -> bool:
    """Whether commands are looked for in a file of this name."""
    name = path.rpartition("/")[2]
    if path.startswith((".github/", ".circleci/")) or "/.github/" in path:
        return name.endswith((".yml", ".yaml", ".sh"))
    return name in _EXACT or name.endswith(_ENDINGS) or _NAMED.fullmatch(name) is not None


def selections_in(path: str, text: str) -> list[Selection]:
    """Every ``-m`` of a ``pytest`` in the file whose expression stands there as it is."""
    found = _in_calls(text) if path.endswith(".py") else _in_text(text)
    return [selection for selection in found if not _FILLED_IN.search(selection.expression)]


def _in_text(text: str) -> Iterator[Selection]:
    for command in _COMMAND.finditer(text):
        start = command.start("tail")
        if _COMMENT.search(text, text.rfind("\n", 0, command.start()) + 1, command.start()):
            continue
        marked = False
        for word in _WORD.finditer(command.group("tail")):
            raw = word.group()
            if len(raw) == 1 and raw in ";|&<>()`":
                break
            if marked:
                yield _selection(text, start + word.start(), _unquoted(raw))
            marked = raw == "-m"
            if raw.startswith("-m") and len(raw) > len("-m") and not raw[2].isspace():
                yield _selection(text, start + word.start() + 2, _unquoted(raw[2:].lstrip("=")))


def _selection(text: str, offset: int, expression: str) -> Selection:
    line_start = text.rfind("\n", 0, offset) + 1
    return Selection(expression, text.count("\n", 0, offset) + 1, offset - line_start + 1)


def _unquoted(raw: str) -> str:
    if raw.startswith('\\"'):
        return raw[2:-2]
    try:
        words = shlex.split(raw)
    except ValueError:
        return raw
    return words[0] if len(words) == 1 else raw


def _in_calls(text: str) -> Iterator[Selection]:
    """``session.run("pytest", "-m", "slow")`` in a noxfile."""
    try:
        refuse_large(text.encode(errors="surrogatepass"))
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _among(node.args)
        elif isinstance(node, ast.List | ast.Tuple):
            yield from _among(node.elts)


def _among(nodes: Sequence[ast.expr]) -> Iterator[Selection]:
    words = [node.value if isinstance(node, ast.Constant) else None for node in nodes]
    if "pytest" not in words:
        return
    start = words.index("pytest")
    for index in range(start + 1, len(words) - 1):
        expression = words[index + 1]
        if words[index] == "-m" and isinstance(expression, str):
            node = nodes[index + 1]
            yield Selection(expression, node.lineno, node.col_offset + 1)
