"""The check against a real pytest on generated trees: the same files are refused."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from checks.pytest_markers import PytestMarkers
from netra_validate import Repository, Severity
from netra_validate.testing import run_check

ORACLE = Path(__file__).parents[1] / "oracles"
POOL = ("alpha", "beta", "gamma", "delta", "skip", "xfail", "tryfirst", "kilo", "größe")

FORMS = (
    "import pytest\n@pytest.mark.NAME\ndef test_x(): pass\n",
    "import pytest as pt\npytestmark = pt.mark.NAME\n",
    "import pytest\npytestmark = [pytest.mark.skip, pytest.mark.NAME(1)]\n",
    "import pytest\npytestmark: list = [pytest.mark.NAME]\n",
    "import pytest\npytestmark = []\npytestmark += [pytest.mark.NAME]\n",
    "from pytest import mark\n@mark.NAME\nclass TestX:\n    def test_x(self): pass\n",
    "from pytest import (\n    fixture,\n    mark as m,\n)\n@m.NAME\ndef test_x(): pass\n",
    "from pytest import *\n@mark.NAME\ndef test_x(): pass\n",
    "import pytest\nm = pytest.mark\n@m.NAME\ndef test_x(): pass\n",
    "import pytest\np = pytest\nalias = p.mark.NAME\n@alias\ndef test_x(): pass\n",
    "import pytest\nx = getattr(pytest.mark, 'NAME')\n",
    "import pytest\nfrom pytest import mark\nx = getattr(mark, 'NAME', None)\n",
    """\
import pytest
@pytest.mark.parametrize('a', [pytest.param(1, marks=pytest.mark.NAME)])
def test_x(a): pass
""",
    "import pytest\nclass TestX:\n    @pytest.mark.NAME\n    def test_x(self): pass\n",
    "import pytest\nx = (pytest.\n     mark . NAME)\n",
    "import pytest\nx = pytest.mark.\\\n    NAME\n",
    """\
try:
    import pytest
except ImportError:
    pytest = None
if pytest:
    x = pytest.mark.NAME
""",
    "import pytest\nxs = [pytest.mark.NAME for _ in range(1)]\n",
    "import pytest\ndef test_x(default=pytest.mark.NAME): pass\n",
    "import pytest\nif (m := pytest.mark):\n    x = m.NAME\n",
    "import pytest; é = 'größer'; x = pytest.mark.NAME\n",
    # And these are no use, or none that collecting meets.
    "import pytest\ndef test_x(request): request.node.add_marker('NAME')\n",
    "import pytest\ndef test_x(): pytest.mark.NAME\n",
    "import pytest\n# pytest.mark.NAME\ndef test_x():\n    '''pytest.mark.NAME'''\n",
    """\
import pytest
from types import SimpleNamespace
mark = SimpleNamespace(NAME=1)
x = mark.NAME
""",
    """\
import pytest
from types import SimpleNamespace
def f(mark): return mark.NAME
x = f(SimpleNamespace(NAME=1))
""",
    "import pytest\nclass Holder:\n    class mark:\n        NAME = 1\nx = Holder.mark.NAME\n",
    "import pytest\npytest.mark.NAME = 1\n",
    "def test_x(): pass\n",
)

CONFIGURATIONS = {
    "pytest.toml": "[pytest]\nmarkers = [{toml}]\n{native}",
    ".pytest.toml": "[pytest]\nmarkers = [{toml}]\n{native}",
    "pytest.ini": "[pytest]\nmarkers =\n{ini}\n{plain}",
    ".pytest.ini": "[pytest]\nmarkers =\n{ini}\n{plain}",
    "pyproject.toml": "[tool.pytest.ini_options]\nmarkers = [{toml}]\n{native}",
    "tox.ini": "[tox]\nenvlist = py\n[pytest]\nmarkers =\n{ini}\n{plain}",
    "setup.cfg": "[metadata]\nname = x\n[tool:pytest]\nmarkers =\n{ini}\n{plain}",
}
UNREAD = {
    "pytest.ini": "[tool:pytest]\nmarkers =\n{ini}\n",
    "pyproject.toml": "[project]\nname = 'x'\n[tool.other]\nmarkers = [{toml}]\n",
    "tox.ini": "[tox]\nmarkers =\n{ini}\n",
}
FOLDERS = (
    "",
    "tests",
    "tests/unit",
    "tests/unit/deep",
    "other",
    "build",
    "a_first",
    "testing_more",
)


@dataclass(frozen=True)
class Configuration:
    name: str
    read: bool
    markers: tuple[str, ...]
    testpaths: tuple[str, ...] = ()
    python_files: tuple[str, ...] = ()

    def text(self):
        options = {"testpaths": self.testpaths, "python_files": self.python_files}
        given = {key: values for key, values in options.items() if values}
        template = (CONFIGURATIONS if self.read else UNREAD)[self.name]
        return template.format(
            toml=", ".join(
                json.dumps(f"{name}: what", ensure_ascii=False) for name in self.markers
            ),
            ini="\n".join(f"    {name}(x): what" for name in self.markers),
            native="\n".join(f"{key} = {json.dumps(values)}" for key, values in given.items()),
            plain="\n".join(f"{key} = {' '.join(values)}" for key, values in given.items()),
        )


@dataclass
class Tree:
    configurations: list[Configuration]
    files: dict[str, str] = field(default_factory=dict)

    def write(self, root):
        for configuration in self.configurations:
            (root / configuration.name).write_text(configuration.text(), encoding="utf-8")
        for path, text in self.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")


names = st.sampled_from(POOL)
some_names = st.lists(names, max_size=4, unique=True).map(tuple)


@st.composite
def configurations(draw):
    chosen = draw(st.lists(st.sampled_from(sorted(CONFIGURATIONS)), max_size=3, unique=True))
    return [
        Configuration(
            name,
            name not in UNREAD or draw(st.booleans()),
            draw(some_names),
            draw(st.sampled_from([(), (), ("tests",), ("other", "tests"), ("test*",), ("gone",)])),
            draw(st.sampled_from([(), (), ("check_*.py",), ("test_*.py", "tests/*/check_*.py")])),
        )
        for name in chosen
    ]


@st.composite
def trees(draw):
    tree = Tree(draw(configurations()))
    for number in range(draw(st.integers(8, 24))):
        folder = draw(st.sampled_from(FOLDERS))
        name = draw(st.sampled_from(["test_{}.py", "test_{}.py", "check_{}.py", "{}_test.py"]))
        text = draw(st.sampled_from(FORMS)).replace("NAME", draw(names))
        tree.files[f"{folder}/{name.format(number)}".lstrip("/")] = text
    for folder in draw(st.lists(st.sampled_from(FOLDERS), max_size=3, unique=True)):
        tree.files[f"{folder}/conftest.py".lstrip("/")] = draw(conftests())
    return tree


@st.composite
def conftests(draw):
    registered = draw(some_names)
    body = draw(
        st.sampled_from(
            (
                """\
def pytest_configure(config):
    for name in {names!r}:
        config.addinivalue_line('markers', f'{{name}}: what')
""",
                """\
NAMES = {names!r}
def pytest_configure(config):
    [config.addinivalue_line('markers', name) for name in sorted(NAMES)]
""",
                "import pytest\npytestmark = pytest.mark.early\n",
            )
        )
    )
    return body.format(names=list(registered))


def ask_pytest(root, *arguments):
    report = root.parent / "report.json"
    environment = os.environ | {
        "MARKER_ORACLE_REPORT": str(report),
        "PYTHONPATH": str(ORACLE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "",
    }
    report.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "marker_oracle", "-p", "no:cacheprovider",
         "--collect-only", "-q", "--continue-on-collection-errors", *arguments],
        cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert report.is_file(), done.stdout + done.stderr
    return json.loads(report.read_text(encoding="utf-8"))["files"]


def ask_check(root):
    result = run_check(
        PytestMarkers, Repository(root=root), options=PytestMarkers.Options(unused=False)
    )
    refused = {
        found.location.path
        for found in result.findings
        if found.rule == "pytest-markers.unregistered"
        and found.severity is Severity.ERROR
        and "looked_up" not in found.evidence
    }
    return refused, result


def below_a_refused_conftest(refused):
    """pytest does not come to these: their folder fails before."""
    folders = [path.removesuffix("conftest.py") for path in refused if path.endswith("conftest.py")]
    return {
        path
        for path in refused
        if any(path.startswith(folder) and path != f"{folder}conftest.py" for folder in folders)
    }


@settings(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    # Each example starts a pytest: shrinking would take minutes.
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(trees())
def test_agrees_with_a_real_pytest_file_by_file(tree):
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve() / "tree"
        root.mkdir()
        tree.write(root)
        real = ask_pytest(root, "--strict-markers")
        refused, result = ask_check(root)
    collected = {path for path in real if not path.endswith("conftest.py")}
    if not collected:
        return
    really_refused = {path for path in real if real[path] == "refused"}
    assert really_refused == refused - below_a_refused_conftest(refused)
    assert set(real.values()) <= {"accepted", "refused"}
    assert result.observations["test_files"] >= len(collected)


LATE = """\
import pytest
def test_x(request):
    request.node.add_marker(pytest.mark.NAME)
"""
REGISTERING = "def pytest_configure(config):\n    {}\n"
USING = "import pytest\n@pytest.mark.NAME\ndef test_x(): pass\n"

# Each folder holds one test file; NAME stands for the folder's own.
SITUATIONS = {
    "keyword": {
        "conftest.py": REGISTERING.format("config.addinivalue_line(name='markers', line='NAME')"),
        "test_NAME.py": USING,
    },
    "uncalled": {
        "conftest.py": "def add(config): config.addinivalue_line('markers', 'NAME')\n",
        "test_NAME.py": USING,
    },
    "dead": {
        "conftest.py": REGISTERING.format("if False: config.addinivalue_line('markers', 'NAME')"),
        "test_NAME.py": USING,
    },
    "beside": {
        "help_NAME.py": "import pytest\nslow = pytest.mark.NAME\n",
        "test_NAME.py": "from help_NAME import slow\n@slow\ndef test_x(): pass\n",
    },
    "above": {
        "../help_NAME.py": "import pytest\nslow = pytest.mark.NAME\n",
        "test_NAME.py": "import help_NAME\ndef test_x(): pass\n",
    },
    "unheeded": {
        "help_NAME.py": "import pytest\nslow = pytest.mark.NAME\n",
        "test_NAME.py": "def test_x(): import help_NAME\n",
    },
    "package": {
        "__init__.py": "import pytest\nslow = pytest.mark.NAME\n",
        "test_NAME.py": "from . import slow\n@slow\ndef test_x(): pass\n",
    },
    "compat": {
        "__init__.py": "",
        "compat.py": "import pytest\nmark = pytest.mark\n",
        "test_NAME.py": "from .compat import mark\n@mark.NAME\ndef test_x(): pass\n",
    },
    "no_compat": {
        "__init__.py": "",
        "compat.py": "from types import SimpleNamespace\nmark = SimpleNamespace(NAME=str)\n",
        "test_NAME.py": "from .compat import mark\nx = mark.NAME\ndef test_x(): pass\n",
    },
    "star": {
        "star_NAME.py": "import pytest\n",
        "test_NAME.py": "from star_NAME import *\nx = pytest.mark.NAME\n",
    },
    "lines": {"test_NAME.py": "import pytest\nx = pytest.\\\n mark.\\\n NAME\n"},
    "tuple": {"test_NAME.py": "import pytest\nm, n = pytest.mark, 1\nx = m.NAME\n"},
    "class": {"test_NAME.py": "import pytest\nclass K:\n    m = pytest.mark\nx = K.m.NAME\n"},
    "getattr": {"test_NAME.py": "import pytest\nx = getattr(pytest, 'mark').NAME\n"},
    "typing": {
        "test_NAME.py": "import pytest\nfrom typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    x = pytest.mark.NAME\n"
    },
    "false": {"test_NAME.py": "import pytest\nif False:\n    x = pytest.mark.NAME\n"},
    "script": {
        "test_NAME.py": "import pytest\nif __name__ == '__main__':\n    x = pytest.mark.NAME\n"
    },
    "late": {"test_NAME.py": LATE},
    "called": {"test_NAME.py": "import pytest\ndef f(): return pytest.mark.NAME\nx = f()\n"},
    "generated": {
        "test_NAME.py": "import pytest\ndef pytest_generate_tests(metafunc): pytest.mark.NAME\n"
        "def test_x(): pass\n"
    },
}


def test_agrees_with_a_real_pytest_in_special_situations(tmp_path):
    tree = Tree([])
    for name, files in SITUATIONS.items():
        for path, text in files.items():
            where = (path if path[:3] == "../" else f"../in_{name}/{path}")[3:]
            tree.files[where.replace("NAME", name)] = (
                text.replace("help_NAME", f"help_{name}")
                .replace("star_NAME", f"star_{name}")
                .replace("NAME", f"m_{name}")
            )
    tree.files["pytest.ini"] = "[pytest]\npythonpath = .\n"
    root = tmp_path / "tree"
    root.mkdir()
    tree.write(root)
    real = {path for path, end in ask_pytest(root, "--strict-markers").items() if end != "accepted"}
    _, result = ask_check(root)
    refused = {
        found.evidence.get("imported_by", found.location.path)
        for found in result.findings
        if found.severity is Severity.ERROR
    }
    assert refused == real


def test_agrees_with_a_real_pytest_on_a_section_that_it_refuses(tmp_path):
    (tmp_path / "setup.cfg").write_text("[pytest]\nmarkers = slow\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text("def test_it(): pass\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "--collect-only"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode == 1
    _, result = ask_check(tmp_path)
    assert Severity.ERROR in {found.severity for found in result.findings}


FILTER = "[pytest]\nfilterwarnings =\n    "
UNKNOWN = "pytest.PytestUnknownMarkWarning"
LEGACY = "[tool.pytest.ini_options]\n"

STRICT = {
    "ini-addopts": ("pytest.ini", "[pytest]\naddopts = -ra --strict-markers"),
    "ini-strict-flag": ("pytest.ini", "[pytest]\naddopts = --strict"),
    "ini-option": ("tox.ini", "[pytest]\nstrict_markers = yes"),
    "ini-strict": ("setup.cfg", "[tool:pytest]\nstrict = True"),
    "ini-strict-but-markers": ("pytest.ini", "[pytest]\nstrict = true\nstrict_markers = no"),
    "ini-both": ("pytest.ini", "[pytest]\naddopts = --strict-markers\nstrict_markers = no"),
    "ini-override": ("pytest.ini", "[pytest]\naddopts = -o strict_markers=true"),
    "toml-option": ("pyproject.toml", "[tool.pytest]\nstrict_markers = true"),
    "toml-strict": ("pytest.toml", "[pytest]\nstrict = true"),
    "toml-legacy": ("pyproject.toml", f"{LEGACY}strict = true"),
    "toml-list": ("pyproject.toml", f"{LEGACY}addopts = ['--strict-markers']"),
    "warnings": ("pytest.ini", f"{FILTER}error"),
    "warnings-of-marks": ("pytest.ini", f"{FILTER}error::{UNKNOWN}"),
    "warnings-calmed": ("pytest.ini", f"{FILTER}error\n    ignore::{UNKNOWN}"),
    "warnings-of-others": ("pytest.ini", f"{FILTER}error::DeprecationWarning"),
    "nothing": ("pytest.ini", "[pytest]\n"),
    "unread": ("pytest.ini", "[tool:pytest]\naddopts = --strict-markers"),
    "no-configuration": ("README", ""),
}

UNHEARD = """\
import pytest
@pytest.mark.unheard
def test_it(): pass
"""


@pytest.fixture(scope="module")
def lenient(tmp_path_factory):
    """Which of the configurations make a real pytest accept an unknown marker."""
    roots = {}
    for variant, (name, text) in STRICT.items():
        roots[variant] = root = tmp_path_factory.mktemp(variant) / "tree"
        root.mkdir()
        (root / name).write_text(text, encoding="utf-8")
        (root / "test_it.py").write_text(UNHEARD, encoding="utf-8")
    with ThreadPoolExecutor(4) as threads:
        verdicts = threads.map(lambda root: ask_pytest(root)["test_it.py"], roots.values())
    return dict(zip(roots, zip(roots.values(), verdicts, strict=True), strict=True))


@pytest.mark.parametrize("variant", STRICT)
def test_knows_when_pytest_is_strict(lenient, variant):
    root, verdict = lenient[variant]
    _, result = ask_check(root)
    rules = {found.rule for found in result.findings}
    assert ("pytest-markers.not-strict" in rules) == (verdict == "accepted")
    assert "pytest-markers.unregistered" in rules
