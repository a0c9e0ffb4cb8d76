"""How to read the logs of a start by hand, and what their lines usually hide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate import projections
from netra_validate.by_hand import CONNECTOR, INSTANCE, PLACE, REVISION, ByHand, see


def _read(also: str = "", limit: int = 100) -> str:
    """The log of one revision, with a further condition."""
    where = 'resource.type="cloud_run_revision" AND resource.labels.revision_name="{revision}"'
    # Without it, gcloud looks back for one day only.
    reach = f"--freshness=30d --limit={limit}"
    return f"gcloud logging read '{where}{also}' --project={{project}} {reach}"


def _holding(text: str) -> str:
    return _read(f' AND (textPayload:"{text}" OR jsonPayload.message:"{text}")', 20)


_ALL: Final = _read()

RULES: Final[Mapping[str, ByHand]] = {
    "missing-module": see(
        _holding("ModuleNotFoundError"),
        _ALL,
        hides="It shows outside as 503 and `failed to listen on the port`, and the network has been"
        " blamed for it for days. Exit 3 right after the start is no network.",
    ),
    "memory-limit": see(
        _holding("Memory limit"),
        f"gcloud run revisions describe {{revision}} {PLACE}"
        " --format='yaml(spec.containers[].resources,spec.containerConcurrency)'",
        hides="Requests that end in 503 without a line of the application's own, and connections"
        " that drop. What is written to /tmp counts as memory on Cloud Run.",
    ),
    "secret-whitespace": see(
        _holding("whitespace"),
        "gcloud secrets versions list {secret} --project={project}",
        hides="A refusal by whoever gets the secret: a wrong password, an invalid token. Nobody"
        " sees a newline, and the secret is rotated with the same `echo` again.",
    ),
    "validation-timeout": see(
        _ALL,
        REVISION,
        CONNECTOR,
        INSTANCE,
        hides="The way to the database rather than the database: an egress setting that was"
        " switched, a connector that is down or in another network. Longer time limits were tried"
        " for weeks.",
    ),
    "database-timeout": see(
        _ALL,
        REVISION,
        INSTANCE,
        hides="A connector, an egress setting or a missing attachment; or an instance that is"
        " stopped or out of connections. That the code is right is shown by the last revision that"
        " came up.",
    ),
    "port-not-listened": see(
        _ALL,
        f"gcloud run revisions describe {{revision}} {PLACE}"
        f" '{projections.flag(projections.PORTS)}'",
        hides="A program that listens on 127.0.0.1 or on a port of its own, as it does on a laptop;"
        " or a start that is busy for longer than the probe waits.",
    ),
    "exited": see(
        _ALL,
        hides="The exception some lines before it, which `Application startup failed. Exiting.`"
        " stands for. From outside it is a 503 that looks like an overload.",
    ),
    "redirect-mismatch": see(
        _holding("redirect_uri_mismatch"),
        hides="A host that was renamed in one place: in the service or at the OAuth client. Users"
        " say that the login is broken, while every health endpoint is green.",
    ),
    "silent-errors": see(
        _read(" AND severity>=WARNING AND NOT textPayload:* AND NOT jsonPayload.message:*", 20),
        hides="The very message that would name the cause: a logger that writes a field which Cloud"
        " Logging does not take. Whoever reads the log sees that something is wrong and not what.",
    ),
    "signature": see(
        _ALL,
        hides="What its author has written down in the configuration: it came back. Lines from"
        " before the last deploy are of an older revision.",
    ),
}
