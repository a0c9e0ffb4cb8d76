"""What ran when, in percent of the time it took."""

from dataclasses import replace
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st
from report_samples import incident, probe

from netra_validate.model import Outcome, Plane
from netra_validate.reports.html import texts
from netra_validate.reports.html.timeline import timeline


def ran(name, plane=Plane.DATA, *, started=0.0, took=1.0, waited=0.0, outcome=Outcome.PASS):
    result = probe(f"c/{name}", plane, "service", outcome=outcome)
    return replace(result, started_s=started, duration_s=took, waited_s=waited)


def drawn(*results):
    return timeline(results, texts.anchors("probe", [result.id for result in results]))


def percent(text):
    return float(text.removesuffix("%"))


def test_bars_are_grouped_by_plane_and_sorted_by_start():
    picture = drawn(
        ran("late", started=2),
        ran("early", started=1),
        ran("file", Plane.SOURCE),
        replace(ran("broken"), plane=None),
    )
    assert [(lane.title, [bar.id for bar in lane.bars]) for lane in picture.lanes] == [
        ("source plane", ["c/file"]),
        ("data plane", ["c/early", "c/late"]),
        ("could not be loaded", ["c/broken"]),
    ]


def test_a_bar_says_when_how_long_and_how_much_it_waited():
    picture = drawn(ran("a", started=1, took=3, waited=1.5, outcome=Outcome.FAIL), ran("b"))
    bar = picture.lanes[0].bars[1]
    assert (bar.x, bar.width, bar.waited) == ("25.00%", "75.00%", "37.50%")
    assert bar.title == "c/a: failed, started after 1 s, took 3 s, 1.5 s of that waiting"
    assert picture.waited
    assert not drawn(ran("b")).waited


def test_what_was_skipped_did_not_run():
    assert timeline((), {}) is None
    assert drawn(ran("a", outcome=Outcome.SKIP)) is None
    assert all(
        bar.id != "websocket/frontend"
        for lane in drawn(*incident().probes).lanes
        for bar in lane.bars
    )


@pytest.mark.parametrize(
    ("took", "labels"),
    [
        (1.0, ["0", "200 ms", "400 ms", "600 ms", "800 ms", "1 s"]),
        (0.21, ["0", "50 ms", "100 ms", "150 ms", "200 ms"]),
        (30, ["0", "10 s", "20 s", "30 s"]),
        (200, ["0", "50 s", "1 min 40 s", "2 min 30 s", "3 min 20 s"]),
    ],
)
def test_ticks_are_round(took, labels):
    assert [tick.label for tick in drawn(ran("a", took=took)).ticks] == labels


NUMBERS = st.one_of(st.floats(0, 1e6), st.sampled_from([0.0, -1.0, inf, nan, 1e-9]))


@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=1, max_size=8))
def test_every_bar_stays_on_the_axis(times):
    results = [
        ran(f"x{at}", started=started, took=took, waited=waited)
        for at, (started, took, waited) in enumerate(times)
    ]
    picture = drawn(*results)
    for lane in picture.lanes:
        for bar in lane.bars:
            assert percent(bar.x) >= 0
            assert percent(bar.width) > 0
            assert percent(bar.x) + percent(bar.width) <= 100.02
            assert bar.waited is None or percent(bar.waited) <= percent(bar.width) + 0.01
    assert 1 <= len(picture.ticks) <= 6
    assert all(0 <= percent(tick.at) <= 100.01 for tick in picture.ticks)


def test_a_thousand_bars_are_not_drawn():
    picture = drawn(*(ran(f"x{number}", took=number + 1) for number in range(1_000)))
    assert sum(len(lane.bars) for lane in picture.lanes) == 250
    assert picture.left_out == "750 shorter probes not shown"
    assert picture.lanes[0].bars[0].id == "c/x750"
