"""The healthy sandbox: all probes at once, beside the slowest one and beside one after another."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path

import httpx
from measuring import Row, command, timed
from websockets.asyncio.client import connect

from netra_validate.sandbox import launch

ROUNDS = 5


def measure() -> Iterator[Row]:
    with launch(["healthy"]) as sandbox, tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        _google_imports()  # compiled from now on
        together, slowest, imports, one_by_one, commands = [], [], [], [], []
        for _ in range(ROUNDS):
            imports.append(_google_imports())
            run = (sys.executable, "-m", "netra_validate", "run", "--config")
            commands.append(
                timed(lambda: command(*run, str(sandbox.config_path), "-o", f"json={report}"))  # noqa: B023 - called at once
            )
            found = json.loads(report.read_text())
            together.append(found["duration_s"])
            slowest.append(
                max(
                    probe["duration_s"]
                    for probe in found["probes"]
                    if probe["check"] in {"health", "websocket"}
                )
            )
            if shutil.which("gcloud"):
                one_by_one.append(timed(lambda: _one_after_another(sandbox)))
        yield Row(
            "all probes beside the slowest one and Google's imports",
            statistics.median(together),
            statistics.median(map(sum, zip(slowest, imports, strict=True))),
            "at most 1.25×",
        )
        if one_by_one:
            yield Row(
                "the same six questions one after another, beside all probes",
                statistics.median(one_by_one),
                statistics.median(together),
                "at least 4×",
            )
            yield Row(
                "  and beside the whole command, start and report included",
                statistics.median(one_by_one),
                statistics.median(commands),
                "",
            )


def _google_imports() -> float:
    program = (
        "import time; started = time.perf_counter()\n"
        "from google.cloud import run_v2, vpcaccess_v1, sqladmin_v1\n"
        "import google.auth\n"
        "print(time.perf_counter() - started)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    return float(done.stdout)


def _one_after_another(sandbox: object) -> None:
    """What people did by hand: three descriptions, two requests, one WebSocket."""
    environ = {**os.environ, **sandbox.gcloud_environment}
    tables = tomllib.loads(sandbox.config_path.read_text())["environments"]["sandbox"]
    where = [f"--project={tables['project']}", "--format=json"]
    region = f"--region={tables['region']}"
    backend = tables["services"]["backend"]
    instance = tables["databases"]["postgres"]["instance"]
    connector = tables["connectors"]["main"]["name"]
    for words in (
        ["sql", "instances", "describe", instance],
        ["compute", "networks", "vpc-access", "connectors", "describe", connector, region],
        ["run", "services", "describe", backend["cloud_run"], region],
    ):
        command("gcloud", *words, *where, env=environ)
    trusted = ssl.create_default_context(cafile=sandbox.config_path.parent / tables["ca_file"])
    for path in backend["health"]:
        httpx.get(backend["url"] + path, verify=trusted).raise_for_status()
    asyncio.run(_websocket(backend["websocket"], trusted))


async def _websocket(url: str, trusted: ssl.SSLContext) -> None:
    async with connect(url, ssl=trusted) as connection:
        started = time.perf_counter()
        await (await connection.ping())
        _ = time.perf_counter() - started
