"""What the shell offers after a Tab: names of checks, rules, environments, scenarios, formats.

A Tab must never print an error: where a name cannot be had, such as from a configuration that is
broken, nothing is offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from io import StringIO
from pathlib import Path
from typing import Final

import typer

Offer = tuple[str, str]
"""A word, and what it means."""

_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9._/-]*")
"""Fingerprints, and names of probes and rules."""


def _quietly(offers: Callable[[], Iterator[Offer]]) -> Callable[[str], list[Offer]]:
    """The offers that go on from what is typed; none where they cannot be had."""

    def complete(incomplete: str) -> list[Offer]:
        try:
            with redirect_stderr(StringIO()):
                return [offer for offer in offers() if offer[0].startswith(incomplete)]
        except Exception:  # noqa: BLE001 - see above
            return []

    complete.__doc__ = offers.__doc__
    return complete


@_quietly
def checks() -> Iterator[Offer]:
    """The installed checks."""
    from netra_validate import registry

    for name, check in registry.load().checks.items():
        yield name, check.title()


@_quietly
def checks_and_rules() -> Iterator[Offer]:
    """What ``explain`` explains."""
    from netra_validate import registry

    for name, check in registry.load().checks.items():
        yield name, check.title()
        for rule in sorted(check.rules.values(), key=lambda rule: rule.id):
            yield rule.id, rule.summary


def explainable(ctx: typer.Context, incomplete: str) -> list[Offer]:
    """What ``explain`` explains: with ``--report`` before it, the probes and findings of that."""
    report = ctx.params.get("report")
    if report is None:
        return checks_and_rules(incomplete)
    return _quietly(lambda: _of_report(Path(report)))(incomplete)


def _of_report(path: Path) -> Iterator[Offer]:
    from netra_validate import recorded

    for probe in recorded.read(path).probes:
        words = [(found.fingerprint, found.rule) for found in probe.findings]
        for word, meaning in [*words, *((probe.id, rule) for _, rule in words[:1])]:
            # Anything else is no name, and might mean something to the shell.
            if _PLAIN.fullmatch(word) and _PLAIN.fullmatch(meaning):
                yield word, meaning


@_quietly
def environments() -> Iterator[Offer]:
    """Those of the configuration that is found from here upward."""
    from netra_validate import config
    from netra_validate.reading import NAME, read_toml

    file = config.find(Path.cwd())
    if file is None:
        return
    document, _ = read_toml(file)
    tables = document if file.name == config.FILE_NAME else document["tool"]["netra-validate"]
    for name in tables.get("environments", {}):
        # Anything else is no name, and might mean something to the shell.
        if NAME.fullmatch(name):
            yield name, f"environment of {file.name}"


@_quietly
def scenarios() -> Iterator[Offer]:
    """What the sandbox can break."""
    from netra_validate.sandbox import SCENARIOS

    for name, scenario in SCENARIOS.items():
        yield name, scenario.summary


@_quietly
def formats() -> Iterator[Offer]:
    """The formats of a report."""
    from netra_validate.reports import FORMATS

    for name, one in FORMATS.items():
        yield name, one.summary


@_quietly
def templates() -> Iterator[Offer]:
    """What ``init`` can write without looking."""
    from netra_validate.explanation import template

    yield from template.NAMES.items()
