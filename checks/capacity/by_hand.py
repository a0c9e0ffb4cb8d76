"""How to see limits by hand, and what being near one usually hides.

``gcloud`` reads no metrics: what was used is in Cloud Monitoring, and what may be used here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import CONNECTOR, INSTANCE, LOGS, PLACE, ByHand, see

_LIMITS: Final = (
    f"gcloud run services describe {{service}} {PLACE}"
    " --format='yaml(spec.template.metadata.annotations,spec.template.spec.containerConcurrency,"
    "spec.template.spec.containers[].resources)'"
)

RULES: Final[Mapping[str, ByHand]] = {
    "cpu-high": see(
        of_kind={"service": [_LIMITS], "database": [INSTANCE], "connector": [CONNECTOR]},
        hides="One query without an index, or one endpoint that computes. More CPU postpones it;"
        " the list of the slowest queries names it.",
    ),
    "memory-high": see(
        of_kind={"service": [_LIMITS, LOGS], "database": [INSTANCE]},
        hides="Something that is kept and never given back. After a deploy it is gone for a while,"
        " which is taken for a cure.",
    ),
    "disk-high": see(
        f"{INSTANCE} --format='yaml(settings.dataDiskSizeGb,settings.storageAutoResize)'",
        hides="Write-ahead log that a replication slot keeps, temporary files of one query, or a"
        " table that nothing clears. The database stops when it is full, and then cannot be"
        " tidied.",
    ),
    "connections-high": see(
        f"{INSTANCE} --format='yaml(settings.databaseFlags,settings.tier)'",
        hides="A pool that grows with the instances of a service. The next deploy, with old and new"
        " ones side by side, takes the rest.",
    ),
    "instances-at-limit": see(
        of_kind={"service": [_LIMITS, LOGS], "connector": [CONNECTOR]},
        hides="Requests that take long, so that more of them are open at once: a slow dependency"
        " looks like a lack of instances. More instances then make the dependency slower.",
    ),
    "throughput-high": see(
        CONNECTOR,
        hides="A connector that drops and stays READY: connections to the database become slow or"
        " time out, and the database is blamed.",
    ),
    "slow-start": see(
        LOGS,
        hides="Work at the start that belongs elsewhere: migrations, downloads, models. Each new"
        " instance makes users wait, which shows as a few slow requests in many.",
    ),
    "fills-up": see(
        INSTANCE,
        hides="What grows: logs, a table, a replication slot that nobody reads. A larger disk"
        " changes the date and nothing else.",
    ),
}
