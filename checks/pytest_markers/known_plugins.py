"""Markers that pytest and its plug-ins register, each read from the distribution's own source.

A plug-in's markers count where the plug-in is declared: nothing is imported to find out. To add
one, look for ``addinivalue_line("markers", …)`` in the module that its entry point of the
group ``pytest11`` names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

BUILT_IN: Final = frozenset(
    {
        "filterwarnings",  # _pytest/warnings.py
        "parametrize",  # _pytest/python.py
        "skip",  # _pytest/skipping.py
        "skipif",  # _pytest/skipping.py
        "tryfirst",  # _pytest/config/__init__.py
        "trylast",  # _pytest/config/__init__.py
        "usefixtures",  # _pytest/python.py
        "xfail",  # _pytest/skipping.py
    }
)
"""Of pytest 8.0 to 9.2."""

PYTESTER: Final = "pytester_example_path"
"""Of pytest's own plug-in ``pytester``, which is off until it is asked for."""

MARKERS_OF: Final = {
    "anyio": ("anyio",),  # 4.16.0, anyio/pytest_plugin.py
    "celery": (),  # 5.7.0, celery/contrib/pytest.py: no entry point, see pytest-celery
    "hypothesis": ("hypothesis",),  # 6.170, _hypothesis_pytestplugin.py
    "pytest-asyncio": ("asyncio",),  # 1.5.0, pytest_asyncio/plugin.py
    "pytest-bdd": (),  # 9.0.1, pytest_bdd/plugin.py: tags become marks, none is registered
    "pytest-benchmark": ("benchmark",),  # 5.3.1, pytest_benchmark/plugin.py
    "pytest-celery": ("celery",),  # 1.3.0, pytest_celery/plugin.py star-imports celery's
    "pytest-cov": ("no_cover",),  # 7.1.0, pytest_cov/plugin.py
    "pytest-django": (  # 4.14.0, pytest_django/plugin.py
        "django_db",
        "django_isolate_apps",
        "ignore_template_errors",
        "urls",
    ),
    "pytest-httpx": ("httpx_mock",),  # 0.36.2, pytest_httpx/__init__.py
    "pytest-mock": (),  # 3.17.0, pytest_mock/plugin.py
    "pytest-order": ("order",),  # 1.5.0, pytest_order/plugin.py
    "pytest-playwright": (  # 0.10.0, pytest_playwright/pytest_playwright.py
        "browser_context_args",
        "only_browser",
        "skip_browser",
    ),
    "pytest-postgresql": (),  # 10.0.0, pytest_postgresql/plugin.py
    "pytest-rerunfailures": ("flaky",),  # 16.7, pytest_rerunfailures.py
    "pytest-timeout": ("timeout",),  # 2.4.0, pytest_timeout.py
    "pytest-trio": ("trio",),  # 0.8.0, pytest_trio/plugin.py
    "pytest-xdist": ("xdist_group",),  # 3.8.0, xdist/plugin.py
}
"""Distribution, by its normalised name, to its markers."""

BROUGHT_BY: Final = {
    "anyio": ("httpx", "starlette", "fastapi"),
}
"""Plug-ins that come with a distribution that is no plug-in, by its own requirements."""

ENTRY_POINTS: Final = {
    "anyio": "anyio",
    "asyncio": "pytest-asyncio",
    "benchmark": "pytest-benchmark",
    "celery.contrib.pytest": "pytest-celery",
    "django": "pytest-django",
    "hypothesispytest": "hypothesis",
    "playwright": "pytest-playwright",
    "pytest_asyncio": "pytest-asyncio",
    "pytest_asyncio.plugin": "pytest-asyncio",
    "pytest_cov": "pytest-cov",
    "pytest_django": "pytest-django",
    "pytest_httpx": "pytest-httpx",
    "pytest_order": "pytest-order",
    "pytest_timeout": "pytest-timeout",
    "rerunfailures": "pytest-rerunfailures",
    "timeout": "pytest-timeout",
    "trio": "pytest-trio",
    "xdist": "pytest-xdist",
    "xdist.plugin": "pytest-xdist",
}
"""What ``-p`` and ``pytest_plugins`` call them: name of the entry point, or module."""


def normalised(distribution: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", distribution).lower()


def markers_of(distributions: Iterable[str]) -> dict[str, str]:
    """Each marker that one of these distributions registers, with that distribution."""
    declared = set(distributions)
    for plugin, bringers in BROUGHT_BY.items():
        if declared.intersection(bringers):
            declared.add(plugin)
    return {marker: name for name in sorted(declared) for marker in MARKERS_OF.get(name, ())}


def plugin_of(marker: str) -> str | None:
    """The distribution that registers a marker, declared or not."""
    return next((name for name, markers in MARKERS_OF.items() if marker in markers), None)
