"""Reports whose every text was written by somebody who wishes us ill."""

from datetime import UTC
from math import inf, nan

from hypothesis import strategies as st

from netra_validate import (
    Command,
    Effect,
    Finding,
    Location,
    Outcome,
    Plane,
    Remediation,
    Severity,
)
from netra_validate.model import (
    Change,
    Comparison,
    DeclaredResource,
    Difference,
    Event,
    Fix,
    ProbeResult,
    Replacement,
    Report,
    ResourceRef,
    RootCause,
    RuleText,
    Status,
)

NASTY = (
    "[bold]", "[/etc/app]", "[red", "\x1b[31mred", "\x1b]0;title\x07", "\x00", "\r", "a\nb", "\t",
    "\x9b31m", "\u202edrow", "\u2028", "\udcff", "\ud800", "漢字" * 30, "👩‍👩‍👧", "é" * 40,
    "e\u0301", "x" * 3_000, "]]>", "${x}", "{0}", "%0A", "\u200b", " ", "", "'; rm #", "…",
)  # fmt: skip

TEXTS = st.one_of(
    st.sampled_from(NASTY),
    st.text(st.characters(), max_size=60),
    st.lists(st.sampled_from(NASTY), min_size=2, max_size=4).map("".join),
)

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.sampled_from([nan, inf, 10**400]),
        TEXTS,
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=6,
)

NAMES = st.sampled_from(["state", "latency_ms", "took_s", "disk_ratio", "size_bytes", "a_b_c"])

FACTS = st.dictionaries(st.one_of(NAMES, TEXTS), VALUES, max_size=5)

WORDS = st.lists(TEXTS, min_size=1, max_size=4).map(tuple)

COMMANDS = st.builds(
    Command,
    argv=WORDS,
    effect=st.sampled_from(Effect),
    undo=st.one_of(st.none(), WORDS),
    no_undo=st.one_of(st.none(), TEXTS),
    risk=st.one_of(st.none(), TEXTS),
    roles=st.lists(TEXTS, max_size=2).map(tuple),
)

REMEDIES = st.builds(
    Remediation,
    summary=TEXTS,
    commands=st.lists(COMMANDS, max_size=3).map(tuple),
    docs=st.one_of(st.none(), TEXTS),
)

LOCATIONS = st.builds(
    Location,
    path=TEXTS,
    line=st.one_of(st.none(), st.integers(1, 10_000)),
    column=st.one_of(st.none(), st.integers(1, 10_000)),
)

PLACES = st.integers(1, 10_000)

FIXES = st.builds(
    Fix,
    summary=TEXTS,
    replacements=st.lists(
        st.builds(
            Replacement,
            path=TEXTS,
            line=PLACES,
            column=PLACES,
            end_line=PLACES,
            end_column=PLACES,
            text=TEXTS,
        ),
        min_size=1,
        max_size=2,
    ).map(tuple),
)

RULES = st.sampled_from(["check.one", "check.two"]) | TEXTS.map(lambda name: f"check.{name}")

FINDINGS = st.builds(
    Finding,
    rule=RULES,
    severity=st.sampled_from(Severity),
    message=TEXTS,
    location=st.one_of(st.none(), LOCATIONS),
    evidence=FACTS,
    remediation=st.one_of(st.none(), REMEDIES),
    fingerprint=TEXTS,
    waived=st.one_of(st.none(), TEXTS),
    fix=st.one_of(st.none(), FIXES),
    explained_by=st.deferred(lambda: SOME_IDS),
)

IDS = [f"check/{number}" for number in range(5)]

SOME_IDS = st.lists(st.sampled_from([*IDS, "gone/gone"]), unique=True, max_size=3).map(tuple)


@st.composite
def probes(draw: st.DrawFn, probe_id: str) -> ProbeResult:
    return ProbeResult(
        id=probe_id if draw(st.booleans()) else f"{probe_id}{draw(TEXTS)}",
        check=f"check{draw(TEXTS)}",
        plane=draw(st.one_of(st.none(), st.sampled_from(Plane))),
        resource=ResourceRef(draw(TEXTS), draw(TEXTS)),
        outcome=draw(st.sampled_from(Outcome)),
        reason=draw(st.one_of(st.none(), TEXTS)),
        started_s=draw(st.floats(0, 1e6)),
        duration_s=draw(st.floats(0, 1e6)),
        waited_s=draw(st.floats(0, 1e6)),
        attempts=draw(st.integers(1, 9)),
        explained_by=draw(SOME_IDS),
        observations=draw(FACTS),
        findings=tuple(draw(st.lists(FINDINGS, max_size=4))),
        events=draw(st.deferred(lambda: EVENTS)),
        trace=draw(st.one_of(st.none(), TEXTS)),
        declared_at=draw(st.one_of(st.none(), LOCATIONS)),
    )


INSTANTS = st.datetimes(timezones=st.sampled_from([None, UTC]))

REFS = st.builds(ResourceRef, kind=TEXTS, name=TEXTS)

EVENTS = st.lists(st.builds(Event, at=INSTANTS, what=TEXTS, resource=REFS), max_size=2).map(tuple)

CAUSES = st.builds(
    RootCause,
    probe=st.sampled_from([*IDS, "gone/gone"]),
    explains=SOME_IDS,
    findings=st.lists(TEXTS, max_size=2).map(tuple),
    why=TEXTS,
    rests_on=st.dictionaries(st.sampled_from(IDS), FACTS, max_size=1),
    ruled_out=SOME_IDS,
    not_ruled_out=SOME_IDS,
    leaves_unverified=SOME_IDS,
    changed=EVENTS,
)

COMPARISONS = st.builds(
    Comparison,
    environment=st.one_of(st.none(), TEXTS),
    started_at=INSTANTS,
    differences=st.lists(
        st.builds(
            Difference,
            change=st.sampled_from(Change),
            probe=st.sampled_from(IDS) | TEXTS.map(lambda name: f"check/{name}"),
            message=TEXTS,
            rule=st.one_of(st.none(), RULES),
            severity=st.one_of(st.none(), st.sampled_from(Severity)),
            fingerprint=st.one_of(st.none(), TEXTS),
            location=st.one_of(st.none(), LOCATIONS),
        ),
        max_size=4,
    ).map(tuple),
)

RULE_TEXTS = st.builds(
    RuleText, id=RULES, severity=st.sampled_from(Severity), summary=TEXTS, help=TEXTS
)

RESOURCES = st.builds(
    DeclaredResource, ref=REFS, needs=st.lists(REFS, max_size=3, unique=True).map(tuple)
)


@st.composite
def reports(draw: st.DrawFn) -> Report:
    return Report(
        environment=draw(st.one_of(st.none(), TEXTS)),
        started_at=draw(INSTANTS),
        duration_s=draw(st.floats(0, 1e6)),
        status=draw(st.sampled_from(Status)),
        exit_code=draw(st.sampled_from([0, 1, 3, 130])),
        root_causes=tuple(draw(st.lists(CAUSES, max_size=2, unique_by=lambda cause: cause.probe))),
        probes=tuple(draw(probes(probe_id)) for probe_id in IDS[: draw(st.integers(0, 5))]),
        notes=tuple(draw(st.lists(TEXTS, max_size=2))),
        project=draw(st.one_of(st.none(), TEXTS)),
        region=draw(st.one_of(st.none(), TEXTS)),
        version=draw(TEXTS),
        fail_on=draw(st.sampled_from(Severity)),
        rounds=draw(st.integers(1, 99)),
        comparison=draw(st.one_of(st.none(), COMPARISONS)),
        rules=tuple(draw(st.lists(RULE_TEXTS, max_size=3))),
        resources=tuple(draw(st.lists(RESOURCES, max_size=4))),
    )
