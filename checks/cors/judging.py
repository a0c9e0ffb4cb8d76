"""From answers to broken rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from checks.cors.options import CorsOptions
from checks.cors.preflights import Permission
from netra_validate import Severity

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Fault:
    """One rule that a service breaks."""

    rule: str
    says: str
    """The rest of a sentence that begins with the service's name."""
    answers: tuple[Permission, ...]
    severity: Severity | None = None
    evidence: dict[str, object] | None = None


def judge(
    ours: Sequence[Permission], theirs: Sequence[Permission], options: CorsOptions
) -> Iterator[Fault]:
    """What is wrong, apart from refusals: whether others allow that origin decides about those."""
    wild = [each for each in (*ours, *theirs) if each.is_wildcard_with_credentials]
    if wild:
        yield Fault("wildcard-credentials", "allows * with credentials", tuple(wild))
    yield from _requests(ours, options)
    yield from _foreign(theirs)
    fixed = [each for each in ours if each.allow_origin == each.origin and not each.varies]
    if fixed:
        says = f"answers {named(fixed)} without Vary: Origin"
        yield Fault("no-vary", says, tuple(fixed))


def failures(ours: Sequence[Permission]) -> Iterator[Fault]:
    """The answers that say nothing about origins."""
    failed = tuple(each for each in ours if each.is_failure)
    if failed:
        statuses = " and ".join(map(str, sorted({each.status for each in failed})))
        yield Fault("preflight-fails", f"answers {statuses} to a preflight", failed)


def refusals(ours: Sequence[Permission]) -> tuple[Permission, ...]:
    """The answers that keep out who should come in."""
    return tuple(each for each in ours if not (each.allows or each.is_failure))


def named(answers: Sequence[Permission]) -> str:
    """Their origins, as a sentence lists them."""
    shown = [each.origin for each in answers[:_MOST_NAMED]]
    more = len(answers) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _requests(ours: Sequence[Permission], options: CorsOptions) -> Iterator[Fault]:
    allowed = [each for each in ours if each.allows and not each.is_wildcard_with_credentials]
    lacking = [each for each in allowed if each.missing(options.method, options.headers)]
    if lacking:
        lacks = lacking[0].missing(options.method, options.headers)
        says = f"allows {named(lacking)} and not {', '.join(lacks)}"
        yield Fault("request-refused", says, tuple(lacking), evidence={"not_allowed": lacks})
    other = [each for each in allowed if each.credentials != options.credentials]
    if other:
        word = "without" if options.credentials else "with"
        expected = "with" if options.credentials else "without"
        says = f"allows {named(other)} {word} credentials, expected {expected}"
        yield Fault("credentials", says, tuple(other))


def _foreign(theirs: Sequence[Permission]) -> Iterator[Fault]:
    let_in = [
        each for each in theirs if each.names_origin and not each.is_wildcard_with_credentials
    ]
    if let_in:
        known = any(each.credentials for each in let_in)
        says = f"allows foreign origins: {named(let_in)}{', with credentials' if known else ''}"
        severity = None if known else Severity.WARNING
        yield Fault("foreign-origin", says, tuple(let_in), severity)
