"""One file that was made to take for ever, beside others that are to be judged all the same."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from checks.async_usage import AsyncUsage
from checks.async_usage.sketch import sketch
from checks.domains import Domains as DomainsCheck
from checks.pytest_markers.check import PytestMarkers
from checks.pytest_markers.scan import imports_mark
from checks.single_definition import SingleDefinition
from checks.single_definition.wanted import Wanted
from netra_validate import Domains, Environment, Outcome, Repository
from netra_validate.testing import run_check

RETIRED = "staging.old.netra.example"
ENVIRONMENT = Environment(
    domains=Domains(
        managed=("netra.example",),
        canonical=("app.netra.example",),
        retired={RETIRED: "app.netra.example"},
    )
)
DROPPED = "async def g():\n    pass\n\n\nasync def h():\n    g()\n"
LARGE = "import pytest\nasync def f():\n    pass\n" + f"x = '{RETIRED}'\n" * 100_000


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "large.py").write_text(LARGE)
    (tmp_path / "test_large.py").write_text(LARGE)
    (tmp_path / "small.py").write_text(DROPPED + f"URL = 'https://{RETIRED}/'\n")
    (tmp_path / "test_small.py").write_text(
        "import pytest\n\n\n@pytest.mark.strange\ndef test_it():\n    pass\n"
    )
    return tmp_path


def found_by(check, root, **options):
    result = run_check(
        check,
        Repository(key="r", root=root),
        options=check.Options(**options),
        environment=ENVIRONMENT,
    )
    return {
        (found.rule.partition(".")[2], found.location.path if found.location else None)
        for found in result.findings
    }


def test_async_usage_names_it_and_judges_the_rest(repository):
    found = found_by(AsyncUsage, repository)
    assert found == {("never-awaited", "small.py"), ("unread", None)}


def test_async_usage_does_so_in_a_large_repository(repository, monkeypatch):
    monkeypatch.setattr("checks.async_usage.probe._FEW", 0)
    assert ("unread", None) in found_by(AsyncUsage, repository)


def test_domains_judges_the_rest(repository):
    found = found_by(DomainsCheck, repository)
    assert {("retired-host", "small.py"), ("unread", None)} <= found


def test_pytest_markers_judges_the_rest(repository):
    assert ("unregistered", "test_small.py") in found_by(PytestMarkers, repository)


@pytest.mark.parametrize(
    ("words", "is_read", "marker"),
    [
        ("x = 1\n" * 110_000, True, "slow"),  # too many words for a tree
        ("# " + "x" * 2**21 + "\n", False, "slow"),  # too many bytes for all of its tokens
        ("# " + "x" * 2**21 + "\n", True, "skip"),  # whose marker is known all the same
    ],
)
def test_pytest_markers_names_what_it_does_not_parse(tmp_path, words, is_read, marker):
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n")
    (tmp_path / "test_small.py").write_text("import pytest\n\n\ndef test_it():\n    pass\n")
    large = f"import pytest\n{words}@pytest.mark.{marker}\ndef test_it():\n    pass\n"
    (tmp_path / "test_large.py").write_text(large)
    result = run_check(
        PytestMarkers, Repository(key="r", root=tmp_path), options=PytestMarkers.Options()
    )
    assert result.observations["too_large_to_parse"] == ["test_large.py"]
    told = {found.rule for found in result.findings}
    assert told == ({"pytest-markers.unregistered"} if is_read and marker == "slow" else set())
    if is_read:
        assert result.reason is None
    else:
        assert result.outcome is Outcome.ERROR
        assert "the markers of 1 file were not all read" in result.reason
        assert "test_large.py; split them" in result.reason


def test_single_definition_judges_the_rest(repository):
    assert ("missing", None) in found_by(SingleDefinition, repository, single=("Manager",))


@pytest.mark.parametrize(
    "text",
    [
        "import (\n" * 20_000,
        "class A(\n" * 20_000,
        "with " + "a" * 200_000 + "\n",
        "from" + " " * 100_000 + "! import x\n",
    ],
)
def test_a_sketch_takes_no_time(text):
    started = time.process_time()
    sketch(text, {"f"})
    assert time.process_time() - started < 5


def test_a_look_for_imports_takes_no_time():
    started = time.process_time()
    assert not imports_mark(b"from pytest import (" * 20_000)
    assert time.process_time() - started < 5


def test_a_budget_of_many_stars_takes_no_time():
    started = time.process_time()
    by_pattern = Wanted((), ("*a*a*Manager",)).by_pattern
    assert by_pattern.search(b"class " + b"a" * 100_000) is None
    assert time.process_time() - started < 5
