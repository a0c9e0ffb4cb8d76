"""What the sources of well-known projects taught the check: forms that are right, and faults."""

import asyncio
import contextlib
import importlib
import textwrap

import pytest

from checks.async_usage import AsyncUsage, externals
from netra_validate import Outcome, Repository, Severity
from netra_validate.testing import run_check


def run(root, files):
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return run_check(AsyncUsage, Repository(root=root))


def rules(result):
    return [found.rule.removeprefix("async-usage.") for found in result.findings]


def in_coroutine(root, body, imports="", path="app.py"):
    text = (
        f"import asyncio\n{imports}\nasync def main(loop=None):\n{textwrap.indent(body, '    ')}\n"
    )
    return run(root, {path: text})


# Calls that do not wait


@pytest.mark.parametrize(
    ("imports", "call", "blocks"),
    [
        ("import socket", "socket.getaddrinfo(host, port)", True),
        ("import socket", "socket.getaddrinfo(host, port, family=f)", True),
        ("import socket", "socket.getaddrinfo(host, port, flags=f)", False),
        ("import socket", "socket.getaddrinfo(host, port, 0, 0, 0, socket.AI_NUMERICHOST)", False),
        ("import os", "os.waitpid(pid, 0)", True),
        ("import os", "os.waitpid(pid, os.WNOHANG)", False),
    ],
)
def test_calls_whose_arguments_keep_them_from_waiting(tmp_path, imports, call, blocks):
    assert rules(in_coroutine(tmp_path, call, imports)) == ["blocking-call"] * blocks


@pytest.mark.parametrize(
    ("path", "severity"),
    [
        ("app/main.py", Severity.WARNING),
        ("tests/test_main.py", Severity.NOTE),
        ("app/_tests/main.py", Severity.NOTE),
        ("app/test_main.py", Severity.NOTE),
    ],
)
def test_the_loop_of_a_test_serves_nobody_else(tmp_path, path, severity):
    result = in_coroutine(tmp_path, "time.sleep(1)", "import time", path)
    assert [found.severity for found in result.findings] == [severity]


@pytest.mark.parametrize(
    "body",
    [
        "try:\n    time.sleep(1)\nexcept RuntimeError: pass",
        "with pytest.raises(TypeError):\n    time.sleep(1)",
        "asyncio.iscoroutine(loop)\ntime.sleep(1)",
    ],
)
def test_what_blocks_does_so_whatever_is_expected_of_it(tmp_path, body):
    assert rules(in_coroutine(tmp_path, body, "import time\nimport pytest")) == ["blocking-call"]


def test_a_loop_that_may_not_run_is_tried(tmp_path):
    body = "try:\n    asyncio.run(other())\nexcept RuntimeError: pass"
    assert rules(in_coroutine(tmp_path, body)) == []


# Loops


@pytest.mark.parametrize(
    ("signature", "body", "count"),
    [
        ("loop", "asyncio.set_event_loop(loop)", 0),
        ("", "old = asyncio.get_event_loop(); yield; asyncio.set_event_loop(old)", 0),
        ("", "new = asyncio.new_event_loop(); asyncio.set_event_loop(new)", 1),
        ("", "asyncio.set_event_loop(make())", 1),
        ("event_loop", "yield; event_loop.close()", 1),
        ("connection", "yield; connection.close()", 0),
    ],
)
def test_fixtures_that_put_another_loop_in_place(tmp_path, signature, body, count):
    text = f"import asyncio, pytest\n@pytest.fixture\ndef prepared({signature}):\n    {body}\n"
    result = run(tmp_path, {"tests/conftest.py": text})
    assert rules(result) == ["shared-loop"] * count


def test_hooks_around_every_test_leave_the_loop_alone(tmp_path):
    text = "import asyncio\ndef {}(item):\n    asyncio.set_event_loop(asyncio.new_event_loop())\n"
    files = {
        "tests/conftest.py": text.format("pytest_runtest_setup"),
        "tests/one/conftest.py": text.format("pytest_runtest_teardown"),
        "tests/two/conftest.py": text.format("pytest_addoption"),
    }
    found = run(tmp_path, files).findings
    assert [each.location.path for each in found] == ["tests/conftest.py", "tests/one/conftest.py"]


@pytest.mark.parametrize(("before", "count"), [("", 1), ("os.fork()", 0)])
def test_the_child_of_a_process_has_no_running_loop(tmp_path, before, count):
    body = f"{before}\nasyncio.set_event_loop(asyncio.new_event_loop())"
    assert rules(in_coroutine(tmp_path, body, "import os")) == ["shared-loop"] * count


def test_in_a_coroutine_the_loop_of_the_plug_in_is_the_one_that_runs(tmp_path):
    text = "async def test_it(event_loop):\n    event_loop.close()\n"
    assert rules(run(tmp_path, {"tests/test_it.py": text})) == ["running-loop"]
    assert rules(run(tmp_path / "other", {"app/main.py": text})) == []


# What is not the repository's


@pytest.mark.parametrize(
    ("imports", "body", "expected", "instead"),
    [
        ("import time", "await time.sleep(1)", "not-awaitable", "Await asyncio.sleep"),
        ("import json", "await json.dumps(1)", "not-awaitable", "Call json.dumps without await"),
        ("", "await sorted(x)", "not-awaitable", "Call sorted without await"),
        ("", "async with open('x'): pass", "wrong-context-manager", "Write `with`"),
        ("", "with asyncio.timeout(1): pass", "wrong-context-manager", "Write `async with`"),
        ("import aiohttp", "with aiohttp.ClientSession() as s: pass", "wrong-context-manager",
         "Write `async with`"),
        ("import httpx", "async with httpx.Client(): pass", "wrong-context-manager",
         "Write `with`"),
    ],
)  # fmt: skip
def test_what_is_known_of_other_libraries(tmp_path, imports, body, expected, instead):
    found = in_coroutine(tmp_path, body, imports).findings
    assert expected in [each.rule.removeprefix("async-usage.") for each in found]
    assert instead in [each.remediation.summary for each in found]


@pytest.mark.parametrize(
    "body",
    [
        "await asyncio.sleep(1)",
        "with open('x'): pass",
        "async with asyncio.timeout(1): pass",
        "await other.sorted(x)",
        "open = other()\nawait open('x')",
        "for each in sorted(x): pass",
    ],
)
def test_what_is_right_of_other_libraries_is_passed_over(tmp_path, body):
    assert rules(in_coroutine(tmp_path, body)) == []


def test_a_test_that_replaces_a_function_of_a_library_may_await_it(tmp_path):
    text = """
    import time
    async def test_it(monkeypatch):
        monkeypatch.setattr("time.sleep", later)
        await time.sleep(1)
    """
    assert "not-awaitable" not in rules(run(tmp_path, {"tests/test_it.py": text}))


def installed(names):
    for name in sorted(names):
        module, _, attribute = name.rpartition(".")
        with contextlib.suppress(ImportError):
            yield name, getattr(importlib.import_module(module), attribute)


MADE_BY = {
    "urllib.request.urlopen": importlib.import_module("http.client").HTTPResponse,
    "socket.create_connection": importlib.import_module("socket").socket,
    "sqlite3.connect": importlib.import_module("sqlite3").Connection,
    "threading.Lock": type(importlib.import_module("threading").Lock()),
    "threading.RLock": type(importlib.import_module("threading").RLock()),
    "asyncio.timeout": asyncio.Timeout,
    "asyncio.timeout_at": asyncio.Timeout,
}
"""What functions give, where they are no classes."""


@pytest.mark.parametrize(
    ("names", "has", "lacks"),
    [
        (externals.ENTERED, "__enter__", "__aenter__"),
        (externals.ASYNC_ENTERED, "__aenter__", "__enter__"),
    ],
)
def test_the_tables_agree_with_the_libraries(tmp_path, names, has, lacks):
    seen = 0
    for name, found in installed(names):
        kind = MADE_BY.get(name, found)
        if name == "builtins.open":
            with (tmp_path / "x").open("w") as file:
                kind = type(file)
        elif name.startswith("tempfile.") and not isinstance(kind, type):
            with kind() as file:
                kind = type(file)
        elif name == "requests.session":
            kind = importlib.import_module("requests").Session
        elif name.startswith(("aiohttp.", "aiosqlite.", "aiofiles.")):
            continue  # its __enter__ only raises, or it is not installed here
        seen += 1
        assert hasattr(kind, has), name
        assert not hasattr(kind, lacks), name
    assert seen > 7


# Names that are handed on


MANAGER = """
class Manager:
    def plain(self): return 1
    async def later(self): return 1

def get_manager() -> Manager: return Manager()

async def find_manager() -> Manager: return Manager()

manager = Manager()
"""


@pytest.mark.parametrize(
    ("package", "use"),
    [
        ("from .core import *", "from app import get_manager"),
        ("from .core import *\nfrom .core import get_manager", "from app import get_manager"),
        ("from .inner import *", "from app import get_manager"),
        ("from .core import *", "from app import *"),
        ("from . import core", "from app import core\nget_manager = core.get_manager"),
        ("from . import core\nfrom .core import get_manager", "from app import get_manager"),
        ("from .core import get_manager as made", "from app import made as get_manager"),
        (
            "def __dir__(): return []\nfrom app.core import get_manager",
            "from app import get_manager",
        ),
    ],
)
def test_functions_that_packages_hand_on(tmp_path, package, use):
    call = "core.get_manager" if "core." in use else "get_manager"
    files = {
        "app/__init__.py": f"{package}\n",
        "app/core.py": MANAGER,
        "app/inner.py": "from .core import *\n",
        "use.py": f"{use.splitlines()[0]}\nasync def main():\n    await {call}()\n",
    }
    assert rules(run(tmp_path, files)) == ["not-awaitable"]


@pytest.mark.parametrize(
    ("package", "other"),
    [
        ("from .core import *\nfrom .other import *", "async def get_manager(): ..."),
        ("from .core import *\nfrom elsewhere import *", ""),
        ("from .core import *\nfrom .missing import *", ""),
        ("from .core import *\nfrom .other import *", "from elsewhere import *"),
        ("from .core import *\nfrom .other import *", "def broken(:"),
        ("from .core import get_manager\nfrom .other import *", "async def get_manager(): ..."),
    ],
)
def test_what_another_module_may_give_as_well_is_passed_over(tmp_path, package, other):
    files = {
        "app/__init__.py": f"{package}\n",
        "app/core.py": MANAGER,
        "app/other.py": f"{other}\n",
        "use.py": "from app import get_manager\nasync def main():\n    await get_manager()\n",
    }
    assert rules(run(tmp_path, files)) == []


def test_modules_that_import_everything_of_each_other_end(tmp_path):
    files = {
        "app/__init__.py": "from .core import *\nfrom .other import *\n",
        "app/core.py": f"from .other import *\n{MANAGER}",
        "app/other.py": "from .core import *\nfrom app import *\n",
        "use.py": "from app import *\nasync def main():\n    await get_manager()\n    await len(x)",
    }
    assert rules(run(tmp_path, files)) == ["not-awaitable", "not-awaitable"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("await get_manager().plain()", ["not-awaitable"]),
        ("m = get_manager()\nawait m.plain()", ["not-awaitable"]),
        ("m = await find_manager()\nawait m.plain()", ["not-awaitable"]),
        ("m = await find_manager()\nm.later()", ["never-awaited"]),
        ("await manager.plain()", ["not-awaitable"]),
        ("manager.later()", ["never-awaited"]),
        ("m = find_manager()\nawait m", []),
        ("m = await get_other()\nawait m.plain()", []),
        ("m = get_manager()\nm = other()\nawait m.plain()", []),
    ],
)
@pytest.mark.parametrize("path", ["app/use.py", "tests/test_use.py"])
def test_objects_that_functions_and_modules_give(tmp_path, path, body, expected):
    imports = "from app.core import find_manager, get_manager, manager"
    files = {"app/__init__.py": "", "app/core.py": MANAGER}
    run(tmp_path, files)
    of_module = "manager." in body and "(" not in body.split("manager.")[0]
    is_trusted = path == "app/use.py" or of_module
    found = rules(in_coroutine(tmp_path, body, imports, path))
    assert found == (expected if is_trusted else [])


def test_a_variable_that_is_replaced_is_passed_over(tmp_path):
    body = "await core.manager.plain()"
    files = {"app/__init__.py": "", "app/core.py": f"{MANAGER}\ndef reset():\n    {{}}\n"}
    for how, count in (("pass", 1), ("global manager; manager = other()", 0)):
        text = {name: text.format(how) for name, text in files.items()}
        run(tmp_path / str(count), text)
        found = in_coroutine(tmp_path / str(count), body, "from app import core", "app/use.py")
        assert rules(found) == ["not-awaitable"] * count


# Methods on self


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("if isinstance(x, int): await self.plain()", ["not-awaitable"]),
        ("if hasattr(x, 'y'): self.later()", ["never-awaited"]),
        ("type(x); await x.plain()", []),
    ],
)
def test_asking_of_one_thing_says_nothing_of_another(tmp_path, body, expected):
    text = (
        f"{MANAGER}\nclass Heir(Manager):\n    async def main(self, x: Manager):\n        {body}\n"
    )
    result = run(tmp_path, {"a.py": text})
    assert rules(result) == expected
    assert result.outcome is (Outcome.FAIL if expected else Outcome.PASS)


# What objects keep


CLIENT = """
class Client:
    def plain(self): return 1
    async def later(self): return 1
"""


HEIR = "from app.service import Service\nclass Heir(Service): pass\n"


@pytest.mark.parametrize(
    ("kept", "heir", "known"),
    [
        ("self.client = Client()", "", True),
        ("self.client = client", "", True),
        ("self.client: Client = other()", "", True),
        ("self.client = Client()", "class Other: pass", True),
        # An heir may keep something else under the name.
        ("self.client = Client()", HEIR, False),
        ("self.name = self.client = Client()", "", False),
        ("self.client = other()", "", False),
        ("self.client = Client(); self.client = other()", "", False),
        ("other.client = Client()", "", False),
        ("self.client = Client(); del self.client", "", False),
        ("self.client, x = Client(), 1", "", False),
    ],
)
def test_what_an_object_keeps_is_known_where_it_is_kept_once(tmp_path, kept, heir, known):
    service = f"""
    from app.client import Client
    class Service:
        def __init__(self, client: Client):
            {kept}
        async def main(self):
            await self.client.plain()
            self.client.later()
    """
    files = {
        "app/__init__.py": "",
        "app/client.py": CLIENT,
        "app/service.py": service,
        "app/heir.py": heir,
    }
    expected = ["never-awaited", "not-awaitable"] if known else []
    assert rules(run(tmp_path, files)) == expected


@pytest.mark.parametrize(
    ("use", "count"),
    [
        ("await service.client.plain()", 1),
        ("service.client = other()\n    await service.client.plain()", 0),
        ("if isinstance(service.client, int): await service.client.plain()", 0),
    ],
)
def test_what_another_file_puts_there_is_passed_over(tmp_path, use, count):
    service = f"{CLIENT}\nclass Service:\n    def __init__(self):\n        self.client = Client()\n"
    main = f"from app.service import Service\nasync def main(service: Service):\n    {use}\n"
    files = {"app/__init__.py": "", "app/service.py": service, "app/main.py": main}
    assert rules(run(tmp_path, files)) == ["not-awaitable"] * count
    in_test = {"app/main.py": "", "tests/test_main.py": main}
    assert rules(run(tmp_path, in_test)) == []


def test_what_a_base_keeps_as_well_is_passed_over(tmp_path):
    text = f"""{CLIENT}
class Base:
    def __init__(self):
        {{}}
class Service(Base):
    def __init__(self):
        self.client = Client()
    async def main(self):
        await self.client.plain()
"""
    assert rules(run(tmp_path, {"a.py": text.format("pass")})) == ["not-awaitable"]
    assert rules(run(tmp_path, {"a.py": text.format("self.client = other()")})) == []


# Tests that misuse on purpose


@pytest.mark.parametrize(
    ("decorator", "body", "count"),
    [
        ("", "asyncio.run(main())", 1),
        ("", "with pytest.raises(TypeError): asyncio.run(main())", 0),
        ("", "self.assertRaises(TypeError, asyncio.run, main())", 0),
        ("@pytest.mark.xfail", "asyncio.run(main())", 0),
        ("@pytest.mark.filterwarnings('ignore')", "asyncio.run(main())", 0),
        ("@unittest.expectedFailure", "asyncio.run(main())", 0),
        ("@pytest.mark.skipif(x)", "asyncio.run(main())", 1),
    ],
)
def test_what_is_run_where_a_failure_is_expected(tmp_path, decorator, body, count):
    text = f"""
import asyncio, pytest, unittest
def get(): return 1
{decorator}
def test_it(self):
    async def main():
        await get()
    {body}
"""
    assert rules(run(tmp_path, {"test_it.py": text})) == ["not-awaitable"] * count


def test_a_failure_that_is_expected_later_excuses_nothing_in_the_same_function(tmp_path):
    text = """
import pytest
def get(): return 1
async def test_it():
    await get()
    with pytest.raises(TypeError):
        await get()
"""
    found = run(tmp_path, {"test_it.py": text}).findings
    assert [each.location.line for each in found] == [5]


def test_warnings_that_are_checked(tmp_path):
    text = """
from test.support import warnings_helper
async def work(): pass
def test_it():
    with warnings_helper.check_warnings(("never awaited", RuntimeWarning)):
        work()
    work()
"""
    found = run(tmp_path, {"test_it.py": text}).findings
    assert [each.location.line for each in found] == [7]
