"""The scenarios of Cloud Run services: their revisions, their traffic, their logs."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_RUN: Final = "cloud-run/backend"
_LOGS: Final = "startup-logs/backend"

RUN_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "service-missing",
        "there is no Cloud Run service of the backend's name",
        "cloud-run.not-found",
        "load-balancer.missing-service",
        cause=_RUN,
    ),
    scenario(
        "routes-not-ready",
        "the backend's revision is ready, and its service is not",
        "cloud-run.not-ready",
        cause=_RUN,
    ),
    scenario(
        "revision-not-ready",
        "the image of the backend's new revision does not exist",
        "cloud-run.revision-not-ready",
        cause=_RUN,
    ),
    scenario(
        "roll-out-stuck",
        "the backend's new revision has not become ready for a long time",
        "cloud-run.latest-not-ready",
        cause=_RUN,
    ),
    scenario(
        "traffic-split",
        "two revisions of the backend serve: a warning",
        "cloud-run.traffic-split",
        exit_code=0,
    ),
    scenario(
        "traffic-pinned",
        "the backend serves an old revision though a newer one is ready: a warning",
        "cloud-run.traffic-pinned",
        exit_code=0,
    ),
    scenario(
        "settings-drift",
        "the backend's revision has another timeout and fewer instances than expected",
        "cloud-run.settings",
        cause=_RUN,
    ),
    scenario(
        "port-mismatch",
        "a probe asks another port than the backend's, so the new revision does not start",
        "cloud-run.probe-port",
        "cloud-run.revision-not-ready",
        "startup-logs.port-not-listened",
        cause=_RUN,
        faults=("port-mismatch", "listens-elsewhere"),
    ),
    scenario(
        "two-network-paths",
        "the backend's revision has a connector and direct VPC egress: a warning",
        "cloud-run.network-path",
        exit_code=0,
    ),
    scenario(
        "image-by-tag",
        "images are named by tags where digests are wanted: a warning",
        "cloud-run.image-tag",
        exit_code=0,
    ),
    scenario(
        "job-missing",
        "the job that migrates the database does not exist",
        "cloud-run.job-not-found",
        cause=_RUN,
    ),
    scenario(
        "job-failed",
        "the latest migration failed",
        "cloud-run.job-failed",
        cause=_RUN,
    ),
    scenario(
        "job-hangs",
        "the latest migration does not come to an end: a warning",
        "cloud-run.job-slow",
        exit_code=0,
    ),
    scenario(
        "missing-module",
        "a module is missing from the backend's image: no instance starts, and all answers are 503",
        "startup-logs.missing-module",
        "health.bad-status",
        "websocket.refused",
        "cors.preflight-fails",
        cause=_LOGS,
        faults=("module-missing-in-service", "no-instance"),
    ),
    scenario(
        "missing-module-in-new-image",
        "a module is missing from the backend's new image; the revision before it goes on serving",
        "startup-logs.missing-module",
        "cloud-run.revision-not-ready",
        cause=_LOGS,
        faults=("module-missing",),
    ),
    scenario(
        "database-timeout-in-logs",
        "the backend's new revision gives up waiting for its database",
        "startup-logs.database-timeout",
        "cloud-run.revision-not-ready",
        cause=_LOGS,
        faults=("database-timeout",),
    ),
    scenario(
        "database-validation-timeout",
        "the backend's new revision gives up on validating its database connection",
        "startup-logs.validation-timeout",
        "cloud-run.revision-not-ready",
        cause=_LOGS,
    ),
    scenario(
        "whitespace-in-secret",
        "the backend's new revision refuses a secret with a newline at its end",
        "startup-logs.secret-whitespace",
        "cloud-run.revision-not-ready",
        cause=_LOGS,
        faults=("secret-whitespace",),
    ),
    scenario(
        "memory-limit",
        "an instance of the backend ran out of memory",
        "startup-logs.memory-limit",
        cause=_LOGS,
    ),
    scenario(
        "container-exits",
        "an instance of the backend ended with an error that nobody knows",
        "startup-logs.exited",
        cause=_LOGS,
    ),
    scenario(
        "redirect-mismatch",
        "the OAuth provider refuses the backend's redirect address",
        "startup-logs.redirect-mismatch",
        cause=_LOGS,
    ),
    scenario(
        "silent-errors",
        "the backend logs errors without a word: a warning",
        "startup-logs.silent-errors",
        exit_code=0,
    ),
    scenario(
        "custom-signature",
        "the backend logs what the configuration says is bad",
        "startup-logs.signature",
        cause=_LOGS,
    ),
)
"""In the order in which to list them."""
