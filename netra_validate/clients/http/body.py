"""A response's body, read and decompressed to a bound that the sender cannot move."""

from __future__ import annotations

import zlib
from typing import Final, Protocol

from netra_validate.clients.errors import ProtocolError

ACCEPTED: Final = "gzip, deflate"
"""What users' clients ask for, so that what is validated is what users meet."""

_GZIP_MAGIC: Final = b"\x1f\x8b"


class Decoder(Protocol):
    """Undoes one content coding."""

    def decode(self, data: bytes, room: int) -> bytes:
        """What comes out of ``data``: never more than ``room`` bytes, and ``room`` is not 0."""

    @property
    def is_complete(self) -> bool:
        """Whether the end of what was encoded has been seen."""


class BoundedBody:
    """Collects a body until it is complete or too long, before or after decoding.

    A gzip bomb of a few kilobytes opens into gigabytes, hence the second bound.

    Raises:
        ProtocolError: the coding is none that was asked for, or the data is not of it.
    """

    def __init__(self, coding: str, limit: int, sender: str) -> None:
        self._decoder = _decoder(coding, sender)
        self._limit = limit
        self._sender = sender
        self._read = 0
        self._collected = bytearray()

    @property
    def is_truncated(self) -> bool:
        """Whether there was more than the limit."""
        return self._read > self._limit or len(self._collected) > self._limit

    @property
    def read(self) -> int:
        """Bytes taken from the network so far."""
        return self._read

    def feed(self, chunk: bytes) -> None:
        """Take what came from the network."""
        self._read += len(chunk)
        room = self._limit + 1 - len(self._collected)
        if room <= 0:
            return
        try:
            self._collected += self._decoder.decode(chunk, room)
        except zlib.error as error:
            raise ProtocolError(
                f"{self._sender} sent a body that cannot be decompressed"
            ) from error

    def content(self) -> bytes:
        """At most ``limit`` bytes."""
        if self._read and not self.is_truncated and not self._decoder.is_complete:
            raise ProtocolError(f"{self._sender} sent a compressed body that breaks off")
        return bytes(self._collected[: self._limit])


class _Identity:
    is_complete = True

    def decode(self, data: bytes, room: int) -> bytes:
        return data[:room]


class _Gzip:
    """RFC 1952: any number of members, one after the other."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def is_complete(self) -> bool:
        return self._member.eof

    def decode(self, data: bytes, room: int) -> bytes:
        out = bytearray()
        while data and len(out) < room:
            if self._member.eof:
                if not data.startswith(_GZIP_MAGIC):  # padding, which gzip(1) ignores as well
                    break
                self._member = zlib.decompressobj(zlib.MAX_WBITS | 16)
            out += self._member.decompress(data, room - len(out))
            data = self._member.unused_data
        return bytes(out)


class _Deflate:
    """RFC 9110, section 8.4.1.2: zlib's format, though some senders leave its wrapping away."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj()
        self._started = False

    @property
    def is_complete(self) -> bool:
        return self._stream.eof

    def decode(self, data: bytes, room: int) -> bytes:
        first, self._started = not self._started, True
        try:
            return self._stream.decompress(data, room)
        except zlib.error:
            if not first:
                raise
            self._stream = zlib.decompressobj(-zlib.MAX_WBITS)
            return self._stream.decompress(data, room)


def _decoder(coding: str, sender: str) -> Decoder:
    match coding.strip().lower():
        case "" | "identity":
            return _Identity()
        case "gzip" | "x-gzip":
            return _Gzip()
        case "deflate":
            return _Deflate()
    raise ProtocolError(
        f"{sender} sent a body in the coding {coding[:40]!r}, which nobody asked for"
    )
