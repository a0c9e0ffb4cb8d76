"""Commands by hand as ``explain`` fills them, run: they show what the check has seen."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

import pytest

from netra_validate import config, recorded, registry, reports
from netra_validate.by_hand import filled, placeholders
from netra_validate.explanation.asking import authority, trusting
from netra_validate.explanation.naming import Known, names
from netra_validate.plan import Limits, Selection, plan
from netra_validate.sandbox import launch
from netra_validate.threads import run_to_end
from netra_validate.validation import validate

ASKED = ("cloud-run", "health", "host", "postgres", "vpc-connector", "websocket")


@pytest.fixture(scope="module")
def sandbox():
    """Without a connector, so that health and upgrade give 503; and a certificate ends soon."""
    with launch(["incident-1278", "certificate-ending"]) as running:
        yield running


@pytest.fixture(scope="module")
def made(sandbox):
    """Every command by hand of every finding, by rule, with nothing left in braces."""
    configuration = config.load(sandbox.config_path)
    folder = sandbox.config_path.parent
    planned = plan(registry.load(), configuration, "sandbox", folder, Selection(ASKED))
    ran = run_to_end(validate(planned, Limits(timeout_s=25.0)))
    report = recorded.parse(reports.FORMATS["json"].render(ran).encode(), "report.json")
    known = Known(
        configuration.environment("sandbox"),
        configuration.topology("sandbox", folder),
        configuration.secrets,
    )
    found = {}
    for probe in report.probes:
        for each in probe.findings:
            told = registry.load().checks[probe.check].by_hand()[each.rule.partition(".")[2]]
            argvs = tuple(filled(told.commands, names(report, probe, each, known)))
            found[each.rule] = tuple(trusting(argvs, authority(each, known)))
    return found


@contextmanager
def silent_input():
    """A standard input that is open, as that of a terminal where nobody types."""
    read, write = os.pipe()
    try:
        yield read
    finally:
        os.close(read)
        os.close(write)


def run(argv, sandbox):
    """What a command prints, on both streams. It has to end by itself."""
    programme = sys.executable if argv[0] == "python" else shutil.which(argv[0])
    if programme is None:
        pytest.skip(f"{argv[0]} is not installed")
    with silent_input() as typed:
        done = subprocess.run(
            [programme, *argv[1:]],
            env={**os.environ, **sandbox.gcloud_environment, "PGCONNECT_TIMEOUT": "10"},
            stdin=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=60,
            check=False,
        )
    return done.stdout


def test_nothing_is_left_in_braces(made):
    assert [placeholders(argvs) for argvs in made.values()] == [set()] * len(made)


@pytest.mark.parametrize(
    ("rule", "begins", "shown"),
    [
        ("health.bad-status", "curl", "HTTP/1.1 503"),
        ("health.bad-status", "gcloud run services describe", "latestReadyRevisionName: netra-"),
        ("websocket.refused", "curl", "HTTP/1.1 503"),
        ("host.expiring", "curl", "expire date: "),
        ("host.expiring", "curl", "SSL certificate verify ok"),
        ("postgres.unreachable", "pg_isready", "no response"),
        ("postgres.unreachable", "psql", "refused"),
        ("postgres.unreachable", "gcloud sql", "state: RUNNABLE"),
        ("vpc-connector.not-ready", "gcloud", "state: ERROR"),
    ],
)
def test_by_hand_one_sees_what_the_check_saw(made, sandbox, rule, begins, shown):
    argv = next(argv for argv in made[rule] if " ".join(argv).startswith(begins))
    assert shown in run(argv, sandbox)
