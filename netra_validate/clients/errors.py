"""What can go wrong between us and the world, whatever library saw it.

::

    ClientError
    ├── Unreachable        nothing answered: name, connection or TLS
    ├── Offline            this machine gets nowhere, so that it says nothing about the other side
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

from collections.abc import Mapping
from math import ceil
from typing import ClassVar, Final, Literal

from netra_validate.signs import NO_ANSWER, OF_PHASE, Sign

Phase = Literal["name resolution", "connection", "TLS", "request"]
"""How far an exchange came before it broke."""

_BY_PHASE: Final[Mapping[Phase, str]] = {
    "name resolution": "compare the name with its DNS zone, or ask another name server",
    "connection": "see that it runs, and that nothing between it and this machine is in the way",
    "TLS": "look at its certificate, and at which versions of TLS it offers",
    "request": "run it again, and read its logs of this minute where it stays so",
}
"""What gets past what broke there, mostly."""


UPDATE: Final = "update netra-validate, as the API may have got words that it does not know"
"""What to do about an answer with a word that nobody here knows."""


class ClientError(Exception):
    """One exchange with the world that did not give an answer.

    Attributes:
        message: one sentence, the name of what was asked first.
        attempts: how many times it was tried.
        hint: how to get past it, where that is known: a command or an instruction.
        missing: the full name of what is not there, or not ready, as who was asked spells it.
    """

    usual: ClassVar[str] = "correct it in the configuration"
    """What gets past errors of its kind mostly. Those of no kind are about what is configured."""

    def __init__(
        self,
        message: str,
        *,
        attempts: int = 1,
        hint: str | None = None,
        missing: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.attempts = attempts
        self.hint = hint
        self.missing = missing

    @property
    def advice(self) -> str:
        """What to do: the hint, or what is usual."""
        return self.hint or self.usual

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
    def advice(self) -> str:
        """What to do, which depends on how far it came."""
        return self.hint or _BY_PHASE[self.phase]

    @property
    def shows(self) -> frozenset[Sign]:
        """What breaks in such a phase."""
        return frozenset({OF_PHASE[self.phase]})


class Offline(ClientError):
    """This machine gets nowhere: its name server gives no answer, no route leads out."""


class TimedOut(ClientError):
    """No answer in time."""

    usual = "run it again, or give each probe more time with --timeout"

    @property
    def shows(self) -> frozenset[Sign]:
        """What was asked is there, and gives no answer."""
        return NO_ANSWER


class Unauthenticated(ClientError):
    """No credentials, or credentials that were not accepted."""

    usual = "see that the credentials are those of this environment, and are still good"


class Forbidden(ClientError):
    """Not allowed. ``permission`` names what is missing, such as ``run.services.get``."""

    usual = "grant it to whom this runs as"

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
    """There is no such thing."""

    usual = "create it, or correct its name in the configuration"


class RateLimited(ClientError):
    """Too many questions. ``retry_after_s`` is what the other side asked us to wait, in seconds."""

    usual = "wait some minutes, and run it again"

    def __init__(
        self, message: str, *, retry_after_s: float | None = None, attempts: int = 1
    ) -> None:
        super().__init__(message, attempts=attempts)
        self.retry_after_s = retry_after_s

    @property
    def advice(self) -> str:
        """How long to wait, where the other side said it."""
        if self.retry_after_s is None:
            return self.usual
        return f"wait {max(1, ceil(self.retry_after_s))} s, and run it again"


class ProtocolError(ClientError):
    """An answer that is not of the agreed form: HTML instead of JSON, half a message, too much."""

    usual = "run it again; where it stays so, see what answers there: a proxy may, in its place"


class Rejected(ProtocolError):
    """The question itself is not understood, or may not be asked so: ``INVALID_ARGUMENT``."""

    usual = "compare the names and options that it was asked with, with what is there"
