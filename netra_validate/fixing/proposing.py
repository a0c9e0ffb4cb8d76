"""From the findings of a run to what could be written: fixes gathered, files read, edits made."""

from __future__ import annotations

import asyncio
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any, Final

from netra_validate import scrub
from netra_validate.check import Check, Context
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.fixing.editing import Edit, UneditableError, compatible, edits
from netra_validate.fixing.reaching import Found, UnreachableError, opened
from netra_validate.fixing.writing import Change
from netra_validate.model import Finding, Fix, Plane, Replacement, Report
from netra_validate.plan import Limits, Plan, Probe

_CLOSING_S: Final = 3.0
"""As in a run: how long clients may take to close."""


@dataclass(frozen=True, slots=True)
class Left:
    """A finding that stays, and why."""

    finding: Finding
    reason: str
    """The end of a sentence, without a full stop."""

    @property
    def is_certain(self) -> bool:
        """Whether it takes no decision, only an edit that the check cannot make."""
        return "not_edited" in self.finding.evidence


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the checks say about the findings of a run."""

    fixes: tuple[Fix, ...] = ()
    left: tuple[Left, ...] = ()
    """Findings without a fix."""
    mended: int = 0
    """Findings with one."""
    waived: int = 0
    """Findings with one that somebody answers for: they are left alone."""
    failed: tuple[str, ...] = ()
    """Why the fixes of a probe could not be had."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What could be written."""

    changes: tuple[Change, ...] = ()
    """Sorted by path."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Files that cannot be edited, and why: the end of a sentence that begins with the name."""
    clashing: tuple[Fix, ...] = ()
    """Fixes that are in the way of others."""


def fixable(check: type[Check[Any]]) -> bool:
    """Whether a check ever proposes an edit of what it reads in the repository."""
    return check.plane is Plane.SOURCE and any(rule.fixable for rule in check.rules.values())


async def gather(plan: Plan, report: Report, limits: Limits) -> Gathered:
    """Ask the checks of a run for the edits that mend what they have found.

    Args:
        plan: what was run.
        report: what came of it.
        limits: of which the time for one probe counts.
    """
    clients = Clients(plan.environment, plan.root, per_host=limits.per_host, secrets=plan.secrets)
    fixes: list[Fix] = []
    failed: list[str] = []
    try:
        for probe, findings in _fixable_findings(plan, report):
            budget = Budget.lasting(limits.timeout_s, retries=limits.retries)
            context = Context(plan.environment, plan.topology, clients, budget)
            try:
                async with asyncio.timeout(limits.timeout_s):
                    fixes += await _fixes(probe, findings, context)
            except Exception as error:  # noqa: BLE001 - what a check does is not ours, as in a run
                reason = f"{type(error).__name__}: {error}".removesuffix(": ")
                failed.append(scrub.text(f"the fixes of {probe.id} could not be made: {reason}"))
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(clients.close(), _CLOSING_S)
    kept = [found for _, findings in _fixable_findings(plan, report) for found in findings]
    waived = sum(
        found.fix is not None and found.waived is not None
        for probe in report.probes
        for found in probe.findings
    )
    return Gathered(tuple(fixes), tuple(_left(plan, report)), len(kept), waived, tuple(failed))


async def _fixes(probe: Probe, findings: Sequence[Finding], context: Context) -> list[Fix]:
    found = []
    async with aclosing(probe.check.fixes(probe.resource, findings, context)) as fixes:  # type: ignore[type-var] # the contract asks for an async generator
        async for fix in fixes:
            if not isinstance(fix, Fix):
                raise TypeError(f"it yielded a {type(fix).__name__}, expected a Fix")
            found.append(fix)
    return found


def _fixable_findings(plan: Plan, report: Report) -> Iterator[tuple[Probe, list[Finding]]]:
    results = {result.id: result for result in report.probes}
    for probe in plan.probes:
        findings = [
            found
            for found in results[probe.id].findings
            if found.fix is not None and found.waived is None
        ]
        if findings:
            yield probe, findings


def _left(plan: Plan, report: Report) -> Iterator[Left]:
    results = {result.id: result for result in report.probes}
    for probe in plan.probes:
        for found in results[probe.id].findings:
            if found.fix is None and found.waived is None:
                yield Left(found, probe.check.unfixed(found))


def propose(root: str, fixes: Iterable[Fix], *, since_ns: int) -> Proposal:
    """Read the files and make the edits, without writing anything.

    A fix of several files is made as a whole or not at all.

    Args:
        root: the tree, without a link in its name.
        fixes: in the order of their importance: the first of two that exclude each other is made.
        since_ns: when the checks began to look, in nanoseconds since 1970. What has changed since
            then is not what they saw.
    """
    fixes = list(fixes)
    kept, clashing = compatible(fixes)
    files = _Files(root, since_ns)
    refused: dict[str, str] = {}
    changes: dict[str, Change] = {}
    while True:
        # Whatever falls out may take a part of the others' files with it.
        changes = {}
        before = len(refused)
        for path, wanted in sorted(_by_path(kept).items()):
            try:
                change = files.change(path, wanted)
            except UneditableError as error:
                refused[path] = str(error)
            else:
                if change.after != change.before:
                    changes[path] = change
        if len(refused) == before:
            break
        kept = [f for f in kept if refused.keys().isdisjoint(e.path for e in f.replacements)]
    return Proposal(tuple(changes.values()), refused, tuple(clashing))


def _by_path(fixes: Iterable[Fix]) -> dict[str, list[tuple[Fix, Replacement]]]:
    found: defaultdict[str, list[tuple[Fix, Replacement]]] = defaultdict(list)
    for fix in fixes:
        for replacement in fix.replacements:
            found[replacement.path].append((fix, replacement))
    return found


class _Files:
    """The files of a tree that are to be edited."""

    def __init__(self, root: str, since_ns: int) -> None:
        self._root = root
        self._since_ns = since_ns
        self._known: dict[str, tuple[int, Change]] = {}

    def change(self, path: str, wanted: Sequence[tuple[Fix, Replacement]]) -> Change:
        """What becomes of a file.

        Raises:
            UneditableError: it cannot be read or edited.
        """
        if path in self._known and self._known[path][0] == len(wanted):
            return self._known[path][1]
        found = self._found(path)
        data = found.data if found is not None else b""
        made: tuple[Edit, ...] = edits(path, data, (replacement for _, replacement in wanted))
        summaries = tuple(dict.fromkeys(fix.summary for fix, _ in wanted))
        change = Change(path, found, made, summaries)
        self._known[path] = (len(wanted), change)
        return change

    def _found(self, path: str) -> Found | None:
        try:
            with opened(self._root, path) as (folder, name):
                found = folder.find(name)
        except UnreachableError as error:
            raise UneditableError(str(error)) from None
        except OSError as error:
            raise UneditableError(f"cannot be read: {error.strerror or error}") from None
        if found is not None and found.changed_ns > self._since_ns:
            raise UneditableError("has changed while it was looked at")
        return found


def tree(root: os.PathLike[str]) -> str:
    """The name of a tree without a link in it."""
    return os.path.realpath(root)
