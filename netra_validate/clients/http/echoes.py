"""What a server may send back of the secrets that a request has shown to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netra_validate import redaction, scrub


def redaction_for(headers: Mapping[str, str]) -> redaction.Redaction:
    """Knows the secrets in the headers of a request. Without any it costs nothing.

    Shorter ones than a gram are left to the reports: here they would change what is judged.
    """
    return redaction.knowing(tuple(dict.fromkeys(_secrets(headers))))


def _secrets(headers: Mapping[str, str]) -> Iterator[str]:
    for name, value in headers.items():
        if scrub.is_telling(name):
            secret = value.rpartition(" ")[2]  # without "Bearer"
            if len(secret) >= redaction.GRAM:
                yield secret
