"""Takes tokens out of what a stranger sent, who may have sent them back to us in disguise."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from netra_validate.scrub import REDACTED

if TYPE_CHECKING:
    from netra_validate.clients.websocket import Exchange

_GRAM: Final = 8
"""Characters in a row that a text may not share with a token: error messages quote beginnings."""

_SHORTEST: Final = 4
"""Characters of the shortest token that is looked for."""

_ASCII_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""Lower case that keeps every character in its place, which ``str.lower`` does not promise."""


class Redaction:
    """Knows the tokens of one probe, as they are and as they may come back.

    Args:
        secrets: the tokens.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._grams: dict[int, set[str]] = {}
        for secret in secrets:
            # As in netra_validate.scrub: shorter ones would eat words.
            for form in _forms(secret) if len(secret) >= _SHORTEST else ():
                self._learn(form.translate(_ASCII_LOWER))

    def _learn(self, form: str) -> None:
        # A token shorter than a gram is only taken out whole.
        size = min(_GRAM, len(form))
        grams = {form[at : at + size] for at in range(len(form) - size + 1)}
        self._grams.setdefault(size, set()).update(grams)

    def text(self, raw: str) -> str:
        """``raw`` without the tokens, their parts, and their usual encodings."""
        kept: list[str] = []
        end = 0
        for start, stop in self._spans(raw.translate(_ASCII_LOWER)):
            if start > end or not kept:
                kept += [raw[end:start], REDACTED]
            end = max(end, stop)
        return "".join(kept) + raw[end:]

    def _spans(self, lowered: str) -> Iterator[tuple[int, int]]:
        for at in range(len(lowered)):
            for size, grams in self._grams.items():
                if lowered[at : at + size] in grams:
                    yield at, at + size

    def exchange(self, seen: Exchange) -> Exchange:
        """``seen`` without the tokens, in every text that the other side wrote."""
        refusal, close, message = seen.refusal, seen.close, seen.first_message
        return replace(
            seen,
            subprotocol=None if seen.subprotocol is None else self.text(seen.subprotocol),
            # Whether the chosen one was offered is still told, after both are redacted.
            offered=tuple(map(self.text, seen.offered)) if seen.subprotocol_was_offered else (),
            refusal=refusal
            and replace(
                refusal,
                body=self.text(refusal.body),
                headers={name: self.text(value) for name, value in refusal.headers.items()},
            ),
            close=close and replace(close, reason=self.text(close.reason)),
            first_message=message and replace(message, text=self.text(message.text)),
        )


def _forms(secret: str) -> Iterator[str]:
    """``secret`` as servers, proxies and logs write it."""
    data = secret.encode()
    yield from (secret, secret[::-1], data.hex(), quote(secret, safe=""))
    yield "".join(f"%{byte:02x}" for byte in data)
    yield "".join(f"\\u{ord(char):04x}" for char in secret)
    yield "".join(f"&#{ord(char)};" for char in secret)
    yield "".join(f"&#x{ord(char):x};" for char in secret)
    for offset in range(3):
        # Base64 of a longer text holds one of three spellings of the token, by where it begins.
        padded = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        inner = padded[-(-offset * 4 // 3) : len(padded) - 1]
        yield from (inner, inner.replace("+", "-").replace("/", "_"))
