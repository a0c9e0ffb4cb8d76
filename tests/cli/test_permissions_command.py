"""``netra-validate config check --permissions``, as a user runs it."""

import json
import os
import re

import pytest
from command import netra_validate

from netra_validate import registry
from netra_validate.sandbox import launch

CORE = ("domains", "pytest-markers", "vpc-connector", "cloud-sql", "health", "websocket")


@pytest.fixture(scope="module")
def sandbox():
    with launch(["permission-missing"]) as started:
        yield started


def permissions(sandbox, *arguments, **variables):
    return netra_validate(
        "config",
        "check",
        "--permissions",
        *arguments,
        "--config",
        sandbox.config_path,
        cwd=sandbox.folder,
        environ=variables,
    )


def listed(document):
    return [line.split()[1] for line in document.splitlines() if line.startswith("- ")]


def declared(*checks):
    known = registry.load().checks
    return sorted({each for check in checks or known for each in known[check].permissions})


def test_the_role_of_all_checks_and_what_of_it_is_missing(sandbox):
    done = permissions(sandbox)
    assert done.returncode == 3
    assert listed(done.stdout) == declared()
    assert "- cloudsql.instances.list  # " in done.stdout
    assert "gcloud iam roles create netraValidate --project=netra-sandbox" in done.stdout
    assert (
        "netra-validate: not on the project netra-sandbox: cloudsql.instances.list (cloud-sql);"
        " it may still be granted on the resource\n" in done.stderr
    )
    assert done.stderr.count("not on the project") == 1
    held = len(declared()) - 1
    assert f"you have {held} of {held + 1} on the project netra-sandbox" in done.stderr


def test_the_role_of_the_six_core_checks(sandbox):
    done = permissions(sandbox, *CORE)
    assert done.returncode == 3
    assert listed(done.stdout) == declared(*CORE)


def test_a_selection_without_what_is_missing_is_held(sandbox):
    done = permissions(sandbox, "--plane", "control", "--skip", "cloud-sql")
    assert done.returncode == 0, done.stderr
    assert "cloudsql.instances.list" not in done.stdout
    assert permissions(sandbox, "--plane", "source").returncode == 0


def test_the_run_names_it_as_well(sandbox):
    done = netra_validate(
        "run", "cloud-sql", "--config", sandbox.config_path, "-o", "json", cwd=sandbox.folder
    )
    assert done.returncode == 3
    (probe,) = json.loads(done.stdout)["probes"]
    assert probe["outcome"] == "error"
    assert "the permission cloudsql.instances.list" in probe["reason"]


def test_for_programs(sandbox):
    done = permissions(sandbox, "vpc-connector", "cloud-sql", "-o", "json")
    document = json.loads(done.stdout)
    assert document["environment"] == "sandbox"
    assert document["role"]["includedPermissions"] == declared("vpc-connector", "cloud-sql")
    rows = {row["permission"]: row for row in document["permissions"]}
    assert rows["cloudsql.instances.list"] == {
        "permission": "cloudsql.instances.list",
        "checks": ["cloud-sql"],
        "projects": {"netra-sandbox": "not-on-the-project"},
    }
    assert rows["vpcaccess.connectors.get"]["projects"] == {"netra-sandbox": "held"}
    assert document["not_tested"] == {}


NOWHERE = {
    "GOOGLE_APPLICATION_CREDENTIALS": "",
    "NO_GCE_CHECK": "true",
    "CLOUDSDK_CONFIG": "/nonexistent",
}


def test_without_credentials_the_role_is_printed_all_the_same(tmp_path):
    (tmp_path / "netra-validate.toml").write_text(
        '[environments.staging]\nproject = "netra-staging"\nregion = "us-central1"\n'
        '[environments.staging.services.backend]\ncloud_run = "netra-backend"\n'
    )
    variables = {name: "" for name in os.environ if name.startswith("GOOGLE_")} | NOWHERE
    done = netra_validate("config", "check", "--permissions", cwd=tmp_path, environ=variables)
    assert done.returncode == 3
    assert "run.services.get" in listed(done.stdout)
    assert "which of them you have on netra-staging could not be tested" in done.stderr
    assert "gcloud auth application-default login" in done.stderr
    assert re.search(r"nothing for them in the configuration: .*load-balancer", done.stderr)
    assert "Traceback" not in done.stderr


def test_without_a_configuration_all_checks_count(tmp_path):
    done = netra_validate("config", "check", "--permissions", cwd=tmp_path, environ=NOWHERE)
    assert done.returncode == 3
    assert listed(done.stdout) == declared()
    assert "the configuration names no project" in done.stderr


@pytest.mark.parametrize("arguments", [["cloud-sql"], ["--skip", "cors"], ["-o", "json"]])
def test_a_selection_needs_the_option(sandbox, arguments):
    done = netra_validate(
        "config", "check", *arguments, "--config", sandbox.config_path, cwd=sandbox.folder
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "--permissions" in done.stderr


def test_an_unknown_check_is_refused(sandbox):
    done = permissions(sandbox, "cloud-sq")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean 'cloud-sql'?" in done.stderr
