"""The check on small trees: one rule at a time, and input that nobody would write."""

import os
import subprocess
from textwrap import dedent

import pytest

from checks.pytest_markers import PytestMarkers
from netra_validate import Outcome, Repository, Severity
from netra_validate.testing import run_check

STRICT = (
    "[pytest]\naddopts = --strict-markers\nmarkers =\n    slow: takes long\n    fast: does not\n"
)
USE_X = "import pytest\npytest.mark.x\n"
USES = "import pytest\npytestmark = [pytest.mark.slow, pytest.mark.fast]\n"


@pytest.fixture
def examine(tmp_path):
    def run(files, **options):
        for path, content in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            data = dedent(content).encode() if isinstance(content, str) else content
            target.write_bytes(data)
        return run_check(
            PytestMarkers, Repository(root=tmp_path), options=PytestMarkers.Options(**options)
        )

    return run


def rules(result):
    return sorted(found.rule.removeprefix("pytest-markers.") for found in result.findings)


def named(result, rule):
    return [found for found in result.findings if found.rule == f"pytest-markers.{rule}"]


def test_passes_on_registered_markers(examine):
    result = examine({"pytest.ini": STRICT, "test_it.py": USES})
    assert result.outcome is Outcome.PASS
    assert result.observations == {
        "files": 1,
        "test_files": 1,
        "markers_registered": 2,
        "markers_used": 2,
        "configuration": "pytest.ini [pytest]",
        "strict": "--strict-markers",
        "roots": 1,
        "parsed": 1,
        "unparsable": 0,
    }


def test_names_place_neighbour_and_remedy(examine):
    text = USES + "@pytest.mark.skip\n@pytest.mark.slwo(1)\ndef test_it(): pass\n"
    (found,) = examine({"pytest.ini": STRICT, "tests/test_it.py": text}).findings
    assert found.rule == "pytest-markers.unregistered"
    assert found.severity is Severity.ERROR
    assert (found.location.path, found.location.line, found.location.column) == (
        "tests/test_it.py",
        4,
        14,
    )
    assert found.evidence == {"name": "slwo", "nearest": "slow"}
    assert found.identity == "tests/test_it.py:slwo"
    assert found.remediation.summary == (
        "Replace slwo by slow; if it is meant, add the indented line slwo to markers under"
        " [pytest] of pytest.ini"
    )
    assert found.remediation.commands[0].argv == ("pytest", "--markers")


def test_writes_the_remedy_in_the_style_of_the_file(examine):
    files = {"pyproject.toml": "[tool.pytest]\nmarkers = []\n", "test_it.py": USE_X}  # fmt: skip
    (found,) = named(examine(files), "unregistered")
    assert found.remediation.summary.startswith('Add the line "x", to markers under')
    assert "[tool.pytest] of pyproject.toml" in found.remediation.summary


def test_takes_markers_of_declared_plugins_only(examine):
    text = "import pytest\n@pytest.mark.asyncio\nasync def test_it(): pass\n"
    (found,) = examine({"pytest.ini": STRICT, "test_it.py": text}, unused=False).findings
    assert found.evidence["plugin"] == "pytest-asyncio"
    assert "Declare pytest-asyncio" in found.remediation.summary
    files = {
        "pytest.ini": STRICT,
        "test_it.py": text,
        "requirements-test.txt": "pytest_asyncio>=1\n",
    }
    assert not examine(files, unused=False).findings


def test_takes_markers_of_the_repositorys_own_plugins(examine):
    plugin = "def pytest_configure(config):\n    config.addinivalue_line('markers', {!r})\n"
    files = {
        "pytest.ini": STRICT.replace("--strict-markers", "--strict-markers -p plugs.one"),
        "conftest.py": "pytest_plugins = ['plugs.two']\n",
        "plugs/one.py": plugin.format("one: 1"),
        "plugs/two.py": plugin.format("two: 2"),
        "src/own/three.py": plugin.format("three: 3"),
        "plugs/four.py": plugin.format("four: 4"),
        "pyproject.toml": "[project.entry-points.pytest11]\nown = 'own.three:Plugin'\n",
        "test_it.py": "from pytest import mark\nx = [mark.one, mark.two, mark.three, mark.four]\n",
    }
    (found,) = examine(files, unused=False).findings
    assert found.evidence["name"] == "four"


def test_calms_down_where_a_registration_cannot_be_read(examine):
    conftest = """
        def pytest_configure(config):
            for name in open("markers.txt"):
                config.addinivalue_line("markers", name)
        """
    files = {"pytest.ini": STRICT, "conftest.py": conftest, "test_it.py": USES + "pytest.mark.x\n"}
    (found,) = examine(files).findings
    assert found.severity is Severity.WARNING
    assert found.evidence["may_be_registered_at"] == "conftest.py:4"


def test_reads_helpers_and_files_outside_of_testpaths_as_warnings(examine):
    files = {
        "pytest.ini": STRICT + "testpaths = tests\n",
        "tests/test_it.py": USES,
        "tests/helper.py": USE_X,
        "elsewhere/test_other.py": USE_X,
        "elsewhere/module.py": USE_X,
        "node_modules/test_vendored.py": USE_X,
        "tests/test_old.py.backup": USE_X,
    }
    found = examine(files).findings
    assert {(one.location.path, one.severity) for one in found} == {
        ("tests/helper.py", Severity.WARNING),
        ("elsewhere/test_other.py", Severity.WARNING),
    }


def test_says_required_duplicate_and_unused(examine):
    files = {"pytest.ini": STRICT + "    slow: again\n    idle: never\n", "test_it.py": USES}
    result = examine(files, required=("slow", "scalability"))
    assert rules(result) == ["duplicate", "missing-required", "unused"]
    (duplicate,) = named(result, "duplicate")
    assert (duplicate.location.line, duplicate.evidence["first_line"]) == (6, 4)
    (unused,) = named(result, "unused")
    assert (unused.severity, unused.location.line) == (Severity.NOTE, 7)


IGNORED = {
    "wrong header": {"sub/pytest.ini": "[tool:pytest]\nmarkers =\n    lost: x\n"},
    "any ini": {"ci.ini": "[tool:pytest]\nmarkers =\n    lost: x\n"},
    "hidden": {"pyproject.toml": "[tool.pytest.ini_options]\nmarkers = ['lost: x']\n"},
    "hidden cfg": {"setup.cfg": "[tool:pytest]\nmarkers =\n    lost: x\n"},
    "no such table": {"pyproject.toml": "[pytest]\nmarkers = ['lost: x']\n"},
}


@pytest.mark.parametrize("files", IGNORED.values(), ids=IGNORED.keys())
def test_finds_markers_that_pytest_does_not_read(examine, files):
    result = examine({"pytest.ini": STRICT, "test_it.py": USES, **files})
    (found,) = named(result, "ignored-config")
    assert found.severity is Severity.ERROR
    assert found.evidence["names"] == ["lost"]
    assert found.location.path in files


def test_tells_the_pytests_apart(examine):
    files = {
        "pytest.toml": "[pytest]\nstrict = true\nmarkers = ['slow: x', 'fast: x']\n",
        "test_it.py": USES,
    }
    assert not examine(files).findings
    old = examine(files, pytest_version=8)
    assert rules(old) == ["ignored-config", "not-strict", "unregistered", "unregistered"]
    pinned = examine({**files, "requirements.txt": "pytest==8.4.1\n"})
    assert rules(pinned) == rules(old)


BROKEN = {
    "ini": {"pytest.ini": "nonsense\n"},
    "toml": {"pyproject.toml": "[tool.pytest\n"},
    "both tables": {"pyproject.toml": "[tool.pytest]\na = 1\n[tool.pytest.ini_options]\nb = 1\n"},
    "a text for a list": {"pyproject.toml": "[tool.pytest]\nmarkers = 'slow: x'\n"},
    "twice": {"pytest.ini": "[pytest]\nmarkers = a\nmarkers = b\n"},
    "open quote": {"pytest.ini": "[pytest]\naddopts = -m 'x\n"},
    "loose": {"pytest.toml": "markers = []\n"},
}


@pytest.mark.parametrize("files", BROKEN.values(), ids=BROKEN.keys())
def test_names_a_configuration_that_stops_pytest(examine, files):
    result = examine({"test_it.py": USES, **files})
    (found,) = result.findings
    assert found.rule == "pytest-markers.broken-config"
    assert found.location.path in files


def test_refuses_the_old_section_of_setup_cfg(examine):
    old = {"setup.cfg": "[pytest]\nmarkers =\n    slow: x\n", "test_it.py": USES}
    (found,) = examine(old).findings
    assert (found.rule, found.severity) == ("pytest-markers.broken-config", Severity.ERROR)
    # pytest does not come to it where another file decides.
    (found,) = examine({**old, "pytest.ini": STRICT}).findings
    assert (found.rule, found.severity) == ("pytest-markers.ignored-config", Severity.WARNING)


def test_judges_each_root_by_its_own_configuration(examine):
    files = {
        "pytest.ini": STRICT,
        "test_it.py": USES,
        "service/tox.ini": "[pytest]\nstrict = true\nmarkers =\n    own: x\n",
        "service/test_service.py": USES + "pytest.mark.own\n",
    }
    found = named(examine(files, unused=False), "unregistered")
    assert {(one.location.path, one.evidence["name"]) for one in found} == {
        ("service/test_service.py", "slow"),
        ("service/test_service.py", "fast"),
    }
    files["pytest.ini"] += "testpaths = . service\n"
    found = named(examine(files, unused=False), "unregistered")
    assert {one.evidence["name"] for one in found} == {"own"}


def test_reads_the_markers_of_a_file_that_does_not_parse(examine):
    text = USES + '@pytest.mark.x\ndef test_it(:\n    "pytest.mark.y"  # pytest.mark.z\n'
    result = examine({"pytest.ini": STRICT, "test_it.py": text})
    assert rules(result) == ["unparsable-file", "unregistered"]
    (found,) = named(result, "unregistered")
    assert found.evidence == {"name": "x", "nearest": None, "read_from": "tokens"}
    assert (found.location.line, found.location.column) == (3, 14)


def test_parses_only_what_is_in_doubt_in_a_large_tree(examine):
    files = {"pytest.ini": STRICT, "test_it.py": USES, "test_bad.py": USES + "def f(:\n"}
    assert rules(examine(files)) == ["unparsable-file"]
    result = examine(files, parse_up_to=1)
    assert not result.findings
    assert result.observations["parsed"] == 0


def test_finds_unknown_names_in_expressions(examine):
    workflow = """
        jobs:
          # pytest -m comment
          - run: python -m pytest -m "slow and not (fst or absent)" tests
          - run: pytest -m "${{ matrix.marker }}" && python -m http.server
        """
    files = {
        "pytest.ini": STRICT.replace("--strict-markers", "--strict-markers -m 'not lsow'"),
        "test_it.py": USES,
        ".github/workflows/ci.yml": workflow,
        "Makefile": "test:\n\tpytest -m fast\n",
        "noxfile.py": "def t(session):\n    session.run('pytest', '-m', 'unheard')\n",
        "notes.md": "pytest -m prose\n",
    }
    found = named(examine(files), "unknown-in-expression")
    assert {(one.location.path, one.evidence["name"]) for one in found} == {
        (".github/workflows/ci.yml", "fst"),
        (".github/workflows/ci.yml", "absent"),
        ("noxfile.py", "unheard"),
        ("pytest.ini", "lsow"),
    }


def test_tells_one_missing_registration_once(examine):
    files = {
        "pytest.ini": STRICT,
        "test_it.py": USE_X,
        "Makefile": "test:\n\tpytest -m x\n\tpytest -m absent\n",
    }
    result = examine(files, unused=False)
    assert sorted(found.evidence["name"] for found in result.findings) == ["absent", "x"]
    (used,) = named(result, "unregistered")
    assert used.location.path == "test_it.py"


def test_says_that_a_version_of_pytest_is_assumed(examine):
    files = {"pytest.ini": "[pytest]\nmarkers = x\n", "test_it.py": USE_X}
    (assumed,) = named(examine(files), "not-strict")
    assert "pytest 9 is assumed" in assumed.remediation.summary
    for (said,) in (
        named(examine(files, pytest_version=9), "not-strict"),
        named(examine(files | {"requirements.txt": "pytest==9.0.1\n"}), "not-strict"),
    ):
        assert "assumed" not in said.remediation.summary


def test_skips_a_tree_without_tests(examine):
    result = examine({"main.py": "print()\n"})
    assert result.outcome is Outcome.SKIP
    assert result.reason == "no pytest tests found"


def test_leaves_out_what_is_excluded(examine):
    files = {
        "pytest.ini": STRICT,
        "test_it.py": USES,
        "old/test_a.py": USE_X,
    }
    assert rules(examine(files)) == ["unregistered"]
    assert not examine(files, exclude=("old/*",)).findings
    assert not examine(files, registered=("x",)).findings


STRANGE = {
    "latin-1": b"# -*- coding: latin-1 -*-\nimport pytest\nx = '\xe9', pytest.mark.x\n",
    "not utf-8": b"import pytest\n# \xff\xfe\n@pytest.mark.x\ndef test_it(): pass\n",
    "nul": b"import pytest\n\x00\npytest.mark.x\n",
    "byte order mark": b"\xef\xbb\xbfimport pytest\npytest.mark.x\n",
    "carriage returns": b"import pytest\rpytest.mark.x\r",
    "deep": b"import pytest\nx = " + b"(" * 5000 + b")" * 5000 + b"\npytest.mark.x\n",
    "deep tree": b"import pytest\nx = pytest.mark.x" + b" + 1" * 3000 + b"\n",
}


@pytest.mark.parametrize("content", STRANGE.values(), ids=STRANGE.keys())
def test_finds_the_marker_in_strange_files(examine, content):
    result = examine({"pytest.ini": STRICT, "test_it.py": content}, unused=False)
    assert [one.evidence["name"] for one in named(result, "unregistered")] == ["x"]


def test_leaves_out_what_git_ignores(examine, tmp_path):
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    files = {".gitignore": "gone/\n", "gone/test_x.py": USE_X}
    assert not examine({"pytest.ini": STRICT, "test_it.py": USES, **files}).findings


def test_survives_a_link_that_goes_in_circles(examine, tmp_path):
    (tmp_path / "loop").symlink_to(tmp_path)
    assert not examine({"pytest.ini": STRICT, "test_it.py": USES}).findings


SLOW = "import pytest\nslow = pytest.mark.x\n"
IMPORTED = {
    "root": ("helpers.py", {"test_it.py": "from helpers import slow\n"}),
    "package": (
        "tests/helpers.py",
        {"tests/__init__.py": "", "tests/test_it.py": "from tests.helpers import slow\n"},
    ),
    "relative": (
        "tests/helpers.py",
        {"tests/__init__.py": "", "tests/test_it.py": "from . import helpers\n"},
    ),
    "init": ("tests/__init__.py", {"tests/test_it.py": "def test_it(): pass\n"}),
    "through another": (
        "tests/deep.py",
        {"tests/helpers.py": "import deep\n", "tests/test_it.py": "import helpers\n"},
    ),
    "pythonpath": (
        "lib/h/__init__.py",
        {"pytest.ini": STRICT + "pythonpath = lib\n", "test_it.py": "from h import slow\n"},
    ),
}


@pytest.mark.parametrize(("path", "files"), IMPORTED.values(), ids=IMPORTED)
def test_refuses_a_module_that_a_test_imports(examine, path, files):
    result = examine({"pytest.ini": STRICT, path: SLOW, **files}, unused=False)
    (found,) = result.findings
    assert (found.severity, found.location.path, found.location.line) == (Severity.ERROR, path, 2)
    assert found.evidence["imported_by"].endswith("test_it.py")


NOT_REACHED = {
    "nobody": ({"tests/test_it.py": "def test_it(): pass\n"}, Severity.WARNING),
    "in a function": ({"tests/test_it.py": "def test_it(): import helpers\n"}, Severity.WARNING),
    "early": (
        {"tests/conftest.py": "import helpers\n", "tests/test_it.py": "import helpers\n"},
        Severity.WARNING,
    ),
    "registered there": (
        {
            "tests/u/test_it.py": "import helpers\n",
            "tests/conftest.py": "",
            "tests/u/conftest.py": "def pytest_configure(config):\n"
            "    config.addinivalue_line('markers', 'x')\n",
        },
        Severity.WARNING,
    ),
}


@pytest.mark.parametrize(("files", "severity"), NOT_REACHED.values(), ids=NOT_REACHED)
def test_warns_of_a_helper_that_no_test_is_refused_for(examine, files, severity):
    found = examine(
        {"pytest.ini": STRICT, "tests/helpers.py": SLOW, **files}, unused=False
    ).findings
    assert [one.severity for one in found] == [severity]


@pytest.mark.parametrize(
    ("compat", "test"),
    [
        ("import pytest\nmark = pytest.mark\n", "from .compat import mark\n"),
        ("from pytest import mark\n", "from tests.compat import mark as mark\n"),
        ("from pytest import *\n", "from .compat import *\n"),
        ("import pytest\n", "from .compat import *\nmark = pytest.mark\n"),
    ],
)
def test_follows_mark_through_a_module_of_the_repository(examine, compat, test):
    files = {
        "tests/__init__.py": "",
        "tests/compat.py": compat,
        "tests/test_it.py": f"{test}@mark.x\ndef test_it(): pass\n",
    }
    (found,) = examine({"pytest.ini": STRICT, **files}, unused=False).findings
    assert (found.severity, found.location.path) == (Severity.ERROR, "tests/test_it.py")


@pytest.mark.parametrize("among", [0, 500])
@pytest.mark.parametrize("name", [b"n\xe9", b"a(b"], ids=["no-utf-8", "pattern"])
def test_files_may_be_called_anything(examine, name, among):
    files = {"pytest.ini": STRICT, "test_it.py": f"{USES}import helper\n@pytest.mark.x\n"}
    for folder in (b"", b"tests/", b"src/", b"tests/%b/" % name):
        path = os.fsdecode(b"%b%b.py" % (folder, name))
        files[path] = "import pytest\n@pytest.mark.y\ndef x(): pass\n"
    try:
        result = examine(files, unused=False, parse_up_to=among)
    except OSError:
        pytest.skip("the file system has names in UTF-8 only")
    assert result.outcome is Outcome.FAIL
    assert {found.evidence["name"] for found in named(result, "unregistered")} >= {"y"}


def test_a_name_that_no_encoding_knows_may_be_registered(examine):
    conftest = (
        "def pytest_configure(config):\n    config.addinivalue_line('markers', '\\ud800: x')\n"
    )
    uses = USES + r"pytestmark += [getattr(pytest.mark, '\ud800')]" + "\n"
    files = {"pytest.ini": STRICT, "conftest.py": conftest, "test_it.py": uses}
    for among in (0, 500):
        assert examine(files, unused=False, parse_up_to=among).outcome is Outcome.PASS
