"""What is said of a fault, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from checks.domains.examination import Fault
from checks.domains.mentions import Mention
from checks.domains.replacing import Mend
from netra_validate import (
    Command,
    Finding,
    Fix,
    Location,
    Remediation,
    Replacement,
    Rule,
    Severity,
)

UNFIXED: Final = "not_fixed"
"""The evidence that says why an edit would have to guess."""

_NAMED: Final = 5
"""Files that a sentence names before it only counts."""


def of(fault: Fault, rule: Rule, *, git: bool) -> Finding:
    """The finding for a fault, still without a place."""
    evidence: dict[str, object] = {"host": fault.host}
    if fault.replacement:
        evidence["replacement"] = fault.replacement
    return rule.finding(
        _message(fault),
        evidence=evidence | _more(fault),
        remedy=Remediation(_summary(fault), (_search(fault.host, git=git),)),
        # A host that only serves WebSockets may well answer other requests; the other way round
        # the upgrade fails.
        severity=Severity.WARNING if (fault.rule, fault.detail) == ("wrong-role", "web") else None,
    )


def mended(found: Finding, mention: Mention, mend: Mend, *, exact: bool) -> Finding:
    """The finding with the edit that mends it, or with the reason why there is none.

    Args:
        found: with its location.
        mention: where the host stands.
        mend: what is to be done about it.
        exact: whether the location has the true name of the file.
    """
    assert found.location is not None  # noqa: S101 - see above
    if mend.reason or not exact:
        reason = mend.reason or "the name of the file cannot be shown"
        return replace(found, evidence={**found.evidence, UNFIXED: reason})
    path, line, column = found.location.path, mention.line, mention.column
    edit = Replacement(path, line, column, line, column + len(mention.raw), mend.text)
    return replace(found, fix=Fix(f"Replace {mention.host} by {mend.host}", (edit,)))


def unread(rule: Rule, names: Sequence[str], why: str) -> Finding:
    """The finding for files that were not examined, all in one."""
    readable = [shown(name) for name in names]
    more = ", …" if len(readable) > _NAMED else ""
    count = "1 file" if len(readable) == 1 else f"{len(readable)} files"
    return rule.finding(
        f"{count} {why} ({', '.join(readable[:_NAMED])}{more})",
        evidence={"count": len(readable), "files": readable},
        remedy=Remediation(
            "Make them readable or smaller, or leave them out with `exclude` under [checks.domains]"
        ),
        identity=why,
    )


def unclear(rule: Rule, path: str, line: int, why: str) -> Finding:
    """The finding for a comment that allows less than it seems to."""
    return rule.finding(
        f"`netra-validate: allow` is unclear here: {why}",
        remedy=Remediation("Write netra-validate: allow[domains.RULE], with the rule's name"),
        location=Location(path, line),
        identity=f"{path}:{why}",
    )


def shown(path: str) -> str:
    """A path as a report may show it: names of files are written by strangers."""
    if path.isascii() and path.isprintable():
        return path
    readable = path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in readable)


def _message(fault: Fault) -> str:
    use = f"; use `{fault.replacement}`" if fault.replacement else ""
    host = f"`{fault.host}`"
    match fault.rule:
        case "retired-host":
            return f"{host} is retired{use}"
        case "unknown-host":
            return f"{host} is neither canonical nor allowed"
        case "wrong-role" if fault.detail == "websocket":
            return f"{host} serves no WebSockets{use}"
        case "wrong-role":
            return f"{host} serves WebSockets only{use}"
        case "direct-address":
            return f"{host} is the direct address of {fault.detail}{use}"
        case "insecure-scheme":
            return f"{host} is addressed over {fault.detail}{use}"


def _more(fault: Fault) -> dict[str, object]:
    keys = {"wrong-role": "role", "direct-address": "service", "insecure-scheme": "scheme"}
    return {keys[fault.rule]: fault.detail} if fault.rule in keys else {}


def _summary(fault: Fault) -> str:
    match fault.rule:
        case "unknown-host":
            return f"Use a canonical host for {fault.host}, or add it to domains.allowed"
        case "insecure-scheme":
            return f"Address {fault.host} over {fault.replacement}"
        case _ if fault.replacement:
            return f"Replace {fault.host} by {fault.replacement}"
        case "wrong-role":
            return f"Use a host that is configured for this instead of {fault.host}"
        case _:
            return f"Remove {fault.host}"


def _search(host: str, *, git: bool) -> Command:
    """How to see every place: the longest part of the host that is known."""
    fixed = max(host.split("*"), key=len)
    if git:
        return Command(("git", "grep", "--untracked", "-n", "-F", "-i", "-e", fixed))
    return Command(("grep", "-r", "-n", "-F", "-i", "-I", "-e", fixed, "."))
