"""The small Python project that the source checks look at: its files as text, by path.

``HEALTHY`` has nothing wrong. The other two are added on top of it by their faults.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from shutil import which
from types import MappingProxyType
from typing import Final

from netra_validate.sandbox import async_code, structure

_PYPROJECT: Final = """\
[project]
name = "netra-backend"
version = "2025.9.1"
requires-python = ">=3.11"
dependencies = []

[project.urls]
Staging = "https://staging.netra.example"

[tool.pytest.ini_options]
testpaths = ["tests"]
addopts = ["--strict-markers"]
markers = [
    "smoke: seconds, before every deploy",
    "slow: more than a second",
    "database_connectivity: talks to PostgreSQL",
    "scalability: measures under load",
]
"""

_README: Final = """\
# Netra backend

Staging is at <https://staging.netra.example>; the WebSocket is at
`wss://api-staging.netra.example/ws`.

Run the quick tests with `pytest -m smoke`.
"""

_SETTINGS: Final = '''\
"""Where staging is."""

WEB = "https://staging.netra.example"
HEALTH = f"{WEB}/health"
WEBSOCKET = "wss://api-staging.netra.example/ws"
'''

_DEPLOYMENT: Final = """\
service: netra-backend
region: us-central1
env:
  PUBLIC_URL: https://staging.netra.example
  WEBSOCKET_URL: wss://api-staging.netra.example/ws
"""

_WORKFLOW: Final = """\
name: tests
on: push
permissions:
  contents: read
jobs:
  test:
    runs-on: ubuntu-latest
    steps:
      - run: pytest -m "smoke and not slow"
"""

_CONFTEST: Final = '''\
"""Fixtures and markers of all tests."""


def pytest_configure(config):
    config.addinivalue_line("markers", "cold_start: begins with nothing running")
'''

_TEST_SETTINGS: Final = """\
import pytest

from netra_backend import settings

pytestmark = pytest.mark.smoke


@pytest.mark.parametrize("address", [settings.WEB, settings.WEBSOCKET])
def test_addresses_are_encrypted(address):
    assert address.startswith(("https://", "wss://"))
"""

_TEST_DATABASE: Final = """\
import pytest


@pytest.mark.database_connectivity
class TestDatabase:
    @pytest.mark.slow
    @pytest.mark.cold_start
    def test_it_answers_after_a_cold_start(self):
        assert True

    @pytest.mark.scalability
    def test_it_answers_many(self):
        assert True
"""

HEALTHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        **async_code.HEALTHY,
        **structure.HEALTHY,
        ".gitignore": "__pycache__/\n.pytest_cache/\n",
        ".github/workflows/tests.yml": _WORKFLOW,
        "README.md": _README,
        "deploy/staging.yaml": _DEPLOYMENT,
        "netra_backend/__init__.py": "",
        "netra_backend/settings.py": _SETTINGS,
        "pyproject.toml": _PYPROJECT,
        "tests/conftest.py": _CONFTEST,
        "tests/test_database.py": _TEST_DATABASE,
        "tests/test_settings.py": _TEST_SETTINGS,
    }
)
"""Canonical hosts only, and every marker registered."""

RETIRED_DOMAINS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "netra_backend/legacy.py": (
            'API = "https://api.staging.netra.example/v1"\n'
            'SOCKET = "WSS://API.STAGING.NETRA.EXAMPLE:443/ws"\n'
        ),
        "deploy/redirects.yaml": "login: https://auth.staging.netra.example:8443/login\n",
        "frontend/environment.json": '{"app": "https:\\/\\/app.staging.netra.example\\/"}\n',
        "docs/links.md": "[Reference](https://api%2Estaging%2Enetra%2Eexample/docs)\n",
        "scripts/smoke.sh": "exec wscat --connect wss://ws.staging.netra.example/ws\n",
    }
)
"""Retired hosts: plain, upper case with a port, with a port, escaped slashes, encoded dots, wss."""

_DECORATED: Final = """\
import pytest


@pytest.mark.databse_connectivity
def test_connects():
    assert True


@pytest.mark.gpu
class TestInference:
    @pytest.mark.smoke
    @pytest.mark.chaos(seed=7)
    def test_it_survives(self):
        assert True
"""

_ASSIGNED: Final = """\
import pytest
from pytest import mark

pytestmark = [pytest.mark.smoke, pytest.mark.scalabilty]
needs_redis = mark.redis


@needs_redis
@mark.reconnect
def test_reconnects():
    assert True


@mark.parametrize("size", [1, pytest.param(10_000, marks=pytest.mark.huge)])
def test_sizes(size):
    assert size


@getattr(pytest.mark, "soak")
def test_soaks():
    assert True
"""

UNREGISTERED_MARKERS: Final[Mapping[str, str]] = MappingProxyType(
    {"tests/test_decorated.py": _DECORATED, "tests/test_assigned.py": _ASSIGNED}
)
"""Eight names that are not registered, each used in another form."""


def begin_git(folder: Path) -> subprocess.Popen[bytes] | None:
    """Start making ``folder`` a git repository, where git is installed. Wait for what it gives."""
    git = which("git")
    if git is None:
        return None
    # A hook's environment names its own repository; ours is another one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return subprocess.Popen(  # noqa: S603 - fixed arguments
        [git, "init", "--quiet", "--template=", str(folder)],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def mend(folder: Path, broken: Mapping[str, str], files: Mapping[str, str]) -> None:
    """Make the files of a broken repository those of another; what is in neither stays."""
    for path in broken:
        if path not in files:
            (folder / path).unlink(missing_ok=True)
    write(folder, files)


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write files by their path, with the line ends as they are."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
