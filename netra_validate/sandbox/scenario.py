"""What a scenario is: a set of faults with a name, and what a validator must make of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scenario:
    """A set of faults with a name, and what a validator must make of it.

    Attributes:
        name: as given on the command line.
        summary: one line.
        faults: names in :data:`netra_validate.sandbox.faults.FAULTS`, applied in this order.
        expects: ids of the rules that a run over all checks finds broken: these, and no other.
        root_causes: ids of the probes that it must name as the causes.
        exit_code: what the run ends with.
    """

    name: str
    summary: str
    faults: tuple[str, ...]
    expects: frozenset[str] = frozenset()
    root_causes: frozenset[str] = frozenset()
    exit_code: int = 1


def scenario(
    name: str,
    summary: str,
    *rules: str,
    cause: str | None = None,
    exit_code: int = 1,
    faults: Sequence[str] | None = None,
) -> Scenario:
    """One scenario in which a run finds these rules broken, and what else is different from usual.

    Args:
        name: as given on the command line.
        summary: one line.
        rules: ids of all rules that a run finds broken.
        cause: id of the probe that it must name as the cause, or None where nothing fails.
        exit_code: what the run ends with.
        faults: the one of the same name where left out.
    """
    return Scenario(
        name,
        summary,
        tuple(faults) if faults is not None else (name,),
        frozenset(rules),
        frozenset({cause} if cause else ()),
        exit_code,
    )
