"""A plug-in for a real pytest: lets every file be imported, and writes down which are refused.

Modules that are not installed are replaced by stubs, so that a missing dependency does not hide
what pytest has to say about markers. Nothing about markers is changed; their look-up is only
watched. Loaded by ``-p marker_oracle``; writes JSON to the file that the environment variable
``MARKER_ORACLE_REPORT`` names.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import json
import os
import sys
import types
from pathlib import Path

from _pytest.mark.structures import MarkGenerator
from _pytest.outcomes import Failed

_FILES: dict[str, str] = {}
_REFUSED: list[dict[str, object]] = []


class _Anything:
    """What a stub module holds: it can be called, derived from, compared, iterated, entered."""

    def __init__(self, name):
        self.__name__ = self.__qualname__ = name

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything(name)

    def __call__(self, *args, **kwargs):
        if len(args) == 1 and not kwargs and isinstance(args[0], types.FunctionType | type):
            return args[0]
        return _Anything("called")

    def __mro_entries__(self, bases):
        return ()

    def __instancecheck__(self, instance):
        return False

    __subclasscheck__ = __instancecheck__

    def __getitem__(self, item):
        return _Anything("item")

    def __setitem__(self, item, value):
        """Forget it."""

    def __iter__(self):
        return iter(())

    def __enter__(self):
        return self

    def __exit__(self, *exc_info):
        return False

    def __or__(self, other):
        return self

    __ror__ = __and__ = __rand__ = __add__ = __radd__ = __sub__ = __mul__ = __truediv__ = __or__

    def __lt__(self, other):
        return False

    __gt__ = __le__ = __ge__ = __lt__


class _Stub(types.ModuleType):
    __path__ = ()
    __version__ = "999.0"
    __all__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Anything(name)


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds what nobody else found."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.rpartition(".")[2] == "conftest" or fullname.startswith("_pytest."):
            return None
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return _Stub(spec.name)

    def exec_module(self, module):
        """Nothing to run."""


def _watched(original):
    def look_up(self, name):
        try:
            return original(self, name)
        except Failed:
            caller = sys._getframe(1)
            _REFUSED.append(
                {"name": name, "raised_in": caller.f_code.co_filename, "line": caller.f_lineno}
            )
            raise

    return look_up


sys.meta_path.append(_Finder())
MarkGenerator.__getattr__ = _watched(MarkGenerator.__getattr__)


def pytest_collectreport(report):
    """Remember how each file ended."""
    path = report.nodeid.partition("::")[0]
    if not path.endswith(".py"):
        if report.passed:
            return
        # A folder fails by its conftest, and nothing below it is collected.
        path = f"{path}/conftest.py"
    text = str(report.longrepr)
    if report.passed:
        _FILES.setdefault(path, "accepted")
    elif report.skipped:
        _FILES[path] = "skipped"
    elif (
        "not found in `markers` configuration option" in text
        or "did you mean 'parametrize'" in text
    ):
        _FILES[path] = "refused"
    else:
        _FILES[path] = f"other: {text.strip().splitlines()[-1] if text.strip() else ''}"


def pytest_unconfigure(config):
    """Write the report."""
    report = {"root": str(config.rootpath), "files": _FILES, "refused": _REFUSED}
    Path(os.environ["MARKER_ORACLE_REPORT"]).write_text(json.dumps(report), encoding="utf-8")
