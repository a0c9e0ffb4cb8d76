import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from netra_validate.cli import whole_files

FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="there is no full device here")


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_gets_the_mode_that_others_get(tmp_path):
    whole_files.write(tmp_path / "new", "a\n")
    (tmp_path / "other").write_text("b")
    assert mode(tmp_path / "new") == mode(tmp_path / "other")
    assert (tmp_path / "new").read_bytes() == b"a\n"


def test_a_file_keeps_its_mode(tmp_path):
    file = tmp_path / "report.json"
    file.write_text("old, and longer")
    file.chmod(0o640)
    whole_files.write(file, "new")
    assert (file.read_text(), mode(file)) == ("new", 0o640)
    assert list(tmp_path.iterdir()) == [file]


def test_what_a_link_points_to_can_be_written_and_the_link_itself_be_replaced(tmp_path):
    (tmp_path / "far").mkdir()
    link = tmp_path / "report.json"
    link.symlink_to("far/report.json")
    for text in ("first", "second"):
        whole_files.write_through(link, text)
        assert link.is_symlink()
        assert (tmp_path / "far" / "report.json").read_text() == text
    assert len(list((tmp_path / "far").iterdir())) == 1
    (tmp_path / "far" / "report.json").chmod(0o600)
    whole_files.write(link, "third")
    assert not link.is_symlink()
    assert (link.read_text(), (tmp_path / "far" / "report.json").read_text()) == ("third", "second")
    assert mode(link) != 0o600


def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path, monkeypatch):
    file = tmp_path / "report.json"
    file.write_text("old")
    monkeypatch.setattr(os, "access", lambda path, wanted: False)  # root may do anything
    with pytest.raises(PermissionError, match="Permission denied"):
        whole_files.write(file, "new")
    assert file.read_text() == "old"


@pytest.mark.parametrize(
    ("place", "reason"),
    [("none/r.json", "No such file"), (".", "Is a directory"), ("file/r.json", "Not a directory")],
)
def test_what_cannot_be_written_says_why(tmp_path, place, reason):
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OSError, match=reason):
        whole_files.write(tmp_path / place, "x")
    assert sorted(tmp_path.rglob("*")) == before


def test_the_longest_name_can_be_written(tmp_path):
    file = tmp_path / ("n" * 255)
    whole_files.write(file, "x")
    assert file.read_text() == "x"


@needs_full
def test_a_device_is_written_to_and_stays():
    with pytest.raises(OSError, match="No space left"):
        whole_files.write(FULL, "x" * 100_000)
    assert stat.S_ISCHR(FULL.stat().st_mode)


PROGRAM = """
import sys, resource
from pathlib import Path
from netra_validate.cli import whole_files
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
try:
    getattr(whole_files, sys.argv[1])(Path("file"), "x" * 5000)
except OSError as error:
    sys.exit(error.strerror)
"""


@pytest.mark.skipif(os.name == "nt", reason="there are no limits of processes here")
@pytest.mark.parametrize("how", ["write", "append"])
def test_a_disk_that_becomes_full_leaves_what_was_there(tmp_path, how):
    (tmp_path / "file").write_text("old")
    done = subprocess.run(
        [sys.executable, "-P", "-c", PROGRAM, how],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (1, "File too large\n")
    assert (tmp_path / "file").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_what_is_appended_comes_after_what_is_there(tmp_path):
    file = tmp_path / "summary"
    whole_files.append(file, "é\n")
    whole_files.append(file, "b\n")
    assert file.read_bytes() == "é\nb\n".encode()
