"""What commands that describe a resource show, and that it is no value that may be a secret."""

import os
import shutil
import subprocess

import pytest
import shown_fields

from netra_validate import projections
from netra_validate.remedies import describe_revision, describe_service, gcloud
from netra_validate.sandbox import launch

WHERE = ("netra-sandbox", "us-central1")
OF_SERVICE = (*projections.SERVICE, *projections.INGRESS, *projections.SERVICE_VARIABLES)
OF_REVISION = (
    *projections.REVISION, *projections.SETTINGS, *projections.VARIABLES, *projections.PORTS,
    *projections.IMAGES,
)  # fmt: skip


class TestFlags:
    def test_what_would_show_values_is_told_what_to_show(self):
        argv = gcloud("run", "jobs", "executions", "describe", "e", project="p")
        assert argv[-2:] == ("--project=p", "--format=yaml(status)")

    def test_what_shows_none_is_left_alone(self):
        assert gcloud("sql", "instances", "describe", "i")[-1] == "i"
        assert gcloud("run", "services", "list")[-1] == "list"

    def test_what_says_itself_what_to_show_is_left_alone(self):
        assert projections.flags(("run", "services", "describe", "s", "--format=value(a)")) == ()
        argv = gcloud("run", "services", "describe", "s", fields=("status.url",))
        assert argv[-1] == "--format=yaml(status.url)"

    @pytest.mark.parametrize(
        ("given", "told"),
        [
            ((), "--log-filter=logName:(stderr OR stdout OR system)"),
            (("--log-filter=severity=ERROR",), "AND logName:(stderr OR stdout OR system)"),
        ],
    )
    def test_the_log_of_a_service_is_read_without_its_requests(self, given, told):
        words = ("run", "services", "logs", "read", "s", *given)
        argv = gcloud(*words, project="p")
        assert shown_fields.shown("run services logs read", ("gcloud", *words)) == ["requestUrl"]
        assert shown_fields.shown("run services logs read", argv) == []
        assert sum(word.startswith("--log-filter=") for word in argv) == 1
        assert any(word.endswith(told) for word in argv)
        assert projections.bounded(argv[1:]) == argv[1:]

    def test_everything_that_bears_values_is_known(self):
        assert {" ".join(path) for path in projections.SHOWN} == set(shown_fields.BEARING)

    @pytest.mark.parametrize("path", shown_fields.BEARING)
    def test_no_field_that_bears_values_is_shown(self, path):
        argv = gcloud(*path.split(), "x")
        assert shown_fields.shown(path, argv) == []

    @pytest.mark.parametrize(
        ("path", "fields"),
        [("run services describe", OF_SERVICE), ("run revisions describe", OF_REVISION)],
    )
    def test_nor_by_the_other_fields(self, path, fields):
        assert shown_fields.shown(path, (projections.flag(fields),)) == []


@pytest.mark.skipif(shutil.which("gcloud") is None, reason="gcloud is not installed")
def test_the_real_gcloud_shows_names_and_no_values():
    commands = [
        describe_service("netra-backend", *WHERE, OF_SERVICE),
        describe_revision("netra-backend-00042-sbx", *WHERE, OF_REVISION),
    ]
    with launch(["revision-not-ready"]) as sandbox:
        asked = [
            subprocess.Popen(
                [shutil.which("gcloud"), *command.argv[1:]],
                env={**os.environ, **sandbox.gcloud_environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for command in commands
        ]
        service, revision = (process.communicate(timeout=60) for process in asked)
    for said, complained in (service, revision):
        assert "REDIS_URL" in said, complained
        assert "redis://" not in said
        assert "netra-backend@netra-sandbox.iam" in said
        assert "run.googleapis.com/vpc-access-connector: sandbox-connector" in said
    assert "run.googleapis.com/ingress: all" in service[0]
    assert "latestReadyRevisionName: netra-backend-00042-sbx" in service[0]
    assert "name: netra-jwt-secret" in revision[0]
    assert "containerPort: 8080" in revision[0]
    assert "memory: 1Gi" in revision[0]
