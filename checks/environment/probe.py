"""One probe: the signals of the process and of files, held against what is examined."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from typing import TYPE_CHECKING, Final

from checks.environment import dotenv, findings, signals
from checks.environment.dotenv import Entry
from checks.environment.findings import Examined
from checks.environment.lexicon import Lexicon, hosts_of
from checks.environment.options import EnvironmentOptions
from checks.environment.signals import Signal
from netra_validate import Context, Finding, Host, NothingToExamine, Service, WholeEnvironment
from netra_validate.hostnames import Rulings

if TYPE_CHECKING:
    from checks.environment import EnvironmentCheck
    from netra_validate.clients.source import Source

_LARGEST: Final = 2**20
"""Bytes of a file of variables; those that people write have a few thousand."""


class _Unread(Exception):
    """A file is there and cannot be read; the message says why, after its name."""


async def probe(
    check: EnvironmentCheck, resource: WholeEnvironment, ctx: Context
) -> AsyncIterator[Finding]:
    """Read every signal, and say what disagrees with what is examined.

    Raises:
        NothingToExamine: nothing is there to compare, so that agreement would say nothing.
    """
    options: EnvironmentOptions = check.options
    examined = Lexicon.word_of(options, resource.key)
    lexicon = Lexicon(options, examined, _hosts(ctx), Rulings(ctx.environment.domains))
    readers = signals.readers(options, lexicon)
    seen: list[Signal] = []
    if options.process:
        seen += signals.of_process(readers, _values(ctx, readers))
    there: dict[str, str] = {}
    was_told = False
    for path, owner in options.files.items():
        belongs_to = lexicon.word(owner).environment or owner.lower()
        try:
            entries = await asyncio.to_thread(_entries, ctx.source, path, readers)
        except _Unread as problem:
            yield findings.unread(check, path, str(problem))
            there[path], was_told = belongs_to, True
            continue
        if entries is not None:
            there[path] = belongs_to
        if belongs_to == examined:
            seen += signals.of_file(path, readers, entries or {})
    _observe(ctx, examined, seen, there)
    if not was_told and all(each.is_computed for each in seen):
        raise NothingToExamine(_nothing(options, seen))
    against = Examined(resource.key, examined, _others(ctx, resource.key, lexicon))
    for signal in seen:
        kind = signals.fault(signal, examined)
        if kind is not None:
            yield findings.of(check, kind, signal, against)


def _others(ctx: Context, name: str, lexicon: Lexicon) -> dict[str, str]:
    """The other environments that can be examined, by the words that signals have for them."""
    others = (each for each in ctx.environment.declared if each != name)
    return {lexicon.word(each).environment or each.lower(): each for each in others}


def _nothing(options: EnvironmentOptions, seen: Collection[Signal]) -> str:
    """Why there is no signal to hold against what is examined."""
    if seen:
        return f"what {', '.join(each.name for each in seen)} holds is only known when it is used"
    variables = (*options.variables, *options.flags, *options.addresses)
    process = f"none of {', '.join(variables)} is set" if options.process else ""
    files = f"no file of this environment sets one ({', '.join(options.files)})"
    return f"there is no signal to compare: {', and '.join(filter(None, (process, files)))}"


def _hosts(ctx: Context) -> frozenset[str]:
    """The hosts that the environment that is examined is reached by."""
    services = (name for service in ctx.topology.of(Service) for name, _ in service.places)
    declared = (host.name for host in ctx.topology.of(Host))
    return hosts_of({*services, *declared, *ctx.environment.domains.canonical})


def _values(ctx: Context, names: Collection[str]) -> dict[str, str]:
    return {name: value for name in names if (value := ctx.variable(name)) is not None}


def _entries(source: Source, path: str, names: Collection[str]) -> dict[str, Entry] | None:
    """The variables of a file; None where there is no such file. Blocking.

    Raises:
        _Unread: it is there and cannot be read.
    """
    try:
        data = source.named(path)
    except OSError as error:
        raise _Unread(f"cannot be read: {error.strerror or 'it is no regular file'}") from None
    if data is None:
        return None
    if len(data) > _LARGEST:
        raise _Unread(f"has {len(data)} bytes, expected at most {_LARGEST}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Unread("is no UTF-8 text") from None
    if "\0" in text:
        raise _Unread("is no text")
    return dotenv.read(text, names)


def _observe(
    ctx: Context, examined: str, seen: Collection[Signal], there: Mapping[str, str]
) -> None:
    """Record what decided, what would without an argument, and what each signal says."""
    decided_by = ctx.environment.chosen_by or "the only environment"
    ctx.observe(decided_by=decided_by)
    without = signals.recognised(seen, there)
    if without is not None:
        ctx.observe(without_an_argument=f"{without[0]}, by {without[1]}")
    ctx.observe(signals={decided_by: examined, **{each.name: _word(each) for each in seen}})
    if there:
        ctx.observe(files=dict(there))


def _word(signal: Signal) -> str:
    """What a signal says, in a word."""
    if signal.is_computed:
        return "computed"
    said = signal.meaning.environment
    if said is None:
        return "unknown"
    return f"not {said}" if signal.meaning.denies else said
