import os
import signal
import subprocess
import sys

import pytest

import netra_validate.sandbox
from netra_validate.cli import sandboxing


@pytest.mark.skipif(os.name != "posix", reason="signals as POSIX has them")
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_says_what_to_run_and_ends_well_when_told(tmp_path, ending):
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "netra_validate", "sandbox", "--scenario", "health-503"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        text=True,
    ) as server:
        hint = server.stderr.readline()
        server.send_signal(ending)
        said, complained = server.communicate(timeout=20)
    assert hint.startswith("netra-validate: the sandbox is up;")
    assert said.startswith(f"netra-validate run --config {tmp_path}")
    assert said.endswith("netra-validate.toml\n")
    assert (complained, server.returncode) == ("", 0)
    assert list(tmp_path.iterdir()) == []


def test_a_ctrl_c_before_there_is_anything_to_stop_is_fine_too(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(netra_validate.sandbox, "serve", interrupted)
    assert sandboxing.sandbox() == 0
