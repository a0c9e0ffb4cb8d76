"""What a stranger sent over one connection, without the tokens that were shown there."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netra_validate import redaction
from netra_validate.scrub import REDACTED

if TYPE_CHECKING:
    from netra_validate.clients.websocket import Exchange

_PIECE: Final = 4
"""Characters in a row that the name of a subprotocol may not share with a token. It is shorter than
a sentence, so that less of a token can be in it by chance and more by intent."""


def exchange(seen: Exchange, secrets: tuple[str, ...], public: Collection[str]) -> Exchange:
    """``seen`` without tokens, in every text that the other side wrote.

    Args:
        seen: what came.
        secrets: the tokens that were shown.
        public: names of subprotocols that the configuration gives, which are none.
    """
    known = redaction.knowing(secrets)
    pieces = frozenset(_pieces(secrets))

    def name(chosen: str) -> str:
        if chosen in public:
            return chosen
        telling = known.text(chosen) != chosen or not pieces.isdisjoint(_pieces((chosen,)))
        return REDACTED if telling else chosen

    refusal, close, message = seen.refusal, seen.close, seen.first_message
    return replace(
        seen,
        subprotocol=None if seen.subprotocol is None else name(seen.subprotocol),
        # Whether the chosen one was offered is still told, after both are redacted.
        offered=tuple(map(name, seen.offered)) if seen.subprotocol_was_offered else (),
        refusal=refusal
        and replace(
            refusal,
            body=known.document(refusal.body),
            headers={header: known.text(value) for header, value in refusal.headers.items()},
        ),
        close=close and replace(close, reason=known.text(close.reason)),
        first_message=message and replace(message, text=known.document(message.text)),
    )


def _pieces(texts: Collection[str]) -> Iterator[str]:
    for text in texts:
        lowered = text.lower()
        yield from (lowered[at : at + _PIECE] for at in range(len(lowered) - _PIECE + 1))
