"""What one exchange over WebSocket showed. Frozen; the text in it is the other side's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

NO_STATUS: Final = 1005
"""Stands for a close frame without a code (RFC 6455, section 7.4.1); never sent."""

ABNORMAL: Final = 1006
"""Stands for an end without a close frame (RFC 6455, section 7.4.1); never sent."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer to the upgrade that was not 101."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case; of a repeated header the first."""
    body: str = ""
    """Its beginning, undecodable bytes replaced."""
    retry_after_s: float | None = None
    """What the other side asks to wait, where it says so in seconds."""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that the other side sent."""

    text: str
    """Its beginning; of a binary message nothing."""
    size: int
    """In characters, or bytes of a binary one."""
    binary: bool = False


@dataclass(frozen=True, slots=True)
class Close:
    """How the other side ended a connection that we would have kept."""

    code: int
    """As sent, or 1005 where none was sent, or 1006 where the connection just ended."""
    reason: str
    after_s: float
    """Seconds since the upgrade."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One upgrade, and what followed."""

    url: str
    """For people: without the values of the query."""
    upgrade_s: float
    """From opening the connection to the answer, name resolution and TLS included."""
    refusal: Refusal | None = None
    """None where the connection was upgraded."""
    subprotocol: str | None = None
    """The one that the other side chose, even one that was not offered."""
    offered: tuple[str, ...] = field(default=(), repr=False)
    """The subprotocols that we offered; a token may be among them."""
    first_message: Message | None = None
    pong_s: float | None = None
    """Round trip of a ping; None where no pong came."""
    close: Close | None = None
    """None where the other side kept the connection open until we closed it."""
    listened_s: float = 0.0
    """From the upgrade until the other side ended it or we had seen enough."""
    closed_cleanly: bool = False
    """Both sides sent their close frame."""
    attempts: int = 1

    @property
    def upgraded(self) -> bool:
        """True where the answer was 101."""
        return self.refusal is None

    @property
    def subprotocol_was_offered(self) -> bool:
        """False where it chose one that we did not offer, which ends the connection."""
        return self.subprotocol is None or self.subprotocol in self.offered
