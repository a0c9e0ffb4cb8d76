"""The check of signals: which environment each names, what disagrees, and nothing secret."""

import os
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.environment import EnvironmentCheck, dotenv
from checks.environment.dotenv import Entry
from checks.environment.lexicon import Lexicon
from netra_validate import (
    Domains,
    Environment,
    Host,
    Outcome,
    Plane,
    Repository,
    Service,
    Severity,
    WholeEnvironment,
    config,
    registry,
)
from netra_validate.option_tables import note_bad_options
from netra_validate.plan import Selection, chooser, plan
from netra_validate.testing import run_check

SIGNALS = ("ENVIRONMENT", "STAGING_ENV", "AUTH_SERVICE_URL")
FILE = ".env.staging.tests"
SECRET = "hunter2-and-more"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs the check with these variables and this file."""

    def running(
        values=None,
        text=None,
        *,
        name="staging",
        declared=("staging",),
        resources=(),
        domains=None,
        **options,
    ):
        for variable, value in (values or {}).items():
            monkeypatch.setenv(variable, value)
        if text is not None:
            (tmp_path / FILE).write_bytes(text if isinstance(text, bytes) else text.encode())
        chosen = {"chosen_by": "--env", "domains": domains or Domains(), "declared": declared}
        result = run_check(
            EnvironmentCheck,
            WholeEnvironment(key=name),
            options=EnvironmentCheck.Options(**options),
            environment=Environment(name=name, **chosen),
            resources=resources,
            root=tmp_path,
        )
        assert SECRET not in repr(result)
        return result

    return running


def rules(result):
    return [found.rule.removeprefix("environment.") for found in result.findings]


def test_the_argument_alone_agrees_with_nothing(run):
    result = run()
    assert (result.outcome, result.findings) == (Outcome.SKIP, ())
    assert result.reason == (
        "there is no signal to compare: none of ENVIRONMENT, STAGING_ENV, AUTH_SERVICE_URL is set,"
        " and no file of this environment sets one (.env.staging.tests)"
    )


def test_five_signals_that_agree(run):
    result = run(
        {
            "ENVIRONMENT": " Staging\n",
            "STAGING_ENV": "1",
            "AUTH_SERVICE_URL": "https://auth-staging.example.com/v1",
        },
        "ENVIRONMENT=staging\nSTAGING_ENV='true'\nAUTH_SERVICE_URL=\"https://staging.example.com\"\n",
    )
    assert (result.outcome, result.findings) == (Outcome.PASS, ())
    assert result.observations["signals"] == {
        "--env": "staging",
        "ENVIRONMENT": "staging",
        "STAGING_ENV": "staging",
        "AUTH_SERVICE_URL": "staging",
        f"{FILE}: ENVIRONMENT": "staging",
        f"{FILE}: STAGING_ENV": "staging",
        f"{FILE}: AUTH_SERVICE_URL": "staging",
    }
    assert result.observations["without_an_argument"] == "staging, by ENVIRONMENT"


class TestVariables:
    @pytest.mark.parametrize(
        ("variables", "said"),
        [
            ({"ENVIRONMENT": "production"}, "production"),
            ({"ENVIRONMENT": "PROD"}, "production"),
            ({"AUTH_SERVICE_URL": "https://auth.prod.example.com"}, "production"),
            ({"AUTH_SERVICE_URL": "wss://netra-auth-production-abc-uc.a.run.app"}, "production"),
            ({"STAGING_ENV": "production"}, "production"),
        ],
    )
    def test_one_that_names_another_place_is_an_error(self, run, variables, said):
        result = run(variables)
        (found,) = result.findings
        (name,) = variables
        assert (result.outcome, found.rule) == (Outcome.FAIL, "environment.conflict")
        assert found.message.startswith(f"{name} says {said}")
        assert found.message.endswith("and staging is examined")
        assert (found.evidence["says"], found.identity) == (said, name)
        assert "--env" not in found.remediation.summary, "no such environment is declared"

    @pytest.mark.parametrize(
        ("declared", "said"),
        [
            (("staging", "prod"), "; or examine prod with --env prod"),
            (("Production", "staging"), "; or examine Production with --env Production"),
            (("staging", "dev"), ""),
        ],
    )
    def test_another_environment_is_offered_by_its_name_where_it_is_declared(
        self, run, declared, said
    ):
        (found,) = run({"ENVIRONMENT": "PROD"}, declared=declared).findings
        assert found.remediation.summary == f"Unset ENVIRONMENT, or set ENVIRONMENT=staging{said}"

    def test_an_environment_is_called_by_its_name_and_its_word_is_told(self, run):
        (found,) = run({"ENVIRONMENT": "prod"}, name="sandbox", environment="staging").findings
        assert found.message == (
            "ENVIRONMENT says production, and sandbox is examined, which is staging"
        )
        assert (found.evidence["examined"], found.evidence["expected"]) == ("sandbox", "staging")
        assert found.remediation.summary == "Unset ENVIRONMENT, or set ENVIRONMENT=staging"

    def test_what_an_address_is_to_be_is_only_known_by_the_environment(self, run):
        (found,) = run({"AUTH_SERVICE_URL": "https://auth.prod.example.com"}).findings
        assert "or set AUTH_SERVICE_URL to what staging has" in found.remediation.summary

    def test_staging_is_no_production(self, run):
        result = run({"STAGING_ENV": "true"}, name="production")
        assert rules(result) == ["conflict"]

    def test_each_that_disagrees_is_told(self, run):
        result = run({"ENVIRONMENT": "production", "STAGING_ENV": "yes", "AUTH_SERVICE_URL": "?"})
        assert sorted(rules(result)) == ["conflict", "unknown"]

    @pytest.mark.parametrize(
        "variables",
        [
            {"ENVIRONMENT": "development"},
            {"ENVIRONMENT": "ci"},
            {"STAGING_ENV": "false"},
            {"STAGING_ENV": "0"},
            {"AUTH_SERVICE_URL": "http://localhost:8001"},
            {"AUTH_SERVICE_URL": "http://127.0.0.1:8001/"},
            {"AUTH_SERVICE_URL": "http://[::1]:8001/"},
            {"AUTH_SERVICE_URL": "http://auth:8001"},
        ],
    )
    def test_a_laptop_is_worth_a_note(self, run, variables):
        result = run(variables)
        (found,) = result.findings
        assert (result.outcome, found.severity) == (Outcome.PASS, Severity.NOTE)
        assert found.rule == "environment.overruled"

    def test_a_flag_that_is_off_agrees_with_any_other_environment(self, run):
        result = run({"STAGING_ENV": "off"}, name="production")
        assert (result.outcome, result.findings) == (Outcome.PASS, ())

    def test_one_without_a_value_is_no_signal(self, run):
        result = run(dict.fromkeys(SIGNALS, "  "))
        assert result.outcome is Outcome.SKIP
        assert result.observations["signals"] == {"--env": "staging"}

    def test_an_unknown_word_is_not_shown(self, run):
        result = run({"ENVIRONMENT": SECRET})
        (found,) = result.findings
        assert (result.outcome, found.rule) == (Outcome.WARN, "environment.unknown")
        assert found.message == "ENVIRONMENT holds a value that means no known environment"

    def test_what_to_set_is_said(self, run):
        (found,) = run({"ENVIRONMENT": "quux"}).findings
        assert found.remediation.summary.startswith("Set ENVIRONMENT=staging, or add")

    def test_what_a_slip_resembles_is_said(self, run):
        (found,) = run({"ENVIRONMENT": "stagin"}).findings
        assert found.evidence["resembles"] == "staging"
        assert found.message.endswith("it resembles staging")

    @pytest.mark.parametrize(
        "value",
        [
            SECRET,
            f"https://user:{SECRET}@",
            f"{SECRET}.example.com",
            f"postgres://{SECRET}",
            f"https://[{SECRET}]/",
            f"https://example.com:{SECRET}/"[:30] + " " + SECRET,
            f"https://{SECRET * 30}/",
            f"https://{SECRET}%00.example.com",
            "https://",
            "\u2603",
        ],
    )
    def test_what_is_no_address_is_not_shown(self, run, value):
        (found,) = run({"AUTH_SERVICE_URL": value}).findings
        assert found.rule == "environment.unknown"

    def test_of_an_address_the_host_alone_is_shown(self, run):
        address = f"https://user:{SECRET}@auth.example.com/{SECRET}?token={SECRET}"
        (found,) = run({"AUTH_SERVICE_URL": address}).findings
        assert found.evidence["host"] == "auth.example.com"
        assert "auth.example.com" in found.message

    def test_nobody_asks_for_them_where_tests_run_elsewhere(self, run):
        result = run({"ENVIRONMENT": "production"}, process=False)
        assert (result.outcome, result.findings) == (Outcome.SKIP, ())
        assert "ENVIRONMENT" not in result.reason

    def test_others_can_be_named(self, run):
        result = run(
            {"APP_STAGE": "live", "ON_QA": "yes", "API": "https://api.example.com"},
            variables=("APP_STAGE",),
            flags={"ON_QA": "qa"},
            addresses=("API",),
            words={"production": ("live",), "qa": ()},
            hosts={"*.example.com": "qa", "api.example.com": "production"},
            environment="live",
        )
        assert result.observations["signals"] == {
            "--env": "production",
            "APP_STAGE": "production",
            "ON_QA": "qa",
            "API": "production",
        }
        assert [found.identity for found in result.findings] == ["ON_QA"]


class TestHosts:
    BACKEND = Service(key="auth", url="https://id.example.com:8443/auth")

    @pytest.mark.parametrize(
        "host", ["id.example.com", "ID.example.com.", "app.example.com", "door.example.com"]
    )
    def test_those_of_the_environment_are_its_own(self, run, host):
        domains = Domains(canonical=("app.example.com",))
        resources = (self.BACKEND, Host(key="door", name="door.example.com"))
        result = run({"AUTH_SERVICE_URL": f"https://{host}"}, resources=resources, domains=domains)
        assert (result.outcome, result.findings) == (Outcome.PASS, ())

    def test_a_retired_one_was_its_own(self, run):
        domains = Domains(retired={"old.example.com": "id.example.com"})
        result = run({"AUTH_SERVICE_URL": "https://old.example.com"}, domains=domains)
        assert result.outcome is Outcome.PASS

    def test_one_on_this_machine_belongs_to_nobody(self, run):
        resources = (Service(key="auth", url="http://localhost:8001"),)
        result = run({"AUTH_SERVICE_URL": "http://localhost:8001"}, resources=resources)
        assert rules(result) == ["overruled"]

    def test_one_that_is_called_after_two_is_unknown(self, run):
        result = run({"AUTH_SERVICE_URL": "https://staging.prod.example.com"})
        assert rules(result) == ["unknown"]

    def test_a_word_inside_another_is_none(self, run):
        result = run({"AUTH_SERVICE_URL": "https://products.example.com"})
        assert rules(result) == ["unknown"]


class TestFiles:
    def test_it_has_to_agree_with_whose_it_is(self, run):
        result = run(text=f"SECRET={SECRET}\n\nexport ENVIRONMENT = production # {SECRET}\n")
        (found,) = result.findings
        assert found.rule == "environment.conflict"
        assert (found.location.path, found.location.line) == (FILE, 3)
        assert found.message == (
            f"ENVIRONMENT in {FILE} says production, and {FILE} belongs to staging"
        )

    @pytest.mark.parametrize(
        "line",
        ["STAGING_ENV=false", "ENVIRONMENT=development", "AUTH_SERVICE_URL=http://localhost:80"],
    )
    def test_it_is_no_laptop(self, run, line):
        result = run(text=line)
        assert rules(result) == ["conflict"]

    def test_that_it_is_there_decides_where_nothing_else_does(self, run):
        result = run(text="")
        assert (result.outcome, result.findings) == (Outcome.SKIP, ())
        assert result.observations["without_an_argument"] == f"staging, by {FILE}"
        assert result.observations["files"] == {FILE: "staging"}

    def test_it_says_nothing_about_another_environment(self, run):
        result = run(text="ENVIRONMENT=staging", name="production")
        assert (result.outcome, result.findings) == (Outcome.SKIP, ())
        assert result.observations["without_an_argument"] == f"staging, by {FILE}"

    def test_a_value_that_is_put_together_is_not_judged(self, run):
        result = run(text="ENVIRONMENT=${STAGE:-production}\n")
        assert (result.outcome, result.findings) == (Outcome.SKIP, ())
        assert result.reason == f"what {FILE}: ENVIRONMENT holds is only known when it is used"
        assert result.observations["signals"][f"{FILE}: ENVIRONMENT"] == "computed"

    def test_it_is_read_also_where_git_ignores_it(self, run, tmp_path):
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        (tmp_path / ".gitignore").write_text(".env*\n")
        assert rules(run(text="ENVIRONMENT=production")) == ["conflict"]

    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (b"ENVIRONMENT=\xff\xfe", "is no UTF-8 text"),
            ("ENVIRONMENT=staging".encode("utf-16"), "is no UTF-8 text"),
            (b"ENVIRONMENT=staging\0", "is no text"),
            (b"#" * (2**20 + 1), "has 1048577 bytes, expected at most 1048576"),
        ],
    )
    def test_what_cannot_be_read_is_told(self, run, content, why):
        result = run(text=content)
        (found,) = result.findings
        assert (result.outcome, found.message) == (Outcome.WARN, f"{FILE} {why}")

    def test_a_folder_is_no_file(self, run, tmp_path):
        (tmp_path / FILE).mkdir()
        assert rules(run()) == ["unread"]

    @pytest.mark.parametrize("target", ["", "outside"])
    def test_links_are_not_followed(self, run, tmp_path, target):
        outside = tmp_path / "elsewhere"
        outside.write_text(f"ENVIRONMENT=production\nTOKEN={SECRET}")
        (tmp_path / FILE).symlink_to(outside if target else tmp_path / "nothing")
        assert rules(run()) == ["unread"]

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes here")
    def test_a_pipe_is_not_waited_for(self, run, tmp_path):
        os.mkfifo(tmp_path / FILE)
        assert rules(run()) == ["unread"]

    @pytest.mark.parametrize("path", ["/etc/passwd", "../x", "a/../../x", "a\\b", "C:/x"])
    def test_a_path_out_of_the_tree_is_refused(self, tmp_path, path):
        file = tmp_path / "netra-validate.toml"
        table = f"[environments.staging]\n[checks.environment.files]\n'{path}' = 'staging'\n"
        file.write_text(table)
        known = registry.load()
        with pytest.raises(config.ConfigurationError, match="environment"):
            config.load(file, also=lambda found, seen: note_bad_options(known, found, seen))


class TestEntries:
    TEXT = (
        "# ENVIRONMENT=comment\n"
        'KEY="-----BEGIN\nENVIRONMENT=inside\n-----"\n'
        "  export STAGING_ENV =  'a # b'  \n"
        "AUTH_SERVICE_URL=https://x#y # note\r\n"
        "ENVIRONMENT=first\n"
        "ENVIRONMENT=last\n"
    )

    def test_the_forms_of_the_format(self):
        assert dotenv.read(self.TEXT, SIGNALS) == {
            "STAGING_ENV": Entry("a # b", 5),
            "AUTH_SERVICE_URL": Entry("https://x#y", 6),
            "ENVIRONMENT": Entry("last", 8),
        }

    def test_only_what_is_asked_for_is_kept(self):
        assert dotenv.read(f"TOKEN={SECRET}\nENVIRONMENT=a", ("ENVIRONMENT",)) == {
            "ENVIRONMENT": Entry("a", 2)
        }

    def test_a_quotation_mark_without_end(self):
        assert dotenv.read('A="x\nENVIRONMENT=a\n', SIGNALS) == {"ENVIRONMENT": Entry("a", 2)}

    @given(st.text(alphabet="ENVIRONMENT=\"'\\\n\r# ${}ab", max_size=200))
    def test_any_text_can_be_read(self, text):
        for entry in dotenv.read(text, SIGNALS).values():
            assert 1 <= entry.line <= len(re.split("\r\n|\r|\n", text))

    def test_a_large_one_takes_no_time(self):
        text = "A=\"'\n" * 100_000 + "ENVIRONMENT=a\n"
        assert "ENVIRONMENT" in dotenv.read(text, SIGNALS)


@given(st.text(max_size=100))
def test_any_value_means_something_or_nothing(value):
    lexicon = Lexicon(EnvironmentCheck.Options(), "staging")
    for meaning in (lexicon.word(value), lexicon.flag(value, "staging"), lexicon.address(value)):
        assert meaning.environment in {None, "staging", "production", "development", "test"}


class TestEngine:
    """What the engine tells a check about the environment."""

    TOML = "default_environment = 'b'\n[environments.a]\n[environments.b]\n"

    @pytest.fixture
    def configuration(self, tmp_path):
        file = tmp_path / "netra-validate.toml"
        file.write_text(self.TOML)
        return config.load(file)

    def test_what_chose_it(self, configuration):
        variables = {"NETRA_ENV": "a"}
        assert chooser(configuration, "a", variables) == "--env"
        assert chooser(configuration, None, variables) == "default_environment"
        assert chooser(config.Configuration(), None, variables) == "NETRA_ENV"
        assert chooser(config.Configuration(), None, {}) is None

    def test_the_check_examines_the_environment_where_it_is_declared(self, configuration, tmp_path):
        planned = plan(registry.load(), configuration, "b", tmp_path, chosen_by="--env")
        (probe,) = [each for each in planned.probes if each.check.id == "environment"]
        assert (probe.id, probe.check.plane) == ("environment/b", Plane.SOURCE)
        assert planned.topology.declared_at[probe.resource.ref].line == 3
        assert planned.environment.chosen_by == "--env"
        assert planned.environment.declared == ("a", "b")

    def test_without_an_environment_there_is_nothing_to_examine(self, tmp_path):
        wanted = Selection(("environment",))
        planned = plan(registry.load(), config.Configuration(), None, tmp_path, wanted)
        (settled,) = planned.settled
        assert settled.reason.endswith("no environments in the configuration: declare one there")
        assert [each.kind for each in planned.topology.resources] == [Repository.kind]

    def test_the_command_line_is_a_signal(self, tmp_path):
        (tmp_path / "netra-validate.toml").write_text(self.TOML)
        done = subprocess.run(
            [
                *(sys.executable, "-P", "-m", "netra_validate", "run", "environment"),
                *("--env", "a", "--root", str(tmp_path)),
            ],
            env={**os.environ, "ENVIRONMENT": "production", "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done.stderr
        assert "ENVIRONMENT says production, and a is examined" in done.stdout
