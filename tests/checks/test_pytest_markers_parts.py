"""The parts of the check that are pure: expressions, commands, requirements, registrations."""

import ast
from pathlib import Path
from textwrap import dedent

import pytest
from _pytest.mark.expression import Expression
from hypothesis import given
from hypothesis import strategies as st

from checks.pytest_markers import scan
from checks.pytest_markers.commands import selections_in
from checks.pytest_markers.expressions import ExpressionError, names_of
from checks.pytest_markers.known_plugins import BUILT_IN, markers_of
from checks.pytest_markers.reader import READER
from checks.pytest_markers.registered import read_module
from checks.pytest_markers.requirements import declared_in, declares
from checks.pytest_markers.tokens import uses_in_tokens
from checks.pytest_markers.uses import uses_in

WORDS = [*"()=,1 '\\%x", "and", "or", "not", "slow", "a.b", "-2", "True", "'s'", '"t"', "class"]


@given(st.lists(st.sampled_from(WORDS), max_size=12), st.sampled_from(["", " "]))
def test_reads_expressions_as_pytest_does(words, between):
    text = between.join(words)
    try:
        real = Expression.compile(text)
    except SyntaxError:
        with pytest.raises(ExpressionError):
            names_of(text)
    else:
        assert frozenset(names_of(text)) == real.idents()


def test_refuses_an_expression_without_end():
    with pytest.raises(ExpressionError):
        names_of("(" * 100_000)


def test_knows_the_markers_that_pytest_brings(pytestconfig):
    brought = {marker.name for marker in pytestconfig._iter_registered_markers()}
    assert brought >= BUILT_IN
    assert brought - BUILT_IN <= {"anyio", "hypothesis", "no_cover", "xdist_group"}


COMMANDS = {
    "a.sh": [
        ("python -m pytest -m 'not slow' tests", ["not slow"]),
        ("python -m pytest tests", []),
        ("python -m http.server; pytest -q", []),
        ("pytest -q | tee -m foo", []),
        ("coverage run -m pytest -mfast", ["fast"]),
        ("pytest \\\n    -m slow", ["slow"]),
        ('pytest -m "$MARKS"', []),
        ("pip install pytest && x -m foo", []),
        ("my-pytest -m foo", []),
        ("pytest-watch -m foo", []),
        ("echo # pytest -m foo", []),
        (".venv/bin/pytest --maxfail=1 -m a -x -m b", ["a", "b"]),
    ],
    "package.json": [('{"test": "pytest -m \\"a or b\\" x"}', ["a or b"])],
    "pyproject.toml": [('test = "pytest -m slow"', ["slow"]), ("[tool.pytest.ini_options]", [])],
    "noxfile.py": [
        ("session.run('pytest', '-m', 'slow')", ["slow"]),
        ("session.run('python', '-m', 'pytest', '-m', 'slow')", ["slow"]),
        ("session.run(*['pytest', '-m', mark])", []),
        ("session.run('python', '-m', 'build')", []),
    ],
}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [(path, text, expected) for path, cases in COMMANDS.items() for text, expected in cases],
)
def test_finds_expressions_in_commands(path, text, expected):
    assert [found.expression for found in selections_in(path, text)] == expected


def test_places_an_expression():
    (found,) = selections_in("a.yml", "run:\n  pytest -m 'a' \n")
    assert (found.line, found.column) == (2, 13)


REGISTRATIONS = {
    "literal": ("c.addinivalue_line('markers', 'a: x')", {"a"}),
    "without text": ("c.addinivalue_line('markers', 'a(x)')", {"a"}),
    "joined": ("c.addinivalue_line('markers', 'a' ': x')", {"a"}),
    "list": ("for m in ['a: x', 'b']:\n    c.addinivalue_line('markers', m)", {"a", "b"}),
    "pairs": ("for m, t in [('a', 'x')]:\n    c.addinivalue_line('markers', f'{m}: {t}')", {"a"}),
    "table": (
        "for m, t in {'a': 'x'}.items(): c.addinivalue_line('markers', m + ': ' + t)",
        {"a"},
    ),
    "sorted": (
        "T = {'a', 'b'}\nfor m in sorted(T): c.addinivalue_line('markers', m)",
        {"a", "b"},
    ),
    "constant": ("A = 'a: x'\nc.addinivalue_line('markers', A)", {"a"}),
    "format": ("c.addinivalue_line('markers', 'a: {}'.format(x))", {"a"}),
    "text unknown": ("c.addinivalue_line('markers', f'a: {x}')", {"a"}),
    "other option": ("c.addinivalue_line('filterwarnings', 'a')", set()),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), REGISTRATIONS.values(), ids=REGISTRATIONS.keys())
def test_reads_registrations(text, expected):
    module = read_module(ast.parse(text))
    assert module.markers == expected
    assert module.open_at is None


@pytest.mark.parametrize(
    "arguments", ["'markers', x", "'markers', f'{x}: y'", "'markers', str(x)", "x, 'a'"]
)
def test_says_where_a_registration_cannot_be_read(arguments):
    assert read_module(ast.parse(f"c.addinivalue_line({arguments})")).open_at == 1


def test_reads_plugins_and_what_is_left_out():
    text = "pytest_plugins = ['a', 'b']\ncollect_ignore = ['c']\ncollect_ignore_glob = ['*_d']"
    module = read_module(ast.parse(text))
    assert module.plugins == ("a", "b")
    assert (module.ignored, module.ignored_globs) == (("c",), ("*_d",))


REQUIREMENTS = {
    "requirements/dev.txt": "pytest_asyncio[x]>=0.2 ; python_version > '3'\n-r other.txt\n# no\n",
    "pyproject.toml": "[dependency-groups]\ndev = ['pytest-asyncio~=1.0', {include-group = 'x'}]\n",
    "services/a/pyproject.toml": "[tool.poetry.group.dev.dependencies]\npytest-asyncio = '^1'\n",
    "uv.lock": "[[package]]\nname = 'pytest-asyncio'\nversion = '1.0'\n",
    "setup.py": "setup(extras_require={'test': ['pytest-asyncio']})\n",
    "setup.cfg": "[options.extras_require]\ntest =\n    pytest-asyncio>=1\n",
    "tox.ini": "[testenv]\ndeps =\n    pytest-asyncio\n",
    "environment.yml": "dependencies:\n  - pip:\n    - pytest-asyncio==1.0\n",
    "Pipfile": "[dev-packages]\npytest-asyncio = '*'\n",
}


@pytest.mark.parametrize("path", REQUIREMENTS)
def test_reads_requirements(path):
    assert declares(path)
    assert "pytest-asyncio" in declared_in(path, REQUIREMENTS[path]).names


@pytest.mark.parametrize(
    ("spec", "major"),
    [("==8.3.4", 8), ("~=8.1", 8), (">=7,<9", 8), ("<9.1", 9), (">=8", None), ("", None),
     ("==6.2; python_version < '3.6'", None)],
)  # fmt: skip
def test_knows_the_pytest_that_is_held(spec, major):
    assert declared_in("requirements.txt", f"pytest{spec}\n").pytest == major


def test_brings_anyio_with_what_requires_it():
    assert markers_of({"httpx"}) == {"anyio": "anyio"}


def test_looks_at_bytes():
    data = b"benchmark.pedantic pytest.mark.a mark.b_1 remark.x markers.y (mark.\xc3\xa9)"
    assert scan.names_in(data) == {b"a", b"b_1", b"\xc3\xa9"}
    for alone in (b"m = pytest.mark", b"getattr(pytest.mark, 'x')", b"pytest.mark .x", b"mark . x",
                  b"getattr(pytest, 'mark').x"):  # fmt: skip
        assert scan.names_in(alone) == {b""}


def test_reads_tokens():
    text = dedent('''\
        import pytest
        """ pytest.mark.no """
        @pytest.mark.a  # pytest.mark.no
        def f(:
            x = "pytest.mark.no" + item.add_marker("b")
            y = """ open
            pytest.mark.c
        ''')
    assert [(use.name, use.line) for use in uses_in_tokens(text)] == [("a", 3), ("b", 5), ("c", 7)]
    assert [use.name for use in uses_in_tokens("from pytest import mark\nmark.a(\nx.mark.b")] == [
        "a"
    ]


def test_counts_columns_in_characters():
    text = "import pytest; é = 'ü', pytest.mark.x"
    (use,) = uses_in(ast.parse(text), [text])
    assert text[use.column - 1 :] == "x"


@pytest.mark.parametrize(
    "text",
    [
        "match pytest.mark.x:\n    case True | None | 1 | 'a':\n        global y",
        "table = [1, 2,\n    pytest.mark.x,\n    3]",
        "a = b = f'{pytest.mark.x!r:>{1}}'",
        "a: int = {**{1: lambda y: pytest.mark.x}}",
        "a = [1 for y in z if -1 < 2 or pytest\\\n.mark.x]",
        "a[pytest.mark.x:1] = b",
        "a = (m := pytest.mark)\nm.x",
        "m = p = pytest\np.mark.x",
        "m, n = pytest.mark, 1\nm.x",
        "class K:\n    m = pytest.mark\nK.m.x",
        "getattr(pytest, 'mark').x",
        "pytest.\\\nmark.\\\nx",
    ],
)
def test_finds_a_look_up_wherever_it_stands(text):
    text = f"import pytest\n{text}\n"
    assert [use.name for use in uses_in(ast.parse(text), text.split("\n"))] == ["x"]


def test_walks_over_every_kind_of_node():
    for path in Path(ast.__file__).parent.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert uses_in(ast.parse(text), text.split("\n")) == []


@pytest.mark.parametrize(
    ("body", "markers"),
    [
        ("def pytest_configure(config): config.addinivalue_line(name='markers', line='x: y')", "x"),
        ("def pytest_configure(config): config.addinivalue_line('markers', line='x: y')", "x"),
        ("def add(config): config.addinivalue_line('markers', 'x')", ""),
        ("def add(c): c.addinivalue_line('markers', 'x')\ndef pytest_configure(c): add(c)", "x"),
        ("if False:\n    c.addinivalue_line('markers', 'x')", ""),
        ("if not TYPE_CHECKING:\n    c.addinivalue_line('markers', 'x')\nelse: y", "x"),
    ],
)
def test_counts_a_registration_that_pytest_comes_to(body, markers):
    said = read_module(ast.parse(body))
    assert (said.markers, said.open_at) == (frozenset(markers), None)


@pytest.mark.parametrize("test", ["False", "0", "TYPE_CHECKING", "typing.TYPE_CHECKING", "not 1"])
def test_passes_over_a_branch_that_is_never_taken(test):
    text = f"import pytest\nif {test}:\n    pytest.mark.x\nelse:\n    pytest.mark.y\n"
    assert [use.name for use in uses_in(ast.parse(text), text.split("\n"))] == ["y"]


WHEN = {
    "def f(): pytest.mark.x": "call",
    "def f(): return pytest.mark.x\nf()": "import",
    "def f(): return pytest.mark.x\n@f\ndef g(): pass": "import",
    "def g(): f()\ndef f(): return pytest.mark.x\ng()": "import",
    "def f(): return g()\ndef g(): return pytest.mark.x": "call",
    "class K:\n    def f(self): pytest.mark.x\ndef f(): pass\nf()": "call",
    "def f(): return lambda: pytest.mark.x\nf()": "call",
    "def pytest_generate_tests(metafunc): pytest.mark.x": "collection",
    "def pytest_runtest_setup(item): pytest.mark.x": "call",
    "def f(): pytest.mark.x\nif __name__ == '__main__':\n    f()": "call",
}


@pytest.mark.parametrize("text", WHEN)
def test_tells_when_a_marker_is_looked_up(text):
    (use,) = uses_in(ast.parse(f"import pytest\n{text}"), f"import pytest\n{text}".split("\n"))
    assert use.when == WHEN[text]


def test_copies_of_a_file_are_asked_apart_while_one_leads_to_the_other():
    text = "from .m import mark\nfrom .m import mark as n\nmark.one\nn.two\n"
    said = READER(ast.parse(text), text.encode())
    walk, other = said.own_walk(), said.own_walk()

    def hand(handed):
        assert other.kind_of("mark", lambda _: None) is None
        return "mark"

    assert [use.name for use in walk.uses(text.split("\n"), hand)] == ["one", "two"]
