"""The public API for authors of checks.

Everything a check needs comes from here; ``netra_validate.testing`` has what its tests need.
"""

from netra_validate.check import Check, CheckError, CheckOptions, Context, NothingToExamine, Rule
from netra_validate.clients.errors import (
    ClientError,
    Forbidden,
    NotFound,
    ProtocolError,
    RateLimited,
    TimedOut,
    Unauthenticated,
    Unreachable,
)
from netra_validate.model import (
    Command,
    Effect,
    Finding,
    Location,
    Outcome,
    Plane,
    Remediation,
    Severity,
)
from netra_validate.topology import (
    Connector,
    Database,
    Domains,
    Environment,
    Repository,
    Resource,
    Service,
    Topology,
)

__all__ = [
    "Check",
    "CheckError",
    "CheckOptions",
    "ClientError",
    "Command",
    "Connector",
    "Context",
    "Database",
    "Domains",
    "Effect",
    "Environment",
    "Finding",
    "Forbidden",
    "Location",
    "NotFound",
    "NothingToExamine",
    "Outcome",
    "Plane",
    "ProtocolError",
    "RateLimited",
    "Remediation",
    "Repository",
    "Resource",
    "Rule",
    "Service",
    "Severity",
    "TimedOut",
    "Topology",
    "Unauthenticated",
    "Unreachable",
]
