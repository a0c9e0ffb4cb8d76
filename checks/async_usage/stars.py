"""What ``from … import *`` brings: the names of another file, and those that it has so itself."""

from __future__ import annotations

from collections.abc import Callable

from checks.async_usage.facts import Facts, Imported
from checks.async_usage.modules import Place

Load = Callable[[str], Facts | None]
"""Gives the facts of a file; None where it is no valid Python."""


def givers(
    name: str, facts: Facts, place_of: Callable[[Imported, Facts], Place | None], load: Load
) -> list[Place] | None:
    """The modules that may give a file this name by ``import *``; None where one is unknown.

    Args:
        name: what is looked for.
        facts: of the file.
        place_of: where the module is that an import in a file means, if it is the repository's.
        load: the facts of a file.
    """
    found: dict[Place, None] = {}
    seen, waiting = {facts.path}, [facts]
    while waiting:
        file = waiting.pop()
        for star in file.stars:
            place = place_of(star, file)
            given = load(place.path) if place is not None and place.path is not None else None
            if place is None or given is None:
                return None
            if name in given.module.bindings:
                found[place] = None
            if given.path not in seen:
                seen.add(given.path)
                waiting.append(given)
    return list(found)
