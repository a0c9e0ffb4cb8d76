"""Repositories with nothing wrong in them, laid out and written in unusual ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

_MARKERS = ("smoke", "slow", "database_connectivity", "größe", "v2_only")

_STRICT = '[tool.pytest.ini_options]\naddopts = ["-q", "--strict-markers"]\n'


def _toml_list(names: list[str]) -> Mapping[str, str]:
    listed = "".join(f'    "{each}: what it is for",\n' for each in names)
    return {"pyproject.toml": f"{_STRICT}markers = [\n{listed}]\n"}


def _toml_text(names: list[str]) -> Mapping[str, str]:
    listed = "\n".join(names)
    return {"pyproject.toml": f"{_STRICT}markers = '''\n{listed}\n'''\n"}


def _ini(name: str, section: str) -> Any:
    def written(names: list[str]) -> Mapping[str, str]:
        listed = "".join(f"    {each}(level): text\n" for each in names)
        return {name: f"[{section}]\naddopts = --strict-markers\nmarkers =\n{listed}"}

    return written


def _conftest(names: list[str]) -> Mapping[str, str]:
    lines = "".join(f'    config.addinivalue_line("markers", "{each}: text")\n' for each in names)
    return {
        "conftest.py": f"def pytest_configure(config):\n{lines or '    pass'}\n",
        "pytest.ini": "[pytest]\naddopts = --strict-markers\n",
    }


def _conftest_loop(names: list[str]) -> Mapping[str, str]:
    return {
        "conftest.py": f"MARKERS = {names!r}\n\n\ndef pytest_configure(config):\n"
        '    for each in MARKERS:\n        config.addinivalue_line("markers", each)\n',
        "pyproject.toml": _STRICT,
    }


def _plugin(names: list[str]) -> Mapping[str, str]:
    lines = "".join(f'    config.addinivalue_line("markers", "{each}")\n' for each in names)
    return {
        "conftest.py": 'pytest_plugins = ["shared_marks"]\n',
        "shared_marks.py": f"def pytest_configure(config):\n{lines or '    pass'}\n",
        "pytest.ini": "[pytest]\naddopts = --strict-markers\n",
    }


_REGISTERED = (_toml_list, _toml_text, _ini("pytest.ini", "pytest"), _ini("tox.ini", "pytest"),
               _ini("setup.cfg", "tool:pytest"), _ini(".pytest.ini", "pytest"), _conftest,
               _conftest_loop, _plugin)  # fmt: skip

_USES = (
    """\
import pytest

pytestmark = pytest.mark.{m}


def test_it():
    assert True
""",
    """\
import pytest as pt


@pt.mark.{m}
class TestIt:
    def test_it(self):
        assert True
""",
    """\
from pytest import mark, param


@mark.parametrize('a', [param(1, marks=mark.{m})])
def test_it(a):
    assert a
""",
    """\
import pytest


@pytest.mark.skipif(False, reason='never')
@pytest.mark.usefixtures('tmp_path')
@pytest.mark.filterwarnings('ignore')
@pytest.mark.xfail(strict=False)
def test_it():
    assert True
""",
    """\
import pytest

# pytest.mark.unknown
TEXT = '@pytest.mark.other'


def test_it():
    assert TEXT
""",
    """\
import pytest

needs = pytest.mark.{m}(level=2)


@needs
def test_it():
    assert True
""",
    """\
import pytest


def test_it(request):
    request.node.add_marker(pytest.mark.{m})
""",
)

_CODE = (
    """\
import asyncio


async def work(n):
    await asyncio.sleep(0)
    return n


async def main():
    first = work(1)
    return await asyncio.gather(first, work(2), *[work(n) for n in range(3)])
""",
    """\
import asyncio


async def work():
    await asyncio.sleep(0)


def start():
    return work()


async def main():
    task = asyncio.create_task(start())
    await asyncio.wait_for(start(), 1)
    await task
""",
    """\
from contextlib import asynccontextmanager, AsyncExitStack


@asynccontextmanager
async def opened():
    yield 1


async def main():
    async with AsyncExitStack() as stack:
        return await stack.enter_async_context(opened())
""",
    """\
class Rows:
    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration


async def main():
    async for row in Rows():
        print(row)
    return [row async for row in Rows()]
""",
    """\
import asyncio
import functools
import time


async def main():
    await asyncio.to_thread(time.sleep, 0)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, functools.partial(time.sleep, 0))
""",
    """\
import asyncio


async def main():
    return 1


if __name__ == '__main__':
    asyncio.run(main())
""",
    """\
from typing import Protocol


class Reader(Protocol):
    async def read(self) -> bytes: ...


async def use(reader: Reader) -> bytes:
    return await reader.read()
""",
    """\
import abc


class Store(abc.ABC):
    @abc.abstractmethod
    async def get(self, key): ...


class Sync:
    def get(self, key):
        return key


def read(store: Sync):
    return store.get(1)
""",
    """\
async def numbers():
    for n in range(3):
        yield n


async def main():
    found = numbers()
    async for n in found:
        print(n)
    await found.aclose()
""",
    """\
class Lazy:
    def __await__(self):
        yield
        return 1


def lazy():
    return Lazy()


async def main():
    return await lazy()
""",
    """\
import asyncio


async def cached():
    return 1


def factory():
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(cached())
    finally:
        loop.close()
""",
    """\
import inspect


async def maybe(callback, *args):
    found = callback(*args)
    if inspect.isawaitable(found):
        found = await found
    return found
""",
    """\
import asyncio

BACKGROUND = set()


async def tick():
    await asyncio.sleep(0)


def begin(group):
    BACKGROUND.add(asyncio.ensure_future(tick()))
    group.create_task(tick())
    asyncio.run_coroutine_threadsafe(tick(), None)
""",
    """\
from unittest.mock import AsyncMock


async def main():
    get = AsyncMock(return_value=1)
    return await get()
""",
    """\
def decorated(function):
    def inner(*args):
        import asyncio

        return asyncio.run(function(*args))

    return inner


@decorated
async def main():
    return 1


def go():
    main()
""",
    """\
match = 1
type = 2
_ = lambda: (yield)


def f(*, a=(b := 1), **k) -> 'None':
    return a, b, k
""",
)
"""Modules in which every coroutine is waited for, and nothing else is."""

_DOCUMENTS = (
    "See https://{host}/docs and HTTPS://{upper}:443/.\n",
    "Mail: staging@elsewhere.example; not a host: {host}-old, x{host}x\n",
    "curl 'https://{host}/health' # → ok\n",
)


@st.composite
def repositories(draw: Any, hosts: tuple[str, ...], talking: tuple[str, ...]) -> Mapping[str, str]:
    """One repository, which names these hosts; some of them have a WebSocket."""
    names = draw(st.lists(st.sampled_from(_MARKERS), min_size=1, unique=True))
    files: dict[str, str] = dict(draw(st.sampled_from(_REGISTERED))(names))
    folder = draw(st.sampled_from(("tests", "test", "backend/app/tests", "src/pkg/tests")))
    for number, use in enumerate(draw(st.lists(st.sampled_from(_USES), max_size=4))):
        files[f"{folder}/test_{number}.py"] = use.replace("{m}", draw(st.sampled_from(names)))
    package = draw(st.sampled_from(("app", "src/pkg", "backend/netra_backend", ".")))
    for number, code in enumerate(draw(st.lists(st.sampled_from(_CODE), max_size=4))):
        line_end = draw(st.sampled_from(("\n", "\n", "\r\n")))
        files[f"{package}/module_{number}.py"] = code.replace("\n", line_end)
    for number, text in enumerate(draw(st.lists(st.sampled_from(_DOCUMENTS), max_size=2))):
        host = draw(st.sampled_from(hosts))
        files[f"docs/{number}.md"] = text.format(host=host, upper=host.upper())
    if talking:
        files["settings.py"] = f'SOCKET = "wss://{draw(st.sampled_from(talking))}:443/ws"\n'
    if draw(st.booleans()):
        files["legacy/broken.py"] = "print 'python 2'\n"
    if draw(st.booleans()):
        files["data/weird name ü.json"] = '{"a": "https:\\/\\/' + hosts[0] + '\\/"}'
    return files
