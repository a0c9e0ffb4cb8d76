"""Takes tokens out of what a stranger sent, who may have sent them back to us in disguise.

:mod:`netra_validate.scrub` knows what secrets in general look like. Here the secret itself is
known, since we have just shown it to the other side: so its parts and its encodings are found too,
before anything is cut, judged or reported.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import quote

from netra_validate.scrub import REDACTED

GRAM: Final = 8
"""Characters in a row that a text may not share with a token: error messages quote beginnings."""

_SHORTEST: Final = 4
"""Characters of the shortest token that is looked for, as in :mod:`netra_validate.scrub`: shorter
ones would eat words."""

_LOWER: Final = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}
"""Lower case that keeps every character in its place, which ``str.lower`` does not promise."""

_BETWEEN: Final = re.compile(r"[^a-z0-9]+")
"""What may stand between the characters of a token: ``S-3-c-r-3-t``."""

_BARE: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


class Redaction:
    """Knows some tokens, as they are and as they may come back.

    Args:
        secrets: the tokens.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._bare: set[str] = set()
        self._written: dict[int, set[str]] = {}
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                self._learn(secret)

    def _learn(self, secret: str) -> None:
        for form in _plain_forms(secret):
            bare = _BETWEEN.sub("", form.translate(_LOWER))
            if len(bare) >= GRAM:
                self._bare |= _grams(bare, GRAM)
            else:  # too short to be looked for in parts
                self._learn_as_written(form)
        for form in _escaped_forms(secret):
            self._learn_as_written(form)

    def _learn_as_written(self, form: str) -> None:
        size = min(GRAM, len(form))
        self._written.setdefault(size, set()).update(_grams(form.translate(_LOWER), size))

    def text(self, raw: str) -> str:
        """``raw`` without the tokens, their parts, and their usual encodings."""
        spans = list(_merged(self._spans(raw.translate(_LOWER))))
        if not spans:
            return raw
        ends = [0, *(stop for _, stop in spans)]
        starts = [*(start for start, _ in spans), len(raw)]
        return REDACTED.join(raw[end:start] for end, start in zip(ends, starts, strict=True))

    def document(self, raw: str) -> str:
        """:meth:`text`, for what may be JSON: it stays JSON, and escapes hide nothing in it."""
        try:
            found = json.loads(raw)
            cleaned = self.value(found)
        except (ValueError, RecursionError):
            return self.text(raw)
        # What parsing drops, such as the first of two equal keys, is text all the same.
        return self.text(raw) if cleaned == found else json.dumps(cleaned)

    def body(self, raw: bytes) -> bytes:
        """:meth:`document`, for bytes whose encoding the sender has chosen."""
        encoding = json.detect_encoding(raw)
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            # Every byte a character: tokens are ASCII, and the rest comes through as it is.
            return self.text(raw.decode("latin-1")).encode("latin-1")
        cleaned = self.document(text)
        return raw if cleaned == text else cleaned.encode(encoding)

    def value(self, item: object) -> object:
        """A parsed document without the tokens, keys included."""
        if isinstance(item, str):
            return self.text(item)
        if isinstance(item, dict):
            return {self.text(key): self.value(entry) for key, entry in item.items()}
        if isinstance(item, list):
            return [self.value(entry) for entry in item]
        if isinstance(item, int) and not isinstance(item, bool):
            written = str(item)
            return item if self.text(written) == written else REDACTED
        return item

    def _spans(self, lowered: str) -> Iterator[tuple[int, int]]:
        for size, grams in self._written.items():
            for at in range(len(lowered) - size + 1):
                if lowered[at : at + size] in grams:
                    yield at, at + size
        bare = _BETWEEN.sub("", lowered)
        hits = [at for at in range(len(bare) - GRAM + 1) if bare[at : at + GRAM] in self._bare]
        if hits:
            places = [at for at, char in enumerate(lowered) if char in _BARE]
            yield from ((places[at], places[at + GRAM - 1] + 1) for at in hits)


@lru_cache(maxsize=8)
def knowing(secrets: tuple[str, ...]) -> Redaction:
    """The redaction of these tokens, made once: many probes of a run show the same one."""
    return Redaction(secrets)


def _merged(spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The spans in order, those that overlap or touch as one."""
    begun: tuple[int, int] | None = None
    for start, stop in sorted(spans):
        if begun is None:
            begun = (start, stop)
        elif start <= begun[1]:
            begun = (begun[0], max(begun[1], stop))
        else:
            yield begun
            begun = (start, stop)
    if begun is not None:
        yield begun


def _grams(form: str, size: int) -> set[str]:
    return {form[at : at + size] for at in range(len(form) - size + 1)}


def _plain_forms(secret: str) -> Iterator[str]:
    """``secret`` as servers, proxies and logs write it, in letters and digits."""
    data = secret.encode("utf-8", "surrogatepass")
    yield from (secret, secret[::-1], data.hex(), quote(data, safe=""))
    for offset in range(3):
        # Base64 of a longer text holds one of three spellings of the token, by where it begins.
        padded = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        yield padded[-(-offset * 4 // 3) : len(padded) - 1]
    for offset in range(5):
        padded = base64.b32encode(b"\0" * offset + data).decode().rstrip("=")
        yield padded[-(-offset * 8 // 5) : len(padded) - 1]


def _escaped_forms(secret: str) -> Iterator[str]:
    """``secret`` with every character escaped, by which its parts cannot be told from numbers."""
    yield "".join(f"%{byte:02x}" for byte in secret.encode("utf-8", "surrogatepass"))
    yield "".join(f"\\u{ord(char):04x}" for char in secret)
    yield "".join(f"&#{ord(char)};" for char in secret)
    yield "".join(f"&#x{ord(char):x};" for char in secret)
