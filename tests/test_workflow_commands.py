import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from reports.hostile_reports import TEXTS
from workflow_runner import commands

from netra_validate.workflow_commands import command, disarmed, enclosed, is_read

FORGED = [
    "::error::forged",
    "  ::set-output name=ready::true",
    "\u2003::warning::wide space",
    "text ##[error]forged",
    "##[set-output name=ready]true",
    "###[add-mask]a",
    "a\n::error::b",
    "a\r::error::b",
    "a\r\n \t::stop-commands::x",
    "x%0A::error::y",
    "::x::\n::error::y",
]
ANY = st.sampled_from(FORGED) | TEXTS | st.text(":#[] %,;=\r\nerror0AD\x85", max_size=30)


@given(ANY, ANY)
@example("##[##[error]x", "a=b")
def test_a_command_is_one_command_whatever_it_says(message, title):
    line = command("error", message, file=title, title=title, col=None, line=3)
    assert "\n" not in line
    assert "\r" not in line
    (given,) = commands(line)
    assert given.name == "error"
    assert given.data == message.replace("##[", "## [")
    told = title.replace("##[", "## [")
    expected = {"title": told} if title else {"line": "3"}
    if title == told and title:
        expected |= {"file": told, "line": "3"}
    assert given.properties == expected
    assert "##[" not in line


@given(ANY)
def test_nothing_is_a_command_once_it_is_disarmed(text):
    assert commands(disarmed(text)) == []
    if "##[" not in text and "::" not in text:
        assert disarmed(text) == text


@pytest.mark.parametrize("text", FORGED)
def test_the_forged_ones_are_real(text):
    if "%0A" in text:
        assert commands(text) == []
    elif "stop-commands" in text:
        with pytest.raises(AssertionError, match="still stopped"):
            commands(text)
    else:
        assert commands(text)


@given(ANY)
def test_between_the_tokens_nothing_is_a_command(text):
    log = enclosed(f"{text}\n", "f00d") + "::error::ours\n"
    assert [given.data for given in commands(log)] == ["ours"]
    assert log.split("\n", 1)[1].startswith(text)


def test_only_a_runner_reads():
    assert is_read({"GITHUB_ACTIONS": "true"})
    assert not is_read({"GITHUB_ACTIONS": "false"})
    assert not is_read({})
