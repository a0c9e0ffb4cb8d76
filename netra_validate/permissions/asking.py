"""Asks which permissions the present credentials have: one question for each project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final

from netra_validate.clients.errors import ClientError
from netra_validate.permissions.needs import Need
from netra_validate.topology import Environment

if TYPE_CHECKING:
    from netra_validate.clients.google import Google
    from netra_validate.clients.google.resource_manager import Held

_PATIENCE_S: Final = 12.0
"""Seconds for all projects; looking for credentials where there are none takes most of it."""


class Standing(StrEnum):
    """What is known of one permission in one project."""

    HELD = "held"
    MISSING = "not-on-the-project"
    """It may still be granted on a resource in the project, which only asking for that shows."""
    UNTESTABLE = "untestable"
    """No project can grant it."""


@dataclass(frozen=True, slots=True)
class Tested:
    """What asking has shown."""

    standings: Mapping[str, Mapping[str, Standing]] = field(default_factory=dict)
    """By project, then by permission."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Why a project could not be asked, in a sentence."""

    @property
    def all_held(self) -> bool:
        """Whether every permission is held wherever it is needed, as far as it was asked."""
        found = [each for of in self.standings.values() for each in of.values()]
        return not self.problems and all(each is Standing.HELD for each in found)


async def ask(needs: Sequence[Need], environment: Environment) -> Tested:
    """Ask Resource Manager in every project that a permission is needed in."""
    from netra_validate.clients import Clients  # noqa: PLC0415 - imports asyncio
    from netra_validate.clients.budget import Budget  # noqa: PLC0415 - as above

    wanted: dict[str, list[str]] = {}
    for need in needs:
        for project in need.projects:
            wanted.setdefault(project, []).append(need.permission)
    clients = Clients(environment, Path())
    try:
        return await _ask_all(wanted, clients.google(Budget.lasting(_PATIENCE_S)))
    finally:
        await clients.close()


async def _ask_all(wanted: Mapping[str, list[str]], google: Google) -> Tested:
    standings: dict[str, dict[str, Standing]] = {}
    problems: dict[str, str] = {}
    asked = {project: google.held(project, names) for project, names in wanted.items()}
    for project, answer in asked.items():
        try:
            found = await answer
        except ClientError as error:
            hint = f"; {error.hint}" if error.hint else ""
            problems[project] = f"{error.message}{hint}"
        else:
            standings[project] = {each: _standing(each, found) for each in wanted[project]}
    return Tested(standings, problems)


def _standing(permission: str, found: Held) -> Standing:
    if permission in found.held:
        return Standing.HELD
    return Standing.UNTESTABLE if permission in found.untestable else Standing.MISSING
