"""What an OpenID configuration says, and what it has to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

OPENID: Final = "/.well-known/openid-configuration"
OAUTH: Final = "/.well-known/oauth-authorization-server"

_TEXTS: Final = ("issuer", "authorization_endpoint", "token_endpoint")
_OPENID_TEXTS: Final = (*_TEXTS, "jwks_uri")
_LISTS: Final = ("response_types_supported",)
_OPENID_LISTS: Final = (
    *_LISTS, "subject_types_supported", "id_token_signing_alg_values_supported",
)  # fmt: skip


def lacking(document: Mapping[str, object], address: str) -> tuple[str, ...]:
    """The required fields that are missing, empty or of another type.

    OpenID Connect Discovery 1.0, section 3, unless the address is that of RFC 8414, section 2, by
    which keys may be left out.
    """
    oauth = OAUTH in urlsplit(address).path
    texts, lists = (_TEXTS, _LISTS) if oauth else (_OPENID_TEXTS, _OPENID_LISTS)
    without = [name for name in texts if not _is_text(document.get(name))]
    return (*without, *(name for name in lists if not _is_list(document.get(name))))


def expected_issuer(address: str) -> str | None:
    """Who must be the issuer of what was found at ``address``; None where nothing follows.

    OpenID Connect Discovery 1.0, section 4, puts the well-known path behind the issuer's own; RFC
    8414, section 3, between its host and its path.
    """
    parts = urlsplit(address)
    origin = f"{parts.scheme}://{parts.netloc}"
    if parts.path.endswith(OPENID):
        return f"{origin}{parts.path.removesuffix(OPENID)}"
    if parts.path.startswith(OAUTH):
        return f"{origin}{parts.path.removeprefix(OAUTH)}"
    if parts.path.endswith(OAUTH):
        return f"{origin}{parts.path.removesuffix(OAUTH)}"
    return None


def endpoints(document: Mapping[str, object]) -> dict[str, str]:
    """Every address that clients are told to use, by its field."""
    return {
        name: value
        for name, value in list(document.items())[:200]
        if (name.endswith("_endpoint") or name == "jwks_uri") and isinstance(value, str) and value
    }


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value)


def _is_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(each, str) for each in value)
