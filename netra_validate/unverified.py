"""What could not be verified, by its reason: one thing to do for twenty probes is told once. Pure.

A reason names what was asked, and after a colon what came of it (:mod:`netra_validate.runner`).
Probes whose second half is the same lack the same thing: a permission, credentials, an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate.model import Command, Outcome, ProbeResult, Remediation
from netra_validate.wording import listed

_MOST_IDS: Final = 40
"""Names that anybody reads in a row."""

PERMISSIONS: Final = Remediation(
    "See which permissions are missing, and get a role with all that the checks need",
    (Command(("netra-validate", "config", "check", "--permissions")),),
)
"""What to do where permissions are missing."""

_PERMISSION: Final = "permission "
"""In the reason of every probe that may not look."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Probes that could not be verified for the same reason."""

    reason: str
    """What is common to their reasons."""
    by_subject: tuple[tuple[str, tuple[str, ...]], ...]
    """What was asked, and the ids of the probes that asked; one without a name where all asked for
    the same."""
    trace: str | None = None
    """The traceback, where all of them crashed in one place."""

    @property
    def count(self) -> int:
        """How many probes they are."""
        return sum(len(ids) for _, ids in self.by_subject)


def alike(probes: Iterable[ProbeResult]) -> tuple[tuple[ProbeResult, ...], tuple[Alike, ...]]:
    """Tell those that stand alone, in their order, from those that share a reason.

    One that found something has more to tell than its reason.
    """
    alone: list[ProbeResult] = []
    shared: dict[tuple[str, str | None], list[ProbeResult]] = {}
    for probe in probes:
        if probe.findings or not probe.reason:
            alone.append(probe)
        else:
            shared.setdefault((_parts(probe.reason)[1], probe.trace), []).append(probe)
    alone += (members[0] for members in shared.values() if len(members) == 1)
    groups = (_alike(members) for members in shared.values() if len(members) > 1)
    return tuple(sorted(alone, key=lambda probe: probe.id)), tuple(groups)


def named(ids: Sequence[str]) -> str:
    """The ids in a row, as many as anybody reads."""
    return listed(ids, _MOST_IDS)


def lacks_permission(probes: Iterable[ProbeResult]) -> bool:
    """Whether some of them may not look: :data:`PERMISSIONS` tells what is missing."""
    unverified = (probe for probe in probes if probe.outcome is Outcome.ERROR)
    return any(_PERMISSION in (probe.reason or "") for probe in unverified)


def _alike(members: list[ProbeResult]) -> Alike:
    reasons = {probe.reason or "" for probe in members}
    crash = members[0].trace
    if len(reasons) == 1:
        return Alike(reasons.pop(), (("", tuple(probe.id for probe in members)),), crash)
    subjects: dict[str, list[str]] = {}
    for probe in members:
        subjects.setdefault(_parts(probe.reason or "")[0], []).append(probe.id)
    by_subject = tuple((subject, tuple(ids)) for subject, ids in subjects.items())
    return Alike(_parts(members[0].reason or "")[1], by_subject, crash)


def _parts(reason: str) -> tuple[str, str]:
    """What was asked, and what came of it; all of it where it does not tell them apart."""
    subject, _, rest = reason.partition(": ")
    return (subject, rest) if rest else ("", reason)
