"""What to do about a finding of this check, in the style of the file that it is to be done in."""

from __future__ import annotations

from typing import Final

from checks.pytest_markers.configuration import FIRST_WITH_TOML, Section
from netra_validate import Command, Finding, Remediation

DOCS: Final = "https://docs.pytest.org/en/stable/how-to/mark.html#registering-marks"
_STRICT_DOCS: Final = (
    "https://docs.pytest.org/en/stable/how-to/mark.html#raising-errors-on-unknown-marks"
)
_LOOK: Final = Command(("pytest", "--markers"))
OTHER_FORM: Final = "the list of markers is written in a form that is not edited here"


def register(name: str, section: Section | None, nearest: str | None = None) -> Remediation:
    """Add a marker where pytest reads markers, as `fix` does; a slip is to be mended first."""
    entry = _entry(name, section)
    if nearest:
        summary = f"Replace {name} by {nearest}; if it is meant, add {entry}"
    else:
        summary = f"Add {entry}, or mend the name"
    return Remediation(summary, (_LOOK,), DOCS)


def _entry(name: str, section: Section | None) -> str:
    if section is None:
        entry = f'markers = ["{name}"]'
        return f"the line {entry} under [tool.pytest.ini_options] of pyproject.toml"
    table = section.table or "[pytest]"
    if section.path.endswith(".toml"):
        return f'the line "{name}", to markers under {table} of {section.path}'
    return f"the indented line {name} to markers under {table} of {section.path}"


def declare(plugin: str, name: str) -> Remediation:
    """Declare the plug-in that a marker comes from."""
    return Remediation(
        f"Declare {plugin}, which registers {name}, in the requirements of the tests",
        (_LOOK,),
        DOCS,
    )


def become_strict(section: Section | None, version: int, *, assumed: bool = False) -> Remediation:
    """Make unknown markers an error.

    Args:
        section: where pytest is configured.
        version: pytest's major version.
        assumed: whether nothing says which version it is.
    """
    table = section.table if section is not None and section.table else "[tool.pytest.ini_options]"
    path = section.path if section is not None else "pyproject.toml"
    if version >= FIRST_WITH_TOML:
        line = "strict_markers = true"
    elif path.endswith(".toml"):
        line = 'addopts = ["--strict-markers"]'
    else:
        line = "addopts = --strict-markers"
    taken = f" (pytest {version} is assumed, since no requirement names one)" if assumed else ""
    return Remediation(f"Set {line} under {table} of {path}{taken}", docs=_STRICT_DOCS)


def move(mend: str) -> Remediation:
    """Mend a configuration."""
    return Remediation(mend, (_LOOK,), "https://docs.pytest.org/en/stable/reference/customize.html")


def parse(path: str) -> Remediation:
    """Show why a file does not parse."""
    return Remediation(
        f"Mend the syntax of {path}", (Command(("python", "-m", "py_compile", path)),)
    )


def unfixed(found: Finding) -> str | None:
    """Why a finding has no fix, the end of a sentence; None where there is no more to say."""
    said = found.evidence
    if said.get("plugin"):
        return "its plug-in is to be declared"
    if said.get("may_be_registered_at"):
        return "it may be registered where that cannot be read"
    if said.get("not_edited"):
        return str(said["not_edited"])
    if said.get("nearest"):
        return f"{said['name']} may be a slip for {said['nearest']}"
    return None


def delete(name: str, section: Section) -> Remediation:
    """Take out a marker that is not needed, or not twice."""
    return Remediation(
        f"Delete the entry {name} from markers under {section.table} of {section.path}"
    )


def select(name: str, nearest: str | None) -> Remediation:
    """Mend an expression."""
    instead = f" by {nearest}" if nearest else ""
    return Remediation(f"Replace {name}{instead}, or register it", (_LOOK,), DOCS)
