"""What is said of a signal. Values are never shown: words that are known are, and hosts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from checks.environment.signals import Kind, Signal
from netra_validate import Finding, Location, Remediation

if TYPE_CHECKING:
    from checks.environment import EnvironmentCheck


def of(check: EnvironmentCheck, kind: Kind, signal: Signal, examined: str) -> Finding:
    """The finding for a signal.

    Args:
        check: whose rule is broken.
        kind: which one.
        signal: that breaks it.
        examined: the environment that is examined, or that its file belongs to.
    """
    location = Location(signal.path, signal.line) if signal.path else None
    evidence: dict[str, object] = {"signal": signal.variable, "examined": examined}
    if signal.meaning.environment is not None:
        evidence["says"] = _said(signal)
    if signal.meaning.shown:
        evidence["host"] = signal.meaning.shown
    if signal.meaning.near is not None:
        evidence["resembles"] = signal.meaning.near
    return check.rules[kind].finding(
        _message(kind, signal, examined),
        evidence=evidence,
        remedy=_remedy(
            kind, signal, examined, holds_word=signal.variable in check.options.variables
        ),
        location=location,
        identity=signal.name,
    )


def unread(check: EnvironmentCheck, path: str, why: str) -> Finding:
    """The finding for a file that cannot be read."""
    return check.unread.finding(
        f"{path} {why}",
        evidence={"file": path, "why": why},
        remedy=Remediation(f"Mend {path}, or take it out of `files` under [checks.environment]"),
        identity=path,
    )


def _message(kind: Kind, signal: Signal, examined: str) -> str:
    host = f", by the host {signal.meaning.shown}" if signal.meaning.shown else ""
    where = f" in {signal.path}" if signal.path else ""
    if kind == "unknown":
        near = signal.meaning.near
        rest = f"; it resembles {near}" if near else ""
        what = f"the host {signal.meaning.shown}" if signal.meaning.shown else "a value"
        means = "belongs to" if signal.meaning.shown else "means"
        return f"{signal.variable}{where} holds {what} that {means} no known environment{rest}"
    rest = f"and {signal.path} belongs to {examined}" if where else f"and {examined} is examined"
    return f"{signal.variable}{where} says {_said(signal)}{host}, {rest}"


def _said(signal: Signal) -> str:
    said = signal.meaning.environment or ""
    return f"not {said}" if signal.meaning.denies else said


def _remedy(kind: Kind, signal: Signal, examined: str, *, holds_word: bool) -> Remediation:
    name = signal.variable
    if holds_word and kind == "unknown":
        where = f" in {signal.path}" if signal.path else ""
        return Remediation(
            f"Set {name}={examined}{where}, or add what it holds to `words` under"
            " [checks.environment]"
        )
    if signal.path is not None:
        return Remediation(f"Set {name} in {signal.path} to what {examined} has")
    if kind == "unknown":
        return Remediation(
            f"Mend {name}, or add what it holds to `words` or `hosts` under [checks.environment]"
        )
    return Remediation(
        f"Unset {name}, or set it to what {examined} has; or examine"
        f" {signal.meaning.environment} with --env"
        if kind == "conflict" and not signal.meaning.denies
        else f"Unset {name} where tests are to run against {examined} without an argument"
    )
