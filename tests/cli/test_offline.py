"""A machine without a network says so, and blames nobody else."""

import json
import shutil
import subprocess
import sys

import pytest

CONFIGURATION = """
default_environment = "staging"

[environments.staging.services.by-name]
url = "https://api.staging.netra-apex.com"
websocket = "wss://api.staging.netra-apex.com/ws"
health = ["/health"]

[environments.staging.services.by-address]
url = "http://203.0.113.7"
websocket = "ws://203.0.113.7/ws"
health = ["/health"]

[environments.staging.databases.postgres]
instance = "staging-shared-postgres"
project = "netra-staging"
host = "10.1.2.3"
name = "netra"
user = "validator"
"""

ALONE = ("unshare", "--map-root-user", "--net")


def may_cut_itself_off():
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_cut_itself_off(), reason="needs network namespaces of Linux")
def test_nothing_is_blamed_where_this_machine_gets_nowhere(tmp_path):
    (tmp_path / "netra-validate.toml").write_text(CONFIGURATION)
    command = [sys.executable, "-P", "-m", "netra_validate", "run", "--plane", "data", "-o", "json"]
    done = subprocess.run(
        [*ALONE, *command], cwd=tmp_path, capture_output=True, check=False, text=True, timeout=60
    )
    report = json.loads(done.stdout)
    assert (done.returncode, report["status"], report["root_causes"]) == (3, "unverified", [])
    why = {each["id"]: each["reason"] for each in report["probes"] if each["outcome"] == "error"}
    for probe in ("health/by-name", "websocket/by-name", "host/api.staging.netra-apex.com"):
        assert "no answer from the name server" in why[probe]
    for check in ("health", "websocket"):
        assert "there is no route to the network" in why[f"{check}/by-address"]
        assert "look whether this machine is online" in why[f"{check}/by-address"]
    assert "run it inside of the network" in why["postgres/postgres"]
