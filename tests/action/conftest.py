import os
import sys
import sysconfig
import venv
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from action_runner import ROOT, ActionRunner

from netra_validate.sandbox import launch


def script(name):
    """A script of the action, as a module."""
    spec = spec_from_file_location(f"action_{name}", ROOT / ".github" / "action" / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def scripts():
    return {name: script(name) for name in ("install", "run")}


@pytest.fixture(scope="session")
def installed(scripts, tmp_path_factory):
    """The runner's folder as an earlier use of the action left it, so that nothing is downloaded.

    What the tests run in stands for what was installed.
    """
    temp = tmp_path_factory.mktemp("runner")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RUNNER_TEMP", str(temp))
        folder = scripts["install"].folder_of(ROOT)
    venv.create(folder, with_pip=False)
    (folder / "netra-validate-is-installed").touch()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = folder / ("Lib" if os.name == "nt" else f"lib/{version}") / "site-packages"
    ours = sysconfig.get_path("purelib")
    (packages / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    return temp


@pytest.fixture
def setup_python():
    """Stands for actions/setup-python."""

    def given(settings):
        assert settings["python-version"] == "3.11"
        assert settings["update-environment"] == "False"
        return {"python-path": sys.executable}

    return {"actions/setup-python": given}


@pytest.fixture
def job(installed, setup_python, tmp_path):
    """A job that uses the action in an empty repository."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return ActionRunner(workspace, installed, setup_python, {"NETRA_ENV": ""})


@pytest.fixture(scope="session")
def sandbox():
    """The configuration of a sandbox by scenario; each is started once."""
    started = {}

    def configuration(scenario) -> Path:
        if scenario not in started:
            running = launch([scenario])
            started[scenario] = running, running.__enter__().config_path
        return started[scenario][1]

    yield configuration
    for running, _ in started.values():
        running.__exit__(None, None, None)
