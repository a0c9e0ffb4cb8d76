import pytest

from netra_validate.durations import seconds


@pytest.mark.parametrize(
    ("text", "expected"), [("500ms", 0.5), ("10s", 10), ("5m", 300), ("1.5s", 1.5), (" 1h ", 3600)]
)
def test_durations_are_read(text, expected):
    assert seconds(text) == expected


@pytest.mark.parametrize("text", ["", "10", "s", "-1s", "0s", "1 s", "1d", "inf", "25h", "1e3s"])
def test_anything_else_is_refused_with_what_was_found(text):
    with pytest.raises(ValueError, match="found") as caught:
        seconds(text)
    assert repr(text) in str(caught.value)
