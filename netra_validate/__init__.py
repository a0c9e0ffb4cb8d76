"""The public API for authors of checks.

Everything a check needs comes from here; ``netra_validate.testing`` has what its tests need. A name
is loaded when it is first used: ``netra-validate --help`` needs none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from netra_validate.by_hand import ByHand, see
    from netra_validate.check import (
        Check,
        CheckError,
        CheckOptions,
        Context,
        NothingToExamine,
        Rule,
    )
    from netra_validate.clients.errors import (
        ClientError,
        Forbidden,
        NotFound,
        Offline,
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
        Fix,
        Location,
        Outcome,
        Plane,
        Remediation,
        Replacement,
        Severity,
    )
    from netra_validate.signs import Sign
    from netra_validate.topology import (
        Connector,
        Database,
        Domains,
        Environment,
        Host,
        LoadBalancer,
        Repository,
        Resource,
        Service,
        Topology,
        WholeEnvironment,
    )

__all__ = [
    "ByHand",
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
    "Fix",
    "Forbidden",
    "Host",
    "LoadBalancer",
    "Location",
    "NotFound",
    "NothingToExamine",
    "Offline",
    "Outcome",
    "Plane",
    "ProtocolError",
    "RateLimited",
    "Remediation",
    "Replacement",
    "Repository",
    "Resource",
    "Rule",
    "Service",
    "Severity",
    "Sign",
    "TimedOut",
    "Topology",
    "Unauthenticated",
    "Unreachable",
    "WholeEnvironment",
    "see",
]

_MODULES: Final = {
    "netra_validate.by_hand": ("ByHand", "see"),
    "netra_validate.check": (
        "Check",
        "CheckError",
        "CheckOptions",
        "Context",
        "NothingToExamine",
        "Rule",
    ),
    "netra_validate.clients.errors": (
        "ClientError",
        "Forbidden",
        "NotFound",
        "Offline",
        "ProtocolError",
        "RateLimited",
        "TimedOut",
        "Unauthenticated",
        "Unreachable",
    ),
    "netra_validate.model": (
        "Command",
        "Effect",
        "Finding",
        "Fix",
        "Location",
        "Outcome",
        "Plane",
        "Remediation",
        "Replacement",
        "Severity",
    ),
    "netra_validate.signs": ("Sign",),
    "netra_validate.topology": (
        "Connector",
        "Database",
        "Domains",
        "Environment",
        "Host",
        "LoadBalancer",
        "Repository",
        "Resource",
        "Service",
        "Topology",
        "WholeEnvironment",
    ),
}

_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name (PEP 562)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """The public names, loaded or not."""
    return sorted({*globals(), *__all__})
