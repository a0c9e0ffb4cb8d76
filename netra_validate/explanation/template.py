"""Configurations to begin with: the one that explains itself, and those for known environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import resources
from typing import Final

from netra_validate.explanation import option_words, prose, toml_text
from netra_validate.registry import Registry

NAMES: Final[Mapping[str, str]] = {
    "example": "every key, and every option of every check",
    "netra": "Netra's staging environment",
}
"""The templates there are, and what each is."""

_FILES: Final = {"example": "netra-validate.toml", "netra": "netra.toml"}

_WIDTH = 98
"""Columns of a comment, without the sign that begins it."""


def annotated(registry: Registry) -> str:
    """An example of ``netra-validate.toml`` that loads as it is, with a comment for each key."""
    lines = [named("example").rstrip(), *_options(registry)]
    return "\n".join(lines) + "\n"


def named(name: str) -> str:
    """A template as its file has it.

    Raises:
        KeyError: there is none of that name.
    """
    file = resources.files("netra_validate") / "templates" / _FILES[name]
    return file.read_text(encoding="utf-8")


def _options(registry: Registry) -> Iterator[str]:
    """The options of every check with their defaults, commented out."""
    for name, check in registry.checks.items():
        yield ""
        yield from _comment(f"{name}: {check.title()}")
        yield f"# [checks.{toml_text.key(name)}]"
        for option in option_words.describe(check.Options, name):
            yield from _comment(f"  {option.meaning}")
            yield f"# {toml_text.key(option.name)} = {option.default or '...  # not set'}"


def _comment(text: str) -> Iterator[str]:
    """Text as lines of a comment, indented as it is."""
    indent = " " * (len(text) - len(text.lstrip()))
    yield from (f"# {line}" for line in prose.wrapped(text.lstrip(), _WIDTH, indent))
