"""``netra-validate config check``: good is said of what is complete, and of nothing else."""

import pytest
from command import netra_validate

EMPTY = "[environments.staging]\n"
FILLED = "[environments.staging]\nproject = 'netra-staging'\n[environments.staging.services.api]\n"
WAIVER = """
[[waivers]]
rule = "{rule}"
resource = "{resource}"
reason = "known"
owner = "me"
expires = 2999-01-01
"""


@pytest.fixture
def check(tmp_path):
    def checking(text):
        (tmp_path / "netra-validate.toml").write_text(text)
        return netra_validate("config", "check", cwd=tmp_path)

    return checking


def test_what_is_not_filled_in_is_named(check):
    done = check(EMPTY)
    assert (done.returncode, done.stdout.count(": good;")) == (0, 1)
    assert (
        "environments.staging: nothing of the cloud is looked at: project, services" in done.stderr
    )


def test_of_what_is_filled_in_nothing_is_said(check):
    done = check(FILLED)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("rule", "resource", "said"),
    [
        ("health.*", "apii", "no environment has a resource 'apii'; did you mean 'api'?"),
        ("health.statsu", "*", "no installed check has a rule 'health.statsu'"),
        ("domains.*", "rep", "no environment has a resource 'rep'; did you mean 'repo'?"),
    ],
)
def test_a_waiver_that_can_match_nothing_is_not_good(check, rule, resource, said):
    done = check(FILLED + WAIVER.format(rule=rule, resource=resource))
    assert done.returncode == 0
    assert said in done.stderr
    assert "good, but for its waivers;" in done.stdout


def test_a_waiver_that_has_run_out_is_named(check):
    ended = WAIVER.format(rule="health.*", resource="api").replace("2999", "2020")
    done = check(FILLED + ended)
    assert "waivers: that of health.* on api (me) has run out on 2020-01-01" in done.stderr
    assert "good, but for its waivers;" in done.stdout


@pytest.mark.parametrize(("rule", "resource"), [("health.*", "a*"), ("domains.*", "repo")])
def test_one_that_can_match_something_is_good(check, rule, resource):
    done = check(FILLED + WAIVER.format(rule=rule, resource=resource))
    assert (done.stderr, done.stdout.count(": good;")) == ("", 1)


def test_an_unknown_environment_where_none_is_declared(tmp_path):
    (tmp_path / "netra-validate.toml").write_text("[run]\nretries = 1\n")
    done = netra_validate("list", "--env", "staging", cwd=tmp_path)
    assert done.returncode == 2
    assert "none is declared" in done.stderr


def test_checks_that_need_nothing_are_given_no_role(tmp_path):
    (tmp_path / "netra-validate.toml").write_text(FILLED)
    done = netra_validate("config", "check", "--permissions", "health", cwd=tmp_path)
    assert done.stdout == "# These checks ask Google Cloud nothing: they need no role.\n"
    assert "gcloud" not in done.stdout


@pytest.mark.parametrize("key", ["\\u001b[31mred", "*Factory", ""])
def test_of_a_table_the_wrong_entry_is_named_whatever_its_name(check, key):
    done = check(f'[checks.single-definition.budgets]\n"*Manager" = 3\n"{key}" = "many"\n')
    assert done.returncode == 2
    assert "netra-validate.toml:3: checks.single-definition.budgets." in done.stderr
    assert "found 'many', expected a whole number" in done.stderr
    assert "\x1b" not in done.stderr
