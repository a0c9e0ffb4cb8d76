"""Adds markers to the file in which pytest looks for them, in the style of that file.

A name alone is added, without a description: nobody but a person knows what it is for. Every edit
is read back as pytest would read it; one that does anything else than to register the names is
not proposed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from checks.pytest_markers import ini_lists, toml_lists
from checks.pytest_markers.configuration import BrokenConfigurationError, Section, read
from checks.pytest_markers.insertions import (
    CannotInsertError,
    Insertion,
    applied,
    replacements,
)
from netra_validate import Fix

if TYPE_CHECKING:
    from checks.pytest_markers.project import Settings
    from netra_validate.clients.source import Source

_NEW: Final = "pytest.ini"
_PYPROJECT: Final = "pyproject.toml"


def is_plain(name: str) -> bool:
    """Whether a name is one that ``pytest.mark.NAME`` can say."""
    return name.isidentifier() and not name.startswith("_")


def registration(
    settings: Settings, names: Sequence[str], files: Collection[str], source: Source, version: int
) -> Fix | None:
    """The edit that registers markers for a root; None where its file is not understood.

    Args:
        settings: of the root.
        names: what to register.
        files: of the repository.
        source: to read them.
        version: pytest's major version.
    """
    section = settings.root.section or _new_section(settings.root.folder, files, source)
    wanted = sorted(set(names))
    try:
        insertions = insertions_for(section, wanted, files)
    except CannotInsertError:
        return None
    if not _registers(section, insertions, wanted, version):
        return None
    listed = ", ".join(wanted)
    marker = "the marker" if len(wanted) == 1 else "the markers"
    return Fix(
        f"Register {marker} {listed} in {section.path}",
        replacements(section.path, section.text, insertions),
    )


def _new_section(folder: str, files: Collection[str], source: Source) -> Section:
    """Where pytest's section is to be made: in a ``pyproject.toml``, or else a ``pytest.ini``."""
    pyproject = f"{folder}/{_PYPROJECT}".lstrip("/")
    if pyproject in files:
        return Section(pyproject, "", text=source.text(pyproject))
    return Section(f"{folder}/{_NEW}".lstrip("/"), "")


def insertions_for(
    section: Section, names: Sequence[str], files: Collection[str]
) -> list[Insertion]:
    """What continues the list of a section, or makes it.

    Raises:
        CannotInsertError: the list is written in a way that is not followed here.
    """
    if section.path not in files:
        return [Insertion(0, ini_lists.new_file(names))]
    if section.path.endswith(".toml"):
        return toml_lists.continued(section, names)
    return ini_lists.continued(section, names)


def _registers(
    section: Section, insertions: Sequence[Insertion], names: Sequence[str], version: int
) -> bool:
    """Whether pytest would read the names, and everything else as before."""
    text = applied(section.text, insertions)
    try:
        edited = read(section.path, text, version=version)
        before = read(section.path, section.text, version=version) if section.table else section
    except BrokenConfigurationError:
        return False
    if edited is None or before is None:
        return False
    listed = [marker.name for marker in edited.markers]
    known = [marker.name for marker in before.markers]
    as_before = [name for name in listed if name not in names] == known
    return as_before and set(names) <= set(listed) and _others(edited) == _others(before)


def _others(section: Section) -> Mapping[str, Any]:
    return {key: value for key, value in section.options.items() if key != "markers"}
