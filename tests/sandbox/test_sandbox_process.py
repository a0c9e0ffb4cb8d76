import importlib.util
import json
import os
import signal
import subprocess
import sys
import tomllib
from contextlib import contextmanager, suppress

import psutil
import pytest

from netra_validate.sandbox import (
    SandboxError,
    SandboxUnavailable,
    UnknownScenario,
    launch,
    process,
    serve,
)

posix = pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")

LAUNCHER = """
import json, sys
from netra_validate.sandbox import launch
with launch(["connector-down"]) as sandbox:
    print(json.dumps({"pid": sandbox.pid, "folder": str(sandbox.folder)}), flush=True)
    sys.stdin.read()
"""

SERVER = """
import sys
from netra_validate.sandbox import serve
serve(["health-503"], ready=lambda path: print(path, flush=True))
print("returned", flush=True)
"""


@contextmanager
def python(program, **options):
    """A Python that runs ``program``, with its pipes; killed where the test leaves it running."""
    running = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,
    )
    with running:
        try:
            yield running
        finally:
            running.kill()


def served_at(folder):
    serve(folder=folder, ready=print)


def gone(pid, within_s=10.0):
    """Whether a process ends in time."""
    try:
        psutil.Process(pid).wait(within_s)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


def test_importing_it_is_light():
    heavy = ("starlette", "uvicorn", "trustme", "grpc", "google", "httpx", "websockets")
    program = f"""
import sys
import netra_validate.sandbox
print([name for name in {heavy!r} if name in sys.modules])
"""
    said = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )
    assert said.stdout.strip() == "[]"


def test_it_writes_what_is_needed_and_leaves_nothing(hostile):
    with suppress(ZeroDivisionError), launch(["incident-1278"]) as sandbox:
        configuration = tomllib.loads(sandbox.config_path.read_text(encoding="utf-8"))
        environment = configuration["environments"]["sandbox"]
        assert sandbox.config_path == sandbox.folder / "repository" / "netra-validate.toml"
        assert (sandbox.config_path.parent / environment["ca_file"]).is_file()
        assert environment["endpoints"]["run"] == f"http://127.0.0.1:{sandbox.grpc_port}"
        assert environment["endpoints"]["sqladmin"] == f"http://127.0.0.1:{sandbox.rest_port}"
        assert sandbox.requests == ()
        assert psutil.pid_exists(sandbox.pid)
        raise ZeroDivisionError
    assert not sandbox.folder.exists()
    assert gone(sandbox.pid, within_s=0)


@pytest.fixture
def hostile(tmp_path, monkeypatch):
    """A current folder with packages of the same names, and warnings that are errors."""
    for name in ("netra_validate", "starlette", "checks"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise SystemExit('the wrong one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONWARNINGS", "error")


def test_a_given_folder_is_made_and_kept(tmp_path):
    with launch(folder=tmp_path / "deep" / "down") as sandbox:
        assert sandbox.folder == tmp_path / "deep" / "down"
        if os.name == "posix":
            assert_only_sigterm_ends(sandbox.pid)
    assert sandbox.config_path.is_file()


def assert_only_sigterm_ends(pid):
    assert os.getpgid(pid) != os.getpgrp()
    os.kill(pid, signal.SIGINT)
    with pytest.raises(psutil.TimeoutExpired):
        psutil.Process(pid).wait(0.2)
    os.kill(pid, signal.SIGTERM)
    assert gone(pid)


def test_an_unknown_scenario_is_refused_with_the_nearest():
    with pytest.raises(UnknownScenario, match=r"did you mean connector-down") as refused:
        launch(["healthy", "conector-down"]).__enter__()
    assert refused.value.name == "conector-down"
    assert refused.value.suggestions[0] == "connector-down"


def test_a_missing_extra_is_named_with_the_remedy(monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "trustme" else real(name)
    )
    expected = r"needs trustme: pip install 'netra-validate\[sandbox\]'"
    with pytest.raises(SandboxUnavailable, match=expected):
        launch().__enter__()
    with pytest.raises(SandboxUnavailable, match=expected):
        serve(ready=print)


def test_a_failed_start_carries_its_last_words(tmp_path):
    (tmp_path / "requests.jsonl").mkdir()
    with pytest.raises(SandboxError, match=r"(?s)while starting.*requests\.jsonl"):
        launch(folder=tmp_path).__enter__()


@pytest.mark.parametrize("start", [lambda at: launch(folder=at).__enter__(), served_at])
def test_a_folder_holds_one_sandbox(tmp_path, start):
    (tmp_path / "repository").mkdir()
    with pytest.raises(SandboxError, match="holds a sandbox already"):
        start(tmp_path)


def test_a_start_that_takes_too_long_is_given_up(monkeypatch):
    monkeypatch.setattr(process, "READY_WITHIN_S", 0.01)
    with pytest.raises(SandboxError, match=r"not ready within 0\.01 s"):
        launch().__enter__()


@posix
def test_it_ends_with_its_parent_even_a_killed_one():
    with python(LAUNCHER) as launcher:
        sandbox = json.loads(launcher.stdout.readline())
        assert psutil.pid_exists(sandbox["pid"])
        launcher.send_signal(signal.SIGKILL)
        assert gone(sandbox["pid"])
    assert not os.path.exists(sandbox["folder"])  # noqa: PTH110 - a string


@posix
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_served_in_the_foreground_it_ends_when_told(ending):
    with python(SERVER) as server:
        config_path = server.stdout.readline().strip()
        assert os.path.isfile(config_path)  # noqa: PTH113 - a string
        server.send_signal(ending)
        said, complained = server.communicate(timeout=10)
    assert (said, complained, server.returncode) == ("returned\n", "", 0)
    assert not os.path.exists(config_path)  # noqa: PTH110 - a string
