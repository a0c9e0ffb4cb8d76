"""Whether the numbers of a key are a point of its curve: others verify nothing."""

from __future__ import annotations

from typing import Final

_OFF: Final = "is no point of the curve"

_EDWARDS: Final = {
    "Ed25519": (2**255 - 19, -1, -121665 * pow(121666, -1, 2**255 - 19)),
    "Ed448": (2**448 - 2**224 - 1, 1, -39081),
}
"""The prime, ``a`` and ``d`` of ``a x² + y² = 1 + d x² y²`` (RFC 8032, sections 5.1 and 5.2)."""


def flaw(curve: str, x: bytes, y: bytes) -> str | None:
    """Why a public key verifies nothing; None where it does, or the curve is not known.

    Args:
        curve: its name (RFC 7518, section 6.2.1.1; RFC 8037, section 2).
        x: of as many bytes as the curve asks for; the whole key of an Edwards curve.
        y: likewise, and empty for those.
    """
    if curve in _EDWARDS:
        return None if _is_on_edwards(curve, x) else f"{_OFF} {curve}"
    return None if _is_on_weierstrass(curve, x, y) else f"{_OFF} {curve}"


def _is_on_weierstrass(curve: str, x: bytes, y: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric import ec

    curves: dict[str, ec.EllipticCurve] = {
        "P-256": ec.SECP256R1(),
        "P-384": ec.SECP384R1(),
        "P-521": ec.SECP521R1(),
        "secp256k1": ec.SECP256K1(),
    }
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(curves[curve], b"\x04" + x + y)
    except ValueError:
        return False
    return True


def _is_on_edwards(curve: str, encoded: bytes) -> bool:
    """Whether there is an x for the y that is encoded (RFC 8032, sections 5.1.3 and 5.2.3).

    ``cryptography`` takes any bytes for such a key and fails only when it verifies.
    """
    prime, a, d = _EDWARDS[curve]
    bits = len(encoded) * 8 - 1
    y = int.from_bytes(encoded, "little") & (2**bits - 1)
    if y >= prime:
        return False
    square = (1 - y * y) * pow(a - d * y * y, -1, prime) % prime
    is_square: bool = pow(square, (prime - 1) // 2, prime) in {0, 1}
    return is_square
