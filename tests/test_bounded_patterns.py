"""Patterns of a configuration on texts that were made to take for ever."""

from __future__ import annotations

import threading

import pytest

from netra_validate.bounded_patterns import BoundedPattern, SlowPatternError
from netra_validate.clients.errors import ClientError

MADE_TO_LAST = "a" * 200_000 + "!"


def test_a_pattern_finds_what_it_finds():
    found = BoundedPattern(r'BUILD="([^"]*)"', "asset_build").search('x BUILD="1a"')
    assert found[1] == "1a"
    assert BoundedPattern("b", "asset_build").search("a") is None


def test_what_would_last_for_ever_is_given_up_and_the_option_named():
    pattern = BoundedPattern("(a+)+$", "asset_build", seconds=0.05)
    with pytest.raises(SlowPatternError, match="the pattern of asset_build took longer") as raised:
        pattern.search(MADE_TO_LAST)
    assert "repetitions" in raised.value.hint
    with pytest.raises(SlowPatternError):
        pattern.search("no second text is begun")


def test_other_threads_go_on_meanwhile():
    watchdog = threading.Timer(0.02, lambda: None)
    watchdog.start()
    with pytest.raises(SlowPatternError):
        BoundedPattern("(a+)+$", "asset_build", seconds=0.3).search(MADE_TO_LAST)
    assert watchdog.finished.is_set()


def test_a_pattern_that_the_engine_does_not_take_is_told():
    with pytest.raises(ClientError, match=r"signatures\.own cannot be used"):
        BoundedPattern("(", "signatures.own").search("")
