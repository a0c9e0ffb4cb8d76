"""How to see a VPC connector by hand, and what its state usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import CONNECTOR, PLACE, REVISION, ByHand, see

_LIST: Final = f"gcloud compute networks vpc-access connectors list {PLACE}"
_OPERATIONS: Final = f"gcloud compute networks vpc-access operations list {PLACE}"

RULES: Final[Mapping[str, ByHand]] = {
    "not-found": see(
        _LIST,
        hides="A connector of a similar name that is there (`-v2`, `-sql-`): whoever searches by a"
        " part of the name finds it and thinks all is well. Compare whole names.",
    ),
    "not-ready": see(
        CONNECTOR,
        _OPERATIONS,
        "gcloud compute networks subnets list --project={project}",
        hides="A range that overlaps or a subnet that is gone, so that it cannot heal by itself."
        " The services show a database that times out. And READY proves little: a connector in the"
        " wrong network, or at its limit, is READY too.",
    ),
    "network-mismatch": see(
        CONNECTOR,
        "gcloud compute networks describe {network} --project={project}",
        "gcloud compute networks list --project={project}",
        hides="A connector that was made anew in `default`. It is READY, every log says time-out,"
        " and the database is blamed.",
    ),
    "region-mismatch": see(
        CONNECTOR,
        "gcloud run services list --project={project}",
        hides="A service that moved. The deploy says that the connector does not exist, which is"
        " read as if somebody had deleted it.",
    ),
    "undersized": see(
        CONNECTOR,
        hides="A size in a file of infrastructure that the API never accepted: only what the API"
        " answers is so. Too small a connector stays READY and drops packets under load.",
    ),
    "no-headroom": see(
        CONNECTOR,
        hides="Time-outs at the hours of most traffic that are gone when somebody looks. A"
        " connector that has grown does not shrink again, so its size tells of the highest load.",
    ),
    "not-attached": see(
        REVISION,
        hides="A deploy without --vpc-connector by another workflow. The service starts and waits"
        " for private addresses until it gives up: the log says database, and the way there is"
        " missing.",
    ),
    "other-connector": see(
        REVISION,
        _LIST,
        hides="Two names of which one contains the other. The other connector may be READY and lead"
        " into the same network, and then fails on the day on which somebody tidies up.",
    ),
    "egress": see(
        REVISION,
        "gcloud compute routers list --project={project}",
        hides="With all-traffic and no Cloud NAT, calls to public addresses die, those of the Cloud"
        " SQL Admin API among them; with private-ranges-only, public services that expect the"
        " network's address refuse. The log shows a validation of the database that times out.",
    ),
}
