"""What a JWK Set holds (RFC 7517, RFC 7518). The document is a stranger's: of any shape."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from checks.auth import points

_PRIVATE: Final = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
"""RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1."""

_PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "RSA": ("n", "e"),
    "EC": ("crv", "x", "y"),
    "OKP": ("crv", "x"),
}

_CURVE_BYTES: Final = {"P-256": 32, "P-384": 48, "P-521": 66, "secp256k1": 32}
_OKP_BYTES: Final = {"Ed25519": 32, "Ed448": 57}
"""For signatures (RFC 8037, section 2)."""

_AGREEMENT: Final = ("X25519", "X448")
"""The curves of RFC 8037, section 2, that nobody can sign on."""

_VERIFYING: Final = ("sign", "verify")
"""The operations of RFC 7517, section 4.3, that signatures need."""

_ALGORITHMS: Final[Mapping[str, tuple[str, ...]]] = {
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512", "ES256K"),
    "OKP": ("EdDSA", "Ed25519", "Ed448"),
}

_ENCRYPTING: Final = ("RSA1_5", "RSA-OAEP", "ECDH-ES")
"""How the algorithms begin that wrap keys, or agree on them, with a public key (RFC 7518, section
4.1)."""

_FEWEST_BITS: Final = 2048
"""RFC 7518, sections 3.3 and 4.2."""

_LONGEST: Final = 4096
"""Characters of one part: an RSA key of 16384 bits has 2731."""

_MOST_KEYS: Final = 100


@dataclass(frozen=True, slots=True)
class Key:
    """One key, without anything that may be secret."""

    name: str
    """Its id, or its place in the list."""
    key_id: str | None
    kind: str
    leaks: tuple[str, ...] = ()
    """The parts that only its owner may know."""
    flaw: str | None = None
    """Why it cannot be used."""
    is_known: bool = True
    """Whether keys of this type are judged at all."""
    signs: bool = True
    """Whether it is for signatures: sets hold keys to encrypt with as well."""

    @property
    def usable(self) -> bool:
        """Whether a signature can be verified with it."""
        return self.is_known and self.flaw is None and self.signs


def read(document: object) -> tuple[Key, ...] | None:
    """The keys of a set, at most a hundred; None where the document is none."""
    found = document.get("keys") if isinstance(document, Mapping) else None
    if not isinstance(found, list):
        return None
    return tuple(_key(each, place) for place, each in enumerate(found[:_MOST_KEYS]))


def alike(keys: Sequence[Key]) -> tuple[str, ...]:
    """What keeps keys from being told apart: ids that several of one type have, or none."""
    if len(keys) < 2:  # noqa: PLR2004 - one needs no id
        return ()
    ids = Counter((key.key_id, key.kind) for key in keys if key.key_id is not None)
    twice = [
        f"{key_id} is the id of {count} keys" for (key_id, _), count in ids.items() if count > 1
    ]
    return (*twice, *(f"{key.name} has no id" for key in keys if key.key_id is None))


def _key(entry: object, place: int) -> Key:
    if not isinstance(entry, Mapping):
        return Key(f"key {place}", None, "", flaw="is no object")
    given, kind = entry.get("kid"), entry.get("kty")
    key_id = given[:80] if isinstance(given, str) and given else None
    name = f"key {key_id or place}"
    if not isinstance(kind, str):
        return Key(name, key_id, "", flaw="has no type (kty)")
    leaks = tuple(part for part in _PRIVATE if part in entry)
    known, signs = kind in _PARTS, _signs(entry)
    return Key(
        name,
        key_id,
        kind[:20],
        leaks,
        _flaw(entry, kind, signs=signs) if known else None,
        is_known=known,
        signs=signs,
    )


def _signs(entry: Mapping[str, object]) -> bool:
    """Whether a key is for signatures: ``use`` says it, else ``key_ops``, else curve and algorithm.

    RFC 7517, sections 4.2 to 4.4. A key that says nothing is for anything.
    """
    if "use" in entry:
        return entry["use"] == "sig"
    operations = entry.get("key_ops")
    if isinstance(operations, list):
        return any(each in _VERIFYING for each in operations)
    if entry.get("crv") in _AGREEMENT:
        return False
    return not str(entry.get("alg")).startswith(_ENCRYPTING)


def _flaw(entry: Mapping[str, object], kind: str, *, signs: bool) -> str | None:
    lacks = [part for part in _PARTS[kind] if not isinstance(entry.get(part), str)]
    if lacks:
        return f"lacks {', '.join(lacks)}"
    algorithm = entry.get("alg", _ALGORITHMS[kind][0])
    if signs and algorithm not in _ALGORITHMS[kind]:
        return f"is of type {kind} and has the algorithm {str(algorithm)[:20]}"
    if kind == "RSA":
        return _rsa_flaw(entry)
    if not signs:  # there are more curves to agree on a key with
        return None
    flaw = _curve_flaw(entry, _CURVE_BYTES if kind == "EC" else _OKP_BYTES)
    return flaw or points.flaw(str(entry["crv"]), _part(entry, "x"), _part(entry, "y"))


def _rsa_flaw(entry: Mapping[str, object]) -> str | None:
    modulus, exponent = _number(entry["n"]), _number(entry["e"])
    if modulus is None or exponent is None:
        return "is not in base64url"
    if modulus.bit_length() < _FEWEST_BITS:
        return f"has {modulus.bit_length()} bits, expected at least {_FEWEST_BITS}"
    if exponent < 3 or not exponent % 2 or not modulus % 2:  # noqa: PLR2004 - RFC 8017, 3.1
        return "is no RSA key: its modulus and exponent have to be odd, the exponent at least 3"
    return None


def _curve_flaw(entry: Mapping[str, object], sizes: Mapping[str, int]) -> str | None:
    size = sizes.get(str(entry["crv"]))
    if size is None:
        return f"is on the curve {str(entry['crv'])[:20]}, which is none for signatures"
    for part in ("x", "y"):
        raw = _bytes(entry[part]) if part in entry else b"\0" * size
        if raw is None or len(raw) != size:
            return f"has a {part} that is not {size} bytes in base64url"
    return None


def _part(entry: Mapping[str, object], name: str) -> bytes:
    return _bytes(entry.get(name)) or b""


def _number(text: object) -> int | None:
    raw = _bytes(text)
    return int.from_bytes(raw, "big") if raw else None


def _bytes(text: object) -> bytes | None:
    """What stands in base64url without padding (RFC 7515, section 2); None where it is none."""
    if not isinstance(text, str) or len(text) > _LONGEST or not text.isascii():
        return None
    if not text.replace("-", "a").replace("_", "a").isalnum():
        return None
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        return None
