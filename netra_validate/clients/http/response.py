"""What an HTTP server said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Final, NoReturn

from netra_validate.clients.errors import ProtocolError

_CHARSETS: Final = frozenset(
    {"utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1", "latin-1", "windows-1252", "utf-16"}
)
"""What a sender may choose. Python has codecs that are no encodings, such as ``rot13``."""

_MAX_DIGITS: Final = 9
"""Seconds of a Retry-After: thirty years are enough."""


class Headers(Mapping[str, str]):
    """The headers of a response. Names in any case; repeated ones are joined by commas."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self._values: dict[str, str] = {}
        for name, value in pairs:
            key = name.lower()
            earlier = self._values.get(key)
            self._values[key] = value if earlier is None else f"{earlier}, {value}"

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        # Values may be secret (Set-Cookie), and a repr ends up in tracebacks.
        return f"Headers({sorted(self._values)})"


@dataclass(frozen=True, slots=True)
class FirstAttempt:
    """What came of the first of several attempts: how a cold start shows."""

    latency_s: float
    status: int | None = None
    """None where there was no answer."""
    error: str | None = None
    """Why there was none."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """One answer. Everything in it was written by the other side: not to be believed, only read."""

    url: str
    """The address that was asked."""
    status: int
    headers: Headers
    body: bytes
    """Decompressed, to the bound that was asked for, without the secrets that were sent."""
    truncated: bool
    """Whether there was more of the body."""
    latency_s: float
    """From the request to the end of the bounded body, connecting included, in the last attempt."""
    attempts: int = 1
    first: FirstAttempt | None = None
    """Where there was more than one attempt."""

    @property
    def media_type(self) -> str:
        """``application/json``: the content type without its parameters, in lower case."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def retry_after_s(self) -> float | None:
        """What the other side asks us to wait, in seconds (RFC 9110, section 10.2.3)."""
        return _seconds(self.headers.get("retry-after", ""), datetime.now(UTC))

    def text(self) -> str:
        """The body as text; what is not of its encoding becomes U+FFFD."""
        return self.body.decode(_charset(self.headers.get("content-type", "")), "replace")

    def json(self) -> object:
        """The body as JSON (RFC 8259), a byte order mark and UTF-16 forgiven.

        Raises:
            ProtocolError: it is none, or is cut off. The message says what is wrong with it.
        """
        if self.truncated:
            raise ProtocolError(f"the body goes on after {len(self.body)} bytes")
        if not self.body.strip():
            raise ProtocolError("the body is empty")
        try:
            text = self.body.decode(json.detect_encoding(self.body))
            return json.loads(text, parse_constant=_refuse_constant)
        except RecursionError as error:
            raise ProtocolError("the body is JSON that is nested too deeply") from error
        except json.JSONDecodeError as error:
            raise ProtocolError(f"the body is no JSON ({error.msg} at {error.pos})") from error
        except UnicodeDecodeError as error:
            raise ProtocolError(f"the body is no JSON: not {error.encoding}") from error
        except ValueError as error:  # a number of thousands of digits, or NaN
            raise ProtocolError(f"the body is no JSON: {str(error)[:60]}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _charset(content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type.replace("\r", " ").replace("\n", " ")
    named = message.get_content_charset("utf-8")
    return named if named in _CHARSETS else "utf-8"


def _seconds(value: str, now: datetime) -> float | None:
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value) if len(value) <= _MAX_DIGITS else None
    try:
        date = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
