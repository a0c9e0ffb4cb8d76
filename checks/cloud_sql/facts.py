"""What is known of a Cloud SQL instance. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from netra_validate.clients.google.messages import enum_name, enum_names
from netra_validate.clients.google.networks import Network, of_instance

if TYPE_CHECKING:
    from google.cloud import sqladmin_v1

_GIB: Final = 1024**3


@dataclass(frozen=True, slots=True)
class InstanceFacts:
    """An instance, as the API tells of it. None means that it does not tell."""

    name: str
    project: str
    region: str | None = None
    connection_name: str = ""
    """``project:region:instance``, as revisions carry it."""
    state: str = "RUNNABLE"
    suspended_for: tuple[str, ...] = ()
    activation_policy: str = "ALWAYS"
    version: str = ""
    tier: str = ""
    is_replica: bool = False

    private_network: Network | None = None
    private_address: bool = False
    public_address: bool = False
    private_service_connect: bool = False
    ssl_mode: str | None = None
    authorized: tuple[str, ...] = ()
    """Networks that may come in by the public address."""
    expiring: tuple[str, ...] = ()
    """Those of them that may do so for some time only."""
    named: tuple[str, ...] = ()
    """Those of them that somebody gave a name."""

    disk_bytes: int | None = None
    """Deprecated by the API in favour of a metric, and not always told."""
    disk_size_bytes: int | None = None
    disk_grows: bool = True
    disk_limit_bytes: int | None = None
    """Where growth ends; None is nowhere."""
    stopped_by_disk: bool = False
    max_connections: int | None = None
    """The database flag, where it is set."""
    max_connections_unreadable: bool = False
    """The flag is set, to no number that an instance could have."""

    backups: bool | None = True
    point_in_time: bool = False
    ca_expires: datetime | None = None
    maintenance_at: datetime | None = None

    @property
    def disk_ratio(self) -> float | None:
        """Share of the disk that is used."""
        if self.disk_bytes is None or not self.disk_size_bytes:
            return None
        return self.disk_bytes / self.disk_size_bytes

    @property
    def disk_size_gb(self) -> int:
        """The size as Google's console and commands tell it; 0 where the API does not."""
        return (self.disk_size_bytes or 0) // _GIB

    @property
    def disk_can_grow(self) -> bool:
        """Whether the disk is made larger before it is full."""
        if not self.disk_grows:
            return False
        limit, size = self.disk_limit_bytes, self.disk_size_bytes
        return limit is None or size is None or size < limit


def of_message(message: sqladmin_v1.DatabaseInstance, project: str, now: datetime) -> InstanceFacts:
    """From the API's message.

    Args:
        message: of ``instances.get``.
        project: where it was asked for.
        now: entries of the allow-list that have expired by then are left out.
    """
    settings, ip = message.settings, message.settings.ip_configuration
    kinds = {enum_name(address, "type_") for address in message.ip_addresses}
    entries = [
        each
        for each in ip.authorized_networks
        if each.expiration_time is None or each.expiration_time > now
    ]
    flags = {flag.name: flag.value for flag in settings.database_flags}
    limit, size = settings.storage_auto_resize_limit, settings.data_disk_size_gb
    connections = flags.get("max_connections")
    out_of_disk = enum_name(message.out_of_disk_report, "sql_out_of_disk_state")
    return InstanceFacts(
        name=message.name,
        project=message.project or project,
        region=message.region or None,
        connection_name=message.connection_name
        or f"{message.project or project}:{message.region}:{message.name}",
        state=enum_name(message, "state"),
        suspended_for=tuple(
            reason
            for reason in enum_names(message, "suspension_reason")
            if reason != "SQL_SUSPENSION_REASON_UNSPECIFIED"
        ),
        activation_policy=enum_name(settings, "activation_policy"),
        version=enum_name(message, "database_version"),
        tier=settings.tier,
        is_replica=bool(message.master_instance_name),
        private_network=of_instance(message),
        private_address="PRIVATE" in kinds or bool(ip.private_network),
        public_address="PRIMARY" in kinds or bool(ip.ipv4_enabled),
        private_service_connect=bool(ip.psc_config.psc_enabled),
        ssl_mode=_ssl_mode(ip),
        authorized=tuple(each.value for each in entries),
        expiring=tuple(each.value for each in entries if each.expiration_time is not None),
        named=tuple(each.value for each in entries if each.name),
        disk_bytes=message.current_disk_size,
        disk_size_bytes=size * _GIB if size and size > 0 else None,
        # "The default value is true" (Settings.storage_auto_resize), and 0 is no limit.
        disk_grows=settings.storage_auto_resize is not False,
        disk_limit_bytes=limit * _GIB if limit else None,
        stopped_by_disk=out_of_disk == "SOFT_SHUTDOWN",
        max_connections=_number(connections),
        max_connections_unreadable=connections is not None and _number(connections) is None,
        backups=bool(settings.backup_configuration.enabled) if "settings" in message else None,
        point_in_time=bool(settings.backup_configuration.point_in_time_recovery_enabled),
        ca_expires=message.server_ca_cert.expiration_time,
        maintenance_at=message.scheduled_maintenance.start_time,
    )


def _ssl_mode(ip: sqladmin_v1.IpConfiguration) -> str | None:
    """``ssl_mode``, which goes before the older ``require_ssl`` (IpConfiguration, SQL Admin v1)."""
    mode = enum_name(ip, "ssl_mode")
    if mode != "SSL_MODE_UNSPECIFIED":
        return mode
    if ip.require_ssl is None:
        return None
    return "ENCRYPTED_ONLY" if ip.require_ssl else "ALLOW_UNENCRYPTED_AND_ENCRYPTED"


def _number(text: str | None) -> int | None:
    """A number of connections. No instance accepts none, or a thousand million."""
    return int(text) if text and re.fullmatch(r"[1-9][0-9]{0,8}", text) else None


@dataclass(frozen=True, slots=True)
class OperationFacts:
    """One operation on an instance."""

    name: str
    kind: str
    """Such as ``UPDATE`` or ``BACKUP_VOLUME``."""
    at: datetime | None
    running: bool = False
    errors: tuple[str, ...] = ()

    @property
    def cancelled(self) -> bool:
        """Whether somebody ended it on purpose, which says nothing of the instance."""
        ended = (_CANCELLED.fullmatch(part) for each in self.errors for part in each.split(": "))
        return self.kind in _CANCELLABLE and any(ended)


_CANCELLABLE: Final = frozenset({"EXPORT", "IMPORT"})
"""https://cloud.google.com/sql/docs/postgres/import-export/cancel-import-export"""

_CANCELLED: Final = re.compile(
    r"(?i)(?:(?:the )?(?:user|operation|export|import|request)[ _])?(?:was |has been )?cancell?ed"
    r"(?:[ _]by(?:[ _](?:the|a))?[ _](?:user|client|caller))?\.?"
)
"""As a whole: a statement that was cancelled for its time is another matter."""


def of_operations(messages: tuple[sqladmin_v1.Operation, ...]) -> tuple[OperationFacts, ...]:
    """From the API's messages, newest first."""
    return tuple(
        OperationFacts(
            name=message.name,
            kind=enum_name(message, "operation_type"),
            at=message.end_time or message.start_time or message.insert_time,
            running=enum_name(message, "status") in {"PENDING", "RUNNING"},
            errors=tuple(
                ": ".join(part for part in (error.code, error.message) if part)
                for error in message.error.errors
            ),
        )
        for message in messages
    )
