"""From what the logs of one revision tell to findings. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from checks.startup_logs import remedies, white_space
from checks.startup_logs.course import Cause, Course, Standing, as_over
from checks.startup_logs.reading import Told
from checks.startup_logs.starts import Hit
from netra_validate import Finding, Severity, scrub
from netra_validate.model import Remediation
from netra_validate.wording import minute

if TYPE_CHECKING:
    from checks.startup_logs import StartupLogs
    from checks.startup_logs.options import Signature
    from checks.startup_logs.remedies import Place

_SHOWN: Final = 160
"""Characters of a line that a finding shows; the rest is for whoever reads the log itself."""

_START_UP_FAILED: Final = "exit(3)"
"""What uvicorn ends with where the program's own start-up fails
(https://github.com/Kludex/uvicorn/blob/master/uvicorn/main.py, ``STARTUP_FAILURE``): something that
it waits for at its start may be behind it. Other codes are the program's own."""

_WORDS: Final = {
    "missing-module": "does not find the module {what}",
    "memory-limit": "goes over its memory limit{of}",
    "secret-whitespace": "finds white space in {where}",
    "validation-timeout": "gives up on validating its database connection",
    "database-timeout": "gives up waiting for its database",
    "exited": "ends with {what}",
    "port-not-listened": "does not listen on the port{of} that is probed",
}


def judge(
    check: StartupLogs,
    place: Place,
    told: Told,
    severity: Severity | None,
    identity: str,
    now: datetime,
) -> Iterator[Finding]:
    """Everything that one revision's logs say is wrong.

    Args:
        check: whose rules and options count.
        place: the revision.
        told: what its logs tell.
        severity: of what concerns the start; None for the rules' own.
        identity: tells the revision from others, from deploy to deploy.
        now: when they were read.
    """
    course = Course.of(told.starts, now)
    causes = [each for each in course.causes if each.standing is not Standing.FORGOTTEN]
    for cause in causes:
        yield _of_starts(check, place, told, cause, severity, identity, course)
    known = {each.what for each in causes if each.kind == "missing-module"}
    yield from _judge_missing_later(check, place, told, known, identity)
    if told.redirects:
        yield _of_redirects(check, place, told.redirects, severity, identity, course)
    yield from _judge_signatures(check, place, told.own, severity, identity, course)
    if told.silent:
        count = len(told.silent)
        yield check.silent_errors.finding(
            f"{place.revision} logged {count} {'entry' if count == 1 else 'entries'} of WARNING or"
            " higher without a word",
            evidence={
                "count": count,
                "first": told.silent[0].isoformat(),
                "latest": told.silent[-1].isoformat(),
            },
            remedy=remedies.mend(place, "silent-errors"),
            identity=identity,
            since=told.silent[0],
        )


def _of_starts(
    check: StartupLogs,
    place: Place,
    told: Told,
    cause: Cause,
    severity: Severity | None,
    identity: str,
    course: Course,
) -> Finding:
    """What one cause did to the starts of a revision."""
    kind, what = cause.kind, cause.what
    is_over = cause.standing is Standing.OVER
    ends = Counter(end for start, _ in cause.failed for end in start.ended)
    evidence = _evidence(cause.hits) | {"instances": len(cause.failed)}
    if ends:
        evidence["ended"] = dict(ends)
    if kind in {"exited", "port-not-listened"}:
        evidence["said_last"] = [_shown(line) for line in cause.failed[-1][0].said_last]
    if kind == "port-not-listened" and told.listens_on:
        evidence["says_it_listens_on"] = told.listens_on
    own = kind == "exited" and _START_UP_FAILED not in ends
    to_mend = place.only_looked_at if is_over else place
    about, after, remedy = _about(to_mend, kind, what, cause.hits, evidence)
    found = check.rules[kind].finding(
        f"{place.service} ({place.revision}) {about}{_and_ends(kind, ends)}"
        f"{_listening(kind, told)}{after}",
        evidence=evidence,
        remedy=remedy,
        severity=severity,
        identity=f"{identity}/{what}" if kind == "missing-module" else identity,
        shows=() if own else None,
        since=cause.since,
        condemns=(place.ref,),
    )
    return as_over(found, cause.how_it_went_on(len(course.starts))) if is_over else found


def _judge_missing_later(
    check: StartupLogs, place: Place, told: Told, known: set[str], identity: str
) -> Iterator[Finding]:
    """A module that only some requests need: its revision starts, and no other need be better.

    However long ago it was: what is not in an image is not in it today.
    """
    by_module: defaultdict[str, list[Hit]] = defaultdict(list)
    for start in told.starts:
        for hit in start.survived:
            by_module[hit.what].append(hit)
    for what in sorted(by_module.keys() - known):
        hits = sorted(by_module[what], key=lambda each: each.at)
        yield check.missing_module.finding(
            f"{place.service} ({place.revision}) does not find the module {what} after a good"
            " start",
            evidence=_evidence(hits),
            remedy=remedies.mend(
                place.only_looked_at,
                "missing-module",
                scrub.text(what, limit=80),
            ),
            severity=Severity.WARNING,
            identity=f"{identity}/{what}",
            explains=(),
            since=hits[0].at,
        )


def _about(
    place: Place, kind: str, what: str, hits: list[Hit], evidence: dict[str, object]
) -> tuple[str, str, Remediation]:
    """What it does, what else the sentence says in the end, and what to do; adds to the facts."""
    if kind != "secret-whitespace":
        return _words(kind, what), "", remedies.mend(place, kind, scrub.text(what, limit=80))
    held = white_space.suspects((hit.line for hit in hits), place.secrets, place.variables)
    evidence |= held.evidence
    remedy = remedies.mend(place, kind, held.todo, held.secrets)
    return _WORDS[kind].format(where=held.where), held.candidates, remedy


def _words(kind: str, what: str) -> str:
    return _WORDS[kind].format(what=what or "it imports", of=f" {what}" if what else "")


def _and_ends(kind: str, ends: Counter[str]) -> str:
    if kind == "exited" or not ends:
        return ""
    return f" and ends with {', '.join(sorted(ends))}"


def _listening(kind: str, told: Told) -> str:
    if kind != "port-not-listened" or told.listens_on is None:
        return ""
    return f": it says that it listens on {told.listens_on}"


def _judge_signatures(
    check: StartupLogs,
    place: Place,
    found: Mapping[str, tuple[Hit, ...]],
    severity: Severity | None,
    identity: str,
    course: Course,
) -> Iterator[Finding]:
    signatures: Mapping[str, Signature] = check.options.signatures
    for name, hits in found.items():
        if not hits:
            continue
        own = Severity(signatures[name].severity)
        lower = severity is not None and severity.rank < own.rank
        yield _of_lines(
            check.signature.finding(
                f"{place.service} ({place.revision}) logs what {name} looks for:"
                f" {_shown(hits[-1].line)}",
                evidence=_evidence(hits),
                remedy=remedies.follow(place, signatures[name].remedy),
                severity=severity if lower else own,
                identity=f"{identity}/{name}",
                condemns=(place.ref,) if own is Severity.ERROR else (),
            ),
            hits,
            course,
        )


def _of_redirects(
    check: StartupLogs,
    place: Place,
    hits: tuple[Hit, ...],
    severity: Severity | None,
    identity: str,
    course: Course,
) -> Finding:
    kind = "redirect-mismatch"
    found = check.rules[kind].finding(
        f"{place.service} ({place.revision}) logs a redirect mismatch: {_shown(hits[-1].line)}",
        evidence=_evidence(hits),
        remedy=remedies.mend(place, kind),
        severity=severity,
        identity=identity,
    )
    return _of_lines(found, hits, course)


def _of_lines(found: Finding, hits: tuple[Hit, ...], course: Course) -> Finding:
    """A finding about lines that requests bring, as far as they are not over."""
    standings = [course.of_request(hit.at) for hit in hits]
    at = hits[standings.index(max(standings))].at
    dated = replace(found, bearing=replace(found.bearing, since=at))
    if max(standings) is Standing.PRESENT:
        return dated
    return as_over(dated, f"; the latest at {minute(hits[-1].at)}, and later starts were good")


def _evidence(hits: tuple[Hit, ...] | list[Hit]) -> dict[str, object]:
    return {
        "count": len(hits),
        "first": hits[0].at.isoformat(),
        "latest": hits[-1].at.isoformat(),
        "line": _shown(hits[-1].line),
    }


def _shown(line: str) -> str:
    return scrub.text(line, limit=_SHOWN)
