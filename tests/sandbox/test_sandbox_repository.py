import os
import re
import shutil
import subprocess
import sys

import pytest

from netra_validate.sandbox import repository
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.scenarios import faults_of

HOST = re.compile(r"[\w.-]+\.netra\.example", re.IGNORECASE)
CANONICAL = {"staging.netra.example", "api-staging.netra.example"}


def written(folder, *scenarios):
    repository.write(folder, broken(faults_of(scenarios)).files)
    return folder


def pytest_in(folder, *arguments):
    """What the real pytest says of a repository."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("PYTEST_ADDOPTS", None)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir=.", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_healthy_repository_passes_the_real_pytest(tmp_path):
    ran = pytest_in(written(tmp_path), "-q", "-W", "error")
    assert ran.returncode == 0, ran.stdout
    assert "4 passed" in ran.stdout


def test_the_real_pytest_refuses_the_unregistered_markers(tmp_path):
    ran = pytest_in(written(tmp_path, "unregistered-markers"), "-q")
    assert ran.returncode == 2
    assert len(re.findall(r"^ERROR tests/", ran.stdout, re.MULTILINE)) == 2


def test_the_unregistered_markers_are_these(tmp_path):
    folder = written(tmp_path, "unregistered-markers")
    ran = pytest_in(folder, "-q", "-o", "addopts=", "-W", "always")
    named = set(re.findall(r"Unknown pytest\.mark\.(\w+)", ran.stdout))
    assert named == {
        "databse_connectivity",
        "gpu",
        "chaos",
        "scalabilty",
        "redis",
        "reconnect",
        "huge",
        "soak",
    }


def test_the_healthy_repository_names_canonical_hosts_only():
    named = {host for text in repository.HEALTHY.values() for host in HOST.findall(text)}
    assert named == CANONICAL


def test_the_retired_hosts_come_in_every_spelling():
    text = "".join(repository.RETIRED_DOMAINS.values())
    spellings = (
        "https://api.staging.",
        "WSS://API.STAGING.",
        ":8443/",
        r"https:\/\/app.staging.",
        "api%2Estaging%2E",
        "wss://ws.staging.",
    )
    assert all(spelling in text for spelling in spellings)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_lists_the_files_whatever_repository_the_caller_is_in(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "the caller's"))
    folder = tmp_path / "repository"
    folder.mkdir()
    git = repository.begin_git(folder)
    repository.write(folder, repository.HEALTHY)
    assert git.wait() == 0
    monkeypatch.delenv("GIT_DIR")
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        cwd=folder,
        capture_output=True,
        check=True,
        text=True,
    )
    assert set(listed.stdout.splitlines()) == set(repository.HEALTHY)


def test_it_does_without_git(tmp_path, monkeypatch):
    monkeypatch.setattr(repository, "which", lambda name: None)
    assert repository.begin_git(tmp_path) is None
