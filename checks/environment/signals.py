"""The signals by which an environment is recognised, and what is to be said of them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from checks.environment.dotenv import Entry
from checks.environment.lexicon import Lexicon, Meaning
from checks.environment.options import EnvironmentOptions


@dataclass(frozen=True, slots=True)
class Signal:
    """One variable that is set, and what it means."""

    variable: str
    meaning: Meaning
    path: str | None = None
    """The file that sets it; None for the process."""
    line: int | None = None
    is_computed: bool = False
    """Whether its value is only known when it is used."""

    @property
    def name(self) -> str:
        """What it is called in reports."""
        return f"{self.path}: {self.variable}" if self.path else self.variable


Kind = Literal["conflict", "overruled", "unknown"]


def readers(
    options: EnvironmentOptions, lexicon: Lexicon
) -> Mapping[str, Callable[[str], Meaning]]:
    """How each variable is read, in the order in which they count."""

    def flag(environment: str) -> Callable[[str], Meaning]:
        return lambda value: lexicon.flag(value, environment)

    return {
        **dict.fromkeys(options.variables, lexicon.word),
        **{name: flag(environment) for name, environment in options.flags.items()},
        **dict.fromkeys(options.addresses, lexicon.address),
    }


def of_process(
    readers: Mapping[str, Callable[[str], Meaning]], values: Mapping[str, str]
) -> Iterator[Signal]:
    """The signals of a process. A variable without a value is none."""
    for name, read in readers.items():
        if values.get(name, "").strip():
            yield Signal(name, read(values[name]))


def of_file(
    path: str, readers: Mapping[str, Callable[[str], Meaning]], entries: Mapping[str, Entry]
) -> Iterator[Signal]:
    """The signals of a file."""
    for name, read in readers.items():
        entry = entries.get(name)
        if entry is not None and entry.value.strip():
            meaning = Meaning() if entry.is_computed else read(entry.value)
            yield Signal(name, meaning, path, entry.line, entry.is_computed)


def fault(signal: Signal, examined: str) -> Kind | None:
    """What is wrong with a signal where one environment is examined.

    What a process has beside an argument may well speak of the machine that it runs on. A file that
    belongs to an environment has no such excuse.
    """
    said = signal.meaning
    if signal.is_computed:
        return None
    if said.environment is None:
        return "unknown"
    if said.denies:
        agrees, harmless = said.environment != examined, True
    else:
        agrees, harmless = said.environment == examined, said.is_local
    if agrees:
        return None
    return "overruled" if harmless and signal.path is None else "conflict"


def recognised(signals: Iterable[Signal], files: Mapping[str, str]) -> tuple[str, str] | None:
    """What is recognised where there is no argument, and by which signal: the first that tells.

    Args:
        signals: in the order in which they count.
        files: those that are there, and the environments that they belong to.
    """
    for signal in signals:
        if signal.path is None and signal.meaning.environment and not signal.meaning.denies:
            return signal.meaning.environment, signal.name
    return next(((environment, path) for path, environment in files.items()), None)
