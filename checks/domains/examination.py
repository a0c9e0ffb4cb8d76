"""One file, examined: what it mentions, and which rules that breaks. Without a world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from checks.domains import exemptions
from checks.domains.mentions import Lexicon, Mention, mentions
from checks.domains.policy import Policy

RuleName = Literal[
    "retired-host", "unknown-host", "wrong-role", "direct-address", "insecure-scheme"
]

_PLAINTEXT = {"http": "https", "ws": "wss"}
"""Schemes without TLS, and the same with it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that a mention breaks; alike wherever the same host breaks it in the same way."""

    rule: RuleName
    host: str
    replacement: str = ""
    """The host, or for ``insecure-scheme`` the scheme, to use instead."""
    detail: str = ""
    """The scheme in use, the role that is missing, or the service behind a direct address."""


@dataclass(frozen=True, slots=True)
class Examined:
    """What came of one file."""

    path: str
    hosts: Counter[str] = field(default_factory=Counter)
    """The hosts that it mentions, and how often."""
    faults: tuple[tuple[Fault, Mention], ...] = ()
    exempted: int = 0
    """Faults on lines that allow them."""


def examine(path: str, text: str, lexicon: Lexicon, policy: Policy) -> Examined:
    """Find the hosts in ``text`` and hold them against the policy."""
    hosts: Counter[str] = Counter()
    found: list[tuple[Fault, Mention]] = []
    for mention in mentions(text, lexicon):
        if policy.ruling(mention.host).standing != "foreign":
            hosts[mention.host] += 1
            found += ((fault, mention) for fault in faults(mention, policy))
    if not found:
        return Examined(path, hosts)
    exempt = exemptions.of(path, text)
    kept = tuple((f, m) for f, m in found if not exempt(m.line, f"domains.{f.rule}"))
    return Examined(path, hosts, kept, len(found) - len(kept))


def faults(mention: Mention, policy: Policy) -> Iterator[Fault]:
    """The rules that one mention breaks."""
    ruling = policy.ruling(mention.host)
    match ruling.standing:
        case "retired":
            # What replaces it is written anew, so its scheme is not worth a second finding.
            yield Fault("retired-host", mention.host, ruling.replacement)
        case "direct":
            yield Fault("direct-address", mention.host, ruling.replacement, ruling.service)
        case "canonical":
            yield from _misused(mention, policy)
            yield from _insecure(mention)
        case "unknown":
            if not _vague(mention, policy):
                yield Fault("unknown-host", mention.host)
            yield from _insecure(mention)


def _vague(mention: Mention, policy: Policy) -> bool:
    """Whether a mention names no host that could be known: a mail address, a template, a suffix."""
    return mention.mail or mention.suffix or mention.templated or policy.apex(mention.host)


def _insecure(mention: Mention) -> Iterator[Fault]:
    if mention.scheme in _PLAINTEXT:
        yield Fault("insecure-scheme", mention.host, _PLAINTEXT[mention.scheme], mention.scheme)


def _misused(mention: Mention, policy: Policy) -> Iterator[Fault]:
    """A host that services use, but not for this."""
    role = policy.role_of(mention.scheme, mention.path)
    roles = policy.roles(mention.host)
    if mention.mail or role is None or not roles or role in roles:
        return
    others = policy.serving(role)
    if others:
        yield Fault("wrong-role", mention.host, others[0] if len(others) == 1 else "", role)
