"""What a word, a flag or an address means: which environment, if any. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from checks.environment.options import EnvironmentOptions
from netra_validate.hostnames import Rulings, names, normal

_ON: Final = frozenset({"1", "true", "yes", "on"})
_OFF: Final = frozenset({"0", "false", "no", "off"})

_SCHEMES: Final = frozenset({"http", "https", "ws", "wss"})

_HOST: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_LONGEST_HOST: Final = 253
"""Characters of a host's name (RFC 1035, section 2.3.4, without the root)."""

_MACHINE: Final = ("localhost", "local", "internal")
"""Last labels of names that only this machine or its network has: RFC 6761, section 6.3, RFC 6762,
and ICANN's reservation of ``.internal``."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a value says."""

    environment: str | None = None
    """None where it means no known one."""
    is_local: bool = False
    """Whether that is somebody's own machine."""
    denies: bool = False
    """Whether it says that it is *not* this environment."""
    shown: str = ""
    """The part of the value that may be shown: a host."""
    near: str | None = None
    """The known word that the value resembles."""


@dataclass(frozen=True)
class Lexicon:
    """The words and hosts by which environments are known.

    Args:
        options: of the check.
        examined: the environment that is examined, by the word for it.
        hosts: of that environment.
        rulings: what the environment's domains say of a host.
    """

    options: EnvironmentOptions
    examined: str
    hosts: frozenset[str] = frozenset()
    rulings: Rulings | None = None
    _words: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        words = {
            word.lower(): environment.lower()
            for environment, others in self.options.words.items()
            for word in (environment, *others)
        }
        object.__setattr__(self, "_words", {**words, self.examined: self.examined})

    @classmethod
    def word_of(cls, options: EnvironmentOptions, name: str) -> str:
        """The word for an environment of this name: ``prod`` is ``production``."""
        meant = (options.environment or name).lower()
        for environment, others in options.words.items():
            if meant in {word.lower() for word in (environment, *others)}:
                return environment.lower()
        return meant

    def word(self, value: str) -> Meaning:
        """What a variable says that holds a word."""
        said = value.strip().lower()
        if said in self._words:
            return self._meaning(self._words[said])
        near = difflib.get_close_matches(said[:50], self._words, n=1, cutoff=0.8)
        return Meaning(near=near[0] if near else None)

    def flag(self, value: str, environment: str) -> Meaning:
        """What a variable says that is on in one environment; it may also hold the word."""
        said, known = value.strip().lower(), self.word(environment).environment
        if said in _ON:
            return self._meaning(known or environment.lower())
        if said in _OFF:
            return Meaning(known or environment.lower(), denies=True)
        return self.word(value)

    def address(self, value: str) -> Meaning:
        """What a variable says that holds an address; of what is none nothing is shown."""
        host = _host(value)
        if host is None:
            return Meaning()
        environment = self._owner(host) or self._named_in(host)
        if environment is not None:
            return self._meaning(environment, host)
        if _is_machine(host):
            here = next(iter(self.options.local), "this machine")
            return Meaning(here, is_local=True, shown=host)
        if self.rulings is not None and self.rulings.of(host).standing == "retired":
            return self._meaning(self.examined, host)
        return Meaning(shown=host)

    def _meaning(self, environment: str, shown: str = "") -> Meaning:
        is_local = environment in {each.lower() for each in self.options.local}
        return Meaning(environment, is_local, shown=shown)

    def _owner(self, host: str) -> str | None:
        """The environment that the configuration says a host belongs to: the longest pattern's."""
        patterns = [pattern for pattern in self.options.hosts if names(pattern, host)]
        if patterns:
            owner = self.options.hosts[max(patterns, key=len)]
            return self.word(owner).environment or owner.lower()
        return self.examined if host in self.hosts else None

    def _named_in(self, host: str) -> str | None:
        """The one environment whose word is a part of a host: ``api-staging.example.com``."""
        if _is_number(host):
            return None
        parts = re.split(r"[._-]", host)
        found = {self._words[part] for part in parts[:-1] if part in self._words}
        return found.pop() if len(found) == 1 else None


def hosts_of(places: Collection[str]) -> frozenset[str]:
    """Hosts as they are compared. Those of this machine belong to nobody."""
    return frozenset(host for host in map(normal, places) if not _is_machine(host))


def _host(value: str) -> str | None:
    """The host of an address, as it is compared; None where it is no address of a server."""
    try:
        parts = urlsplit(value.strip())
        host = normal(parts.hostname or "")
    except ValueError:
        return None
    if parts.scheme.lower() not in _SCHEMES or len(host) > _LONGEST_HOST:
        return None
    return host if _HOST.fullmatch(host) or _is_number(host) else None


def _is_machine(host: str) -> bool:
    """Whether a host is this machine, or one that only its own network knows."""
    if _is_number(host):
        number = ip_address(host)
        return number.is_loopback or number.is_unspecified
    return "." not in host or host.rpartition(".")[2] in _MACHINE


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
