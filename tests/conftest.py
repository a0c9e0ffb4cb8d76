"""The tests are the same wherever they are started."""

import signal

import pytest
from hypothesis import settings
from remedy_witness import (  # noqa: F401 - hooks and fixtures, found by their names
    pytest_addoption,
    pytest_sessionfinish,
    pytest_terminal_summary,
    pytest_testnodedown,
    remedies_are_right,
    remedy_witness,
)

# How long an example takes is the machine's business, which may have other things to do.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# A shell's background job ignores Ctrl-C, one under nohup a hang-up, and so would everything that
# the tests start.
for name, usual in (("SIGINT", signal.default_int_handler), ("SIGHUP", signal.SIG_DFL)):
    number = getattr(signal, name, None)  # Windows has no SIGHUP
    if number is not None and signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, usual)


@pytest.fixture(autouse=True)
def _outside_of_a_job(monkeypatch):
    """In a job of GitHub Actions, commands would write for its log."""
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _in_no_environment(monkeypatch):
    """What whoever starts the tests works on is no signal of what they examine."""
    for name in ("ENVIRONMENT", "STAGING_ENV", "AUTH_SERVICE_URL", "NETRA_ENV"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def scenario_runs():
    """The runs of the sandbox's scenarios, shared by the tests of one process."""
    from scenario_runs import ScenarioRuns  # noqa: PLC0415 - imports what most tests do not need

    runs = ScenarioRuns()
    yield runs
    runs.close()
