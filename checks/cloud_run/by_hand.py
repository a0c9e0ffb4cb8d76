"""How to see a Cloud Run service by hand, and what its conditions usually hide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate import projections
from netra_validate.by_hand import LOGS, PLACE, REVISION, REVISIONS, SERVICE, ByHand, see

_EXECUTIONS: Final = f"gcloud run jobs executions list --job={{job}} {PLACE}"
_PORTS: Final = (
    f"gcloud run revisions describe {{revision}} {PLACE} '{projections.flag(projections.PORTS)}'"
)

RULES: Final[Mapping[str, ByHand]] = {
    "not-found": see(
        f"gcloud run services list {PLACE}",
        hides="Another spelling of the service (`netra-backend`, `netra-backend-staging`): one is"
        " deployed to, the other is routed to, and both look well.",
    ),
    "not-ready": see(
        SERVICE,
        REVISIONS,
        LOGS,
        hides="The newest revision, which failed: the condition of the service repeats what that"
        " one says, while the one before may go on serving. The start-up log has the reason.",
    ),
    "revision-not-ready": see(
        REVISION,
        LOGS,
        hides="`The container failed to start and listen on the port` is said of every failed"
        " start: a missing module, a database that does not answer, a secret that cannot be read."
        " It is seldom the port; the last lines of the log tell.",
    ),
    "latest-not-ready": see(
        SERVICE,
        REVISIONS,
        hides="A deploy that failed and that nobody saw, since the old revision serves on. What was"
        " merged since then is not in use, and fixes `do not help`.",
    ),
    "traffic-split": see(
        SERVICE,
        hides="Two versions that answer in turn: errors that come and go, and a client whose page"
        " and requests are of different builds. A canary was forgotten.",
    ),
    "traffic-pinned": see(
        SERVICE,
        REVISIONS,
        hides="A rollback of some days ago. Each deploy since then succeeded and changed nothing"
        " for users, which is taken for a cache.",
    ),
    "settings": see(
        REVISION,
        hides="A deploy by hand or by another workflow that reset what it did not name. The next"
        " deploy by the right one hides it again, until the other runs once more.",
    ),
    "image-tag": see(
        f"gcloud run revisions describe {{revision}} {PLACE} --format='yaml(status.imageDigest)'",
        hides="What runs: a tag moves, and a rollback to `the same` image gets another one. Cloud"
        " Run resolves the tag once per revision, so the digest of the revision is the truth.",
    ),
    "probe-port": see(
        _PORTS,
        LOGS,
        hides="A start that failed for want of an answer, though the program runs and listens. The"
        " message speaks of a time-out, and the time limit of the probe is raised in vain.",
    ),
    "network-path": see(
        REVISION,
        hides="Half of a move from a connector to direct VPC egress, or an egress setting without a"
        " way into the network. Private addresses time out, and the database is blamed.",
    ),
    "job-not-found": see(
        f"gcloud run jobs list {PLACE}",
        hides="A migration that no deploy has run for long: the pipeline step was skipped, or names"
        " another job. It shows as a schema that is a version behind.",
    ),
    "job-failed": see(
        f"gcloud run jobs executions describe {{execution}} {PLACE} --format='yaml(status)'",
        f"gcloud run jobs logs read {{job}} {PLACE} --limit=100",
        hides="A migration that ended half-way. The service is deployed all the same and fails at"
        " the first query that needs the new column.",
    ),
    "job-slow": see(
        _EXECUTIONS,
        f"gcloud run jobs logs read {{job}} {PLACE} --limit=100",
        hides="A lock: a migration waits for a session that holds a table, and everybody else waits"
        " behind the migration.",
    ),
}
