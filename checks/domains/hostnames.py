"""Names of hosts as they are compared: lower case, no final dot, in ASCII."""

from __future__ import annotations


def normal(name: str) -> str:
    """A host or pattern as it is compared.

    Labels in other letters than ASCII become their ``xn--`` form (RFC 3490, with Python's codec).
    What has no such form stays as it is.
    """
    bare = name.strip().lower().rstrip(".")
    return bare if bare.isascii() else ".".join(map(_ascii, bare.split(".")))


def spellings(name: str) -> tuple[str, ...]:
    """The forms in which a text may hold a normal ``name``: ``xn--bcher-kva`` is ``bücher``."""
    readable = ".".join(map(_readable, name.split(".")))
    return (name,) if readable == name else (name, readable)


def _ascii(label: str) -> str:
    try:
        return label.encode("idna").decode("ascii")
    except UnicodeError:
        return label


def _readable(label: str) -> str:
    try:
        return label.encode("ascii").decode("idna")
    except UnicodeError:
        return label
