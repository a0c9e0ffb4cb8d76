import json
from dataclasses import replace

import pytest
from gcloud_commands import problems_of
from google.cloud import run_v2
from permission_worlds import examine

from checks.runtime_config import RuntimeConfig, meant, remedies, values
from checks.runtime_config.addresses import direct, hosts_of
from checks.runtime_config.options import Expectations
from netra_validate import Domains, Environment, Outcome, Service, Severity
from netra_validate.clients.google.settings import SecretUse
from netra_validate.model import Effect, Rollout
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.names import PARENT, SERVICES
from netra_validate.sandbox.variables import DATABASE_PASSWORD, JWT_SECRET, from_secret, secret_name
from netra_validate.sandbox.world import healthy_world
from netra_validate.testing import run_check

BACKEND = Service(key="backend", cloud_run="netra-backend", url="https://app.netra.example")
AUTH = Service(key="auth", cloud_run="netra-auth")
DOMAINS = Domains(
    managed=("netra.example",),
    canonical=("staging.netra.example", "api-staging.netra.example"),
    retired={
        "api.staging.netra.example": "api-staging.netra.example",
        "*.staging.netra.example": "staging.netra.example",
        "old.example.dev": "",
    },
    allowed=("pr-*.staging.netra.example",),
)


def rules(result):
    for finding in result.findings:
        assert problems_of(finding.remediation) == []
        effects = [command.effect is Effect.READS for command in finding.remediation.commands]
        assert effects == sorted(effects, reverse=True), "those that look come first"
        assert effects[0], "look before you change"
    return [finding.rule.removeprefix("runtime-config.") for finding in result.findings]


def deployed(change, world=None, key="backend"):
    world = world or healthy_world()
    name = f"{PARENT}/services/{SERVICES[key]}"
    service = run_v2.Service(world.services[name])
    change(service)
    return replace(world, services={**world.services, name: service})


def world_with(*containers, **variables):
    """The backend has these variables and no other; ``containers`` are those of sidecars."""

    def change(service):
        own = service.template.containers[0]
        own.env = [
            each if isinstance(each, run_v2.EnvVar) else run_v2.EnvVar(name=name, value=each)
            for name, each in variables.items()
        ]
        service.template.containers = [own, *containers]

    return deployed(change)


def look(world=None, service=BACKEND, resources=(AUTH,), forbidden=(), name="staging", **options):
    result, _ = examine(
        RuntimeConfig,
        service,
        world or healthy_world(),
        options=RuntimeConfig.Options(**options),
        resources=resources,
        forbidden=forbidden,
        domains=DOMAINS,
        name=name,
    )
    return result


@pytest.mark.parametrize(
    ("name", "user", "right"),
    [
        ("API_HOST", "", False),
        ("SMOKE_API_HOST", "", True),
        ("ALLOWED_DOMAINS", "", True),
        ("PRINCIPAL", "reader", True),
        ("ALERT_EMAIL", "reader", False),
        ("ALERT_EMAIL", "e2e-bot", True),
    ],
)
def test_a_reserved_domain_is_right_where_nothing_goes_there(name, user, right):
    assert meant.may_be_reserved(name, [user]) is right
    assert meant.may_be_reserved(name, [user, ""]) is (right and not user)


def test_a_version_is_enabled_in_the_project_of_its_secret():
    place, use = (
        remedies.Place("netra-backend", "p", "r"),
        SecretUse("other", "jwt", "3", "volume k"),
    )
    enable = remedies.another_version(place, "b-2", use, "3").commands[-1]
    assert "--project=other" in enable.argv
    assert "--project=other" in enable.undo


def test_a_flag_of_a_candidate_is_taken_away_under_its_tag():
    place = remedies.Place("netra-backend", "p", "r", tag="next")
    remedy = remedies.take_away(place, "b-2", "ALLOW_ALL", (), Rollout())
    assert {"--tag=next", "--no-traffic"} <= set(remedy.commands[-1].argv)


class TestValues:
    @pytest.mark.parametrize("value", ["1", "true", "TRUE", " yes\n", "on", "On"])
    def test_on(self, value):
        assert values.is_on(value)

    @pytest.mark.parametrize("value", ["", "0", "false", "no", "off", "2", "truest", "enabled?"])
    def test_off(self, value):
        assert not values.is_on(value)

    @pytest.mark.parametrize(
        "value",
        [
            "REPLACE_WITH_KEY",
            "sk-replace-me",
            "replace_this",
            "CHANGEME",
            "change-me",
            "changeme123",
            "<your key>",
            "TODO",
            "tbd",
            "xxx",
            "XXXXXXXX",
            "YOUR_API_KEY_HERE",
            "https://example.com/callback",
            "postgresql://u@db.example.org/x",
            "admin@example.net",
            "${DATABASE_URL}",
            "{{ redis_url }}",
            "placeholder",
        ],
    )
    def test_placeholders(self, value):
        assert values.is_placeholder("ADMIN_EMAIL", value)

    @pytest.mark.parametrize(
        "value",
        [
            "",
            "replacement",
            "unchanged",
            "do not replace method",
            "exchangemethod",
            "https://staging.netra.example",
            "https://my-example.com",
            "https://example.company",
            "<b>bold</b> text",
            "a < b > c",
            "todos",
            "${time} ${message}",
            "$(PORT)",
            "xx",
        ],
    )
    def test_no_placeholders(self, value):
        assert not values.is_placeholder("ADMIN_EMAIL", value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("SMOKE_TEST_USER", "qa-bot@example.com"),
            ("SYNTHETIC_USER", "synthetic@example.com"),
            ("LOGIN", "smoke@mail.example.com"),
            ("REPORT_TO", "qa-bot@example.com"),
            ("EMAIL_DOMAIN_ALLOWLIST", "example.org"),
            ("ALLOWED_DOMAINS", "netra.dev,example.org"),
            ("MAIL_FROM", "<noreply@netra.dev>"),
            ("LABEL_TEMPLATE", "{{name}}"),
            ("LOG_FORMAT", "${message}"),
            ("EOS_TOKEN", "</s>"),
            ("BOS", "<s>"),
            ("TOKENIZER_PAD_TOKEN", "<pad>"),
            ("LLM_UNKNOWN", " <UNK> "),
            ("MODEL_END", "<|endoftext|>"),
            ("MODEL_END", "<\uff5cend\u2581of\u2581sentence\uff5c>"),
            ("MASK_TOKEN", "<mask>"),
            ("STOP_SEQUENCES", "<end_of_turn>"),
            ("REASONING_END", "</think>"),
            ("LINE_BREAK", "<br>"),
            ("LINE_BREAK", "<br />"),
            ("PREAMBLE", '<?xml version="1.0"?>'),
            ("PREAMBLE", "<!DOCTYPE html>"),
        ],
    )
    def test_what_is_meant_to_be_so(self, name, value):
        assert not values.is_placeholder(name, value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("MAIL_FROM", "<noreply@example.com>"),
            ("MAIL_FROM", "<your-name@company>"),
            ("DATABASE_URL", "postgresql://netra:<password>@10.0.0.3/netra"),
            ("DATABASE_URL", "postgresql://qa:word@example.com/netra"),
            ("LOGIN_URL", "https://bot@example.com"),
            ("TEMPLATE_HOST", "host.example.com"),
            ("KAFKA", "${KAFKA_HOST}"),
            ("SMTP_HOST", "smtp.example.com"),
            ("CORS_ORIGINS", "https://app.example.com"),
            ("LABEL_TEMPLATE", "REPLACE_ME"),
            ("EOS_TOKEN", "REPLACE_ME"),
            ("EOS_TOKEN", "<your token>"),
            ("API_TOKEN", "<token>"),
            ("SUBNET_MASK", "<mask>"),
            ("STOP", "<end>"),
            ("KEY_FILE", "</path/to/key.json>"),
            ("URL", "<https://host/>"),
            ("ORDER", "<???>"),
        ],
    )
    def test_what_looks_as_if_it_were_meant(self, name, value):
        assert values.is_placeholder(name, value)

    @pytest.mark.parametrize(
        "value",
        [
            "localhost",
            "LOCALHOST:6379",
            "redis://localhost:6379/0",
            "http://127.0.0.1",
            "postgresql://u:p@127.0.0.1:5432/x",
            "a,http://127.0.1.1:80",
            "http://[::1]:80",
        ],
    )
    def test_this_machine(self, value):
        assert values.names_this_machine(value)

    @pytest.mark.parametrize(
        "value",
        ["0.0.0.0", "localhost.netra.example", "my-localhost", "localhosts", "10.127.0.0.1", ""],
    )
    def test_not_this_machine(self, value):
        assert not values.names_this_machine(value)

    def test_space_around_a_value(self):
        for value in ["a ", "\ta", "a\n", "a\r\n", " "]:
            assert values.has_surrounding_space("A", value)
        for value in ["", "a", "a b", "{\n}\n", "-----\nx\n"]:
            assert not values.has_surrounding_space("A", value)

    def test_space_around_a_text_that_is_put_beside_another(self):
        for name, value in [
            ("EMAIL_SUBJECT_PREFIX", "[Netra] "),
            ("PREFIX", "netra: "),
            ("LIST_SEPARATOR", " "),
            ("GREETING", " hello "),
        ]:
            assert not values.has_surrounding_space(name, value)
        for name, value in [
            ("PREFIX", "netra:\n"),
            ("URL_PREFIX", "https://netra.dev/ "),
            ("PATH_PREFIX", "/api "),
            ("HOST_SUFFIX", "staging.netra.dev "),
            ("PREFIX_KEY", "a "),
        ]:
            assert values.has_surrounding_space(name, value)

    @pytest.mark.parametrize(
        ("value", "expected"),
        [
            ("https://API.staging.netra.example:8080/x", ["api.staging.netra.example"]),
            ("a.b.dev,c.d.dev", ["a.b.dev", "c.d.dev"]),
            ('{"url": "wss://a.b.dev/ws"}', ["a.b.dev"]),
            ("postgresql://user:word@a.b.dev:5432/x", ["a.b.dev"]),
            ("ops@a.b.dev", []),
            ("Ops <ops@a.b.dev>, see https://c.b.dev.", ["c.b.dev"]),
            ("bücher", []),
            (".b.dev *.b.dev", []),
            ("10.20.0.4", []),
            ("plain words", []),
        ],
    )
    def test_hosts(self, value, expected):
        assert list(values.hosts(value)) == expected

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("DATABASE_PASSWORD", "hunter2"),
            ("JWT_SECRET", "abc"),
            ("JWT_SECRET_KEY", "abc"),
            ("OPENAI_API_KEY", "sk-1"),
            ("openai_apikey", "sk-1"),
            ("TOKEN", "x"),
            ("GITHUB_TOKEN", "ghp_x"),
            ("DATABASE_URL", "postgresql://user:word@10.0.0.1/x"),
            ("REDIS", "redis://:word@10.0.0.1"),
            ("NEXT_PUBLIC_DB_PASSWORD", "abc"),
            ("VITE_JWT_SECRET_KEY", "abc"),
            ("DATABASE_URL", "postgresql://netra:$ecret@/netra"),
            ("DATABASE_URL", "postgresql://netra:{pass}word@/netra"),
            ("STRIPE_API_KEY", "sk_live_abcdefgh"),
            ("FIREBASE_PRIVATE_KEY", "abc"),
            ("FIREBASE_TOKEN", "1//abc"),
            ("MAPS_API_KEY", "AIzaSyA-for-a-server"),
            ("PUBLIC_SIGNING_KEY", "abc"),
            ("ADMIN_TOKEN", "disabled-it"),
        ],
    )
    def test_secrets_in_the_clear(self, name, value):
        assert values.is_plain_secret(name, value)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("PASSWORD_MIN_LENGTH", "12 or more"),
            ("SECRET_MANAGER_PROJECT", "netra"),
            ("TOKEN_ISSUER", "netra"),
            ("API_KEY", ""),
            ("USE_SECRET", "true"),
            ("MAX_TOKEN", "4096"),
            ("GOOGLE_CREDENTIALS", "/secrets/key.json"),
            ("JWT_SECRET", "projects/p/secrets/jwt"),
            ("DATABASE_URL", "postgresql://user@10.0.0.1/x"),
            ("MONKEY", "banana"),
            ("NEXT_PUBLIC_FIREBASE_API_KEY", "AIzaSy-of-every-browser"),
            ("VITE_MAPS_API_KEY", "AIzaSy-of-every-browser"),
            ("FIREBASE_API_KEY", "AIzaSy-of-every-browser"),
            ("PUBLIC_API_KEY", "pk_test_abcdefgh"),
            ("STRIPE_API_KEY", "pk_live_abcdefgh"),
            ("ADMIN_TOKEN", "disabled"),
            ("EOS_TOKEN", "</s>"),
            ("PAD_TOKEN", "[PAD]"),
            ("END_TOKEN", "<|im_end|>"),
            ("API_TOKEN", "berglas://netra-secrets/api-token"),
            ("STRIPE_SECRET", "gcp-secretmanager:stripe-secret"),
            ("DATABASE_PASSWORD", "$(PASSWORD_FROM_SECRET)"),
            ("DATABASE_URL", "postgresql://netra:$(DATABASE_PASSWORD)@/netra?host=/cloudsql/p:r:i"),
            ("DATABASE_URL", "postgresql://netra:${DATABASE_PASSWORD}@/netra"),
            ("DATABASE_URL", "postgresql://netra:$DATABASE_PASSWORD@/netra"),
            ("DATABASE_URL_TEMPLATE", "postgresql://netra:{password}@10.20.0.3/netra"),
            ("DATABASE_URL_TEMPLATE", "postgresql://netra:%s@10.20.0.3/netra"),
        ],
    )
    def test_no_secrets(self, name, value):
        assert not values.is_plain_secret(name, value)

    @pytest.mark.parametrize(
        ("value", "expected", "other"),
        [
            ("production", "staging", True),
            (" Prod ", "staging", True),
            ("stg", "staging", False),
            ("staging", "STAGING", False),
            ("blue", "staging", False),
            ("production", "sandbox", False),
        ],
    )
    def test_words_for_environments(self, value, expected, other):
        assert values.is_other_environment(value, expected) is other

    def test_every_default_flag_is_a_pattern_that_matches(self):
        forbidden = Expectations().forbidden
        for name in (
            "EMERGENCY_ALLOW_NO_DATABASE",
            "BYPASS_STARTUP_VALIDATION",
            "SKIP_OAUTH_VALIDATION",
            "skip_database_validation",
        ):
            assert values.matches(name, forbidden)
        assert not values.matches("SKIP_MIGRATIONS", forbidden)


class TestAddresses:
    @pytest.mark.parametrize(
        ("host", "service", "home"),
        [
            ("netra-auth-abc123xyz-uc.a.run.app", "netra-auth", "abc123xyz-uc.a"),
            ("netra-auth-12345.us-central1.run.app", "netra-auth", "12345.us-central1"),
            ("tag---netra-auth-abc-uc.a.run.app", "netra-auth", "abc-uc.a"),
        ],
    )
    def test_both_forms_are_read(self, host, service, home):
        assert (direct(host).service, direct(host).home) == (service, home)

    def test_what_has_neither_form_is_none(self):
        assert direct("run.app") is None
        assert direct("something.run.app") is None

    def test_every_address_of_a_service_counts(self):
        service = run_v2.Service(
            uri="https://a-x-uc.a.run.app",
            urls=["https://a-1.us-central1.run.app"],
            traffic_statuses=[{"uri": "https://t---a-x-uc.a.run.app"}],
        )
        assert hosts_of([service]) == {
            "a-x-uc.a.run.app",
            "a-1.us-central1.run.app",
            "t---a-x-uc.a.run.app",
        }


class TestProbe:
    def test_a_healthy_one_passes_on_what_was_seen(self):
        result = look(required=("REDIS_URL", "JWT_SECRET"))
        assert (result.outcome, result.findings, result.reason) == (Outcome.PASS, (), None)
        assert result.observations == {
            "revisions": ["netra-backend-00042-sbx"],
            "variables": 8,
            "secrets": 2,
        }

    def test_values_are_never_shown(self):
        told = [
            "hunter2-in-plain",
            "secret.old.example.dev",
            "lost-sbx-uc",
            "REPLACE_WITH_IT",
            "me",
        ]
        result = look(
            world_with(
                DATABASE_PASSWORD=told[0],
                A=f"https://{told[1]}/?me",
                B=f"https://{told[2]}.a.run.app",
                C=told[3],
                D=f"redis://{told[4]}:word-word@localhost \n",
                E="https://lost.netra.example",
                ENVIRONMENT="production",
                BYPASS_STARTUP_VALIDATION="yes",
            ),
            required=("F",),
        )
        assert set(rules(result)) == {
            "plain-secret", "unknown-address", "placeholder", "localhost", "surrounding-space",
            "other-environment", "forbidden-flag", "required-missing",
        }  # fmt: skip
        text = json.dumps([
            [each.message, dict(each.evidence), each.identity, str(each.remediation)]
            for each in result.findings
        ]) + json.dumps(dict(result.observations))  # fmt: skip
        for value in [*told[:4], "word-word", "production", "lost"]:
            assert value not in text, value

    @pytest.mark.parametrize(
        ("value", "expected"),
        [("1", ["forbidden-flag"]), ("On", ["forbidden-flag"]), ("false", []), ("", [])],
    )
    def test_flags(self, value, expected):
        result = look(world_with(EMERGENCY_ALLOW_NO_DATABASE=value))
        assert rules(result) == expected
        for found in result.findings:
            change = found.remediation.commands[-1]
            assert "--remove-env-vars=EMERGENCY_ALLOW_NO_DATABASE" in change.argv
            assert change.undo is None, "nobody is told to switch it on again"

    @pytest.mark.parametrize(
        "name", ["EMERGENCY_ALLOW_X,DATABASE_URL", "EMERGENCY_ALLOW_'$(id)`\n-f"]
    )
    def test_no_command_takes_away_what_only_begins_like_a_flag(self, name):
        (found,) = look(world_with(**{name: "true"})).findings
        assert [command.effect for command in found.remediation.commands] == [Effect.READS]
        assert "in the console" in found.remediation.summary

    @pytest.mark.parametrize(
        ("sidecar", "expected"),
        [
            ("worker", ("--container=worker", "--remove-env-vars=BYPASS_STARTUP_VALIDATION")),
            ("", None),
        ],
    )
    def test_a_flag_of_a_sidecar_is_taken_away_there(self, sidecar, expected):
        on = run_v2.EnvVar(name="BYPASS_STARTUP_VALIDATION", value="1")
        result = look(world_with(run_v2.Container(name=sidecar, image="w", env=[on])))
        assert rules(result) == ["forbidden-flag"]
        *_, last = result.findings[0].remediation.commands
        assert (last.argv[-2:] if last.effect is not Effect.READS else None) == expected

    def test_every_revision_that_has_a_flag_on_is_condemned(self):
        report = broken(["traffic-split", "bypass-flag-left-on"])
        (found,) = look(report.world).findings
        assert {each.name for each in found.condemns} == {
            "netra-backend-00041-sbx", "netra-backend-00042-sbx",
        }  # fmt: skip
        update, move = found.remediation.commands[-2:]
        assert ("update" in update.argv, "--to-latest" in move.argv) == (True, True)

    def test_required_names(self):
        world = world_with(EMPTY=" ", HELD=from_secret("HELD", JWT_SECRET), SET="x")
        result = look(world, required=("EMPTY", "HELD", "SET", "GONE"))
        assert [each.message for each in result.findings] == [
            "EMPTY of netra-backend is empty",
            "GONE of netra-backend is not set",
            "EMPTY of netra-backend begins or ends with white space",
        ]

    @pytest.mark.parametrize(
        ("name", "containers", "options", "expected"),
        [
            ("REDIS_URL", (), {}, ["localhost"]),
            ("CORS_ORIGINS", (), {}, []),
            ("FORWARDED_ALLOW_IPS", (), {}, []),
            ("HEALTHCHECK_BIND", (), {}, []),
            ("BIND", (), {}, []),
            ("HOST", (), {}, ["localhost"]),
            ("REDIS_URL", (), {"local": ("REDIS_*",)}, []),
            ("REDIS_URL", (run_v2.Container(name="proxy"),), {}, []),
        ],
    )
    def test_localhost(self, name, containers, options, expected):
        world = world_with(*containers, **{name: "redis://localhost:6379"})
        assert rules(look(world, **options)) == expected

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("HEALTHCHECK_BIND", "127.0.0.1", []),
            ("BIND", "127.0.0.1", ["localhost"]),
            ("LISTEN", "127.0.0.1:8080", ["localhost"]),
            ("METRICS_LISTEN", "127.0.0.1:8080", ["localhost"]),
            ("METRICS_LISTEN", "127.0.0.1:9090", []),
        ],
    )
    def test_who_takes_requests_listens_on_all_addresses(self, name, value, expected):
        assert rules(look(world_with(**{name: value}))) == expected

    @pytest.mark.parametrize(
        ("name", "value", "expected"),
        [
            ("LEGACY_REDIRECT_HOST", "api.staging.netra.example", []),
            ("REDIRECT_FROM", "api.staging.netra.example", []),
            ("LEGACY_REDIRECT_HOST", "lost-sbx-uc.a.run.app", []),
            ("LEGACY_REDIRECT_HOST", "https://lost-sbx-uc.a.run.app", ["unknown-address"]),
            ("OLD_DOMAINS", "lost.netra.example,old.example.dev", []),
            ("LEGACY_API_URL", "https://api.staging.netra.example", ["retired-host"]),
            ("LEGACY_HOST", "https://api.staging.netra.example", ["retired-host"]),
            ("REDIRECT_HOST", "api.staging.netra.example", ["retired-host"]),
        ],
    )
    def test_a_host_that_is_known_to_be_of_the_past(self, name, value, expected):
        assert rules(look(world_with(**{name: value}))) == expected

    def test_a_placeholder_that_only_people_are_led_to_is_a_note(self):
        (found,) = look(world_with(DOCS_URL="https://docs.example.com/help")).findings
        assert (found.rule, found.severity) == ("runtime-config.placeholder", Severity.NOTE)

    @pytest.mark.parametrize(
        ("host", "expected"),
        [
            ("api.staging.netra.example", ["retired-host"]),
            ("auth.staging.netra.example", ["retired-host"]),
            ("a.b.staging.netra.example", ["retired-host"]),
            ("OLD.example.dev.", ["retired-host"]),
            ("staging.netra.example", []),
            ("api-staging.netra.example", []),
            ("pr-7.staging.netra.example", []),
            ("app.netra.example", []),
            ("netra.example", []),
            ("www.netra.example", []),
            ("lost.netra.example", ["unknown-address"]),
            ("partner.dev", []),
        ],
    )
    def test_hosts(self, host, expected):
        assert rules(look(world_with(URL=f"https://{host}/x"))) == expected
        assert rules(look(world_with(CORS_ORIGINS=f"https://{host}"))) == []

    def test_the_host_that_replaces_a_retired_one_is_named(self):
        (found,) = look(world_with(URL="https://api.staging.netra.example")).findings
        assert found.message == (
            "URL of netra-backend names a retired host, which api-staging.netra.example replaces"
        )

    @pytest.mark.parametrize(
        ("host", "severity"),
        [
            ("netra-auth-sbx-uc.a.run.app", None),
            ("netra-frontend-sbx-uc.a.run.app", None),  # there, though the configuration has none
            ("netra-auth-staging-sbx-uc.a.run.app", Severity.ERROR),
            ("netra-auth-other-uc.a.run.app", Severity.WARNING),
            ("netra-auth-123.us-central1.run.app", Severity.WARNING),
            ("strange.run.app", Severity.WARNING),
        ],
    )
    def test_addresses_of_cloud_run(self, host, severity):
        result = look(world_with(AUTH_URL=f"https://{host}"))
        assert [each.severity for each in result.findings] == [severity] * (severity is not None)
        assert set(rules(result)) <= {"unknown-address"}

    def test_known_hosts_are_fine(self):
        world = world_with(A="https://lost.netra.example", B="https://x-other-uc.a.run.app")
        assert rules(look(world, known_hosts=("*.netra.example", "x-other-uc.a.run.app"))) == []

    @pytest.mark.parametrize(
        ("name", "option", "expected"),
        [
            ("staging", None, ["other-environment"]),
            ("production", None, []),
            ("sandbox", None, []),
            ("sandbox", "staging", ["other-environment"]),
        ],
    )
    def test_the_word_for_the_environment(self, name, option, expected):
        result = look(world_with(ENVIRONMENT="production"), name=name, environment=option)
        assert rules(result) == expected

    def test_a_name_that_is_there_twice(self):
        def twice(service):
            own = service.template.containers[0]
            own.env = [run_v2.EnvVar(name="A", value=each) for each in "xy"]

        assert rules(look(deployed(twice))) == ["duplicate-name"]
        sidecar = run_v2.Container(name="proxy", env=[run_v2.EnvVar(name="A", value="x")])
        assert rules(look(world_with(sidecar, A="x"))) == []

    @pytest.mark.parametrize(
        ("version", "expected", "words"),
        [
            ("latest", [], ""),
            ("3", [], ""),
            ("2", ["secret-unusable"], "version 2 of the secret netra-jwt-secret"),
            ("1", ["secret-unusable"], "is DESTROYED, expected ENABLED"),
            ("9", ["secret-unusable"], "does not exist"),
            ("", ["secret-unusable"], "no version of the secret"),
        ],
    )
    def test_versions_of_secrets(self, version, expected, words):
        result = look(world_with(JWT=from_secret("JWT", JWT_SECRET, version)))
        assert rules(result) == expected
        assert all(words in each.message for each in result.findings)

    @pytest.mark.parametrize(("version", "enabled"), [("2", ["2"]), ("1", []), ("9", [])])
    def test_a_disabled_version_is_enabled_by_a_command_that_names_it(self, version, enabled):
        result = look(world_with(JWT=from_secret("JWT", JWT_SECRET, version)))
        (found,) = result.findings
        assert found.evidence["secret_name"] == secret_name(JWT_SECRET)
        acting = [each for each in found.remediation.commands if each.effect is Effect.CHANGES]
        assert [each.argv[4] for each in acting] == enabled
        assert [each.undo[3] for each in acting] == ["disable"] * len(enabled)
        assert all(each.risk and each.roles for each in acting)

    def test_a_rotated_secret_is_pinned_to_the_newer_version(self):
        result = look(broken(["secret-version-outdated"]).world)
        assert (result.outcome, rules(result)) == (Outcome.WARN, ["secret-outdated"])
        assert "version 3 of the secret" in result.findings[0].message
        assert "version 4 for variable JWT_SECRET" in result.findings[0].remediation.summary

    def test_a_secret_in_a_volume_is_looked_at_too(self):
        def mounted(service):
            items = [run_v2.VersionToPath(path="key", version="2")]
            secret = run_v2.SecretVolumeSource(secret=DATABASE_PASSWORD, items=items)
            service.template.volumes.append(run_v2.Volume(name="keys", secret=secret))

        result = look(deployed(mounted))
        assert rules(result) == ["secret-unusable"]
        assert "for volume keys of netra-backend" in result.findings[0].message

    def test_the_latest_version_counts_even_where_it_is_disabled(self):
        world = healthy_world()
        versions = {**world.secret_versions, f"{secret_name(JWT_SECRET)}/versions/4": "DISABLED"}
        result = look(replace(world, secret_versions=versions))
        assert rules(result) == ["secret-unusable"]
        pinned = world_with(JWT=from_secret("JWT", JWT_SECRET, "3"))
        assert rules(look(replace(pinned, secret_versions=versions))) == []

    def test_what_may_not_be_read_is_an_error_with_its_permission_beside_the_findings(self):
        world = broken(["bypass-flag-left-on"]).world
        result = look(world, forbidden={"secretmanager.versions.get"})
        assert rules(result) == ["forbidden-flag"]
        result = look(forbidden={"secretmanager.versions.get"})
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert "secretmanager.versions.get" in result.reason
        result = look(forbidden={"run.services.get"})
        assert "run.services.get" in result.reason

    @pytest.mark.parametrize(
        ("under_way", "outcome"), [(True, Outcome.WARN), (False, Outcome.FAIL)]
    )
    def test_what_has_no_traffic_yet_is_a_warning_until_it_fails(self, under_way, outcome):
        def next_one(service):
            service.reconciling = under_way
            created = service.latest_created_revision.replace("-00042-", "-00043-")
            service.template.revision = created.rpartition("/")[2]
            service.latest_created_revision = created
            own = service.template.containers[0]
            own.env = [*own.env, run_v2.EnvVar(name="MODEL", value="TODO")]

        world = healthy_world()
        serving = world.services[f"{PARENT}/services/netra-backend"]
        earlier = {serving.latest_ready_revision: serving.template}
        result = look(replace(deployed(next_one), earlier=earlier))
        assert (result.outcome, rules(result)) == (outcome, ["placeholder"])
        assert result.findings[0].evidence["revision"] == "netra-backend-00043-sbx"

    @pytest.mark.parametrize(
        ("service", "environment", "reason"),
        [
            (Service(key="x"), Environment(project="p", region="r"), "names no cloud_run service"),
            (BACKEND, Environment(region="r"), "has no project"),
            (BACKEND, Environment(project="p"), "has no region"),
        ],
    )
    def test_without_a_place_it_is_skipped(self, service, environment, reason):
        result = run_check(RuntimeConfig, service, environment=environment)
        assert result.outcome is Outcome.SKIP
        assert reason in result.reason
