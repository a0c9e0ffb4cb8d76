"""What is said of a signal. Values are never shown: words that are known are, and hosts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from checks.environment.signals import Kind, Signal
from netra_validate import Finding, Location, Remediation

if TYPE_CHECKING:
    from checks.environment import EnvironmentCheck


@dataclass(frozen=True, slots=True)
class Examined:
    """What signals are held against."""

    name: str
    """Of the environment, as the configuration and reports have it."""
    word: str
    """What it is called by those who know it by a word, such as ``staging``."""
    others: Mapping[str, str]
    """The names of the other environments that the configuration declares, by their words."""


def of(check: EnvironmentCheck, kind: Kind, signal: Signal, examined: Examined) -> Finding:
    """The finding for a signal.

    Args:
        check: whose rule is broken.
        kind: which one.
        signal: that breaks it.
        examined: the environment that is examined; a file that is looked at belongs to it.
    """
    location = Location(signal.path, signal.line) if signal.path else None
    evidence: dict[str, object] = {"signal": signal.variable, "examined": examined.name}
    if examined.word != examined.name.lower():
        evidence["expected"] = examined.word
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


def _message(kind: Kind, signal: Signal, examined: Examined) -> str:
    host = f", by the host {signal.meaning.shown}" if signal.meaning.shown else ""
    where = f" in {signal.path}" if signal.path else ""
    if kind == "unknown":
        near = signal.meaning.near
        rest = f"; it resembles {near}" if near else ""
        what = f"the host {signal.meaning.shown}" if signal.meaning.shown else "a value"
        means = "belongs to" if signal.meaning.shown else "means"
        return f"{signal.variable}{where} holds {what} that {means} no known environment{rest}"
    whose = f"{signal.path} belongs to {examined.name}" if where else f"{examined.name} is examined"
    word = "" if examined.word == examined.name.lower() else f", which is {examined.word}"
    return f"{signal.variable}{where} says {_said(signal)}{host}, and {whose}{word}"


def _said(signal: Signal) -> str:
    said = signal.meaning.environment or ""
    return f"not {said}" if signal.meaning.denies else said


def _remedy(kind: Kind, signal: Signal, examined: Examined, *, holds_word: bool) -> Remediation:
    name = signal.variable
    if holds_word and kind == "unknown":
        where = f" in {signal.path}" if signal.path else ""
        return Remediation(
            f"Set {name}={examined.word}{where}, or add what it holds to `words` under"
            " [checks.environment]"
        )
    right = f"{name}={examined.word}" if holds_word else f"{name} to what {examined.name} has"
    if signal.path is not None:
        return Remediation(f"Set {right}, in {signal.path}")
    if kind == "unknown":
        return Remediation(
            f"Mend {name}, or add what it holds to `words` or `hosts` under [checks.environment]"
        )
    if kind == "conflict" and not signal.meaning.denies:
        other = examined.others.get(signal.meaning.environment or "")
        instead = f"; or examine {other} with --env {other}" if other else ""
        return Remediation(f"Unset {name}, or set {right}{instead}")
    return Remediation(
        f"Unset {name} where tests are to run against {examined.name} without an argument"
    )
