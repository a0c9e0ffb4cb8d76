"""The hosts that the repository names, held against those that the configuration calls right."""

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
from checks.domains.options import Allow, DomainsOptions
from checks.domains.policy import DIRECT, Policy, names
from netra_validate import (
    Check,
    Context,
    Finding,
    Location,
    Plane,
    Repository,
    Rule,
    Service,
    Severity,
)

if TYPE_CHECKING:
    from netra_validate.clients.source import Listing, Source

__all__ = ["Domains"]

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


class Domains(Check[Repository]):
    """Files name the right hosts.

    Why it matters: a host that was given up still stands in code, workflows and documents for
    years. Its name may no longer resolve, its certificate may not cover it, and what connects to it
    fails where nobody looks for the cause.

    Every text file that is tracked, or untracked and not ignored, is read. Hosts are recognised as
    a browser would read them: in either case, with ports and final dots, percent-encoded, escaped
    for JSON or for a regular expression. Where a part of a host is only known later, as in
    `pr-${N}.staging.example`, it is held against the patterns and never called unknown. The
    configuration's own lists never count. A comment `netra-validate: allow[domains.retired-host]`
    allows its line.
    """

    id = "domains"
    plane = Plane.SOURCE

    retired_host = Rule(
        Severity.ERROR,
        "A retired host is named",
        help="""
        The configuration says under `domains.retired` that the host is given up, and what replaces
        it. The most specific entry decides: a host over a pattern, a longer pattern over a shorter.
        Where the old name has to stay (a list of retired hosts, a test that it is refused), add the
        file under `[[checks.domains.allow]]`, or allow the line with a comment.
        """,
    )
    unknown_host = Rule(
        Severity.WARNING,
        "A host under a managed domain is not configured",
        help="""
        It is neither canonical nor retired nor allowed: a typing error, a host of another
        environment, or one that the configuration should know. Use a canonical host, or add it to
        `domains.canonical` or `domains.allowed`. Mail addresses, the managed domain itself and its
        `www`, and hosts of which a part is only known later are not asked for.
        """,
    )
    wrong_role = Rule(
        Severity.ERROR,
        "A canonical host is used for what another one serves",
        help="""
        The `url` and `websocket` of the configured services say which host serves pages and which
        serves WebSockets. An upgrade that goes to the web host is refused there. A warning where
        the host of the WebSockets is asked for something else.
        """,
    )
    direct_address = Rule(
        Severity.WARNING,
        "A service is addressed by its run.app name",
        help="""
        Requests to Cloud Run's own address pass by the load balancer, its certificate, its rate
        limits and its routes, and the address changes with the service's project or region. Use the
        host of the service's `url`.
        """,
    )
    insecure_scheme = Rule(
        Severity.WARNING,
        "A managed host is addressed without TLS",
        help="""
        `http://` and `ws://` send what they carry, tokens included, in clear text, and a redirect
        comes too late to protect the first request. Use `https://` and `wss://`.
        """,
    )
    unread = Rule(
        Severity.WARNING,
        "Files could not be examined",
        help="""
        They could not be read, or they name a managed domain and are larger than 32 MiB, of which
        only the beginning is examined. What was not looked at is not known to be good: make them
        readable, or leave them out with `exclude` under `[checks.domains]`.
        """,
    )

    class Options(DomainsOptions, frozen=True, kw_only=True):
        """What is left out, and who may break which rule."""

    def skip_reason(self, resource: Repository, ctx: Context) -> str | None:
        """Without domains there is nothing to look for."""
        del resource
        configured = ctx.environment.domains
        if configured.managed or configured.retired:
            return None
        return "no managed domains are configured"

    async def run(self, resource: Repository, ctx: Context) -> AsyncIterator[Finding]:
        """Find the files that name a domain, and hold what they name against the policy."""
        del resource
        policy = Policy(ctx.environment.domains, ctx.topology.of(Service))
        listing = await ctx.source.listing()
        files = {name for name in listing.files if not paths.matches(name, self.options.exclude)}
        worth = await _holding(ctx.source, policy, files)
        examining = partial(_examine, ctx.source, policy, policy.lexicon, _own_files(ctx))
        build = self._builder(git=listing.by == "git")
        tally = Tally()
        for first in range(0, len(worth), _BATCH):
            batch = worth[first : first + _BATCH]
            for examined in await asyncio.to_thread(examining, batch):
                tally.add(examined)
                for fault, mention in examined.faults:
                    if self._allowed(examined.path, fault):
                        tally.allowed += 1
                    else:
                        yield build(fault, examined.path, mention)
        if files:
            _observe(ctx, listing, len(files), tally)
        for found in self._unread(ctx, listing, worth):
            yield found

    def _allowed(self, path: str, fault: Fault) -> bool:
        """Whether an entry of ``allow`` covers the fault."""
        return any(_covers(entry, path, fault) for entry in self.options.allow)

    def _builder(self, *, git: bool) -> Callable[[Fault, str, Mention], Finding]:
        """Builds findings; what is alike in thousands of them is built once."""

        @cache
        def alike(fault: Fault) -> Finding:
            return findings.of(fault, self.rules[fault.rule], git=git)

        def build(fault: Fault, path: str, mention: Mention) -> Finding:
            shown = findings.shown(path)
            return replace(
                alike(fault),
                location=Location(shown, mention.line, mention.column),
                identity=f"{shown}:{fault.host}",
            )

        return build

    def _unread(self, ctx: Context, listing: Listing, worth: Sequence[str]) -> Iterator[Finding]:
        unreadable = {
            name
            for name in (*ctx.source.unreadable, *listing.unreadable)
            if not paths.matches(name, self.options.exclude)
        }
        if unreadable:
            yield findings.unread(self.unread, sorted(unreadable), "could not be read")
        oversized = set(worth).intersection(listing.oversized)
        if oversized:
            yield findings.unread(
                self.unread, sorted(oversized), "examined only in part: too large"
            )


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


async def _holding(source: Source, policy: Policy, files: Collection[str]) -> list[str]:
    """Those of ``files`` that may name one of the domains, sorted."""
    wanted = {needle for domain in policy.domains for needle in needles(domain)}
    if policy.direct:
        wanted.add(DIRECT)
    held = await source.containing(wanted)
    return sorted({name for found in held.values() for name in found}.intersection(files))


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
