"""One probe: every file of the repository that names a domain, examined."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache, partial
from time import monotonic
from typing import TYPE_CHECKING, Final

from checks.domains import findings, ours, replacing
from checks.domains.examination import Examined, Fault, examine
from checks.domains.lexicon import Lexicon
from checks.domains.mentions import Mention
from checks.domains.options import Allow
from checks.domains.policy import Policy
from checks.domains.search import candidates, text_of
from netra_validate import Context, Finding, Location, Service, path_patterns
from netra_validate.hostnames import names

if TYPE_CHECKING:
    from checks.domains import Domains
    from netra_validate.clients.source import Listing, Source

_BATCH: Final = 64
"""Files that are examined between two looks at the clock."""

_SPARE: Final = 0.2
"""Share of the probe's time after which nothing more is begun: what runs may end, and be told."""

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
    seen: set[str] = field(default_factory=set)
    """Files that are text and were looked at."""
    crowded: set[str] = field(default_factory=set)
    """Those with more hosts than were looked at."""
    late: set[str] = field(default_factory=set)
    """Those that there was no time for."""

    def in_time(self, batch: Iterable[str], ends_at: float) -> Iterator[str]:
        """The files of a batch whose turn comes before a time of the monotonic clock."""
        for path in batch:
            if monotonic() < ends_at:
                yield path
            else:
                self.late.add(path)

    def add(self, examined: Examined) -> None:
        """Count one file."""
        self.files += bool(examined.hosts)
        self.hosts.update(examined.hosts)
        self.allowed += examined.exempted
        self.seen.add(examined.path)
        if not examined.whole:
            self.crowded.add(examined.path)


async def probe(check: Domains, ctx: Context) -> AsyncIterator[Finding]:
    """Find the files that name a domain, and hold what they name against the policy."""
    options = check.options
    ends_at = monotonic() + ctx.budget.remaining() * (1 - _SPARE)
    policy = Policy(ctx.environment.domains, ctx.topology.of(Service))
    lexicon = policy.lexicon
    found = await candidates(ctx.source, lexicon)
    files = {
        name for name in found.listing.files if not path_patterns.matches(name, options.exclude)
    }
    worth = sorted(files.intersection(found.files))
    tally = Tally()
    examining = partial(_examine, ctx.source, policy, lexicon, _configurations(ctx))
    build = _builder(check, git=found.listing.by == "git")
    for first in range(0, len(worth), _BATCH):
        batch = tally.in_time(worth[first : first + _BATCH], ends_at)
        for examined, mends in await asyncio.to_thread(examining, batch):
            tally.add(examined)
            for fault, mention in examined.faults:
                if any(_covers(entry, examined.path, fault) for entry in options.allow):
                    tally.allowed += 1
                else:
                    mend = mends.get((fault, mention))
                    yield build(fault, examined.path, mention, mend)
            for line, why in examined.unclear:
                yield findings.unclear(
                    check.unclear_comment, findings.shown(examined.path), line, why
                )
    if files:
        _observe(ctx, found.listing, len(files), tally)
    for unread in _unread(check, ctx, found.listing, tally):
        yield unread


def _builder(
    check: Domains, *, git: bool
) -> Callable[[Fault, str, Mention, replacing.Mend | None], Finding]:
    """Builds findings; what is alike in thousands of them is built once."""

    @cache
    def alike(fault: Fault) -> Finding:
        return findings.of(fault, check.rules[fault.rule], git=git)

    def build(fault: Fault, path: str, mention: Mention, mend: replacing.Mend | None) -> Finding:
        shown = findings.shown(path)
        found = replace(
            alike(fault),
            location=Location(shown, mention.line, mention.column),
            identity=f"{shown}:{fault.host}",
        )
        return findings.mended(found, mention, mend, exact=shown == path) if mend else found

    return build


def _unread(check: Domains, ctx: Context, listing: Listing, tally: Tally) -> Iterator[Finding]:
    unreadable = {
        name
        for name in (*ctx.source.unreadable, *listing.unreadable)
        if not path_patterns.matches(name, check.options.exclude)
    }
    for names_of, why in (
        (unreadable, "could not be read"),
        (tally.seen.intersection(listing.oversized), "examined only in part: too large"),
        (tally.late, "not examined: the probe's time (--timeout) was nearly over"),
        (tally.crowded, "examined only in part: too many hosts"),
    ):
        if names_of:
            yield findings.unread(check.unread, sorted(names_of), why)


def _covers(entry: Allow, path: str, fault: Fault) -> bool:
    return (
        path_patterns.matches(path, (entry.path,))
        and (not entry.rules or not {fault.rule, f"domains.{fault.rule}"}.isdisjoint(entry.rules))
        and (not entry.hosts or any(names(pattern, fault.host) for pattern in entry.hosts))
    )


def _configurations(ctx: Context) -> frozenset[str]:
    """The configuration in use: where it declares resources, or else the one at the root."""
    declared = {location.path for location in ctx.topology.declared_at.values()}
    return frozenset(declared) or ours.CONFIGURATIONS


def _examine(
    source: Source,
    policy: Policy,
    lexicon: Lexicon,
    configurations: Collection[str],
    batch: Iterable[str],
) -> list[tuple[Examined, replacing.Mends]]:
    """Examine some files, in a thread."""
    found = []
    for path in batch:
        configuration = path in configurations
        if configuration and not path.endswith(ours.PYPROJECT):
            continue
        text = text_of(source, path, lexicon)
        if text is not None and not ours.is_report(path, text):
            own = ours.own_lines(text) if configuration else ()
            examined = examine(path, text, lexicon, policy, own)
            mends = replacing.mends(examined, text, policy)
            # UTF-16 without a mark is read, but nobody could be sure to write it.
            found.append((examined, {} if mends and source.binary(path) else mends))
    return found


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
