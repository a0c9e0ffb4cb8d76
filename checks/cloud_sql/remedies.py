"""What to do about an instance, as commands.

None opens a network, weakens encryption or prints a secret, not even to undo something.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate.model import Command, Remediation
from netra_validate.plain_words import list_flag
from netra_validate.remedies import (
    Argv,
    NoUndo,
    changes,
    describe_service,
    gcloud,
    looks,
    remedy,
    restarts,
    update_service,
)
from netra_validate.wording import enumerated

if TYPE_CHECKING:
    from checks.cloud_sql.facts import InstanceFacts
    from netra_validate.clients.google.networks import Network
    from netra_validate.clients.google.revisions import User
    from netra_validate.model import Rollout

DOCS: Final = "https://cloud.google.com/sql/docs/postgres"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the configured instance is."""

    name: str
    project: str

    def command(self, verb: str, *flags: str) -> Argv:
        """A command on it."""
        return gcloud("sql", "instances", verb, self.name, *flags, project=self.project)

    def patch(self, *flags: str) -> Argv:
        """The command that changes a setting."""
        return self.command("patch", *flags)

    @property
    def describe(self) -> Command:
        """Look at it."""
        return looks(*self.command("describe"))

    @property
    def operations(self) -> Command:
        """Look at what was done to it."""
        return looks(
            *gcloud(
                "sql", "operations", "list", f"--instance={self.name}", "--limit=10",
                project=self.project,
            )
        )  # fmt: skip


def declare(place: Place) -> Remediation:
    """For one that does not exist."""
    return remedy(
        "Name an instance that exists in the configuration, or restore the one that was deleted",
        looks(*gcloud("sql", "instances", "list", project=place.project)),
        docs=f"{DOCS}/delete-instance",
    )


def start(place: Place) -> Remediation:
    """For one that is stopped."""
    return remedy(
        f"Start {place.name}",
        place.describe,
        restarts(
            place.patch("--activation-policy=always"),
            place.patch("--activation-policy=never"),
            risk="Whoever stopped it may have meant it, and a running instance costs more",
        ),
        docs=f"{DOCS}/start-stop-restart-instance",
    )


def look_into(place: Place, summary: str, docs: str) -> Remediation:
    """For what only a person can mend."""
    return remedy(summary, place.describe, place.operations, docs=f"{DOCS}/{docs}")


def look_at_operation(place: Place, operation: str) -> Remediation:
    """For an operation that failed."""
    return remedy(
        "Read the operation's error, mend its cause and start it again",
        looks(*gcloud("sql", "operations", "describe", operation, project=place.project)),
        place.operations,
        docs=f"{DOCS}/diagnose-issues",
    )


def attach(user: User, connection_name: str, rollout: Rollout) -> Remediation:
    """For a revision that does not carry the instance."""
    return remedy(
        f"Deploy a revision of {user.cloud_run} that carries {connection_name}",
        describe_service(user.cloud_run, user.project, user.region),
        update_service(
            user.cloud_run,
            (list_flag("--add-cloudsql-instances", [connection_name]),),
            (list_flag("--remove-cloudsql-instances", [connection_name]),),
            user.project,
            user.region,
            tag=user.tag,
            rollout=rollout,
        ),
        docs=f"{DOCS}/connect-run",
    )


def align_networks(place: Place, user: User, network: Network) -> Remediation:
    """For a path and a database in two networks."""
    return remedy(
        f"Give {user.cloud_run} a path into {network}, where {place.name} is;"
        " an instance cannot change its network",
        place.describe,
        describe_service(user.cloud_run, user.project, user.region),
        looks(
            *gcloud(
                "compute", "networks", "vpc-access", "connectors", "list",
                project=user.project, region=user.region,
            )
        ),
        docs=f"{DOCS}/private-ip",
    )  # fmt: skip


def add_private_address(place: Place, network: Network | None) -> Remediation:
    """For one that cannot be reached from inside a network."""
    link = network.link if network is not None else None
    inside = () if link is None else (
        looks(
            *gcloud(
                "compute", "networks", "peerings", "list", f"--network={network}",
                project=network.project if network is not None else None,
            )
        ),
        restarts(
            place.patch(f"--network={link}"),
            NoUndo("A private address cannot be taken away again"),
            risk="The instance restarts, and every connection to it breaks off",
        ),
    )  # fmt: skip
    return remedy(
        f"Give {place.name} a private address in the network of the services; the network needs"
        " private services access, and the address cannot be taken away again",
        place.describe,
        *inside,
        docs=f"{DOCS}/configure-private-ip",
    )


def move(place: Place, users: tuple[User, ...]) -> Remediation:
    """For one in another region than its services."""
    return remedy(
        "Name the right instance in the configuration, or plan a move: an instance cannot change"
        " its region",
        place.describe,
        *(describe_service(each.cloud_run, each.project, each.region) for each in users),
        docs=f"{DOCS}/replication/cross-region-replicas",
    )


def close(
    place: Place, kept: tuple[str, ...], *, expiring: tuple[str, ...], named: tuple[str, ...]
) -> Remediation:
    """For one that the whole world may reach. Opening it again is no undo worth offering.

    ``gcloud`` writes each entry anew from its value alone (``SetAuthorizedNetworks`` in its
    ``command_lib/sql/instances.py``): one without its ``expirationTime`` stays for good.

    Args:
        place: of the instance.
        kept: what is to stay.
        expiring: that of it which is to stay for some time only.
        named: that of it which has a name.
    """
    summary = (
        "Take the open entries out of the authorised networks{how}; services that carry the"
        " connection name do not need them, others lose their way in"
    )
    if expiring:
        verb = "expires" if len(expiring) == 1 else "expire"
        how = (
            ", in the console (Connections, Networking) or by instances.patch of the API with all"
            f" that is told of the others: {enumerated(expiring)} {verb}, and gcloud would let"
            " that in for good"
        )
        docs = f"{DOCS}/authorize-networks"
        return remedy(summary.format(how=how), place.describe, docs=docs)
    flag = list_flag("--authorized-networks", kept) if kept else "--clear-authorized-networks"
    nameless = "; the entries that stay lose their names" if named else ""
    return remedy(
        summary.format(how=""),
        place.describe,
        changes(
            place.patch(flag),
            NoUndo("It would open the database to the whole world again"),
            risk=f"Clients that come in through the open entries alone are locked out{nameless}",
        ),
        docs=f"{DOCS}/authorize-networks",
    )


def encrypt(place: Place) -> Remediation:
    """For one that accepts connections in the clear. Clients without TLS are turned away then."""
    return remedy(
        "Accept encrypted connections only, once every client uses TLS or the Auth Proxy",
        place.describe,
        changes(
            place.patch("--ssl-mode=ENCRYPTED_ONLY"),
            NoUndo("It would take connections in the clear again"),
            risk="Clients that connect without TLS are turned away at once",
        ),
        docs=f"{DOCS}/configure-ssl-instance",
    )


def give_space(place: Place, facts: InstanceFacts) -> Remediation:
    """For a disk that is nearly full."""
    if not facts.disk_grows:
        return remedy(
            "Let the disk grow by itself",
            place.describe,
            changes(
                place.patch("--storage-auto-increase"),
                place.patch("--no-storage-auto-increase"),
                risk="What the disk has grown by stays, and is paid for",
            ),
            docs=f"{DOCS}/instance-settings#automatic-storage-increase-2ndgen",
        )
    size = facts.disk_size_gb
    larger = changes(
        place.patch(f"--storage-size={size + max(10, size // 4)}GB"),
        NoUndo("A disk cannot be made smaller again"),
        risk="The larger disk stays, and is paid for",
    )
    return remedy(
        "Make the disk larger; a disk cannot be made smaller again",
        place.describe,
        *((larger,) if size else ()),
        docs=f"{DOCS}/instance-settings#storage-capacity-2ndgen",
    )


def fewer_instances(place: Place, users: tuple[User, ...], fitting: dict[str, int]) -> Remediation:
    """For services that may open more connections than there are."""
    limits = [
        update_service(
            each.cloud_run,
            (f"--max-instances={fitting[each.cloud_run]}",),
            (f"--max-instances={each.max_instances}",),
            each.project,
            each.region,
            tag=each.tag,
            rollout=each.rollout,
            risk="requests that find no instance free wait, and are refused in the end",
        )
        for each in users
        if fitting.get(each.cloud_run, each.max_instances) < each.max_instances
    ]
    return remedy(
        "Lower the services' instances or pools until they fit, or put a pooler in front",
        place.describe,
        *(describe_service(each.cloud_run, each.project, each.region) for each in users),
        *limits,
        docs=f"{DOCS}/manage-connections",
    )


def back_up(place: Place) -> Remediation:
    """For one without backups."""
    return remedy(
        "Turn daily backups on",
        place.describe,
        changes(
            place.patch("--backup-start-time=03:00"),
            NoUndo("It would leave the database without backups again"),
            risk="Backups take space, which is paid for",
        ),
        docs=f"{DOCS}/backup-recovery/backing-up",
    )


def rotate(place: Place) -> Remediation:
    """For an authority that expires."""
    return remedy(
        "Rotate the server's certificate authority: add a new one, hand it to every client, rotate",
        place.describe,
        docs=f"{DOCS}/manage-ssl-instance#rotating-server-ca",
    )


def expect_maintenance(place: Place) -> Remediation:
    """For a maintenance that comes."""
    return remedy(
        "Expect some minutes without the database then, or reschedule the maintenance",
        place.describe,
        docs=f"{DOCS}/maintenance",
    )
