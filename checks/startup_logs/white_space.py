"""Which value of a revision a line is about that complains of white space. Pure.

What is in a secret is never read: the line names it, or nobody but its owner can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from netra_validate.wording import enumerated

if TYPE_CHECKING:
    from netra_validate.clients.google.settings import SecretUse

_WORD: Final = re.compile(r"[A-Za-z0-9_-]+")
_MOST_NAMED: Final = 4
"""Secrets that a sentence holds; the evidence has all of them."""


@dataclass(frozen=True, slots=True)
class Suspects:
    """What may hold the white space."""

    secrets: tuple[SecretUse, ...]
    """Those that the lines name; all of the revision's, where they name nothing."""
    variables: tuple[str, ...]
    """Names of variables without a secret that the lines name."""
    sure: bool
    """Whether the lines name them."""

    @property
    def where(self) -> str:
        """What holds it, in a sentence."""
        if not self.sure:
            return "a secret"
        plain = [f"the variable {name}" for name in self.variables]
        return enumerated([*_listed(self.secrets), *plain])

    @property
    def candidates(self) -> str:
        """How a sentence goes on that cannot say which one it is."""
        if self.sure or not self.secrets:
            return ""
        if len(self.secrets) == 1:
            return f"; the only one that it reads is {_listed(self.secrets)[0]}"
        return f"; it does not say which: {enumerated(_listed(self.secrets), last='or')}"

    @property
    def todo(self) -> str:
        """How to be rid of it, as the beginning of a sentence."""
        names = enumerated(list(dict.fromkeys(use.secret for use in self.secrets if self.sure)))
        if self.variables and not names:
            return f"Set {enumerated(self.variables)} without white space around it"
        return (
            f"Add a version of {names or 'the secret'} without white space around it (printf, not"
            " echo)"
        )

    @property
    def evidence(self) -> dict[str, object]:
        """The same as facts: names and versions, never a value."""
        secrets = [
            f"{use.used_as}, version {use.version or 'not told'} of {use.name}"
            for use in self.secrets
        ]
        where = [*secrets, *(f"variable {name}" for name in self.variables)]
        return {("held_by" if self.sure else "may_be_held_by"): where} if where else {}


def suspects(
    lines: Iterable[str], secrets: Sequence[SecretUse], variables: Iterable[str]
) -> Suspects:
    """What lines say about who holds it.

    Args:
        lines: that complain.
        secrets: all that the revision reads.
        variables: names of all that it is given without a secret.
    """
    words = {word for line in lines for word in _WORD.findall(line)}
    named = tuple(use for use in secrets if any(_is_said(name, words) for name in _names(use)))
    plain = tuple(sorted({name for name in variables if _is_said(name, words)}))
    sure = bool(named or plain)
    return Suspects(named if sure else tuple(secrets), plain, sure)


def _listed(uses: Sequence[SecretUse]) -> list[str]:
    """``the secret netra-jwt-secret (variable JWT_SECRET)``, and so on."""
    more = len(uses) - _MOST_NAMED
    shown = [f"the secret {use.secret} ({use.used_as})" for use in uses[:_MOST_NAMED]]
    return [*shown, *([f"one of {more} more"] if more > 0 else [])]


def _names(use: SecretUse) -> Iterator[str]:
    yield use.secret
    yield use.used_as.partition(" ")[2]


def _is_said(name: str, words: set[str]) -> bool:
    """Whether it stands there as it is spelled; one of several parts, however it is spelled.

    ``token`` or ``keys`` in small letters may be a word of the sentence.
    """
    if name in words and not name.islower():
        return True
    return "_" in _plain(name) and _plain(name) in map(_plain, words)


def _plain(name: str) -> str:
    return name.strip("-_").lower().replace("-", "_")
