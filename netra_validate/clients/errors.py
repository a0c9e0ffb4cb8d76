"""What can go wrong between us and the world, whatever library saw it.

::

    ClientError
    ├── Unreachable        nothing answered: name, connection or TLS
    ├── TimedOut           something accepted the question and did not answer in time
    ├── Unauthenticated    no credentials, or not accepted ones (401)
    ├── Forbidden          known, and not allowed to (403)
    ├── NotFound           there is no such thing (404)
    ├── RateLimited        too many questions (429)
    └── ProtocolError      an answer that is not of the agreed form
        └── Rejected       the question itself is not understood (400)

A check lets them pass: the runner turns them into the outcome ``error`` (could not verify). It
catches one only where that is what it tests, as ``health`` does with :class:`Unreachable`.
"""

from __future__ import annotations

from typing import Literal

from netra_validate.signs import NO_ANSWER, OF_PHASE, Sign

Phase = Literal["name resolution", "connection", "TLS", "request"]
"""How far an exchange came before it broke."""


class ClientError(Exception):
    """One exchange with the world that did not give an answer.

    Attributes:
        message: one sentence, the name of what was asked first.
        attempts: how many times it was tried.
        hint: how to get past it, where that is known: a command or an instruction.
    """

    def __init__(self, message: str, *, attempts: int = 1, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.attempts = attempts
        self.hint = hint

    @property
    def shows(self) -> frozenset[Sign]:
        """What of the environment is seen to fail; empty where that is not what went wrong."""
        return frozenset()


class Unreachable(ClientError):
    """Nothing answered. ``phase`` says how far it came."""

    def __init__(
        self,
        message: str,
        *,
        phase: Phase = "connection",
        attempts: int = 1,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, attempts=attempts, hint=hint)
        self.phase = phase

    @property
    def shows(self) -> frozenset[Sign]:
        """What breaks in such a phase."""
        return frozenset({OF_PHASE[self.phase]})


class TimedOut(ClientError):
    """No answer in time."""

    @property
    def shows(self) -> frozenset[Sign]:
        """What was asked is there, and gives no answer."""
        return NO_ANSWER


class Unauthenticated(ClientError):
    """No credentials, or credentials that were not accepted."""


class Forbidden(ClientError):
    """Not allowed. ``permission`` names what is missing, such as ``run.services.get``."""

    def __init__(
        self,
        message: str,
        *,
        permission: str | None = None,
        attempts: int = 1,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, attempts=attempts, hint=hint)
        self.permission = permission


class NotFound(ClientError):
    """There is no such thing. ``missing`` is its full name, where whoever was asked spells it."""

    def __init__(
        self,
        message: str,
        *,
        missing: str | None = None,
        attempts: int = 1,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, attempts=attempts, hint=hint)
        self.missing = missing


class RateLimited(ClientError):
    """Too many questions. ``retry_after_s`` is what the other side asked us to wait, in seconds."""

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, attempts: int = 1
    ) -> None:
        super().__init__(message, attempts=attempts)
        self.retry_after_s = retry_after_s


class ProtocolError(ClientError):
    """An answer that is not of the agreed form: HTML instead of JSON, half a message, too much."""


class Rejected(ProtocolError):
    """The question itself is not understood, or may not be asked so: ``INVALID_ARGUMENT``."""
