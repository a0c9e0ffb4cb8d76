"""What the options of a configuration make of pytest: strict or not, what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from checks.pytest_markers.configuration import FIRST_WITH_TOML, Section

_VALUED: Final = {
    "-p": "plugins",
    "--ignore": "ignored",
    "--ignore-glob": "globs",
    "-o": "settings",
    "--override-ini": "settings",
    "-m": "selections",
}
_TRUE: Final = frozenset({"1", "true", "yes", "y", "t", "on"})
_CATEGORY: Final = r"(?:::(?:Warning|UserWarning|pytest\.Pytest(?:UnknownMark)?Warning)?)?:*"
"""What ``PytestUnknownMarkWarning`` is; filters of other warnings do not concern markers."""
_RAISING: Final = re.compile("error" + _CATEGORY)
_CALMING: Final = re.compile("(?:ignore|default|always|once|module)" + _CATEGORY)


@dataclass(frozen=True, slots=True)
class AddedOptions:
    """What ``addopts`` says, as far as markers are concerned."""

    words: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    globs: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


def added_options(words: Sequence[str]) -> AddedOptions:
    """``addopts`` in its parts, ``-p name`` and ``-pname`` alike."""
    found: dict[str, list[str]] = {name: [] for name in set(_VALUED.values())}
    for option, value in _valued(words):
        found[_VALUED[option]].append(value)
    plugins = tuple(name for name in found["plugins"] if not name.startswith("no:"))
    return AddedOptions(
        tuple(words),
        plugins,
        tuple(found["ignored"]),
        tuple(found["globs"]),
        tuple(found["selections"]),
        tuple(found["settings"]),
    )


def _valued(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    waiting = None
    for word in words:
        name, has_value, value = word.partition("=")
        if waiting is not None:
            yield waiting, word
            waiting = None
        elif word in _VALUED:
            waiting = word
        elif has_value and name in _VALUED and name.startswith("--"):
            yield name, value
        elif word[:2] in _VALUED and not word.startswith("--"):
            yield word[:2], word[2:].removeprefix("=")


def strict_by(section: Section, added: AddedOptions, version: int) -> str | None:
    """What makes unknown markers an error, or None where nothing does.

    ``--strict`` and ``--strict-markers`` do so in every version; as options of the file they exist
    since pytest 9, where ``strict_markers`` goes before ``strict`` (``MarkGenerator.__getattr__``).
    A filter that turns every warning into an error has the same effect.
    """
    if "--strict-markers" in added.words:
        return "--strict-markers"
    markers, everything = section.flag("strict_markers"), section.flag("strict")
    if version < FIRST_WITH_TOML:
        markers = everything = None
    for setting in added.settings:
        name, _, value = setting.partition("=")
        if name == "strict_markers":
            markers = value.lower() in _TRUE
    if markers is not None:
        return "strict_markers" if markers else _filter(section)
    if "--strict" in added.words:
        return "--strict"
    return "strict" if everything else _filter(section)


def _filter(section: Section) -> str | None:
    """The filter that raises on unknown markers; the last one that concerns them decides."""
    last = None
    for entry in section.entries("filterwarnings"):
        if _RAISING.fullmatch(entry):
            last = f"filterwarnings = {entry}"
        elif _CALMING.fullmatch(entry):
            last = None
    return last
