"""Markers that are registered by an edit: what pytest says of the file, and its style."""

import asyncio
import os
import subprocess
import sys
import tomllib
from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.pytest_markers import PytestMarkers
from checks.pytest_markers.configuration import Section, read
from checks.pytest_markers.insertions import CannotInsertError, applied
from checks.pytest_markers.registering import insertions_for as insertions_of
from netra_validate import Context, Environment, Repository, Topology
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.fixing.editing import applied as bytes_applied
from netra_validate.fixing.editing import edits
from netra_validate.testing import run_check

USES = "import pytest\npytestmark = [pytest.mark.zebra, pytest.mark.quokka]\ndef test_it(): pass\n"


@pytest.fixture
def tree(tmp_path):
    def put(files):
        for path, content in files.items():
            target = tmp_path / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content if isinstance(content, bytes) else content.encode())
        return tmp_path

    return put


def examine(root, **options):
    return run_check(
        PytestMarkers,
        Repository(root=root),
        options=PytestMarkers.Options(unused=False, **options),
    )


def fixes(root, result, **options):
    """What the check proposes for its findings, all together."""
    check = PytestMarkers(PytestMarkers.Options(unused=False, **options))
    repository = Repository(root=root)

    async def asked():
        clients = Clients(Environment(), root)
        context = Context(Environment(), Topology((repository,)), clients, Budget.lasting(10))
        findings = [found for found in result.findings if found.fix is not None]
        try:
            return [fix async for fix in check.fixes(repository, findings, context)]
        finally:
            await clients.close()

    return asyncio.run(asked())


def make(root, proposed):
    """Write the edits of some fixes."""
    for fix in proposed:
        (path,) = {each.path for each in fix.replacements}
        file = root / path
        data = file.read_bytes() if file.exists() else b""
        file.write_bytes(bytes_applied(data, edits(path, data, fix.replacements)))


ORACLE = """
import os, sys, pytest
codes = []
for folder in sys.argv[1:]:
    os.chdir(folder)
    options = "--strict-markers --collect-only -q -p no:cacheprovider --import-mode=importlib"
    codes.append(int(pytest.main(options.split())))
sys.exit(str(codes) if any(codes) else 0)
"""


def pytest_accepts(*roots):
    """Whether a strict pytest collects everything without a word; one process for all of them."""
    variables = {key: value for key, value in os.environ.items() if "PYTEST" not in key}
    done = subprocess.run(
        [sys.executable, "-c", ORACLE, *map(str, roots)],
        env={**variables, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


ORACLE_CASES = {
    "pyproject list": ("pyproject.toml", '[tool.pytest.ini_options]\nmarkers = ["slow: s"]\n'),
    "pyproject lines": (
        "pyproject.toml",
        '[tool.pytest.ini_options]\nmarkers = [\n  "slow: s", # why\n  \'fast: f\'   # last\n]\n',
    ),
    "pyproject empty": ("pyproject.toml", "[tool.pytest.ini_options]\nmarkers = []\nx = 1\n"),
    "pyproject no list": (
        "pyproject.toml",
        '[tool.pytest.ini_options]\naddopts = "-ra"\n\n# the next\n[tool.x]\na = 1\n',
    ),
    "pyproject native": ("pyproject.toml", "[tool.pytest]\nminversion = '9.0'\n"),
    "pyproject dotted": ("pyproject.toml", "[tool]\npytest.ini_options.addopts = '-ra'\n"),
    "pyproject inline": ("pyproject.toml", "[tool.pytest]\nini_options = {addopts = '-ra'}\n"),
    "pyproject without pytest": ("pyproject.toml", "[project]\nname = 'x'\nversion = '1'"),
    "pyproject crlf": (
        "pyproject.toml",
        '[tool.pytest.ini_options]\r\nmarkers = [\r\n  "slow: s",\r\n]\r\n',
    ),
    "pytest.toml": ("pytest.toml", '[pytest]\nmarkers = ["slow"]\n'),
    "pytest.toml empty": ("pytest.toml", ""),
    ".pytest.toml": (".pytest.toml", "[pytest]\naddopts = ['-ra']\n"),
    "pytest.ini list": ("pytest.ini", "[pytest]\nmarkers =\n  slow: s\n  fast: f\naddopts = -ra\n"),
    "pytest.ini unended": ("pytest.ini", "[pytest]\nmarkers =\n\tslow: s"),
    "pytest.ini one": ("pytest.ini", "[pytest]\nmarkers = slow: s\n"),
    "pytest.ini colon": ("pytest.ini", "[pytest]\nmarkers:\n  slow\n"),
    "pytest.ini no list": ("pytest.ini", "[pytest]\naddopts =\n    -ra\n\n[other]\na = b\n"),
    "pytest.ini other section": ("pytest.ini", "[other]\na = b\n"),
    "pytest.ini empty": ("pytest.ini", ""),
    "pytest.ini bom crlf": ("pytest.ini", "\ufeff[pytest]\r\nmarkers =\r\n    größe: s\r\n"),
    ".pytest.ini": (".pytest.ini", "[pytest]\nmarkers =\n"),
    "tox.ini": ("tox.ini", "[tox]\nenvlist = py\n\n[pytest]  # tests\nmarkers =\n  slow\n\n[x]\n"),
    "setup.cfg": ("setup.cfg", "[metadata]\nname = x\n\n[tool:pytest]\nmarkers =\n  slow\n  # c\n"),
    "nothing": ("README.md", "hello\n"),
}  # fmt: skip


def test_pytest_accepts_what_it_refused(tree):
    for number, (name, content) in enumerate(ORACLE_CASES.values()):
        root = tree({f"{number}/{name}": content, f"{number}/test_it.py": USES}) / str(number)
        (fix,) = fixes(root, examine(root))
        make(root, [fix])
        after = examine(root)
        rules = {found.rule for found in after.findings}
        assert "pytest-markers.unregistered" not in rules, name
        assert fixes(root, after) == []
    pytest_accepts(*(root.parent / str(number) for number in range(len(ORACLE_CASES))))


@pytest.mark.parametrize("case", ORACLE_CASES)
def test_each_fix_is_valid_by_itself(case, tree):
    name, content = ORACLE_CASES[case]
    root = tree({name: content, "test_it.py": USES})
    found = next(each for each in examine(root).findings if each.fix is not None)
    make(root, [found.fix])
    left = [each for each in examine(root).findings if each.fix is not None]
    assert {each.evidence["name"] for each in left} == {"zebra", "quokka"} - {
        found.evidence["name"]
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('markers = ["a: x", "b"]', 'markers = ["a: x", "b", "quokka", "zebra"]'),
        ("markers = ['z', 'b', ]", "markers = ['z', 'b', 'quokka', 'zebra', ]"),
        ("markers = ['a', 'r', 'zz']", "markers = ['a', 'quokka', 'r', 'zebra', 'zz']"),
        ("markers = ['r', 's']", "markers = ['quokka', 'r', 's', 'zebra']"),
        ("markers = [ ]", 'markers = [\n    "quokka",\n    "zebra",\n]'),
        (
            'markers = [\n  "z: last",\n  "b",\n]',
            'markers = [\n  "z: last",\n  "b",\n  "quokka",\n  "zebra",\n]',
        ),
        (
            'markers = [\n\t"a",\n\t"r"\n] # end',
            'markers = [\n\t"a",\n\t"quokka",\n\t"r",\n\t"zebra"\n] # end',
        ),
        (
            'markers = [\n  "r", # of r\n  "s", # of s\n]',
            'markers = [\n  "quokka",\n  "r", # of r\n  "s", # of s\n  "zebra",\n]',
        ),
        (
            'markers = [\n  "b",\n  "a" # why\n]',
            'markers = [\n  "b",\n  "a", # why\n  "quokka",\n  "zebra"\n]',
        ),
        (
            'markers = [\n  # first\n  "a",\n  # second\n  "r",\n]',
            'markers = [\n  # first\n  "a",\n  # second\n  "r",\n  "quokka",\n  "zebra",\n]',
        ),
        (
            'markers = ["b",\n           "a"]',
            'markers = ["b",\n           "a",\n           "quokka",\n           "zebra"]',
        ),
        ('markers = ["a, [b]#: x\\" ]"]', 'markers = ["a, [b]#: x\\" ]", "quokka", "zebra"]'),
    ],
)
def test_an_array_is_continued_as_it_is_written(before, after):
    head = "[tool.pytest.ini_options]\n"
    section = read("pyproject.toml", f"{head}{before}\nx = '1'\n")
    made = insertions_of(section, ["quokka", "zebra"], {"pyproject.toml"})
    assert applied(section.text, made) == f"{head}{after}\nx = '1'\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("markers =\n   z: last\n   b\n", "markers =\n   z: last\n   b\n   quokka\n   zebra\n"),
        ("markers =\n  a\n  r\n", "markers =\n  a\n  quokka\n  r\n  zebra\n"),
        ("markers =\n  a\n\n  r\n", "markers =\n  a\n\n  r\n  quokka\n  zebra\n"),
        ("markers =\n  a\n  # of r\n  r\n", "markers =\n  a\n  # of r\n  r\n  quokka\n  zebra\n"),
        ("markers = a\n\tr\n", "markers = a\n\tr\n\tquokka\n\tzebra\n"),
        ("markers=a\n", "markers=a\n    quokka\n    zebra\n"),
        ("markers=\n\n", "markers=\n    quokka\n    zebra\n\n"),
        ("# nothing\n", "markers =\n    quokka\n    zebra\n# nothing\n"),
        ("addopts = -x\n  -y\n\n", "addopts = -x\n  -y\nmarkers =\n    quokka\n    zebra\n\n"),
    ],
)  # fmt: skip
def test_an_ini_list_is_continued_as_it_is_written(before, after):
    section = read("tox.ini", f"[tox]\na = b\n[pytest]\n{before}[x]\nmarkers =\n  n\n")
    made = insertions_of(section, ["quokka", "zebra"], {"tox.ini"})
    assert applied(section.text, made) == f"[tox]\na = b\n[pytest]\n{after}[x]\nmarkers =\n  n\n"


@pytest.mark.parametrize(
    "content",
    [
        '[tool.pytest.ini_options]\nmarkers = """\nslow\n"""\n',
        '[tool.pytest.ini_options]\nmarkers = ["""slow"""]\n',
        "[tool.pytest.ini_options]\nmarkers = [\n  # nothing yet\n]\n",
    ],
)
def test_a_list_in_another_form_is_left_to_people(content, tree):
    root = tree({"pyproject.toml": content, "test_it.py": USES})
    result = examine(root)
    assert len(result.findings) >= 2
    assert all(found.fix is None for found in result.findings)


def test_what_may_be_a_slip_or_come_from_elsewhere_is_left_to_people(tree):
    text = "import pytest\nx = [pytest.mark.slwo, pytest.mark.asyncio, pytest.mark._private]\n"
    root = tree({"pytest.ini": "[pytest]\nmarkers =\n  slow\n", "test_it.py": text})
    result = examine(root)
    unregistered = [f for f in result.findings if f.rule == "pytest-markers.unregistered"]
    assert [found.fix for found in unregistered] == [None] * 3
    check = PytestMarkers()
    assert {check.unfixed(found) for found in unregistered} == {
        "slwo may be a slip for slow",
        "its plug-in is to be declared",
        "it takes a decision",
    }


def test_a_name_that_is_asked_for_is_no_slip(tree):
    text = "import pytest\nx = pytest.mark.slwo\n"
    root = tree({"pytest.ini": "[pytest]\nmarkers =\n  slow\n", "test_it.py": text})
    result = examine(root, required=("slwo", "zebra", "not a name"))
    (fix,) = fixes(root, result, required=("slwo", "zebra", "not a name"))
    assert fix.summary == "Register the markers slwo, zebra in pytest.ini"
    make(root, [fix])
    assert (root / "pytest.ini").read_text() == "[pytest]\nmarkers =\n  slow\n  slwo\n  zebra\n"


def test_nothing_is_registered_where_it_may_be_by_a_conftest(tree):
    conftest = dedent("""
        def pytest_configure(config):
            for name in open("markers.txt"):
                config.addinivalue_line("markers", name)
        """)
    root = tree({"pytest.ini": "[pytest]\n", "conftest.py": conftest, "test_it.py": USES})
    result = examine(root)
    assert len([f for f in result.findings if "may_be_registered_at" in f.evidence]) == 2
    assert all(found.fix is None for found in result.findings)
    (reason,) = {
        PytestMarkers().unfixed(f) for f in result.findings if f.rule.endswith(".unregistered")
    }
    assert reason == "it may be registered where that cannot be read"


def test_each_root_gets_its_own(tree):
    root = tree(
        {
            "pyproject.toml": (
                "[tool.pytest.ini_options]\nmarkers = ['a']\ntestpaths = ['tests']\n"
            ),
            "tests/test_it.py": USES,
            "service/tox.ini": "[pytest]\nmarkers =\n  b\n",
            "service/test_it.py": "import pytest\nx = pytest.mark.walrus\ndef test_it(): pass\n",
        }
    )
    proposed = fixes(root, examine(root))
    assert [fix.summary for fix in proposed] == [
        "Register the markers quokka, zebra in pyproject.toml",
        "Register the marker walrus in service/tox.ini",
    ]
    make(root, proposed)
    pytest_accepts(root, root / "service")


NAMES = st.lists(st.sampled_from(["alpha", "beta", "gamma", "größe", "Zeta"]), unique=True)
SPACE = st.sampled_from(["", " ", "\n", "\n    ", " # c\n  ", "\r\n\t"])


@st.composite
def arrays(draw):
    """An array of markers as somebody might have written it."""
    text = "["
    names = draw(NAMES)
    for index, name in enumerate(names):
        quote = draw(st.sampled_from(["'", '"']))
        described = f"{name}{draw(st.sampled_from(['', ': x, y', '(n): [z] # no']))}"
        text += f"{draw(SPACE)}{quote}{described}{quote}{draw(SPACE)}"
        last = index == len(names) - 1
        text += "," if not last or draw(st.booleans()) else ""
    return text + draw(SPACE) + "]", names


@given(arrays(), st.lists(st.sampled_from(["quokka", "zebra", "aal"]), min_size=1, unique=True))
def test_any_array_holds_the_names_afterwards_and_nothing_else_has_changed(array, names):
    raw, known = array
    text = f"[tool.pytest.ini_options]\na = 'b'\nmarkers = {raw} # end\nc = 'd'\n"
    section = read("pyproject.toml", text)
    try:
        made = insertions_of(section, sorted(names), {"pyproject.toml"})
    except CannotInsertError:
        assert not known
        return
    edited = applied(text, made)
    table = tomllib.loads(edited)["tool"]["pytest"]["ini_options"]
    entries = [each.split(":")[0].split("(")[0].strip() for each in table["markers"]]
    assert sorted(entries) == sorted([*known, *names])
    assert [name for name in entries if name in known] == known
    assert (table["a"], table["c"]) == ("b", "d")
    assert edited.count("#") >= text.count("#") - (not known)


INI_LINES = st.lists(
    st.sampled_from(["  alpha: x", "\tbeta", "", "# c", "    ; c", "  gamma(n): y"]), unique=True
)


@given(INI_LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.sampled_from(["", " first"]))
def test_any_ini_list_holds_the_names_afterwards(lines, end, ended, first):
    tail = ["addopts = -ra"] if ended else []
    text = end.join(["[pytest]", f"markers ={first}", *lines, *tail])
    section = read("pytest.ini", text)
    before = [marker.name for marker in section.markers]
    edited = applied(text, insertions_of(section, ["quokka", "zebra"], {"pytest.ini"}))
    after = read("pytest.ini", edited)
    names = [marker.name for marker in after.markers]
    assert [name for name in names if name not in {"quokka", "zebra"}] == before
    assert {"quokka", "zebra"} <= set(names)
    assert after.options.get("addopts") == section.options.get("addopts")
    assert [line for line in edited.split(end) if line.strip() not in {"quokka", "zebra"}] == (
        text.split(end)
    )


def test_a_new_file_holds_nothing_but_markers():
    made = insertions_of(Section("pytest.ini", ""), ["quokka"], set())
    assert applied("", made) == "[pytest]\nmarkers =\n    quokka\n"
