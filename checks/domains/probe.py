"""One probe: every file of the repository that names a domain, examined."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from checks.domains import exemptions, findings, paths
from checks.domains.examination import Examined, Fault, examine
from checks.domains.mentions import Lexicon, Mention, needles
from checks.domains.options import Allow
from checks.domains.policy import DIRECT, Policy, names
from netra_validate import Context, Finding, Location, Service

if TYPE_CHECKING:
    from checks.domains import Domains
    from netra_validate.clients.source import Listing, Source

_BATCH: Final = 64
"""Files that are examined between two looks at the clock."""

_MOST_HOSTS: Final = 40
"""Hosts that an observation counts one by one; an observation has at most 50 entries."""


@dataclass
class Tally:
    """What has been seen so far."""

    files: int = 0
    """Those that name a host."""
    hosts: Counter[str] = field(default_factory=Counter)
    allowed: int = 0
    """Broken rules that a comment or an entry of ``allow`` covers."""

    def add(self, examined: Examined) -> None:
        """Count one file."""
        self.files += bool(examined.hosts)
        self.hosts.update(examined.hosts)
        self.allowed += examined.exempted


async def probe(check: Domains, ctx: Context) -> AsyncIterator[Finding]:
    """Find the files that name a domain, and hold what they name against the policy."""
    options = check.options
    policy = Policy(ctx.environment.domains, ctx.topology.of(Service))
    listing, held = await asyncio.gather(
        ctx.source.listing(), ctx.source.containing(_wanted(policy))
    )
    files = {name for name in listing.files if not paths.matches(name, options.exclude)}
    worth = sorted({name for found in held.values() for name in found}.intersection(files))
    examining = partial(_examine, ctx.source, policy, policy.lexicon, _own_files(ctx))
    build = _builder(check, git=listing.by == "git")
    tally = Tally()
    for first in range(0, len(worth), _BATCH):
        batch = worth[first : first + _BATCH]
        for examined in await asyncio.to_thread(examining, batch):
            tally.add(examined)
            for fault, mention in examined.faults:
                if any(_covers(entry, examined.path, fault) for entry in options.allow):
                    tally.allowed += 1
                else:
                    yield build(fault, examined.path, mention)
    if files:
        _observe(ctx, listing, len(files), tally)
    for found in _unread(check, ctx, listing, worth):
        yield found


def _builder(check: Domains, *, git: bool) -> Callable[[Fault, str, Mention], Finding]:
    """Builds findings; what is alike in thousands of them is built once."""

    @cache
    def alike(fault: Fault) -> Finding:
        return findings.of(fault, check.rules[fault.rule], git=git)

    def build(fault: Fault, path: str, mention: Mention) -> Finding:
        shown = findings.shown(path)
        return replace(
            alike(fault),
            location=Location(shown, mention.line, mention.column),
            identity=f"{shown}:{fault.host}",
        )

    return build


def _unread(
    check: Domains, ctx: Context, listing: Listing, worth: Sequence[str]
) -> Iterator[Finding]:
    unreadable = {
        name
        for name in (*ctx.source.unreadable, *listing.unreadable)
        if not paths.matches(name, check.options.exclude)
    }
    if unreadable:
        yield findings.unread(check.unread, sorted(unreadable), "could not be read")
    oversized = set(worth).intersection(listing.oversized)
    if oversized:
        yield findings.unread(check.unread, sorted(oversized), "examined only in part: too large")


def _covers(entry: Allow, path: str, fault: Fault) -> bool:
    return (
        paths.matches(path, (entry.path,))
        and (not entry.rules or not {fault.rule, f"domains.{fault.rule}"}.isdisjoint(entry.rules))
        and (not entry.hosts or any(names(pattern, fault.host) for pattern in entry.hosts))
    )


def _own_files(ctx: Context) -> frozenset[str]:
    """Where the configuration was read from; of a ``pyproject.toml`` only a part is ours."""
    declared = {location.path for location in ctx.topology.declared_at.values()}
    return frozenset(name for name in declared if not name.endswith("pyproject.toml"))


def _wanted(policy: Policy) -> set[str]:
    """What a file must hold, one of it at least, that may name one of the domains."""
    wanted = {needle for domain in policy.domains for needle in needles(domain)}
    return wanted | {DIRECT} if policy.direct else wanted


def _examine(
    source: Source, policy: Policy, lexicon: Lexicon, own: Collection[str], batch: Sequence[str]
) -> list[Examined]:
    """Examine some files, in a thread."""
    examined = []
    for path in batch:
        if path in own or source.binary(path):
            continue
        text = source.text(path)
        if not exemptions.whole(path, text):
            examined.append(examine(path, text, lexicon, policy))
    return examined


def _observe(ctx: Context, listing: Listing, files: int, tally: Tally) -> None:
    """Record what was looked at; what there was nothing of is left out."""
    ctx.observe(
        files=files,
        listed_by=listing.by,
        files_with_hosts=tally.files,
        hosts=dict(tally.hosts.most_common(_MOST_HOSTS)),
    )
    rest = {
        "different_hosts": len(tally.hosts) if len(tally.hosts) > _MOST_HOSTS else 0,
        "excluded_files": len(listing.files) - files,
        "allowed_mentions": tally.allowed,
        "unreadable_files": len(ctx.source.unreadable) + len(listing.unreadable),
        "oversized_files": len(listing.oversized),
        "nested_repositories": len(listing.nested),
    }
    ctx.observe(**{name: count for name, count in rest.items() if count})
    if listing.note:
        ctx.observe(not_by_git=listing.note)
