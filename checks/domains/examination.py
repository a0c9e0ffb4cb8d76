"""One file, examined: what it mentions, and which rules that breaks. Without a world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

from checks.domains import exemptions
from checks.domains.lexicon import Lexicon
from checks.domains.mentions import Mention, read
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
    unclear: tuple[tuple[int, str], ...] = ()
    """Lines with a fault and a comment that does not say what it means to, and why not."""
    whole: bool = True
    """Whether all of it was looked at."""
    mentions: tuple[Mention, ...] = ()
    """All of its mentions, where there are faults."""


def examine(
    path: str, text: str, lexicon: Lexicon, policy: Policy, own: Collection[int] = ()
) -> Examined:
    """Find the hosts in ``text`` and hold them against the policy.

    Args:
        path: where the text stands.
        text: with line ends of any kind: a carriage return ends a line as well.
        lexicon: what to look for.
        policy: what is right.
        own: lines that are the configuration itself.
    """
    text = lines_ending_in_line_feeds(text)
    reading = read(text, lexicon)
    hosts: Counter[str] = Counter()
    found: list[tuple[Fault, Mention]] = []
    for mention in reading.mentions:
        if policy.ruling(mention.host).standing != "foreign":
            hosts[mention.host] += 1
            found += ((fault, mention) for fault in faults(mention, policy))
    if not found:
        return Examined(path, hosts, whole=reading.whole)
    exempt = exemptions.of(text, own)
    kept = tuple((f, m) for f, m in found if not exempt.covers(m.line, f"domains.{f.rule}"))
    lines = dict.fromkeys(mention.line for _, mention in kept)
    unclear = tuple((line, exempt.unclear[line]) for line in lines if line in exempt.unclear)
    mentions = reading.mentions if kept else ()
    return Examined(path, hosts, kept, len(found) - len(kept), unclear, reading.whole, mentions)


def lines_ending_in_line_feeds(text: str) -> str:
    """The same lines and columns, with one kind of line end."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


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
