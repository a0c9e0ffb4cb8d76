"""How to see a Cloud SQL instance by hand, and what its state usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import CONNECTOR, INSTANCE, REVISION, SERVICE, ByHand, see

_OPERATIONS: Final = (
    "gcloud sql operations list --instance={instance} --limit=10 --project={project}"
)


def _only(fields: str) -> str:
    return f"{INSTANCE} --format='yaml({fields})'"


RULES: Final[Mapping[str, ByHand]] = {
    "not-found": see(
        "gcloud sql instances list --project={project}",
        hides="Another project or another spelling than the one that is deployed to: the instance"
        " that the services use is well, and nobody looks at it.",
    ),
    "stopped": see(
        _only("state,settings.activationPolicy"),
        _OPERATIONS,
        hides="Somebody who saved money, or a billing account that ended. Every service shows it as"
        " a connection that times out, which is taken for the network.",
    ),
    "not-runnable": see(
        _only("state,suspensionReason,settings.activationPolicy"),
        _OPERATIONS,
        hides="An operation that runs or has failed: a maintenance, a resize, a restore, a disk"
        " that is full. The services' logs show time-outs only; the list of operations has the"
        " reason.",
    ),
    "failing-operation": see(
        "gcloud sql operations describe {operation} --project={project}",
        _OPERATIONS,
        hides="A change that somebody believes to be in force. Terraform and scripts that do not"
        " wait for the operation report success.",
    ),
    "maintenance-due": see(
        _only("scheduledMaintenance,settings.maintenanceWindow"),
        hides="The next outage of a few minutes that nobody will connect with it: afterwards pools"
        " hold dead connections, and services that do not check them fail until they restart.",
    ),
    "not-attached": see(
        REVISION,
        _only("connectionName,ipAddresses"),
        hides="A deploy without --add-cloudsql-instances, by another workflow than usual. The"
        " socket under /cloudsql is not there, and the program's message speaks of a missing file"
        " or a refused connection.",
    ),
    "no-private-address": see(
        _only("ipAddresses,settings.ipConfiguration"),
        hides="A connector or direct VPC egress that was set up with care and leads nowhere. It"
        " shows as a time-out, which is taken for the connector's size.",
    ),
    "network-mismatch": see(
        _only("settings.ipConfiguration.privateNetwork,ipAddresses"),
        CONNECTOR,
        hides="Two networks, often `default` and the one of the environment: each half looks right"
        " by itself, and packets are dropped without a word.",
    ),
    "connection-budget": see(
        _only("settings.databaseFlags,settings.tier"),
        SERVICE,
        hides="A failure that only comes with load or with a deploy, when old and new instances run"
        " side by side. Then it looks like a database that is down (`remaining connection slots`).",
    ),
    "disk-nearly-full": see(
        _only("settings.dataDiskSizeGb,settings.storageAutoResize,settings.storageAutoResizeLimit"),
        hides="Something that grows without being asked for: write-ahead log that a replication"
        " slot keeps, a table that nothing clears. A larger disk postpones it, and cannot be made"
        " smaller again.",
    ),
    "no-backups": see(
        _only("settings.backupConfiguration"),
        "gcloud sql operations list --instance={instance} --filter=operationType=BACKUP_VOLUME"
        " --limit=5 --project={project}",
        hides="Nothing until the day on which it is needed. An instance that was cloned or restored"
        " has often lost its schedule.",
    ),
    "open-to-the-world": see(
        _only("settings.ipConfiguration"),
        hides="A crisis in which somebody opened the database `for a moment` because a connector"
        " did not work. The connector's fault is mostly still there, and now nobody sees it.",
    ),
    "unencrypted-allowed": see(
        _only("settings.ipConfiguration.sslMode"),
        hides="Clients that have connected in the clear for years. They stop when it is closed, so"
        " the sessions without TLS are to be found first.",
    ),
    "region-mismatch": see(
        _only("region,gceZone"),
        "gcloud run services list --project={project}",
        hides="Slowness that is looked for in queries: each round trip between regions costs tens"
        " of milliseconds, and a request makes many.",
    ),
    "ca-expiring": see(
        _only("serverCaCert.expirationTime,settings.ipConfiguration.serverCaMode"),
        hides="An outage with a date. Clients that verify the server fail all at once on that day,"
        " and those with an old bundle fail on the day of the rotation.",
    ),
}
