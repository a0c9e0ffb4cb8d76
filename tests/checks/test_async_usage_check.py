"""The check of coroutines: what certainly goes wrong, and silence about everything else."""

import subprocess
import textwrap

import pytest

from checks.async_usage import AsyncUsage, probe
from netra_validate import Outcome, Repository, Severity
from netra_validate.testing import run_check

LIBRARY = """
from contextlib import asynccontextmanager, contextmanager


class Manager:
    def __init__(self):
        self.open = False

    async def start(self):
        return self

    def stop(self):
        return None

    async def messages(self):
        yield 1

    def hook(self):
        pass


class Session:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc):
        return None


class File:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return None


_manager = None


def get_manager():
    global _manager
    if _manager is None:
        _manager = Manager()
    return _manager


def typed() -> "Manager":
    return make(Manager)


def make(kind):
    return kind()


def later():
    return work()


async def work():
    return 1


async def stream():
    yield 1


def numbers():
    yield 1


@contextmanager
def plain_context():
    yield 1


@asynccontextmanager
async def async_context():
    yield 1
"""


def put(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")


def run(root, files, **options):
    put(root, files)
    chosen = AsyncUsage.Options(**options) if options else None
    return run_check(AsyncUsage, Repository(root=root), options=chosen)


def rules(result, path=None):
    return [
        found.rule.removeprefix("async-usage.")
        for found in result.findings
        if path is None or found.location.path == path
    ]


def found_in(
    root, body, *, imports="from app.library import *  # no", header="", path="app/use.py"
):
    """The rules that the body of a coroutine breaks, beside a package ``app`` with a library."""
    names = (
        "Manager, Session, File, get_manager, typed, make, later, work, stream, numbers, "
        "plain_context, async_context"
    )
    if imports.startswith("from app.library import *"):
        imports = f"from app.library import {names}"
    lines = textwrap.indent(textwrap.dedent(body).strip(), "    ")
    text = f"import asyncio\n{imports}\n{textwrap.dedent(header)}\nasync def main():\n{lines}\n"
    return run(root, {"app/__init__.py": "", "app/library.py": LIBRARY, path: text})


# What goes wrong


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("await get_manager()", ["not-awaitable"]),
        ("await typed()", ["not-awaitable"]),
        ("await Manager()", ["not-awaitable"]),
        ("await numbers()", ["not-awaitable"]),
        ("await stream()", ["not-awaitable"]),
        ("await plain_context()", ["not-awaitable"]),
        ("await async_context()", ["not-awaitable"]),
        ("await Manager().stop()", ["not-awaitable"]),
        ("m = Manager()\nawait m.stop()", ["not-awaitable"]),
        ("print(await get_manager())", ["not-awaitable"]),
        ("work()", ["never-awaited"]),
        ("Manager().start()", ["never-awaited"]),
        ("m = Manager()\nm.start()", ["never-awaited"]),
        ("result = work()", ["never-awaited"]),
        ("asyncio.sleep(1)", ["never-awaited"]),
        ("async with plain_context(): pass", ["wrong-context-manager"]),
        ("with async_context(): pass", ["wrong-context-manager"]),
        ("with Session(): pass", ["wrong-context-manager"]),
        ("async with File(): pass", ["wrong-context-manager"]),
        ("session = Session()\nwith session: pass", ["wrong-context-manager"]),
        ("async with stream(): pass", ["wrong-context-manager"]),
        ("async with work(): pass", ["wrong-context-manager"]),
        ("for each in stream(): pass", ["wrong-iteration"]),
        ("for each in work(): pass", ["wrong-iteration"]),
        ("async for each in numbers(): pass", ["wrong-iteration"]),
        ("async for each in work(): pass", ["wrong-iteration"]),
        ("return [each for each in stream()]", ["wrong-iteration"]),
        ("return [each async for each in numbers()]", ["wrong-iteration"]),
        ("asyncio.run(work())", ["running-loop"]),
        ("loop = asyncio.get_event_loop()\nloop.run_until_complete(work())", ["running-loop"]),
        ("asyncio.get_running_loop().close()", ["running-loop"]),
        ("asyncio.set_event_loop(asyncio.new_event_loop())", ["shared-loop"]),
    ],
)  # fmt: skip
def test_what_goes_wrong_is_found(tmp_path, monkeypatch, body, expected):
    assert rules(found_in(tmp_path, body)) == expected
    monkeypatch.setattr(probe, "_FEW", 0)
    assert rules(found_in(tmp_path, body)) == expected


@pytest.mark.parametrize(
    "body",
    [
        "await work()",
        "await later()",
        "await make(Manager)",
        "task = asyncio.create_task(work())\nawait task",
        "coroutine = work()\nawait coroutine",
        "coroutine = work()\nreturn locals()",
        "return work()",
        "await asyncio.gather(work(), work())",
        "async with async_context() as x, Session(): pass",
        "with plain_context(), File(): pass",
        "with await work(): pass",
        "async for each in stream(): pass",
        "for each in numbers(): pass",
        "for each in await work(): pass",
        "with pytest.raises(TypeError): await get_manager()",
        "with self.assertRaises(TypeError): await get_manager()",
        "try:\n    await get_manager()\nexcept TypeError: pass",
        "if asyncio.iscoroutinefunction(get_manager):\n    await get_manager()",
        "get_manager = other()\nawait get_manager()",
        "def get_manager(): return other()\nawait get_manager()",
        "for get_manager in (): await get_manager()",
        "import elsewhere as get_manager\nawait get_manager()",
        "await (lambda get_manager: get_manager())(work)",
        "if TYPE_CHECKING: work()",
        "m = Manager()\nm.stop = work\nawait m.stop()",
        "m = Manager()\nm = other()\nawait m.stop()",
        "loop = asyncio.new_event_loop()\nloop.close()",
        "connection = other()\nconnection.close()",
        "unknown()",
        "(work() if x else None)",
    ],
)
def test_what_is_right_or_unknown_is_passed_over(tmp_path, body):
    result = found_in(tmp_path, body)
    assert rules(result) == []
    assert result.outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("imports", "call"),
    [
        ("from app.library import get_manager", "get_manager()"),
        ("from app.library import get_manager as manager", "manager()"),
        ("from .library import get_manager", "get_manager()"),
        ("from . import library", "library.get_manager()"),
        ("from app import library as lib", "lib.get_manager()"),
        ("import app.library", "app.library.get_manager()"),
        ("import app.library as lib", "lib.get_manager()"),
        ("from app.shop import manager", "manager()"),
        ("from app import shop", "shop.manager()"),
    ],
)
def test_names_are_followed_through_imports(tmp_path, monkeypatch, imports, call):
    put(tmp_path, {"app/shop/__init__.py": "from ..library import get_manager as manager\n"})
    result = found_in(tmp_path, f"await {call}", imports=imports)
    assert rules(result) == ["not-awaitable"]
    monkeypatch.setattr(probe, "_FEW", 0)
    again = found_in(tmp_path, f"await {call}", imports=imports)
    assert again.findings == result.findings
    assert result.findings[0].evidence["defined"].startswith("app/library.py:")


@pytest.mark.parametrize(
    "library",
    [
        "async def get(): ...\ndef get(): return 1",
        "if x:\n    def get(): return 1\nelse:\n    async def get(): return 1",
        "try:\n    from fast import get\nexcept ImportError:\n    def get(): return 1",
        "def get(): return 1\nfrom fast import *",
        "def get(): return 1\nget = wrap(get)",
        "@wrapped\ndef get(): return 1",
        "def get(): return 1\ndef swap():\n    global get\n    get = other",
        "from typing import Awaitable\ndef get() -> Awaitable[int]: return other()",
        "def get() -> 'Future[int]': return other()",
        "def get(x=None): return x",
        "def get(): return other.get()",
        "def get(): raise NotImplementedError",
        "class Job:\n    def __await__(self): yield\ndef get(): return Job()",
        "from elsewhere import Job\ndef get() -> Job: return Job()",
        "class Job(Elsewhere): pass\ndef get(): return Job()",
        "class Job:\n    def __new__(cls): return other()\ndef get(): return Job()",
        "@registered\nclass Job: pass\ndef get(): return Job()",
        ("class Job: pass\nclass Task(Job):\n    def __await__(self): yield\n"
        "def get() -> Job: return make()"),
        "from typing import Protocol\nclass Job(Protocol): pass\ndef get() -> Job: return make()",
        "async def work(): ...\ndef get() -> int: return work()",
        "import functools\n@functools.cache\nasync def get(): ...",
        ("from typing import overload\n@overload\ndef get(x: int): ...\n"
        "@overload\ndef get(x: str): ...\ndef get(x): return 1"),
        "get = lambda: 1",
        "def __getattr__(name): return other",
    ],
)  # fmt: skip
def test_what_may_be_awaitable_is_passed_over(tmp_path, library):
    files = {
        "library.py": f"{library}\n",
        "use.py": "from library import get\nasync def main():\n    await get()\n    get()\n",
    }
    assert not {"not-awaitable"}.intersection(rules(run(tmp_path, files)))


METHODS = """
import abc

class Base:
    async def start(self): return 1
    def stop(self): return 1
    def hook(self): pass
    @property
    def job(self): return other
    @staticmethod
    def size(): return 1
    @classmethod
    def named(cls): return 1

class Child(Base):
    async def main(self):
        {body}
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("await self.stop()", ["not-awaitable"]),
        ("self.start()", ["never-awaited"]),
        ("await self.size()", ["not-awaitable"]),
        ("await Base.size()", ["not-awaitable"]),
        ("await Child.named()", ["not-awaitable"]),
        ("await self.hook()", []),
        ("await self.job()", []),
        ("await self.unknown()", []),
        ("await self.start()", []),
        ("self.stop = other; await self.stop()", []),
        ("await super().stop()", []),
    ],
)
def test_methods_are_looked_up_along_the_bases(tmp_path, monkeypatch, body, expected):
    assert rules(run(tmp_path, {"a.py": METHODS.format(body=body)})) == expected
    monkeypatch.setattr(probe, "_FEW", 0)
    assert rules(run(tmp_path, {})) == expected


def test_a_method_that_an_heir_replaces_is_passed_over(tmp_path):
    heir = "from a import Child\nclass Later(Child):\n    async def stop(self): return 1\n"
    files = {"a.py": METHODS.format(body="await self.stop()"), "b.py": heir}
    assert rules(run(tmp_path, files)) == []


def test_annotations_tell_the_class_but_not_in_tests(tmp_path):
    use = "from a import Base\nasync def main(base: Base):\n    await base.stop()\n"
    narrowed = (
        "from a import Base\nasync def main(base: Base):\n"
        "    if isinstance(base, other): await base.stop()\n"
    )
    files = {
        "a.py": METHODS.format(body="pass"),
        "use.py": use,
        "narrowed.py": narrowed,
        "tests/test_use.py": use,
    }
    result = run(tmp_path, files)
    assert rules(result, "use.py") == ["not-awaitable"]
    assert len(result.findings) == 1


@pytest.mark.parametrize(
    "patched",
    [
        'with patch("library.get", new=AsyncMock()):\n        await get()',
        'monkeypatch.setattr(library, "get", work)\n    await library.get()',
        'with patch.object(library, "get"):\n        await library.get()',
        "library.get = AsyncMock()\n    await library.get()",
    ],
)
def test_what_a_test_replaces_is_passed_over(tmp_path, patched):
    files = {
        "library.py": "def get(): return 1\n",
        "test_it.py": "import library\nfrom library import get\n"
        f"async def test_it():\n    {patched}\n",
    }
    assert rules(run(tmp_path, files)) == []


# Which file a module is


def test_what_two_files_could_be_is_passed_over(tmp_path):
    library = "def get(): return 1\n"
    use = "from app.library import get\nasync def main():\n    await get()\n"
    two = {
        "one/app/__init__.py": "",
        "one/app/library.py": library,
        "two/app/__init__.py": "",
        "two/app/library.py": library,
        "use.py": use,
    }
    assert rules(run(tmp_path, two)) == []
    # A file in the package itself means its own.
    assert rules(run(tmp_path, {**two, "one/app/use.py": use})) == ["not-awaitable"]


@pytest.mark.parametrize("root", ["src/", "backend/", "services/backend/src/"])
def test_packages_are_found_below_the_root(tmp_path, root):
    files = {
        f"{root}app/__init__.py": "",
        f"{root}app/library.py": "def get(): return 1\n",
        "tests/test_it.py": "from app.library import get\nasync def main():\n    await get()\n",
    }
    assert rules(run(tmp_path, files)) == ["not-awaitable"]


@pytest.mark.parametrize("module", ["json", "vendored"])
def test_modules_of_others_are_not_mistaken_for_the_repositorys(tmp_path, module):
    files = {
        f"tools/vendor/{module}/__init__.py": "def get(): return 1\n",
        "use.py": f"from {module} import get\nasync def main():\n    await get()\n",
    }
    assert rules(run(tmp_path, files)) == []


# Loops and what blocks


@pytest.mark.parametrize(
    ("imports", "call", "found"),
    [
        ("import time", "time.sleep(1)", True),
        ("from time import sleep", "sleep(1)", True),
        ("from time import sleep as pause", "pause(1)", True),
        ("import requests", "requests.get(url)", True),
        ("import urllib.request", "urllib.request.urlopen(url)", True),
        ("from urllib.request import urlopen", "urlopen(url)", True),
        ("import subprocess", "subprocess.run(['x'])", True),
        ("import os", "os.system('x')", True),
        ("import psycopg2", "connection = psycopg2.connect(dsn)", True),
        ("import boto3", "boto3.client('s3')", True),
        ("import time", "time.sleep(0)", False),
        ("import time", "await asyncio.to_thread(time.sleep, 1)", False),
        ("import time", "loop.run_in_executor(None, lambda: time.sleep(1))", False),
        ("import time", "def later(): time.sleep(1)", False),
        ("import time", "time = other()\n    time.sleep(1)", False),
        ("from elsewhere import time", "time.sleep(1)", False),
        ("import asyncio", "await asyncio.sleep(1)", False),
        ("import subprocess", "subprocess.Popen(['x'])", False),
        ("import builtins", "open('x')", False),
    ],
)
def test_blocking_calls_in_coroutines(tmp_path, monkeypatch, imports, call, found):
    text = f"import asyncio\n{imports}\nasync def main():\n    {call}\n"
    result = run(tmp_path, {"a.py": text}, blocking=("boto3.client",))
    assert rules(result) == ["blocking-call"] * found
    monkeypatch.setattr(probe, "_FEW", 0)
    assert run(tmp_path, {}, blocking=("boto3.client",)).findings == result.findings
    assert all(each.severity is Severity.WARNING for each in result.findings)


def test_blocking_outside_of_coroutines_is_nobodys_business(tmp_path):
    text = "import time\nasync def main(): pass\ndef wait():\n    time.sleep(1)\ntime.sleep(1)\n"
    assert rules(run(tmp_path, {"a.py": text})) == []


FIXTURES = """
import asyncio
import pytest
import pytest_asyncio

{decorator}
def {name}():
    {body}
"""


@pytest.mark.parametrize(
    ("decorator", "name", "body", "count"),
    [
        ("@pytest.fixture", "event_loop", "yield asyncio.new_event_loop()", 1),
        ("@pytest.fixture(scope='session')", "event_loop", "yield asyncio.new_event_loop()", 1),
        ("@pytest_asyncio.fixture(name='event_loop')", "loop", "yield other()", 1),
        ("@pytest.fixture(name='other')", "event_loop", "yield other()", 0),
        ("", "event_loop", "return other()", 0),
        ("@pytest.fixture", "loop", "asyncio.set_event_loop(None)", 1),
        ("@pytest.fixture", "loop", "asyncio.get_event_loop().close()", 1),
        ("@pytest.fixture", "loop", "it = asyncio.get_event_loop(); yield it; it.close()", 1),
        ("@pytest.fixture", "loop", "it = asyncio.new_event_loop(); yield it; it.close()", 0),
        ("", "setup_module", "asyncio.set_event_loop(None)", 1),
        ("", "main", "asyncio.set_event_loop(None)", 0),
    ],
)
def test_the_loop_of_the_tests(tmp_path, monkeypatch, decorator, name, body, count):
    text = FIXTURES.format(decorator=decorator, name=name, body=body)
    assert rules(run(tmp_path, {"tests/conftest.py": text})) == ["shared-loop"] * count
    monkeypatch.setattr(probe, "_FEW", 0)
    assert rules(run(tmp_path, {})) == ["shared-loop"] * count
    assert rules(run(tmp_path / "other", {"app/main.py": text})) == []


def test_nested_loops_are_right_where_asyncio_is_patched_for_them(tmp_path):
    text = "import asyncio\nasync def main():\n    asyncio.run(other())\n"
    files = {"a.py": text, "b.py": "import nest_asyncio\nnest_asyncio.apply()\n"}
    assert rules(run(tmp_path, files)) == []


# The whole check


def test_a_finding_names_the_place_and_what_to_do(tmp_path):
    text = "from app.library import get_manager\nasync def main():\n    é = await get_manager()\n"
    files = {"app/__init__.py": "", "app/library.py": LIBRARY, "app/use.py": text}
    (found,) = run(tmp_path, files).findings
    assert found.message == "`get_manager` is no coroutine function, and is awaited"
    assert (found.location.path, found.location.line, found.location.column) == ("app/use.py", 3, 9)
    assert found.evidence["name"] == "get_manager"
    assert found.remediation.summary == "Call get_manager without await"
    assert found.severity is Severity.ERROR


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("é = await get_manager()", "é = get_manager()"),
        ("x = (await get_manager()).x", "x = (get_manager()).x"),
        ("x = await (get_manager())", None),
        ("x = await  get_manager()", None),
        ("async with plain_context() as x: pass", "with plain_context() as x: pass"),
        ("async with plain_context(), Session(): pass", None),
        ("with async_context(): pass", "async with async_context(): pass"),
        ("for each in stream(): pass", "async for each in stream(): pass"),
        ("x = [each for each in stream()]", None),
        ("work()", None),
        ("async with stream(): pass", None),
    ],
)
def test_what_is_a_matter_of_one_word_can_be_mended(tmp_path, before, after):
    result = found_in(tmp_path, before)
    (found,) = result.findings
    if after is None:
        assert found.fix is None
        return
    (edit,) = found.fix.replacements
    line = (tmp_path / edit.path).read_text().splitlines()[edit.line - 1]
    assert line[: edit.column - 1] + edit.text + line[edit.end_column - 1 :] == f"    {after}"
    (tmp_path / edit.path).unlink()
    assert rules(found_in(tmp_path, after)) == []


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# netra-validate: allow", 0),
        ("# netra-validate: allow[async-usage.never-awaited]", 0),
        ("# netra-validate: allow[async-usage]", 0),
        ("# netra-validate: allow[async-usage.not-awaitable]", 1),
        ("# netra-validate: allow[async-usage.never]", 1),
    ],
)
def test_a_comment_allows_its_line(tmp_path, comment, left):
    result = found_in(tmp_path, f"work()  {comment}")
    assert len(result.findings) == left
    assert result.observations.get("allowed_uses", 0) == 1 - left
    if "never]" in comment:
        assert "does not have" in result.findings[0].evidence["comment"]


def test_excluded_files_are_not_judged(tmp_path):
    text = "import time\nasync def main():\n    time.sleep(1)\n"
    files = {"a.py": text, "old/b.py": text, "async.txt": text}
    result = run(tmp_path, files, exclude=("old/",))
    assert [found.location.path for found in result.findings] == ["a.py"]
    assert result.observations["files"] == 1


@pytest.mark.parametrize(
    "broken",
    ["async def main(:\n", "async def main():\n    x = " + "(" * 5000, "async def f():\n\0\n",
     "match async def:\n  case await \n", "# async def\nx = " + "-" * 20000 + "1\n"],
)  # fmt: skip
def test_what_is_no_valid_python_is_counted(tmp_path, broken):
    files = {"a.py": broken, "b.py": "import time\nasync def main():\n    time.sleep(1)\n"}
    result = run(tmp_path, files)
    assert rules(result) == ["blocking-call"]
    assert result.observations["unparsable_files"] == 1


def test_a_repository_without_coroutines_has_nothing_to_examine(tmp_path):
    result = run(tmp_path, {"a.py": "x = 1\n", "README.md": "async def\n"})
    assert (result.outcome, result.reason) == (
        Outcome.SKIP,
        "no Python file here has to do with coroutines",
    )


def test_files_that_cannot_be_read_are_told(tmp_path):
    put(tmp_path, {"a.py": "async def main(): pass\n"})
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    with (tmp_path / "large.py").open("wb") as file:
        file.write(b"async def main(): pass\n")
        file.truncate(33 * 2**20)
    result = run_check(AsyncUsage, Repository(root=tmp_path))
    assert rules(result) == ["unread"]
    assert result.findings[0].evidence["files"] == ["large.py"]


@pytest.mark.parametrize("few", [0, 600])
def test_files_there_is_no_time_for_are_told(tmp_path, monkeypatch, few):
    monkeypatch.setattr(probe, "_FEW", few)
    monkeypatch.setattr(probe, "_SPARE", 1.0)
    wrong = "def get(): return 1\nasync def main(): await get()\n"
    result = run(tmp_path, {"a.py": wrong, "b.py": wrong, "c.py": "x = 1\n"})
    assert rules(result) == ["unread"]
    assert "2 of 2 Python files with coroutines were not looked at" in result.findings[0].message
    assert result.findings[0].evidence == {"count": 2, "of": 2, "files": ["a.py", "b.py"]}


def test_circles_of_imports_and_bases_end(tmp_path):
    files = {
        "a.py": "from b import get\nasync def main():\n    await get()\n    await A().x()\n",
        "b.py": "from a import get\nclass A(B): pass\nclass B(A): pass\n",
        "c.py": "from c import get\n",
        "d.py": "from b import A\nasync def main():\n    await A().x()\n    with A(): pass\n",
    }
    assert rules(run(tmp_path, files)) == []


@pytest.mark.parametrize("few", [0, 300])
def test_copies_of_a_file_are_judged_each_by_what_stands_beside_it(tmp_path, monkeypatch, few):
    monkeypatch.setattr(probe, "_FEW", few)
    same = "from .made import make\nasync def main():\n    await make()\n"
    files = {
        **{f"{folder}/__init__.py": "" for folder in ("a", "b", "c")},
        **{f"{folder}/use.py": same for folder in ("a", "b", "c")},
        "a/made.py": "async def make(): return 1\n",
        "b/made.py": "def make(): return 1\n",
        "c/made.py": "def make(): return 1\n",
    }
    result = run(tmp_path, files)
    assert [each.location.path for each in result.findings] == ["b/use.py", "c/use.py"]
    assert ["b/made.py:1" in each.message + str(each.evidence) for each in result.findings] == [
        True,
        False,
    ]
