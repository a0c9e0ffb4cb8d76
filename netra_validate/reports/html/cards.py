"""The root causes: what to mend first, and what follows from each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate.causes import Causes, Symptom
from netra_validate.grounds import worth_telling
from netra_validate.grouping import Group, groups
from netra_validate.model import Outcome, ProbeResult, Remediation, RootCause, RuleText
from netra_validate.reports.html import states, texts
from netra_validate.reports.html.findings import GroupView, group_view
from netra_validate.reports.html.probes import Sources, headline
from netra_validate.reports.html.states import State
from netra_validate.reports.html.texts import cut
from netra_validate.unverified import Alike, alike
from netra_validate.verdicts import consequences
from netra_validate.wording import counted, dated, number

_MOST_CARDS: Final = 30
_MOST_GROUPS: Final = 4
"""Of one cause: the probe's own section has the rest."""
_MOST_SYMPTOMS: Final = 30
_DEEPEST: Final = 5
"""Steps of indentation; a longer chain goes on at this one."""
_MOST_RULED_OUT: Final = 30
_MOST_SUBJECTS: Final = 30
"""Things that probes with one reason asked for."""
_MOST_IDS: Final = 40
_LONGEST_HELP: Final = 4_000


@dataclass(frozen=True, slots=True)
class SymptomView:
    """A probe that the cause explains."""

    state: State
    anchor: str
    resource: str
    id: str
    headline: str
    depth: int


@dataclass(frozen=True, slots=True)
class Why:
    """What a rule is about."""

    rule: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Argument:
    """What speaks for a root cause."""

    changed: tuple[str, ...]
    """What happened before, each with its date."""
    why: str
    ruled_out: tuple[tuple[str, str | None], ...]
    """Ids and anchors of probes that are well, where the sentence has no room for all of them."""
    not_ruled_out: tuple[tuple[str, str | None], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What some probes asked, and which they are."""

    subject: str
    """Empty where all of them asked for the same."""
    probes: tuple[tuple[str, str | None], ...]
    """Ids and anchors."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """Probes that came to no result for one reason."""

    state: State
    title: str
    """The resource of one probe; how many, where they are several."""
    reason: str
    asked: tuple[Asked, ...]
    unlisted: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """One root cause."""

    state: State
    anchor: str
    probe: str
    resource: str
    headline: str | None
    """Where it has several things to say, or none."""
    groups: tuple[GroupView, ...]
    more: str | None
    """What its own section has besides."""
    argument: Argument | None
    whys: tuple[Why, ...]
    follows: str
    """How much follows from it, in a sentence."""
    symptoms: tuple[SymptomView, ...]
    unlisted: str | None
    unverified: tuple[Unverified, ...]
    """What could not be verified because of it."""


def cards(trees: Causes, sources: Sources, rules: Mapping[str, RuleText]) -> tuple[Card, ...]:
    """Every root cause, that which explains most first, as far as anybody would read."""
    return tuple(_card(root, trees, sources, rules) for root in trees.roots[:_MOST_CARDS])


def more_causes(trees: Causes) -> str | None:
    """How many root causes have no card."""
    more = len(trees.roots) - _MOST_CARDS
    return counted(more, "more root cause") if more > 0 else None


def unverified(probes: Iterable[ProbeResult], anchors: Mapping[str, str]) -> tuple[Unverified, ...]:
    """What could not be verified, by its reason: that which keeps most probes first."""
    alone, shared = alike(probe for probe in probes if probe.outcome is Outcome.ERROR)
    return (
        *(_of_many(group, anchors) for group in sorted(shared, key=lambda group: -group.count)),
        *(_of_one(probe, anchors) for probe in alone),
    )


def _of_one(probe: ProbeResult, anchors: Mapping[str, str]) -> Unverified:
    return Unverified(
        states.of_probe(probe),
        cut(str(probe.resource), texts.NAME),
        cut(probe.reason or "no reason was given"),
        (Asked("", _linked((probe.id,), anchors)),),
        None,
    )


def _of_many(group: Alike, anchors: Mapping[str, str]) -> Unverified:
    more = len(group.by_subject) - _MOST_SUBJECTS
    return Unverified(
        states.OUTCOMES[Outcome.ERROR],
        counted(group.count, "probe"),
        cut(group.reason),
        tuple(
            Asked(cut(subject), _linked(ids, anchors))
            for subject, ids in group.by_subject[:_MOST_SUBJECTS]
        ),
        number(more) if more > 0 else None,
    )


def _linked(ids: Sequence[str], anchors: Mapping[str, str]) -> tuple[tuple[str, str | None], ...]:
    more = len(ids) - _MOST_IDS
    rest = ((f"… and {number(more)} more", None),) if more > 0 else ()
    return (*((cut(each, texts.NAME), anchors.get(each)) for each in ids[:_MOST_IDS]), *rest)


def _card(
    root: ProbeResult, trees: Causes, sources: Sources, rules: Mapping[str, RuleText]
) -> Card:
    found = groups(root)
    below = trees.symptoms[root.id]
    views = tuple(_groups(root, sources))
    left = sum(len(group.findings) for group in found[_MOST_GROUPS:])
    single = len(found) == 1 and root.outcome is not Outcome.ERROR
    return Card(
        state=states.of_probe(root),
        anchor=sources.anchors[root.id],
        probe=cut(root.id, texts.NAME),
        resource=cut(str(root.resource), texts.NAME),
        headline=None if single else _how_many(root, found),
        groups=views,
        more=counted(left, "more finding") if left else None,
        argument=_argument(trees.argued.get(root.id), sources.anchors),
        whys=tuple(_whys({group.first.rule for group in found[:_MOST_GROUPS]}, rules)),
        follows=cut(consequences(trees, root.id)),
        symptoms=tuple(_symptom(symptom, sources) for symptom in below[:_MOST_SYMPTOMS]),
        unlisted=number(len(below) - _MOST_SYMPTOMS) if len(below) > _MOST_SYMPTOMS else None,
        unverified=unverified(trees.unverified.get(root.id, ()), sources.anchors)[:_MOST_SYMPTOMS],
    )


def _how_many(root: ProbeResult, found: Sequence[Group]) -> str:
    """The headline of a cause whose findings stand below, each with its sentence."""
    if root.outcome is Outcome.ERROR or not found:
        return headline(root)
    grouped = f" in {counted(len(found), 'group')}" if len(found) < len(root.findings) else ""
    return counted(len(root.findings), "finding") + grouped


def _argument(cause: RootCause | None, anchors: Mapping[str, str]) -> Argument | None:
    if cause is None or not (worth_telling(cause) or cause.changed):
        return None
    return Argument(
        tuple(cut(dated(event)) for event in cause.changed),
        cut(worth_telling(cause)),
        tuple(_beyond(cause.ruled_out, cause.why, anchors)),
        tuple(_beyond(cause.not_ruled_out, cause.why, anchors)),
    )


def _beyond(
    ids: Sequence[str], told: str, anchors: Mapping[str, str]
) -> Iterator[tuple[str, str | None]]:
    """All of the ids, where the sentence does not name every one."""
    if any(each not in told for each in ids):
        yield from ((cut(each, texts.NAME), anchors.get(each)) for each in ids[:_MOST_RULED_OUT])


def _groups(root: ProbeResult, sources: Sources) -> Iterator[GroupView]:
    told: dict[Remediation, tuple[str, str]] = {}
    for group in groups(root)[:_MOST_GROUPS]:
        yield group_view(root, group, sources.rules, told, sources.anchors)
        if group.first.remediation is not None and group.first.waived is None:
            told.setdefault(group.first.remediation, (sources.anchors[root.id], ""))


def _whys(broken: set[str], rules: Mapping[str, RuleText]) -> Iterator[Why]:
    for rule in sorted(broken):
        text = rules[rule].help if rule in rules else ""
        paragraphs = [" ".join(part.split()) for part in cut(text, _LONGEST_HELP).split("\n\n")]
        if any(paragraphs):
            yield Why(cut(rule, texts.NAME), tuple(part for part in paragraphs if part))


def _symptom(symptom: Symptom, sources: Sources) -> SymptomView:
    probe = symptom.probe
    return SymptomView(
        state=states.of_probe(probe),
        anchor=sources.anchors[probe.id],
        resource=cut(str(probe.resource), texts.NAME),
        id=cut(probe.id, texts.NAME),
        headline=headline(probe),
        depth=min(symptom.depth, _DEEPEST),
    )
