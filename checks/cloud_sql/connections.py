"""How many connections an instance accepts, and how many its services may open. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from checks.cloud_sql.facts import InstanceFacts
    from netra_validate.clients.google.revisions import User

_POSTGRES: Final = (
    # Memory in GB from which on, and the default.
    (120.0, 1000),
    (60.0, 800),
    (30.0, 600),
    (15.0, 500),
    (7.5, 400),
    (6.0, 200),
    (3.75, 100),
    (1.7, 50),
    (0.0, 25),
)
"""Default of ``max_connections`` by memory: https://cloud.google.com/sql/docs/postgres/flags."""

_MYSQL: Final = {"db-f1-micro": 250, "db-g1-small": 1000}
_MYSQL_OTHERS: Final = 4000
"""https://cloud.google.com/sql/docs/mysql/quotas."""

_SHARED: Final = {"db-f1-micro": 0.6, "db-g1-small": 1.7}
"""Memory in GB of the tiers that share a core."""

_BY_CORE: Final = {
    "standard": 3.75,
    "highmem": 6.5,
    # Enterprise Plus: 8 GB for each core.
    "perf-optimized-N": 8.0,
    "c4a-highmem": 8.0,
}
"""Memory in GB for each core (https://cloud.google.com/sql/docs/postgres/instance-settings)."""


def memory_gb(tier: str) -> float | None:
    """Memory of a machine tier in GB; None for a tier that is not known."""
    if tier in _SHARED:
        return _SHARED[tier]
    if custom := re.fullmatch(r"db-custom(?:-[A-Z]\d)?-\d+-(\d{1,9})", tier):
        return int(custom[1]) / 1024
    named = re.fullmatch(
        r"db-(?:n1-)?(standard|highmem|perf-optimized-N|c4a-highmem)-(\d{1,9})", tier
    )
    return _BY_CORE[named[1]] * int(named[2]) if named else None


def default_limit(facts: InstanceFacts) -> int | None:
    """``max_connections`` of an instance whose flag is not set; None where it is not known."""
    if facts.version.startswith("MYSQL"):
        return _MYSQL.get(facts.tier, _MYSQL_OTHERS)
    memory = memory_gb(facts.tier)
    if not facts.version.startswith("POSTGRES") or memory is None:
        return None
    return next(limit for least, limit in _POSTGRES if memory >= least)


def limit(facts: InstanceFacts, override: int | None) -> tuple[int | None, str]:
    """How many connections it accepts, and how that is known."""
    if override is not None:
        return override, "the option max_connections"
    if facts.max_connections is not None:
        return facts.max_connections, "the database flag"
    if facts.max_connections_unreadable:
        return None, "nothing: the database flag is no number of connections"
    found = default_limit(facts)
    return found, assumed(facts) if found is not None else "unknown"


def assumed(facts: InstanceFacts) -> str:
    """How a limit is known that the API does not tell: defaults change with Google's releases."""
    return f"the default of {facts.tier}"


def demand(users: Iterable[User]) -> dict[str, int]:
    """The most connections that each service may open, by its name in Cloud Run."""
    return {
        each.cloud_run: each.pool * each.max_instances for each in users if each.pool is not None
    }


def fitting_instances(users: Iterable[User], allowed: int) -> dict[str, int]:
    """Limits on the instances of each service with which all fit into ``allowed`` connections.

    Everyone gives up the same share, and nobody goes below one instance. Empty where not even that
    fits.
    """
    known = [each for each in users if each.pool]
    total = sum(demand(known).values())
    fitting = {
        each.cloud_run: max(1, each.max_instances * allowed // total) for each in known if total
    }
    needed = sum(fitting[each.cloud_run] * (each.pool or 0) for each in known)
    return fitting if needed <= allowed else {}
