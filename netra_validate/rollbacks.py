"""Remedies that are safe together: no traffic to what the same report shows to be broken. Pure.

Each check offers the way back that it knows of, and knows nothing of what the others found. So when
everything is known, the commands that move traffic are looked at as one: what leads to a revision
that a finding condemns is taken out, what could not help is taken out, and of two that lead to
different revisions of one service the one stays that belongs to the graver finding. The summary
then says so, and promises nothing. What takes a command back is no advice, and stays.

A command that deploys a revision changes one thing and takes the rest from the one that was created
last. Where other findings condemn that one, the summary says that the new one has the same, and no
traffic is sent to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from netra_validate.model import (
    Command,
    Finding,
    ProbeResult,
    Remediation,
    RevisionRef,
    Severity,
)
from netra_validate.wording import enumerated

_PLACING: Final = ("--no-traffic", "--tag=")
"""How flags begin that say where a new revision stands, and not what it is."""

_Service: TypeAlias = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Advice:
    """One command that moves traffic, and the finding that it is for."""

    probe: str
    found: Finding
    command: Command

    @property
    def to(self) -> RevisionRef:
        """The revision that would get all the traffic."""
        return self.command.relies_on[0]

    @property
    def urgency(self) -> tuple[bool, int, bool, str, str, RevisionRef]:
        """What sorts it before advice that counts for less."""
        found = self.found
        follows = bool(found.explained_by)
        waived = found.waived is not None
        return (waived, -found.severity.rank, follows, self.probe, found.rule, self.to)


def reconciled(results: Sequence[ProbeResult]) -> tuple[ProbeResult, ...]:
    """The results of one run, diagnosed, with remedies that do not contradict what was found."""
    commands = [
        _Advice(result.id, found, command)
        for result in results
        for found in result.findings
        for command in (found.remediation.commands if found.remediation else ())
    ]
    if not any(each.command.relies_on or each.command.built_on for each in commands):
        return tuple(results)
    moving = (each for each in commands if each.command.relies_on)
    return _Reconciliation(results, moving).results()


class _Reconciliation:
    """All advice on traffic of one run, and what speaks against it."""

    def __init__(self, results: Sequence[ProbeResult], advice: Iterable[_Advice]) -> None:
        self._results = results
        self._broken = _condemned(results)
        self._tied = {
            result.id: frozenset().union(*(found.condemns for found in result.findings))
            for result in results
        }
        self._explained_by = {result.id: result.explained_by for result in results}
        self._chosen: dict[_Service, _Advice] = {}
        for each in sorted(advice, key=lambda each: each.urgency):
            if self._is_sound(each.found, each.command):
                self._chosen.setdefault(each.to.siblings, each)

    def results(self) -> tuple[ProbeResult, ...]:
        """Every result with what is left of its remedies."""
        return tuple(
            replace(
                result,
                findings=tuple(
                    self._well_built(result.id, self._safe(found)) for found in result.findings
                ),
            )
            for result in self._results
        )

    def _well_built(self, probe: str, found: Finding) -> Finding:
        """A finding that says what a revision deployed for it has besides."""
        remedy = found.remediation
        commands = () if remedy is None else remedy.commands
        bases = dict.fromkeys(each.built_on for each in commands if each.built_on is not None)
        said = [*self._same_again(probe, found, bases), *self._not_yet(bases, commands)]
        if remedy is None or not said:
            return found
        sends = any(map(_is_sent, commands))
        summary = remedy.unmoved or remedy.summary if sends else remedy.summary
        left = tuple(each for each in commands if not _is_sent(each))
        told = "; ".join((summary, *said))
        return replace(found, remediation=replace(remedy, summary=told, commands=left))

    def _same_again(
        self, probe: str, found: Finding, bases: Iterable[RevisionRef]
    ) -> Iterator[str]:
        """What else is wrong with the revisions that new ones are made from.

        What follows from the finding is mended with it, and so is what the same command mends.
        """
        deployed = set(_deploying(found.remediation))
        for base in bases:
            rules = [
                other.rule
                for result in self._results
                for other in result.findings
                if base in other.condemns
                and (other.rule, other.fingerprint) != (found.rule, found.fingerprint)
                and probe not in self._above(result, other)
                and deployed.isdisjoint(_deploying(other.remediation))
            ]
            if rules:
                named = enumerated(sorted(set(rules)))
                yield (
                    f"the new revision has all else that {base.name} has, which breaks {named}:"
                    " mend that with it"
                )

    def _above(self, result: ProbeResult, found: Finding) -> set[str]:
        """The probes that a finding follows from, however far off.

        One that does not count as failing says nothing itself; its probe may.
        """
        above: set[str] = set()
        waiting = [*(found.explained_by or result.explained_by)]
        while waiting:
            probe = waiting.pop()
            if probe not in above:
                above.add(probe)
                waiting.extend(self._explained_by[probe])
        return above

    def _not_yet(self, bases: Iterable[RevisionRef], commands: Iterable[Command]) -> Iterator[str]:
        """Who is to have the traffic that would go to new revisions."""
        if not any(map(_is_sent, commands)):
            return
        for base in bases:
            chosen = self._chosen.get(base.siblings)
            if chosen is not None and base not in chosen.command.relies_on:
                yield f"{chosen.to.name} can take the traffic meanwhile ({chosen.found.rule})"

    def _safe(self, found: Finding) -> Finding:
        """A finding without the commands that are not to be run."""
        remedy = found.remediation
        out = [each for each in _moving(remedy) if not self._is_to_stay(found, each)]
        if remedy is None or not out:
            return found
        left = tuple(each for each in remedy.commands if each not in out)
        told = f"{remedy.unmoved or remedy.summary}; {self._why(found, out[0])}"
        return replace(found, remediation=replace(remedy, summary=told, commands=left))

    def _is_to_stay(self, found: Finding, command: Command) -> bool:
        to = command.relies_on[0]
        return self._is_sound(found, command) and self._chosen[to.siblings].to == to

    def _is_sound(self, found: Finding, command: Command) -> bool:
        """Whether it leads to what is not known to be broken, and can help."""
        return self._broken.keys().isdisjoint(command.relies_on) and not self._shared(found)

    def _shared(self, found: Finding) -> tuple[str, ...]:
        """The probes behind a finding that are not about the revision which it condemns.

        Another revision of the service would meet the same.
        """
        if not found.condemns:
            return ()
        behind = found.explained_by
        tied = [each for each in behind if not found.condemns.isdisjoint(self._tied.get(each, ()))]
        return () if tied else behind

    def _why(self, found: Finding, command: Command) -> str:
        """Why a command is taken out, or what to do in its place: the end of a sentence."""
        if shared := self._shared(found):
            verb = "is" if len(shared) == 1 else "are"
            return f"{enumerated(shared)} {verb} behind it, which other revisions meet as well"
        chosen = self._chosen.get(command.relies_on[0].siblings)
        if chosen is not None:
            return f"{chosen.to.name} can take the traffic meanwhile ({chosen.found.rule})"
        against = dict(self._against(command))
        named = [f"{each.name} breaks {rule}" for each, rule in against.items()]
        if command.relies_on[0] not in against:
            # All for the latest goes to one that is well, but only until another one is ready.
            return f"it would go on to another one as soon as that is ready: {enumerated(named)}"
        return f"no other ready revision is known to be well: {enumerated(named)}"

    def _against(self, command: Command) -> Iterator[tuple[RevisionRef, str]]:
        for each in command.relies_on:
            if each in self._broken:
                yield each, self._broken[each]


def _deploying(remedy: Remediation | None) -> Iterator[tuple[str, ...]]:
    """The commands that deploy a revision, whatever is to become of its traffic."""
    for each in () if remedy is None else remedy.commands:
        if each.built_on and not _is_sent(each):
            yield tuple(word for word in each.argv if not word.startswith(_PLACING))


def _is_sent(command: Command) -> bool:
    """Whether it sends traffic to a revision that was deployed just before."""
    return command.built_on is not None and "--to-latest" in command.argv


def _moving(remedy: Remediation | None) -> tuple[Command, ...]:
    """The commands that move traffic."""
    commands = () if remedy is None else remedy.commands
    return tuple(each for each in commands if each.relies_on)


def _condemned(results: Iterable[ProbeResult]) -> Mapping[RevisionRef, str]:
    """Every revision that is not well, with the gravest rule that it breaks.

    That somebody answers for a finding does not make the revision any better.
    """
    found = sorted(
        (each for result in results for each in result.findings), key=_gravity, reverse=True
    )
    return {revision: each.rule for each in found for revision in each.condemns}


def _gravity(found: Finding) -> tuple[int, str]:
    """What sorts graver findings first."""
    return (len(Severity) - found.severity.rank, found.rule)
