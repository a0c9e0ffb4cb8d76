"""The tests are the same in a job of GitHub Actions, where commands would write for its log."""

import pytest


@pytest.fixture(autouse=True)
def _outside_of_a_job(monkeypatch):
    for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "GITHUB_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
