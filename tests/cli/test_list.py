import json
import re

import pytest
from command import netra_validate
from plug_ins import install

from netra_validate import registry

CONFIGURATION = """
[environments.staging.services.backend]
[environments.staging.services.auth]
[environments.staging.databases.postgres]
instance = "staging-postgres"
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "netra-validate.toml").write_text(CONFIGURATION)
    return tmp_path


def listed(cwd, **environ):
    done = netra_validate("list", "-o", "json", cwd=cwd, environ=environ)
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def test_scripts_read_what_people_read(project):
    document = listed(project)
    assert document["schema_version"] == 1
    assert document["environment"] == "staging"
    assert document["configuration"].endswith("netra-validate.toml")
    checks = {each["id"]: each for each in document["checks"]}
    assert list(checks) == sorted(registry.load().checks)
    assert checks["health"]["resources"] == ["backend", "auth"]
    assert checks["vpc-connector"]["resources"] == []
    assert checks["health"]["examines"] == ["service"]
    assert checks["health"]["plane"] == "data"
    text = netra_validate("list", cwd=project).stdout
    for each in checks.values():
        (line,) = (line for line in text.splitlines() if line.startswith(f"{each['id']} "))
        number = re.split(r"\s{2,}", line)[3]
        assert number == str(len(each["resources"]) or "-")


def test_every_rule_is_there_with_its_severity_and_summary(project):
    checks = registry.load().checks
    for each in listed(project)["checks"]:
        assert {rule["id"]: rule["severity"] for rule in each["rules"]} == {
            rule.id: rule.severity for rule in checks[each["id"]].rules.values()
        }
        assert each["permissions"] == list(checks[each["id"]].permissions)
        assert each["depends_on"] == sorted(checks[each["id"]].depends_on)


def test_a_check_that_cannot_be_loaded_is_in_the_list(tmp_path):
    source = "raise ImportError('no \\x1b[31mway')"
    install(tmp_path / "site", "netra-broken", source, "broken = netra_broken:X")
    document = listed(tmp_path, PYTHONPATH=str(tmp_path / "site"))
    (broken,) = (each for each in document["checks"] if each["not_loaded"])
    assert broken["plane"] is None
    assert "no way" in broken["not_loaded"]


def test_an_unknown_form_is_refused(tmp_path):
    done = netra_validate("list", "-o", "yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "yaml" in done.stderr


def test_the_table_has_headings_and_what_it_is_about_goes_to_stderr(project):
    done = netra_validate("list", cwd=project, environ={"COLUMNS": "60"})
    assert re.split(r"\s{2,}", done.stdout.splitlines()[0])[3:] == ["HERE", "TITLE"]
    assert done.stderr.startswith("netra-validate: staging of ")
