"""Where lines of the text report end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from netra_validate.reports.text.wrapping import breaks


def lines(text, room):
    ends = [*breaks(text, room), len(text)]
    return [text[start:end].rstrip() for start, end in zip([0, *ends], ends, strict=False)]


@pytest.mark.parametrize(
    ("text", "wrapped"),
    [
        ("one two three four", ["one two three", "four"]),
        ("in netra-sandbox/us-central1 now", ["in", "netra-sandbox/", "us-central1", "now"]),
        ("/health/database/of", ["/health/", "database/of"]),
        ("vpc-connector.not-ready", ["vpc-connector.", "not-ready"]),
        ("see https://staging.example/a", ["see https://", "staging.", "example/a"]),
        ("HEALTH_CHECK_CONTAINER", ["HEALTH_CHECK_", "CONTAINER"]),
        ("well-known names", ["well-known", "names"]),
        ("x" * 20, ["x" * 14, "x" * 6]),
        ("漢字" * 6, ["漢字" * 3 + "漢", "字" + "漢字" * 2]),
        ("  indented text", ["  indented", "text"]),
    ],
)
def test_a_long_word_is_broken_where_an_eye_takes_it_apart(text, wrapped):
    assert lines(text, 14) == wrapped


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]) | st.just(" ")))
def test_nothing_is_lost_and_nothing_is_too_long(text):
    ends = list(breaks(text, 12))
    assert ends == sorted(set(ends))
    assert all(0 < end < len(text) for end in ends)
    assert all(cell_len(line) <= 12 for line in lines(text, 12) if line.strip())
