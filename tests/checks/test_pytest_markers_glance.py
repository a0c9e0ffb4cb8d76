"""What git shows of markers, held against reading every file."""

import asyncio
import os
import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from checks.pytest_markers import PytestMarkers, scan
from netra_validate import Repository
from netra_validate.clients.source import Source, contents
from netra_validate.testing import run_check


def git(root, *arguments):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *arguments], cwd=root, env=clean, check=True, capture_output=True)


def shown(root, known):
    """For each file the names that git shows, and the files that it says to read."""

    async def ask():
        with closing(Source(root)) as source:
            return await source.matching(scan.patterns(known), among="*.py")

    names, odd = {}, set()
    for match, paths in asyncio.run(ask()).matches.items():
        name = scan.name_of(match)
        for path in paths:
            if name is None:
                odd.add(path)
            else:
                names.setdefault(path, set()).add(name)
    return names, odd


PIECES = (
    *(b"mark", b"pytest.mark", b"pytest", b"add_marker", b"from", b"import", b"remark"),
    *(b".", b".slow", b".slower", b".mark", b"._x", b".5", b"(", b"'", b"*", b",", b"x"),
    *(b" ", b" ", b"\t", b"\n", b"\\\n", b"\r\n", b"\r", b"\0", b"\xff", b"\xc3\xa9", b"marker="),
    *(b"pytest.mark.slow", b"mark.fast\n", b"add_marker(", b"from pytest import ", b"mark as m"),
)
files = st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(files, min_size=1, max_size=20), st.sets(st.sampled_from([b"slow", b"fast", b"mark"]))
)
@example([b"pytest.mark.mark.fast", b"mark.slow.mark.slow"], {b"slow", b"mark"})
@example([b"x = mark\n.fast", b"mark\\\n .slow", b"m = pytest.mark", b"pytest.mark.\n  y"], set())
@example([b"from pytest import (\n x,\n mark)", b"from pytest import x, mark", b"from a"], set())
@example([b"pytest.mark.slowmarkfrom pytest import mark.slower*\nmark\x00marker="], set())
@example([b"mark.from pytest import mark", b"mark.slowfrom pytest import mark as m"], set())
@example([b"x\0from pytest import mark", b"x;from pytest import *"], set())
def test_a_file_that_git_calls_clear_holds_what_it_shows(texts, known):
    with TemporaryDirectory() as folder:
        root = Path(folder)
        git(root, "init", "-q")
        for number, data in enumerate(texts):
            (root / f"{number}.py").write_bytes(data)
        names, odd = shown(root, known)
    for number, data in enumerate(texts):
        if (path := f"{number}.py") not in odd:
            assert scan.names_in(data) - known == names.get(path, set()) - known
            assert not scan.names_markers_in_strings(data)
            assert not scan.imports_mark(data)


def test_the_end_of_a_longer_word_imports_nothing():
    assert scan.imports_mark(b"from pytest import mark")
    assert scan.imports_mark(b"x = 1;from pytest import mark as m")
    assert not scan.imports_mark(b"pytest.mark.slowfrom pytest import mark")
    assert not scan.imports_mark(b"\xc3\xa9from pytest import mark")


def test_what_is_plain_is_clear_and_what_is_known_not_shown(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / "plain.py").write_bytes(
        b"import pytest\nfrom pytest import raises, fixture\nfrom pytest_mock import marked\n"
        b"pytestmark = [pytest.mark.slow, pytest.mark.fast('mark')]\nbookmark.x remark .x\n"
    )
    (tmp_path / "other.txt").write_bytes(b"pytest.mark.fast")
    assert shown(tmp_path, {b"slow"}) == ({"plain.py": {b"fast"}}, set())


STRICT = "[pytest]\naddopts = --strict-markers\nmarkers =\n    slow: s\n    rare: r\n    idle: i\n"
REGISTERING = "def pytest_configure(config):\n    config.addinivalue_line('markers', 'local: l')\n"
PLAIN = "import pytest\npytestmark = pytest.mark.slow\n"
TREE = {
    "pytest.ini": STRICT,
    **{f"tests/test_{number:03}.py": PLAIN for number in range(150)},
    "tests/test_rare.py": PLAIN + "pytest.mark.rare\n",
    "tests/test_wrong.py": PLAIN + "pytest.mark.slwo\n",
    "tests/test_spoken.py": PLAIN + "# pytest.mark.nothing\n",
    "tests/test_string.py": "def test_it(request):\n    request.node.add_marker('gone')\n",
    "tests/test_alias.py": "import pytest\nm = pytest.mark\nm.aliased\n",
    "tests/test_got.py": "import pytest\ngetattr(pytest.mark, 'got')\n",
    "tests/test_lines.py": "import pytest\n(pytest.mark\n    .below)\npytest.mark.\\\n  beneath\n",
    "tests/test_bare.py": "from pytest import (\n    mark as m,\n)\nm.bare\n",
    "tests/test_own.py": "import pytest\npytest.mark._own\n",
    "tests/test_broken.py": "import pytest\npytest.mark.broken(\n",
    "tests/test_bytes.py": b"import pytest\n# \xff\npytest.mark.gr\xc3\xb6\xc3\x9fe\n",
    "tests/local/conftest.py": REGISTERING,
    "tests/local/test_local.py": "import pytest\npytest.mark.local\n",
    "tests/early_test.py": "import pytest\npytest.mark.local\n",
    "second/pytest.ini": "[pytest]\nmarkers =\n    other: o\n    slow: s\n",
    "second/test_second.py": "import pytest\npytest.mark.other\npytest.mark.rare\n",
    "third/pyproject.toml": "[tool.pytest]\nmarkers = 1\n",
    "third/test_third.py": "import pytest\npytest.mark.whatever\n",
    "src/library.py": "mark.idle\n",
}


def write(root):
    for path, content in TREE.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        (root / path).write_bytes(data)


def examine(root, **given):
    options = PytestMarkers.Options(**{"parse_up_to": 0} | given)
    result = run_check(PytestMarkers, Repository(root=root), options=options)
    assert result.trace is None
    return result.findings, result.observations


@pytest.fixture
def opened(monkeypatch):
    """The paths of the files that are read."""
    paths = []
    read = contents.read

    def noting(path, *limit):
        paths.append(path)
        return read(path, *limit)

    monkeypatch.setattr(contents, "read", noting)
    return paths


def test_says_the_same_with_git_and_reads_a_sample_and_what_is_unclear(tmp_path, opened):
    write(tmp_path)
    everything = examine(tmp_path)
    named = {found.evidence["name"] for found in everything[0] if "name" in found.evidence}
    assert named >= {"slwo", "gone", "aliased", "got", "below", "beneath", "bare", "_own", "local"}
    assert named >= {"broken", "größe", "idle", "rare"}
    assert len(set(opened)) > len(TREE) - 5
    opened.clear()
    git(tmp_path, "init", "-q")
    assert examine(tmp_path) == everything
    assert len(set(opened)) < len(TREE) - 20


@pytest.mark.skipif(os.name != "posix", reason="a script takes git's place")
def test_reads_all_where_git_knows_no_perl_patterns(tmp_path, tmp_path_factory, monkeypatch):
    write(tmp_path)
    everything = examine(tmp_path)
    git(tmp_path, "init", "-q")
    script = tmp_path_factory.mktemp("bin") / "git"
    refusal = "fatal: cannot use Perl-compatible regexes when not compiled with USE_LIBPCRE"
    script.write_text(
        f'#!/bin/sh\ncase "$*" in *" -P "*) echo "{refusal}" >&2; exit 128;; esac\n'
        f'exec {shutil.which("git")} "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}{os.pathsep}{os.environ['PATH']}")
    assert examine(tmp_path) == everything


def test_reads_what_git_does_not_take_from_the_working_tree(tmp_path):
    write(tmp_path)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "update-index", "--assume-unchanged", "tests/test_001.py")
    (tmp_path / "tests/test_001.py").write_text(PLAIN + "pytest.mark.assumed\n")
    findings, _ = examine(tmp_path, unused=False)
    assert "assumed" in {found.evidence.get("name") for found in findings}


def test_asks_git_nothing_where_few_files_are_tests(tmp_path, monkeypatch):
    write(tmp_path)
    for number in range(9 * len(TREE)):
        (tmp_path / f"src/module_{number}.py").write_text("")
    everything = examine(tmp_path)
    git(tmp_path, "init", "-q")

    async def forever(*_, **__):
        await asyncio.Event().wait()

    monkeypatch.setattr(Source, "matching", forever)
    assert examine(tmp_path) == everything
