"""The hosts that the repository names, held against those that the configuration calls right."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

from checks.domains.options import DomainsOptions
from netra_validate import Check, Context, Finding, Plane, Repository, Rule, Severity
from netra_validate.by_hand import ByHand

__all__ = ["Domains"]


class Domains(Check[Repository]):
    """Files name the right hosts.

    Why it matters: a host that was given up still stands in code, workflows and documents for
    years. Its name may no longer resolve, its certificate may not cover it, and what connects to it
    fails where nobody looks for the cause.

    Every text file that is tracked, or untracked and not ignored, is read. Hosts are recognised as
    a browser would read them: in either case, with ports and final dots, in their `xn--` form or
    its letters, percent-encoded, escaped for JSON, for HTML or for a regular expression. Where a
    part of a host is only known later, as in `pr-${N}.staging.example`, it is held against the
    patterns and never called unknown. A host that a program puts together, or whose domain is
    encoded from its first letters on, is not recognised.

    The comment `netra-validate: allow[domains.retired-host]` allows its line, without brackets for
    every rule; a table `[[checks.domains.allow]]` allows files. The configuration in use and
    reports of earlier runs never count.
    """

    id = "domains"
    plane = Plane.SOURCE

    retired_host = Rule(
        Severity.ERROR,
        "A retired host is named",
        help="""
        The configuration says under `domains.retired` that the host is given up, and what replaces
        it. The most specific entry decides: a host over a pattern, a longer pattern over a shorter.
        Where the old name has to stay (a list of retired hosts, a test that it is refused), allow
        the line with a comment that holds `netra-validate: allow[domains.retired-host]`, or the
        file with a table `[[checks.domains.allow]]` that has `path = "docs/hosts.md"`, `rules =
        ["retired-host"]` and a `reason`; `hosts = ["*.old.example"]` narrows it further.
        To mend: use the successor; `netra-validate fix` writes it where that is certain, and names
        the places where it is not.
        """,
        fixable=True,
        shows=(),
    )
    unknown_host = Rule(
        Severity.WARNING,
        "A host under a managed domain is not configured",
        help="""
        It is neither canonical nor retired nor allowed: a typing error, a host of another
        environment, or one that the configuration should know. Mail addresses, the managed domain
        itself and its `www`, and hosts of which a part is only known later are not asked for.
        To mend: use a canonical host, or add this one to `domains.canonical` or `domains.allowed`.
        """,
        shows=(),
    )
    wrong_role = Rule(
        Severity.ERROR,
        "A canonical host is used for what another one serves",
        help="""
        The `url` and `websocket` of the configured services say which host serves pages and which
        serves WebSockets. An upgrade that goes to the web host is refused there. A warning where
        the host of the WebSockets is asked for something else.
        To mend: name the host that serves it.
        """,
        fixable=True,
        shows=(),
    )
    direct_address = Rule(
        Severity.WARNING,
        "A service is addressed by its run.app name",
        help="""
        Requests to Cloud Run's own address pass by the load balancer, its certificate, its rate
        limits and its routes, and the address changes with the service's project or region.
        To mend: use the host of the service's `url`.
        """,
        shows=(),
    )
    insecure_scheme = Rule(
        Severity.WARNING,
        "A managed host is addressed without TLS",
        help="""
        `http://` and `ws://` send what they carry, tokens included, in clear text, and a redirect
        comes too late to protect the first request.
        To mend: use `https://` and `wss://`.
        """,
        shows=(),
    )
    unread = Rule(
        Severity.WARNING,
        "Files could not be examined",
        help="""
        They could not be read, or they are text and larger than 32 MiB, of which only the beginning
        is examined, or they name managed domains at more than 10 000 places, of which only the
        first are examined. What was not looked at is not known to be good.
        To mend: make them readable, or leave them out with `exclude` under `[checks.domains]`.
        """,
        shows=(),
    )
    unclear_comment = Rule(
        Severity.WARNING,
        "A comment that allows a line is not understood",
        help="""
        A comment `netra-validate: allow` allows its line for every rule, and with a list behind it
        for these rules alone: `netra-validate: allow[domains.retired-host]`. A list that is empty,
        not closed or not in square brackets allows nothing, and a rule that does not exist allows
        nothing either. It is only told where the line breaks a rule.
        To mend: write the rules of the list in square brackets, or leave the list out.
        """,
        shows=(),
    )

    class Options(DomainsOptions, frozen=True, kw_only=True):
        """What is left out, and who may break which rule."""

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see each with one's own eyes."""
        from checks.domains.by_hand import RULES

        return RULES

    def skip_reason(self, resource: Repository, ctx: Context) -> str | None:
        """Without domains there is nothing to look for."""
        del resource
        configured = ctx.environment.domains
        if configured.managed or configured.retired:
            return None
        return "no managed domains are configured"

    def unfixed(self, found: Finding) -> str:
        """Why a mention is left to people."""
        if found.rule == "domains.unknown-host":
            return "it is not known which host is meant"
        if found.rule == "domains.insecure-scheme":
            return "it is not known whether TLS is spoken there"
        if found.rule == "domains.direct-address":
            return "audiences and the like have to name it"
        return str(found.evidence.get("not_fixed", "")) or super().unfixed(found)

    async def run(self, resource: Repository, ctx: Context) -> AsyncIterator[Finding]:
        """Find the files that name a domain, and hold what they name against the policy."""
        from checks.domains.probe import probe

        del resource
        async for found in probe(self, ctx):
            yield found
