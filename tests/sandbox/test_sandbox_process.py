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
serve(["health-503"], ready=lambda one: print(one.config_path, flush=True))
print("returned", flush=True)
"""

SIGNALLED_EARLY = """
import os, sys
from netra_validate.sandbox import process, serve
process._wait_until_ready = lambda *_: os.kill(os.getpid(), int(sys.argv[1]))
serve(ready=print)
print("returned", flush=True)
"""

IN_THE_BACKGROUND = """
import os, signal
from netra_validate.sandbox import serve
ignored = (signal.SIGINT, signal.SIGHUP)
for number in ignored:
    signal.signal(number, signal.SIG_IGN)
def ready(path):
    for number in ignored:
        os.kill(os.getpid(), number)
    print("still there", flush=True)
    os.kill(os.getpid(), signal.SIGTERM)
serve(ready=ready)
print([signal.getsignal(number).name for number in (*ignored, signal.SIGTERM)])
"""


@contextmanager
def python(program, *arguments, **options):
    """A Python that runs ``program``, with its pipes; killed where the test leaves it running."""
    running = subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program, *arguments],
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


def sandboxes_in(folder):
    """The processes that serve a sandbox from somewhere in ``folder``."""
    return [
        each
        for each in psutil.process_iter()
        if any(word.startswith(f"--folder={folder}") for word in command_line(each))
    ]


def command_line(process_):
    with suppress(psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
        return process_.cmdline()
    return []


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
        assert sandbox.exit_code is None
    assert sandbox.config_path.is_file()
    assert sandbox.exit_code == 0


@posix
@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP])
def test_its_process_is_out_of_reach_of_the_keyboard_and_ends_when_told(tmp_path, ending):
    with launch(folder=tmp_path) as sandbox:
        assert os.getpgid(sandbox.pid) != os.getpgrp()
        os.kill(sandbox.pid, signal.SIGINT)
        with pytest.raises(psutil.TimeoutExpired):
            psutil.Process(sandbox.pid).wait(0.2)
        os.kill(sandbox.pid, ending)
        assert gone(sandbox.pid)
        assert sandbox.exit_code == 0


def test_an_unknown_scenario_is_refused_with_the_nearest():
    message = r"did you mean connector-down.*\? `netra-validate demo --list` shows them all$"
    with pytest.raises(UnknownScenario, match=message) as refused:
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
    with pytest.raises(SandboxError, match=r"(?s)before it was ready.*requests\.jsonl"):
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


@pytest.mark.parametrize(
    ("asked", "waited_s"), [("0.02", 0.02), ("90", 90.0), ("soon", 0.01), ("-1", 0.01)]
)
def test_how_long_it_may_take_can_be_told(monkeypatch, asked, waited_s):
    monkeypatch.setattr(process, "READY_WITHIN_S", 0.01)
    monkeypatch.setenv(process.READY_WITHIN, asked)
    assert process._ready_within_s() == waited_s


def test_that_it_took_too_long_says_how_to_wait_longer(monkeypatch):
    monkeypatch.setenv(process.READY_WITHIN, "0.01")
    with pytest.raises(SandboxError, match="set NETRA_SANDBOX_READY_WITHIN_S to a higher number"):
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
def test_killed_with_nothing_ready_yet_the_parent_leaves_nothing(tmp_path):
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with python(SIGNALLED_EARLY, str(int(signal.SIGKILL)), env=environ) as server:
        assert server.wait(10) == -signal.SIGKILL
        assert psutil.wait_procs(sandboxes_in(tmp_path), timeout=20)[1] == []
    assert list(tmp_path.iterdir()) == []


@posix
def test_served_in_the_foreground_a_sudden_end_leaves_nothing(tmp_path):
    with python(SERVER, env={**os.environ, "TMPDIR": str(tmp_path)}) as server:
        server.stdout.readline()
        (sandbox,) = sandboxes_in(tmp_path)
        server.send_signal(signal.SIGKILL)
        assert gone(sandbox.pid)
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_told_to_end_before_it_is_ready_it_does_so_in_silence(tmp_path, ending):
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with python(SIGNALLED_EARLY, str(int(ending)), env=environ) as server:
        said, complained = server.communicate(timeout=20)
    assert (said, complained, server.returncode) == ("returned\n", "", 0)
    assert sandboxes_in(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


@posix
def test_signals_that_its_starter_ignores_stay_ignored():
    with python(IN_THE_BACKGROUND) as server:
        said, complained = server.communicate(timeout=20)
    assert said == "still there\n['SIG_IGN', 'SIG_IGN', 'SIG_DFL']\n"
    assert complained == ""


def test_served_in_the_foreground_it_does_not_outlive_its_process(tmp_path):
    def ready(_):
        (sandbox,) = sandboxes_in(tmp_path)
        sandbox.terminate()
        sandbox.wait(10)

    with pytest.raises(SandboxError, match="ended by itself, with exit code"):
        serve(folder=tmp_path, ready=ready)


@posix
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_served_in_the_foreground_it_ends_when_told(ending):
    with python(SERVER) as server:
        config_path = server.stdout.readline().strip()
        assert os.path.isfile(config_path)  # noqa: PTH113 - a string
        server.send_signal(ending)
        said, complained = server.communicate(timeout=10)
    assert (said, complained, server.returncode) == ("returned\n", "", 0)
    assert not os.path.exists(config_path)  # noqa: PTH110 - a string


def test_it_becomes_another_scenario_and_writes_the_configuration_anew():
    with launch(["retired-domains"]) as sandbox:
        legacy = sandbox.config_path.parent / "netra_backend" / "legacy.py"
        before = sandbox.config_path.read_text()
        assert legacy.exists()
        sandbox.become(["websocket-flaky"])
        assert not legacy.exists()
        assert "samples = 20" in sandbox.config_path.read_text()
        sandbox.become()
        assert sandbox.config_path.read_text() == before


def test_it_says_what_it_cannot_become():
    with launch() as sandbox:
        with pytest.raises(UnknownScenario, match="xyzzy"):
            sandbox.become(["xyzzy"])
        for name in ("candidate-healthy", "tls-broken", "tls-old"):
            with pytest.raises(SandboxError, match="launch another sandbox"):
                sandbox.become([name])
        psutil.Process(sandbox.pid).kill()
        with pytest.raises(SandboxError, match="ended with exit code"):
            sandbox.become()
