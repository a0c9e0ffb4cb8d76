import io
import os
import struct

import pytest

from netra_validate.terminal import (
    NARROWEST,
    UNSEEN_WIDTH,
    Display,
    is_terminal,
    printable,
    writes_unicode,
)

pty = pytest.importorskip("pty", reason="Windows has no pseudo-terminals like these")


@pytest.fixture
def terminal():
    """A real terminal, in UTF-8, 66 columns wide."""
    master, slave = pty.openpty()
    os.set_inheritable(slave, False)  # noqa: FBT003 - positional only
    with os.fdopen(slave, "w", encoding="utf-8") as stream:
        _resize(slave, 66)
        yield stream
    os.close(master)


def _resize(descriptor, columns):
    import fcntl  # noqa: PLC0415 - not on Windows
    import termios  # noqa: PLC0415 - likewise

    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 20, columns, 0, 0))


def test_a_terminal_has_its_width_and_colours(terminal):
    assert Display.for_stream(terminal, environ={"TERM": "xterm"}) == Display(66, color=True)


def test_a_terminal_that_does_not_know_its_size_has_the_usual_one(terminal):
    _resize(terminal.fileno(), 0)
    assert Display.for_stream(terminal, environ={}).width == UNSEEN_WIDTH


@pytest.mark.parametrize(
    ("columns", "width"),
    [("40", 40), ("3", NARROWEST), ("0", 66), ("wide", 66), ("", 66), ("-5", 66), ("²", 66)],
)
def test_columns_overrides_the_width_where_it_is_a_number(terminal, columns, width):
    assert Display.for_stream(terminal, environ={"COLUMNS": columns}).width == width


@pytest.mark.parametrize(
    ("environ", "color"),
    [
        ({}, True),
        ({"TERM": "dumb"}, False),
        ({"NO_COLOR": "1"}, False),
        ({"NO_COLOR": ""}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"TERM": "dumb", "FORCE_COLOR": "1"}, True),
    ],
)
def test_colour_on_a_terminal_obeys_the_environment(terminal, environ, color):
    assert Display.for_stream(terminal, environ=environ).color is color
    assert Display.for_stream(terminal, environ=environ, color="always").color
    assert not Display.for_stream(terminal, environ=environ, color="never").color


def test_what_is_no_terminal_has_no_colour_unless_asked(tmp_path):
    with (tmp_path / "report.txt").open("w", encoding="utf-8") as file:
        assert Display.for_stream(file, environ={}) == Display(UNSEEN_WIDTH)
        assert Display.for_stream(file, environ={"FORCE_COLOR": "1"}).color
        assert Display.for_stream(file, environ={}, color="always").color
    assert not is_terminal(file)
    assert Display.for_stream(file, environ={}) == Display(UNSEEN_WIDTH)


def test_wishes_are_passed_on():
    shown = Display.for_stream(io.StringIO(), environ={}, quiet=True, debug=True)
    assert shown == Display(quiet=True, debug=True)


@pytest.mark.parametrize(
    ("encoding", "unicode"),
    [("utf-8", True), ("utf-16", True), ("ascii", False), ("cp1252", False), ("latin-1", False)],
)
def test_an_encoding_without_our_marks_gets_ascii(encoding, unicode):
    assert writes_unicode(io.TextIOWrapper(io.BytesIO(), encoding=encoding)) is unicode


def test_a_stream_without_encoding_takes_anything_and_an_unknown_one_takes_ascii():
    class Odd(io.StringIO):
        encoding = "no-such-encoding"

    assert writes_unicode(io.StringIO())
    assert not writes_unicode(Odd())


@pytest.mark.parametrize(
    ("text", "shown", "spelled"),
    [
        ("plain", "plain", "plain"),
        ("a\nb\tc\x1b[31m\x00", "a b c [31m ", "a b c [31m "),
        ("café", "café", r"caf\xe9"),
        ("漢", "漢", r"\u6f22"),
        ("caf\udce9.py", "caf\ufffd.py", "caf?.py"),
        ("a\u202eb\u2028c", "a b c", "a b c"),
        ("✓ a · b…", "✓ a · b…", "+ a | b..."),
    ],
)
def test_text_is_made_printable(text, shown, spelled):
    assert printable(text, unicode=True) == shown
    assert printable(text, unicode=False) == spelled
    assert Display(unicode=False).printable(text) == spelled
