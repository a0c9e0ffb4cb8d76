"""A real report with one value replaced by any other: it is shown, or refused with its place."""

import copy
import json
import re

import pytest
from hostile_reports import VALUES
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from report_samples import compared

from netra_validate import Check, Plane, Repository, comparison, comparisons, recorded
from netra_validate.explanation import choosing, finding
from netra_validate.registry import Registry
from netra_validate.reports import FORMATS
from netra_validate.terminal import Display


class Nothing(Check[Repository]):
    """Has no rule."""

    id = "nothing"
    plane = Plane.SOURCE

    async def run(self, resource, ctx):
        yield


REGISTRY = Registry({"nothing": Nothing}, ())
NARROW = Display(width=40, unicode=False, color=True)


def real():
    """A report that has every part: causes, dates, a comparison, remedies."""
    return json.loads(FORMATS["json"].render(compared()))


REAL = real()


def places(value, before=()):
    """Every place of a document."""
    yield before
    if isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in pairs:
            yield from places(inner, (*before, key))


PLACES = list(places(REAL))
SHARP = st.sampled_from(
    [
        None, True, 0, -1, 10**18, 1e308, -1e-320, "", "/", "a/b", "a.b", "x" * 100_000,
        "\x00\x1b[31m\u202e\u200b\n", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
        [], [[[[]]]], {}, {"": ""}, ["a/b"], [{}], [None], {"a/b": None}, {"a/b": {"c": None}},
    ]
)  # fmt: skip


def with_(place, value):
    """The report with another value there."""
    document = copy.deepcopy(REAL)
    if not place:
        return value
    table = document
    for key in place[:-1]:
        table = table[key]
    table[place[-1]] = value
    return document


def refused(document):
    """Problems, or none where it is read and shown in each way that there is."""
    try:
        read = recorded.parse(json.dumps(document).encode(), "theirs.json")
    except recorded.UnreadableReport as error:
        return error.problems
    finding.listing(read, NARROW)
    for probe in read.probes:
        finding.explain(REGISTRY, read, choosing.choose(read, probe.id), None, NARROW)
    ours = recorded.parse(json.dumps(REAL).encode(), "ours.json")
    for old, new in ((ours, read), (read, ours)):
        made = comparison.diff(old, new, new.fail_on)
        for each in comparisons.FORMATS.values():
            each.render(made, NARROW).encode()
    return ()


def test_it_has_every_key_that_a_report_may_have():
    keys = {key for place in PLACES for key in place}
    assert keys >= {"changed", "at", "rests_on", "comparison", "baseline", "undo", "ruled_out"}


# A whole number may have more digits than Python puts into text, and JSON has no such bound.
@settings(deadline=None, max_examples=250, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(PLACES), SHARP | VALUES)
@example(("root_causes", 0, "changed", 0, "at"), "0001-01-01T00:00:00+14:00")
@example(("root_causes", 0, "changed", 0, "at"), "9999-12-31T23:59:59-14:00")
@example(("started_at",), "9999-12-31T23:59:59-14:00")
@example(("probes", 0, "started_s"), 1e308)
@example(("probes", 0, "explained_by"), [REAL["probes"][0]["id"], "gone/gone"])
@example(("probes", 1), REAL["probes"][0])
@example(("root_causes", 0, "rests_on"), {"\x1b[31mred": None})
@example(("probes", 1, "findings"), [None, {}, {}, {}, {}])
def test_it_is_shown_or_refused_with_its_place(place, value):
    for problem in refused(with_(place, value)):
        text = str(problem)
        assert text.isprintable()
        assert text.startswith("theirs.json: ")
        if re.search(r": and \d+ more problems?$", text):
            continue
        assert ", expected " in text
        if "is not JSON" in text:  # half a surrogate, or NaN: it cannot be walked
            continue
        assert "found " in text or "is missing" in text
        shared = min(len(place), len(problem.keys))
        assert problem.keys[:shared] == tuple(map(str, place[:shared]))


@pytest.mark.parametrize(("depth", "is_read"), [(50, True), (100_000, False)])
def test_tables_within_tables_are_shown_or_refused(depth, is_read):
    written = json.dumps(with_(("probes", 0, "observations"), {"deep": "DEEP"})).encode()
    content = written.replace(b'"DEEP"', b"[" * depth + b"]" * depth)
    if not is_read:
        with pytest.raises(recorded.UnreadableReport, match="tables within tables"):
            recorded.parse(content, "theirs.json")
        return
    read = recorded.parse(content, "theirs.json")
    for probe in read.probes:
        finding.explain(REGISTRY, read, choosing.choose(read, probe.id), None, NARROW)
