"""One RPC of a Google API, as the sandbox's gRPC server answers it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from netra_validate.sandbox.google_api import GoogleApi


@dataclass(frozen=True, slots=True)
class Method:
    """The types that it takes and gives, and how it is answered."""

    takes: Any
    gives: Any
    read: Callable[[GoogleApi, Any], Awaitable[Any]]
