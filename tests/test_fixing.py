"""Fixes: the bytes that are edited, the diff that git applies, and files that are old or new."""

import io
import os
import stat
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netra_validate import Check, Environment, Plane, Repository, Rule, Severity, Topology
from netra_validate.fixing import diffing, reaching, telling, uncommitted
from netra_validate.fixing.diffing import diff
from netra_validate.fixing.editing import UneditableError, applied, compatible, edits
from netra_validate.fixing.masking import key_lines, masked, value_lines
from netra_validate.fixing.proposing import fixable, gather, propose
from netra_validate.fixing.reaching import TEMPORARY, UnreachableError, opened
from netra_validate.fixing.showing import drawn, show
from netra_validate.fixing.writing import clear, write, write_all
from netra_validate.model import Fix, Replacement
from netra_validate.plan import Limits, Plan, Probe
from netra_validate.terminal import Display
from netra_validate.threads import run_to_end
from netra_validate.validation import validate
from netra_validate.waivers import Waiver

AFTERWARDS = 2**63


def at(line, column, end_line, end_column, text, path="a.txt"):
    return Replacement(path, line, column, end_line, end_column, text)


def edited(data, *replacements, path="a.txt"):
    return applied(data, edits(path, data, replacements))


def proposal(root, *replacements, since_ns=AFTERWARDS):
    return propose(str(root), [Fix("Edit", (each,)) for each in replacements], since_ns=since_ns)


# Bytes

CODECS = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32": "utf-32-le",
    "latin-1": "latin-1",
}
ENDS = st.sampled_from(["\n", "\r\n", "\r"])
CHARACTERS = st.characters(codec="latin-1", exclude_characters="\0\r\n")
ANY = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff")


@st.composite
def texts(draw, characters=ANY):
    """Lines, each with an end of its own, the last one perhaps without."""
    lines = draw(st.lists(st.tuples(st.text(characters, max_size=9), ENDS), max_size=7))
    return "".join(line + end for line, end in lines) + draw(st.text(characters, max_size=9))


def offsets(text, start):
    """Line and column of a character, told in another way than the engine does."""
    before = text[:start].replace("\r\n", "\n").replace("\r", "\n")
    if text[:start].endswith("\r") and text[start:].startswith("\n"):
        return None  # both are one line end, and no column lies between them
    return before.count("\n") + 1, len(before) - before.rfind("\n")


@given(st.data(), st.sampled_from(sorted(CODECS)))
def test_bytes_outside_of_the_stretch_stay(data, encoding):
    text = data.draw(texts(CHARACTERS if encoding == "latin-1" else ANY))
    if encoding == "latin-1":
        text = f"\xe9\n{text}"
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, min(len(text), start + 5)))
    new = data.draw(st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=5))
    places = offsets(text, start), offsets(text, end)
    if None in places:
        return
    mark = {"utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    raw = mark + text.encode(encoding)
    codec = CODECS[encoding]
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        if encoding == "latin-1":
            return
    head = len(raw) - len(text[start:].encode(codec))
    tail = len(text[end:].encode(codec))
    expected = raw[:head] + new.encode(codec) + raw[len(raw) - tail :]
    assert edited(raw, at(*places[0], *places[1], new)) == expected


@given(texts(), st.data())
def test_the_diff_of_any_edits_is_what_git_applies(tmp_path_factory, text, data):
    root = tmp_path_factory.mktemp("tree")
    (root / "a.txt").write_bytes(text.encode())
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    replacements = []
    for number in data.draw(st.lists(st.integers(1, len(lines)), max_size=4)):
        behind = data.draw(st.integers(number, min(number + 2, len(lines))))
        column = data.draw(st.integers(1, len(lines[number - 1]) + 1))
        first = column if behind == number else 1
        end = data.draw(st.integers(first, len(lines[behind - 1]) + 1))
        new = data.draw(st.sampled_from(["", "new", "two\nlines", "ends\n"]))
        replacements.append(at(number, column, behind, end, new))
    result = proposal(root, *replacements)
    for change in result.changes:
        shown = diff(change)
        assert shown.masked == 0
        patch = b"".join(shown.lines)
        done = subprocess.run(
            ["git", "apply", "-"], input=patch, cwd=root, capture_output=True, check=False
        )
        assert done.returncode == 0, (patch, done.stderr)
        assert (root / "a.txt").read_bytes() == change.after


def test_stretches_may_go_over_lines_and_touch_each_other():
    data = b"one\r\ntwo\rthree\nfour"
    made = [at(1, 4, 2, 1, "-"), at(2, 1, 2, 4, "2"), at(3, 6, 4, 1, ""), at(4, 5, 4, 5, "!")]
    assert edited(data, *made) == b"one-2\rthreefour!"
    assert edited(data, *reversed(made)) == b"one-2\rthreefour!"


@pytest.mark.parametrize(
    ("data", "path", "reason"),
    [
        (b"\xff\xfea\x00b", "a.txt", "bytes that its encoding does not know"),
        (b"\xef\xbb\xbfa\xff", "a.txt", "bytes that its encoding does not know"),
        (b"# coding: ascii\n\xe9", "a.py", "bytes that its encoding does not know"),
    ],
)
def test_a_file_that_does_not_survive_decoding_is_left_alone(data, path, reason):
    with pytest.raises(UneditableError):
        edited(data, at(1, 1, 1, 1, "x"), path=path)
    assert reason


def test_a_declared_encoding_is_used_and_has_to_know_the_new_text():
    data = "# coding: cp1252\n'\u20ac'".encode("cp1252")
    assert edited(data, at(2, 2, 2, 3, "\u0153"), path="a.py").endswith(b"'\x9c'")
    with pytest.raises(UneditableError, match="cp1252"):
        edited(data, at(2, 2, 2, 3, "\u4e2d"), path="a.py")
    with pytest.raises(UneditableError, match="latin-1"):
        edited(b"\xe9", at(1, 1, 1, 1, "\u4e2d"))


def test_an_encoding_of_seven_bits_is_edited_in_the_characters_that_checks_see():
    data = "# coding: iso2022_jp\n# \u4e2d\n".encode("iso2022_jp")
    assert edited(data, at(2, 1, 2, 2, "##"), path="a.py") == data.replace(b"\n# ", b"\n## ")


@pytest.mark.parametrize("place", [(3, 1), (1, 6), (0, 1), (1, 0)])
def test_a_place_that_is_not_there_is_no_place(place):
    with pytest.raises(UneditableError, match="has no line"):
        edited(b"abc\nd", at(*place, *place, "x"))
    with pytest.raises(UneditableError, match="backwards"):
        edited(b"abc\nd", at(1, 3, 1, 1, "x"))


# Several fixes


def test_fixes_that_exclude_each_other_come_one_at_a_time():
    fixes = [
        Fix("1", (at(1, 1, 1, 4, "a"),)),
        Fix("same", (at(1, 1, 1, 4, "a"),)),
        Fix("inside", (at(1, 2, 1, 3, "b"),)),
        Fix("behind", (at(1, 4, 1, 6, "c"),)),
        Fix("before", (at(1, 1, 1, 1, "d"),)),
        Fix("before too", (at(1, 1, 1, 1, "e"),)),
        Fix("over", (at(1, 5, 2, 1, "f"),)),
        Fix("elsewhere and inside", (at(1, 1, 1, 2, "g", "b.txt"), at(1, 2, 1, 2, "h"))),
        Fix("elsewhere", (at(1, 1, 1, 2, "i", "b.txt"),)),
    ]
    kept, clashing = compatible(fixes)
    assert [fix.summary for fix in kept] == ["1", "same", "behind", "before", "elsewhere"]
    assert [fix.summary for fix in clashing] == [
        "inside", "before too", "over", "elsewhere and inside",
    ]  # fmt: skip
    mine = [each for fix in kept for each in fix.replacements if each.path == "a.txt"]
    assert edited(b"123456", *mine) == b"dac6"


def test_a_fix_of_several_files_is_made_as_a_whole_or_not_at_all(tmp_path):
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("abc")
    (tmp_path / "b.txt").chmod(0o444)
    both = Fix("both", (at(1, 1, 1, 2, "x"), at(1, 1, 1, 2, "x", "b.txt")))
    other = Fix("other", (at(1, 3, 1, 4, "y"), at(1, 1, 1, 1, "z", "c.txt")))
    made = propose(str(tmp_path), [both, other], since_ns=AFTERWARDS)
    assert {change.path: change.after for change in made.changes} == {
        "a.txt": b"aby", "c.txt": b"zabc",
    }  # fmt: skip
    assert made.refused == {"b.txt": "is read-only"}


# What checks say


class Fixing(Check[Repository]):
    """Words are mended."""

    id = "fixing"
    plane = Plane.SOURCE
    word = Rule(Severity.ERROR, "A word is wrong", help="Mend it.", fixable=True)

    async def run(self, resource, ctx):
        del resource, ctx
        for column in (1, 3):
            edit = at(1, column, 1, column + 1, "x")
            yield self.word.finding(str(column), fix=Fix(f"Mend {column}", (edit,)))
        yield self.word.finding("and this by hand")


class Raising(Fixing):
    """Words are mended, not."""

    id = "raising"

    async def fixes(self, resource, findings, ctx):
        del resource, ctx
        yield findings[0].fix
        raise ValueError("no way")


class Idle(Check[Repository]):
    """Nothing is mended."""

    id = "idle"
    plane = Plane.SOURCE
    word = Rule(Severity.ERROR, "A word is wrong", help="Mend it.")

    async def run(self, resource, ctx):
        del resource
        ctx.observe(seen=1)
        for found in ():
            yield found


def gathered(root, *checks, waivers=()):
    repository = Repository(root=root)
    probes = tuple(Probe(check(), repository) for check in checks)
    plan = Plan(Environment(), Topology((repository,)), root, probes, {}, waivers=waivers)
    report = run_to_end(validate(plan, Limits()))
    return run_to_end(gather(plan, report, Limits()))


def test_a_check_that_says_nothing_else_has_the_fixes_of_its_findings(tmp_path):
    found = gathered(tmp_path, Fixing, Idle)
    assert [fix.summary for fix in found.fixes] == ["Mend 1", "Mend 3"]
    assert found.mended == 2
    assert [(one.finding.message, one.reason) for one in found.left] == [
        ("and this by hand", "it takes a decision")
    ]
    assert [fixable(check) for check in (Fixing, Idle)] == [True, False]


def test_the_fixes_of_a_waived_finding_are_not_asked_for(tmp_path):
    waiver = Waiver(rule="fixing.*", resource="*", reason="r", owner="o", expires=date.max)
    found = gathered(tmp_path, Fixing, waivers=(waiver,))
    assert (found.fixes, found.left, found.waived) == ((), (), 2)


def test_a_check_whose_fixes_fail_takes_no_other_down(tmp_path):
    found = gathered(tmp_path, Raising, Fixing)
    assert [fix.summary for fix in found.fixes] == ["Mend 1", "Mend 3"]
    assert found.failed == ("the fixes of raising/repo could not be made: ValueError: no way",)


# The diff


@pytest.mark.parametrize(
    "name",
    [
        "plain.txt",
        "with space.txt",
        "größe.txt",
        'quo"te.txt',
        "back\\slash.txt",
        "tab\t.txt",
        "a/b/c.txt",
    ],
)
def test_names_are_quoted_as_git_and_patch_read_them(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    for program in (["git", "apply", "-"], ["patch", "-p1", "-s"]):
        path.write_bytes(b"one\r\ntwo\r\nthree")
        made = proposal(tmp_path, at(3, 1, 3, 6, "3", name), at(1, 1, 1, 1, "0\r\n", name))
        (change,) = made.changes
        patch = b"".join(diff(change).lines)
        done = subprocess.run(program, input=patch, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == 0, (patch, done.stdout, done.stderr)
        assert path.read_bytes() == b"0\r\none\r\ntwo\r\n3"


@pytest.mark.parametrize("program", [["git", "apply", "-"], ["patch", "-p1", "-s"]])
def test_a_file_that_is_made_is_one_in_the_diff(tmp_path, program):
    (change,) = proposal(tmp_path, at(1, 1, 1, 1, "[pytest]\n", "pytest.ini")).changes
    patch = b"".join(diff(change).lines)
    assert b"--- /dev/null\n+++ b/pytest.ini\n@@ -0,0 +1 @@\n+[pytest]\n" in patch
    subprocess.run(program, input=patch, cwd=tmp_path, check=True)
    assert (tmp_path / "pytest.ini").read_bytes() == b"[pytest]\n"


def test_hunks_have_three_lines_around_them_and_come_together(tmp_path):
    (tmp_path / "a.txt").write_text("".join(f"{number}\n" for number in range(1, 31)))
    (change,) = proposal(
        tmp_path, at(2, 1, 2, 2, "x"), at(9, 1, 9, 2, "y"), at(20, 1, 20, 1, "new\n")
    ).changes
    shown = b"".join(diff(change).lines).decode()
    assert [line for line in shown.splitlines() if line.startswith("@@")] == [
        "@@ -1,12 +1,12 @@", "@@ -17,6 +17,7 @@",
    ]  # fmt: skip


def test_secrets_are_masked_in_every_line_that_is_shown(tmp_path):
    key = "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBg\nkqhkiG9w0BAQ\n-----END PRIVATE KEY-----\n"
    text = f'{key}host = old\n  password = "hunter2hunter2"\nurl = https://u:secretpw@old/\n'
    (tmp_path / "a.txt").write_text(text)
    made = proposal(tmp_path, at(5, 8, 5, 11, "new"), at(7, 26, 7, 29, "new"))
    (change,) = made.changes
    shown = diff(change, ("kqhkiG9w0BAQ",))
    document = b"".join(shown.lines).decode()
    for secret in ("MIIEvg", "kqhkiG9", "hunter2", "secretpw"):
        assert secret not in document
    assert "-host = old\n+host = new\n" in document
    assert "   password = [redacted]" in document.replace('"', "")
    assert shown.masked == 3
    assert b"secretpw@new" in change.after


@pytest.mark.parametrize(
    "value",
    [
        "password:\n    c3VwZXJzZWNyZXQ=",
        "token: >-\n  c3VwZXJzZWNyZXQ\n\n  key: c3VwZXJzZWNyZXQ",
        "- db.secret_key: |2 # below\n    c3VwZXJzZWNyZXQ",
        '"api_key":\n  "c3VwZXJzZWNyZXQ",',
        "  password = (\n    'c3VwZXJzZWNyZXQ'",
        "password =\r\n  c3VwZXJzZWNyZXQ\r",
    ],
)
def test_a_secret_below_its_key_is_masked(tmp_path, value):
    text = f"{value}\nhost: old\nb\n"
    (tmp_path / "a.txt").write_bytes(text.encode())
    line = text.count("\n") - 1
    (change,) = proposal(tmp_path, at(line, 7, line, 10, "new")).changes
    document = b"".join(diff(change).lines).decode()
    assert "c3Vw" not in document
    assert "-host: old\n+host: new\n" in document
    (change,) = proposal(tmp_path, at(line - 1, 4, line, 10, "new")).changes
    shown = diff(change)
    assert b"c3Vw" not in b"".join(shown.lines)
    assert shown.masked


def test_a_table_below_a_telling_key_is_shown():
    lines = ["token:", "  valueFrom:", "    name: x", "tokens:", "  - a", "password:", "b: c"]
    assert value_lines(lines) == frozenset()
    assert value_lines(["password: >", "  a: b", "", "  c", "d"]) == {1, 3}


def test_a_secret_near_a_change_is_not_shown_and_the_diff_can_be_applied(tmp_path):
    text = "password = hunter2hunter2\na\nhost = old\nb\ntoken = hunter2hunter2\nc\nd\n"
    (tmp_path / "a.txt").write_text(text)
    (change,) = proposal(tmp_path, at(3, 8, 3, 11, "new")).changes
    shown = diff(change)
    assert shown.masked == 0
    assert b"hunter2" not in b"".join(shown.lines)
    git(tmp_path, "apply", "-", data=b"".join(shown.lines))
    assert (tmp_path / "a.txt").read_text() == text.replace("old", "new")


def test_masking_takes_no_longer_for_a_long_line():
    line = "a" * 300_000 + " password=hunter2hunter2 " + "b" * 300_000
    started = time.monotonic()
    assert "hunter2" not in masked(line)
    assert masked("x" * 300_000) is None
    assert time.monotonic() - started < 5
    assert key_lines(["a", "-----BEGIN RSA PRIVATE KEY-----", "b"]) == {1, 2}


def test_utf_16_is_shown_to_be_read(tmp_path):
    (tmp_path / "a.txt").write_bytes("one\ntwo é\n".encode("utf-16"))
    (change,) = proposal(tmp_path, at(2, 1, 2, 4, "2")).changes
    shown = diff(change)
    assert shown.wide
    assert b"".join(shown.lines).endswith("-two é\n+2 é\n".encode())
    assert change.after == "one\n2 é\n".encode("utf-16")


def test_a_terminal_gets_nothing_that_it_obeys():
    display = Display(color=True)
    assert drawn(b"+a\x1b[31m\tb\r\n", display) == "\x1b[32m+a [31m\tb\x1b[m"
    assert drawn(b" \xff\n", Display()) == " \ufffd"


# Writing


@pytest.fixture
def change(tmp_path):
    path = tmp_path / "folder" / "a.txt"
    path.parent.mkdir()
    path.write_bytes(b"old\n")
    path.chmod(0o751)
    (found,) = proposal(tmp_path, at(1, 1, 1, 4, "new", "folder/a.txt")).changes
    return found


def names(folder):
    return sorted(each.name for each in folder.iterdir())


def test_a_file_is_replaced_and_keeps_its_rights(tmp_path, change):
    assert write(str(tmp_path), change) is None
    path = tmp_path / "folder" / "a.txt"
    assert path.read_bytes() == b"new\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert names(path.parent) == ["a.txt"]


def test_a_file_that_changed_since_it_was_looked_at_is_left_alone(tmp_path, change):
    path = tmp_path / "folder" / "a.txt"
    path.write_bytes(b"own\n")
    assert write(str(tmp_path), change) == "has changed since it was looked at"
    assert path.read_bytes() == b"own\n"
    path.unlink()
    assert write(str(tmp_path), change) == "has changed since it was looked at"
    assert names(path.parent) == []


def test_a_file_that_changes_while_the_new_one_is_written_is_left_alone(
    tmp_path, change, monkeypatch
):
    path = tmp_path / "folder" / "a.txt"
    create = reaching.Folder.create

    def slow(self, data, like):
        name = create(self, data, like)
        path.write_bytes(b"own\n")
        return name

    monkeypatch.setattr(reaching.Folder, "create", slow)
    assert write(str(tmp_path), change) == "has changed since it was looked at"
    assert path.read_bytes() == b"own\n"
    assert names(path.parent) == ["a.txt"]


def test_what_changes_while_the_checks_look_is_not_edited(tmp_path):
    began = time.time_ns()
    path = tmp_path / "a.txt"
    path.write_bytes(b"old\n")
    later = began + 10**10
    os.utime(path, ns=(later, later))
    made = proposal(tmp_path, at(1, 1, 1, 4, "new"), since_ns=began)
    assert made.changes == ()
    assert made.refused == {"a.txt": "has changed while it was looked at"}


def test_a_new_file_takes_no_other_ones_place(tmp_path):
    (change,) = proposal(tmp_path, at(1, 1, 1, 1, "x\n", "new.txt")).changes
    assert write(str(tmp_path), change) is None
    assert (tmp_path / "new.txt").read_bytes() == b"x\n"
    assert (tmp_path / "new.txt").stat().st_nlink == 1
    assert write(str(tmp_path), change) == "has changed since it was looked at"
    assert names(tmp_path) == ["new.txt"]


def _links(root, outside):
    (outside / "a.txt").write_text("old")
    (root / "link.txt").symlink_to(outside / "a.txt")
    (root / "linked").symlink_to(outside)
    (root / "hard.txt").write_text("old")
    os.link(root / "hard.txt", root / "other.txt")
    (root / "read-only.txt").write_text("old")
    (root / "read-only.txt").chmod(0o444)
    os.mkfifo(root / "pipe")
    (root / "folder").mkdir()
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("old")


REFUSED = {
    "link.txt": "is a symbolic link",
    "linked/a.txt": "is behind a symbolic link",
    "hard.txt": "has another name (a hard link), which would keep the old content",
    "read-only.txt": "is read-only",
    "pipe": "is no regular file",
    "folder": "is no regular file",
    ".git/config": "belongs to git",
    "../outside/a.txt": "is not in the tree",
    "/etc/passwd": "is not in the tree",
    "gone/a.txt": "is in a folder that is gone",
}


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_what_is_not_to_be_touched_is_named(tmp_path, monkeypatch, by_descriptor):
    monkeypatch.setattr(reaching, "BY_DESCRIPTOR", by_descriptor)
    root, outside = tmp_path / "root", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    _links(root, outside)
    made = proposal(root, *(at(1, 1, 1, 2, "x", path) for path in REFUSED))
    assert made.changes == ()
    assert made.refused == REFUSED
    assert (outside / "a.txt").read_text() == "old"


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_a_folder_that_became_a_link_leads_nowhere(tmp_path, change, monkeypatch, by_descriptor):
    monkeypatch.setattr(reaching, "BY_DESCRIPTOR", by_descriptor)
    outside = tmp_path / "outside"
    (tmp_path / "folder").rename(outside)
    (tmp_path / "folder").symlink_to(outside)
    assert write(str(tmp_path), change) == "is behind a symbolic link"
    assert (outside / "a.txt").read_bytes() == b"old\n"


@pytest.mark.parametrize("by_descriptor", [True, False])
def test_writing_works_in_both_ways(tmp_path, change, monkeypatch, by_descriptor):
    monkeypatch.setattr(reaching, "BY_DESCRIPTOR", by_descriptor)
    assert write(str(tmp_path), change) is None
    (new,) = proposal(tmp_path, at(1, 1, 1, 1, "x", "folder/n.txt")).changes
    assert write(str(tmp_path), new) is None
    assert (tmp_path / "folder/a.txt").read_bytes() == b"new\n"
    assert (tmp_path / "folder/n.txt").read_bytes() == b"x"


def test_an_interruption_tells_what_was_done_and_begins_nothing_more(tmp_path):
    paths = [f"{number:03}.txt" for number in range(200)]
    for path in paths:
        (tmp_path / path).write_bytes(b"old")
    made = proposal(tmp_path, *(at(1, 1, 1, 4, "new", path) for path in paths))
    told = []

    def tell(change, reason):
        told.append(change.path)
        if len(told) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_all(str(tmp_path), made.changes, tell)
    new = [path for path in paths if (tmp_path / path).read_bytes() == b"new"]
    assert told == new
    assert names(tmp_path) == paths


def test_what_a_killed_run_left_is_cleared_by_the_next(tmp_path, change):
    (tmp_path / "folder" / f"{TEMPORARY}.{2**22 + 1}.abc").write_text("x")
    told = []
    write_all(str(tmp_path), [change], lambda *given: told.append(given))
    assert told == [(change, None)]
    assert names(tmp_path / "folder") == ["a.txt"]


STEPS = """
import os, signal, sys
from pathlib import Path
from netra_validate.fixing.proposing import propose
from netra_validate.fixing.writing import write
from netra_validate.model import Fix, Replacement

FIX = Fix("x", (Replacement("a.txt", 1, 1, 1, 2, "new" * 100_000),))
CALLS = ("open", "fstat", "stat", "fsync", "fchmod", "fchown", "replace", "unlink", "close")

def write_until(root, last):
    (change,) = propose(root, [FIX], since_ns=2**63).changes
    step = 0

    def counted(function):
        def inner(*args, **kwargs):
            nonlocal step
            step += 1
            if step == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)
        return inner

    for name in CALLS:
        setattr(os, name, counted(getattr(os, name)))
    os._exit(0 if write(root, change) is None else 1)

step, status = 0, signal.SIGKILL
while status == signal.SIGKILL:
    step += 1
    root = Path(sys.argv[1], str(step))
    root.mkdir()
    (root / "a.txt").write_bytes(b"old\\n" * 100_000)
    child = os.fork()
    if not child:
        write_until(str(root), step)
    _, status = os.waitpid(child, 0)
sys.exit(status)
"""


def test_a_file_is_old_or_new_whenever_the_writer_is_killed(tmp_path):
    old = b"old\n" * 100_000
    new = b"new" * 100_000 + old[1:]
    subprocess.run([sys.executable, "-c", STEPS, str(tmp_path)], check=True)
    roots = list(tmp_path.iterdir())
    assert len(roots) > 10
    assert {(root / "a.txt").read_bytes() for root in roots} == {old, new}
    assert any(len(names(root)) > 1 for root in roots)
    for root in roots:
        clear(str(root), "a.txt")
        assert names(root) == ["a.txt"]


def test_only_what_a_dead_process_left_is_cleared(tmp_path):
    ours = tmp_path / f"{TEMPORARY}.{os.getpid()}.abc"
    dead = tmp_path / f"{TEMPORARY}.{2**22 + 1}.abc"
    other = tmp_path / f"{TEMPORARY}.notes"
    for path in (ours, dead, other):
        path.write_text("x")
    clear(str(tmp_path), "a.txt")
    assert names(tmp_path) == sorted([ours.name, other.name])


def test_a_full_disk_leaves_the_old_file(tmp_path, change, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert write(str(tmp_path), change) == "cannot be written: No space left on device"
    assert (tmp_path / "folder/a.txt").read_bytes() == b"old\n"
    assert names(tmp_path / "folder") == ["a.txt"]


def test_too_large_a_file_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(reaching, "MAX_BYTES", 2**20)
    (tmp_path / "a.txt").write_bytes(b"x" * (2**20 + 1))
    with opened(str(tmp_path), "a.txt") as (folder, name), pytest.raises(UnreachableError):
        folder.find(name)


# What is said


def test_what_is_left_is_said_in_one_sentence_each(tmp_path):
    found = gathered(tmp_path, Fixing)
    assert list(telling.left(found)) == [
        "fixing.word: 1 finding not mended here, for it takes a decision: and this by hand"
    ]
    names = {f"{number}.txt": "is read-only" for number in range(7)}
    assert list(telling.untouched({**names, "x": "is a symbolic link"})) == [
        "x left alone: it is a symbolic link",
        "7 files left alone: each is read-only: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 2 more",
    ]
    clash = proposal(tmp_path, at(1, 1, 1, 1, "x"), at(1, 1, 1, 1, "y"))
    assert list(telling.clashing(clash)) == [
        "not made, since another edit is in its way; run fix again: Edit"
    ]


def test_a_stream_without_bytes_gets_text(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"\xe9\x1b[1m\n")
    (change,) = proposal(tmp_path, at(1, 1, 1, 2, "e")).changes
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    show([diff(change)], Display())
    assert sys.stdout.getvalue().splitlines()[-2:] == ["-\ufffd [1m", "+e [1m"]


# git


def git(root, *arguments, data=None):
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false",
         *arguments],
        cwd=root, check=True, capture_output=True, input=data,
    )  # fmt: skip


def test_only_what_is_committed_as_it_is_counts_as_kept(tmp_path):
    root = tmp_path / "re po" / "größe"
    root.mkdir(parents=True)
    git(root.parent, "init")
    for name in ("clean.txt", "changed.txt", "staged.txt", "hidden.txt", "ünï cöde.txt"):
        (root / name).write_text("x")
    (root.parent / "above.txt").write_text("x")
    git(root.parent, "add", ".")
    git(root.parent, "commit", "-m", "x")
    (root / "changed.txt").write_text("y")
    (root / "staged.txt").write_text("y")
    git(root, "add", "staged.txt")
    git(root, "update-index", "--assume-unchanged", "hidden.txt")
    (root / "new.txt").write_text("y")
    kept = uncommitted.kept(str(root))
    assert kept.clean == {"clean.txt", "ünï cöde.txt"}
    assert kept.complaint("clean.txt") is None
    assert kept.complaint("changed.txt").startswith("has uncommitted changes (--allow-dirty ")


def test_without_a_repository_nothing_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    kept = uncommitted.kept(str(tmp_path))
    assert kept.complaint("a.txt") == "is in no git repository, so there is no way back"


def test_a_repository_before_its_first_commit_keeps_nothing(tmp_path):
    git(tmp_path, "init")
    (tmp_path / "a.txt").write_text("x")
    git(tmp_path, "add", ".")
    assert uncommitted.kept(str(tmp_path)).clean == frozenset()


def test_no_program_that_a_repository_names_is_started(tmp_path):
    git(tmp_path, "init")
    (tmp_path / "a.txt").write_text("x")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "x")
    trap = f"touch {tmp_path / 'ran'}; cat"
    for setting in ("core.fsmonitor", "filter.trap.clean", "filter.trap.process"):
        git(tmp_path, "config", setting, trap)
    (tmp_path / ".git/info/attributes").write_text("* filter=trap\n")
    later = time.time_ns() + 10**10
    os.utime(tmp_path / "a.txt", ns=(later, later))
    assert uncommitted.kept(str(tmp_path)).problem is None
    assert not Path(tmp_path / "ran").exists()


def test_a_name_that_is_no_utf_8_is_spelled_in_octal():
    assert diffing.quoted(os.fsdecode(b"a/\xff\x01.txt")) == b'"a/\\377\\001.txt"'
