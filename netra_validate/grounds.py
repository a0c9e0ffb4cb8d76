"""Why a root cause was chosen, in one sentence. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from netra_validate.model import Finding, Outcome, ProbeResult, ResourceRef, RootCause
from netra_validate.signs import NOT_OF_NEED, Sign
from netra_validate.wording import counted, enumerated, some

BY_ITSELF: Final = "it is a fault by itself, whatever else fails"
"""Why a cause by its nature is one, where nothing is known to follow from it."""

_MOST_NAMED: Final = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """A root cause, and what there is to say about what is above it."""

    probe: ProbeResult
    findings: tuple[Finding, ...]
    """Those that follow from nothing."""
    above: tuple[ProbeResult, ...]
    """The probes that could be behind it, by order and place."""
    failing: frozenset[str]
    """Ids of those of them that fail."""
    elsewhere: Mapping[str, tuple[ResourceRef, ...]]
    """Under the ids of those that are about others alone: about which."""
    left_out: frozenset[str]
    """The checks that could have found something behind it, and were not made on request."""
    partly: tuple[str, ...]
    """Ids of other causes some of whose findings follow from it."""
    is_first: bool
    """Whether its check depends on no other."""
    is_alone: bool
    """Whether no probe of what it depends on was made."""

    @property
    def telling(self) -> tuple[Finding, ...]:
        """Those that others follow from; all of them, where none does."""
        return tuple(found for found in self.findings if found.explains) or self.findings

    @property
    def by_nature(self) -> tuple[Finding, ...]:
        """Those that nothing can be behind that their resource needs."""
        return tuple(
            found
            for found in self.findings
            if found.bearing.shows is not None and found.bearing.shows <= NOT_OF_NEED
        )

    @property
    def is_cause_by_nature(self) -> bool:
        """Whether nothing can be behind any of it."""
        return len(self.by_nature) == len(self.findings)

    def ids(self, outcome: Outcome) -> tuple[str, ...]:
        """Those above that ended so, where something above can be behind it."""
        if self.is_cause_by_nature:
            return ()
        return self._named(outcome, but=frozenset())

    def harmless(self, outcome: Outcome) -> tuple[str, ...]:
        """Those above that ended so, and do not count as failing."""
        return self._named(outcome, but=self.failing)

    def _named(self, outcome: Outcome, but: frozenset[str]) -> tuple[str, ...]:
        ended = {each.id for each in self.above if each.outcome is outcome}
        return tuple(sorted(ended - but))


def worth_telling(cause: RootCause) -> str:
    """Why it was chosen, where that is more than that it is a fault by itself."""
    return "" if cause.why.lower() == BY_ITSELF else cause.why


def sentence(seen: Seen, probes: Mapping[str, ProbeResult]) -> str:
    """What it is behind, and why nothing is behind it; without a full stop."""
    follows = tuple(_follows(seen, probes))
    by_nature = seen.is_cause_by_nature and bool(follows)
    told = "; ".join([*follows, *(() if by_nature else _nothing_above(seen))])
    # Where it begins with the id of a probe or of a rule, that is spelled as it is.
    begins_with_id = not told.partition(" ")[0].isalpha()
    return told if begins_with_id else told[:1].upper() + told[1:]


def _follows(seen: Seen, probes: Mapping[str, ProbeResult]) -> Iterator[str]:
    """What it is taken to be behind, finding by finding where it has several."""
    led_to: defaultdict[str, set[str]] = defaultdict(set)
    for found in seen.findings:
        led_to[found.rule].update(found.explains)
    together: defaultdict[frozenset[str], list[str]] = defaultdict(list)
    for rule in sorted(led_to):
        together[frozenset(led_to[rule])].append(rule)
    for below, rules in together.items():
        if below:
            alone = len(rules) == len(led_to)
            who = "it" if alone else _named(rules)
            leads = "leads to" if alone or len(rules) == 1 else "lead to"
            for guessed, verb in ((False, leads), (True, "can be behind")):
                those = [
                    followers for each in below if (followers := _followers(probes[each], guessed))
                ]
                if those:
                    yield f"{who} {verb} what {_shown(those)}"
    if seen.partly:
        show = _verb(seen.partly, "shows", "show")
        yield f"some of what {_named(seen.partly)} {show} follows from it"


def _followers(probe: ProbeResult, guessed: bool) -> list[Finding]:
    """Its findings that follow from something, for sure or by a guess."""
    return [
        found
        for found in probe.findings
        if found.explained_by and found.explained_perhaps is guessed
    ]


def _shown(follow: Sequence[Sequence[Finding]]) -> str:
    """What is wrong with the probes that follow, by their findings, in a few words."""
    signs = _signs(found for each in follow for found in each)
    others = counted(len(follow), "other probe")
    if not signs:
        return f"is wrong with {others}"
    return f"{others} {'shows' if len(follow) == 1 else 'show'}: {_named(signs)}"


def shown(findings: Iterable[Finding]) -> frozenset[Sign]:
    """What findings show that what their resource needs can be behind."""
    signs = {sign for found in findings for sign in found.bearing.shows or ()}
    return frozenset(signs - NOT_OF_NEED)


def _signs(findings: Iterable[Finding]) -> list[str]:
    """What findings show, in words, sorted."""
    signs: set[Sign] = set()
    for found in findings:
        shows = found.bearing.shows or frozenset()
        # Nobody can tell the two by a 503, and to people they are one.
        signs |= shows - {Sign.UNWELL} if Sign.FAILING in shows else shows
    return sorted(map(str, signs))


def _nothing_above(seen: Seen) -> Iterator[str]:
    """Why nothing else is taken to be behind it."""
    if seen.is_cause_by_nature:
        yield BY_ITSELF
        return
    if seen.by_nature:
        rules = sorted({found.rule for found in seen.by_nature})
        yield f"{_named(rules)} {_verb(rules, 'is a fault by itself', 'are faults by themselves')}"
    parts = [*_bad_above(seen), *_other_above(seen)]
    yield from parts
    if not parts:
        yield _unopposed(seen)


def _unopposed(seen: Seen) -> str:
    """Why there is nothing to argue with."""
    if seen.is_first:
        return "it depends on nothing that is checked"
    if seen.is_alone:
        return "nothing that it depends on was looked at"
    return "nothing that it depends on is known to lead to this"


def _bad_above(seen: Seen) -> Iterator[str]:
    """What is above it and is not well, and why it is not taken to be behind it."""
    for ids, refs in _together(seen.elsewhere):
        yield f"{_named(ids)} {_verb(ids, 'fails', 'fail')} too, for {_named(refs)} alone"
    failing = sorted(seen.failing - seen.elsewhere.keys())
    if failing:
        shows = enumerated(_signs(seen.findings), last="or")
        leads = f"but not in a way that is known to lead to this{f' ({shows})' if shows else ''}"
        yield f"{_named(failing)} {_verb(failing, 'fails', 'fail')} too, {leads}"
    waived = seen.harmless(Outcome.FAIL)
    if waived:
        yield f"{_named(waived)} {_verb(waived, 'fails', 'fail')} too, and that is waived"
    warned = seen.harmless(Outcome.WARN)
    if warned:
        yield f"{_named(warned)} {_verb(warned, 'has', 'have')} warnings only"


def _together(
    elsewhere: Mapping[str, tuple[ResourceRef, ...]],
) -> Iterator[tuple[list[str], list[str]]]:
    """Probes that are about the same resources, and those."""
    about: defaultdict[tuple[ResourceRef, ...], list[str]] = defaultdict(list)
    for probe in sorted(elsewhere):
        about[elsewhere[probe]].append(probe)
    for refs, probes in about.items():
        yield probes, [str(ref) for ref in refs]


def _other_above(seen: Seen) -> Iterator[str]:
    well = seen.harmless(Outcome.PASS)
    if well:
        yield f"ruled out: {_named(well)}, which {_verb(well, 'is', 'are')} well"
    unknown = seen.harmless(Outcome.ERROR)
    if unknown:
        yield f"not ruled out: {_named(unknown)}, which could not be verified"
    if seen.left_out:
        yield f"not looked at on request: {_named(sorted(seen.left_out))}"


def _named(words: Sequence[str]) -> str:
    return some(words, _MOST_NAMED)


def _verb(ids: Sequence[str], one: str, many: str) -> str:
    return one if len(ids) == 1 else many
