"""The check of coroutines beside Python itself: small packages are judged, and run."""

import asyncio
import gc
import importlib
import itertools
import sys
import tempfile
import textwrap
import warnings
from contextlib import contextmanager
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checks.async_usage import AsyncUsage
from netra_validate import Repository
from netra_validate.testing import run_check

SERIAL = itertools.count()

DEFINITIONS = {
    "plain": "def {name}():\n    return 1\n",
    "object": "class {name}Kind:\n    x = 1\n\ndef {name}():\n    return {name}Kind()\n",
    "unset": "{name}_kept = None\n\ndef {name}():\n    global {name}_kept\n    {name}_kept = 'x'\n"
    "    return {name}_kept\n",
    "nothing": "def {name}() -> None:\n    pass\n",
    "iterable": "def {name}():\n    return [1]\n",
    "coroutine": "async def {name}():\n    return 1\n",
    "passing": "async def {name}_inner():\n    return 1\n\n"
    "def {name}():\n    return {name}_inner()\n",
    "generator": "def {name}():\n    yield 1\n",
    "async generator": "async def {name}():\n    yield 1\n",
    "manager": "from contextlib import contextmanager\n\n"
    "@contextmanager\ndef {name}():\n    yield 1\n",
    "async manager": "from contextlib import asynccontextmanager\n\n@asynccontextmanager\n"
    "async def {name}():\n    yield 1\n",
    "class": "class {name}:\n    pass\n",
    "awaitable": "class {name}:\n    def __await__(self):\n        yield from ()\n",
    "entered": "class {name}:\n    def __enter__(self):\n        return self\n\n"
    "    def __exit__(self, *exc):\n        return None\n",
    "entered later": "class {name}:\n    async def __aenter__(self):\n        return self\n\n"
    "    async def __aexit__(self, *exc):\n        return None\n",
    "iterated": "class {name}:\n    def __iter__(self):\n        return iter([1])\n",
    "decorated": "def wrap(function):\n    async def inner():\n        return function()\n"
    "    return inner\n\n@wrap\ndef {name}():\n    return 1\n",
    "twice": "async def {name}():\n    return 1\n\ndef {name}():\n    return 1\n",
}
CERTAIN = set(DEFINITIONS) - {"decorated", "twice", "passing", "awaitable"}
"""Definitions of which the check has to know what they are."""

USES = {
    "await {call}()": "not-awaitable",
    "{call}()": "never-awaited",
    "kept = {call}()": "never-awaited",
    "with {call}(): pass": "wrong-context-manager",
    "async with {call}(): pass": "wrong-context-manager",
    "for each in {call}(): pass": "wrong-iteration",
    "async for each in {call}(): pass": "wrong-iteration",
    "[each for each in {call}()]": "wrong-iteration",
    "[each async for each in {call}()]": "wrong-iteration",
}
SILENT = {
    # A plain value may have any method; only what certainly stands for another kind is told.
    ("plain", "with"), ("object", "with"), ("unset", "with"), ("nothing", "with"),
    ("iterable", "with"), ("class", "with"), ("awaitable", "with"), ("iterated", "with"),
    ("plain", "for"), ("object", "for"), ("unset", "for"), ("nothing", "for"),
    ("iterable", "for"), ("class", "for"), ("entered", "for"), ("entered later", "for"),
    ("manager", "for"), ("async manager", "for"), ("awaitable", "for"),
}  # fmt: skip

IMPORTS = {
    "from {package}.library import {name}": "{name}",
    "from {package}.library import {name} as other": "other",
    "from .library import {name}": "{name}",
    "from . import library": "library.{name}",
    "import {package}.library": "{package}.library.{name}",
    "import {package}.library as lib": "lib.{name}",
    "from {package} import {name}": "{name}",
    "from {package}.deep import {name}": "{name}",
}


@st.composite
def packages(draw):
    kind = draw(st.sampled_from(sorted(DEFINITIONS)))
    use = draw(st.sampled_from(sorted(USES)))
    imported = draw(st.sampled_from(sorted(IMPORTS)))
    inside = draw(st.booleans())
    return kind, use, imported, inside


@contextmanager
def package(files):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        sys.path.insert(0, folder)
        try:
            yield Path(folder)
        finally:
            sys.path.remove(folder)
            importlib.invalidate_caches()


def what_python_says(module):
    """The misuse that Python itself complains about when the package runs."""
    found = set()
    # What was there before is nothing of the module's, and takes long to go through.
    gc.freeze()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            asyncio.run(importlib.import_module(module).main())
        except (TypeError, AttributeError) as error:
            found.add(str(error))
        gc.collect()
    gc.unfreeze()
    found |= {str(each.message) for each in caught if each.category is RuntimeWarning}
    for name in [each for each in sys.modules if each.split(".")[0] == module.split(".")[0]]:
        del sys.modules[name]
    return found


COMPLAINTS = {
    "not-awaitable": ("'await' expression",),
    "never-awaited": ("was never awaited",),
    "wrong-context-manager": ("context manager protocol",),
    "wrong-iteration": ("is not iterable", "requires an object with __aiter__"),
}


def form(use):
    return "with" if "with" in use else "for" if "for" in use else "call"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(packages())
def test_what_is_told_happens_and_what_happens_is_told(drawn):
    kind, use, imported, inside = drawn
    name = f"package_{next(SERIAL)}"
    words = {"package": name, "name": "thing"}
    call = IMPORTS[imported].format(**words)
    statement = imported.format(**words)
    top, local = ("", f"{statement}\n") if inside else (f"{statement}\n", "")
    body = textwrap.indent(f"{local}{use.format(call=call)}\n", "    ")
    files = {
        f"{name}/__init__.py": "from .deep import thing\n",
        f"{name}/deep.py": "from .library import thing\n",
        f"{name}/library.py": DEFINITIONS[kind].format(name="thing"),
        f"{name}/use.py": f"{top}async def main():\n{body}",
    }
    with package(files) as folder:
        said = what_python_says(f"{name}.use")
        result = run_check(AsyncUsage, Repository(root=folder))
    told = {each.rule.removeprefix("async-usage.") for each in result.findings}
    rule = USES[use]
    happens = any(sign in each for each in said for sign in COMPLAINTS[rule])
    assert told <= {rule}
    if told:
        assert happens, (files, said)
    elif happens and kind in CERTAIN:
        assert (kind, form(use)) in SILENT, (files, said)
