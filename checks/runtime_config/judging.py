"""What is wrong with the variables of one revision, from their names and values alone. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from checks.runtime_config import meant, remedies, values
from checks.runtime_config.addresses import is_direct
from checks.runtime_config.remedies import Place
from netra_validate import Finding, Rule, Severity, Sign
from netra_validate.hostnames import Rulings, names

if TYPE_CHECKING:
    from checks.runtime_config import RuntimeConfig
    from netra_validate.clients.google.settings import Settings, Variable
    from netra_validate.model import RevisionRef


_DATABASE: Final = re.compile(r"DATABASE|POSTGRES|SQL|(?:^|_)(?:DB|PG)(?:_|$)|^PG[A-Z]+$")
"""What variables are called that lead to a database."""


def _possible(rule: Rule, name: str) -> frozenset[Sign]:
    """What can follow from a bad value: no database only where the variable is about one."""
    possible = rule.bearing.may_explain
    return possible if _DATABASE.search(name.upper()) else possible - {Sign.NO_DATABASE}


@dataclass(frozen=True, slots=True)
class Judge:
    """Judges the variables of a service's revisions."""

    check: RuntimeConfig
    place: Place
    environment: str | None
    """The word for it."""
    rulings: Rulings
    known: frozenset[str]
    """Hosts of the services and hosts that the configuration declares."""

    def findings(self, settings: Settings) -> Iterator[Finding]:
        """All that names and values tell of one revision."""
        yield from self._required(settings)
        yield from self._duplicates(settings)
        for variable in settings.variables:
            if variable.value is not None:
                yield from self._judge(settings, variable, variable.value)

    def is_settled(self, host: str) -> bool:
        """Whether the configuration says of a host what is to be thought of it."""
        return (
            host in self.known
            or self.rulings.of(host).standing in {"canonical", "allowed", "retired"}
            or any(names(pattern, host) for pattern in self.check.options.known_hosts)
        )

    def tell(
        self, rule: Rule, settings: Settings, name: str, wrong: str, todo: str | None = None
    ) -> Finding:
        """A finding about one variable, which shows nothing of its value."""
        remedy = remedies.set_anew(self.place, settings.revision, todo) if todo else None
        return rule.finding(
            f"{name} of {self.place.name} {wrong}",
            evidence={"variable": name, "revision": settings.revision},
            remedy=remedy,
            identity=name,
            may_explain=_possible(rule, name),
            condemns=self.condemned(rule, settings),
            since=settings.serving.carried.since,
        )

    def condemned(self, rule: Rule, settings: Settings) -> tuple[RevisionRef, ...]:
        """The revision, where the rule is about what keeps it from doing its work."""
        is_broken = rule.severity is Severity.ERROR
        return (self.place.revision(settings.revision),) if is_broken else ()

    def _containers_of_flag(self, settings: Settings, name: str) -> tuple[str, ...] | None:
        """Which of several containers have a flag on; None where one of these has no name."""
        if settings.containers == 1:
            return ()
        found = {
            each.container
            for each in settings.variables
            if each.name == name and values.is_on(each.value or "")
        }
        return None if "" in found else tuple(sorted(found))

    def _required(self, settings: Settings) -> Iterator[Finding]:
        given = {
            each.name for each in settings.variables if each.value is None or each.value.strip()
        }
        for name in self.check.options.required:
            if name not in given:
                there = any(each.name == name for each in settings.variables)
                yield self.tell(
                    self.check.required_missing,
                    settings,
                    name,
                    "is empty" if there else "is not set",
                    f"Set {name}",
                )

    def _duplicates(self, settings: Settings) -> Iterator[Finding]:
        counted = Counter((each.container, each.name) for each in settings.variables)
        for (_, name), times in counted.items():
            if times > 1:
                yield self.tell(
                    self.check.duplicate_name,
                    settings,
                    name,
                    f"is set {times} times in one container",
                    f"Leave one {name}",
                )

    def _judge(self, settings: Settings, variable: Variable, value: str) -> Iterator[Finding]:
        check, name = self.check, variable.name
        if values.matches(name, check.options.forbidden):
            if values.is_on(value):
                yield check.forbidden_flag.finding(
                    f"{name} of {self.place.name} is on",
                    evidence={"variable": name, "revision": settings.revision},
                    remedy=remedies.take_away(
                        self.place,
                        settings.revision,
                        name,
                        self._containers_of_flag(settings, name),
                        settings.serving.target.rollout,
                    ),
                    identity=name,
                    condemns=self.condemned(check.forbidden_flag, settings),
                    since=settings.serving.carried.since,
                )
            return
        if values.has_surrounding_space(name, value):
            yield self.tell(
                check.surrounding_space,
                settings,
                name,
                "begins or ends with white space",
                f"Set {name} without it",
            )
        if values.is_placeholder(name, value):
            found = self.tell(
                check.placeholder, settings, name, "is a placeholder", f"Set {name} to what it is"
            )
            yield (
                replace(found, severity=Severity.NOTE) if meant.is_link_for_people(name) else found
            )
        elif values.is_plain_secret(name, value):
            yield check.plain_secret.finding(
                f"{name} of {self.place.name} is a secret in the clear",
                evidence={"variable": name, "revision": settings.revision},
                remedy=remedies.into_a_secret(self.place, name),
                identity=name,
                since=settings.serving.carried.since,
            )
        yield from self._word(settings, name, value)
        yield from self._places(settings, name, value)

    def _word(self, settings: Settings, name: str, value: str) -> Iterator[Finding]:
        """Whether it is the word for another environment."""
        expected = self.environment
        if (
            expected is not None
            and name in self.check.options.environment_names
            and values.is_other_environment(value, expected)
        ):
            yield self.tell(
                self.check.other_environment,
                settings,
                name,
                f"says that this is another environment than {expected}",
                f"Set {name} to the word for {expected}",
            )

    def _places(self, settings: Settings, name: str, value: str) -> Iterator[Finding]:
        """Whether it names a place that is none, as far as no one has to be asked."""
        check = self.check
        if values.matches(name, check.options.allow_lists):
            return
        local = values.names_this_machine(value) and settings.containers <= 1
        meant_to_be = meant.is_listened_on(name, value, settings.port)
        if local and not (meant_to_be or values.matches(name, check.options.local)):
            yield self.tell(
                check.localhost, settings, name, "names this machine", f"Set {name} to an address"
            )
        if meant.is_recalled(name, value):
            return
        for host in dict.fromkeys(values.hosts(value)):
            ruling = self.rulings.of(host)
            if ruling.standing == "retired":
                yield self.tell(
                    check.retired_host,
                    settings,
                    name,
                    "names a retired host"
                    + (f", which {ruling.replacement} replaces" if ruling.replacement else ""),
                    f"Set {name} to {ruling.replacement or 'a host that is in use'}",
                )
                return
            if ruling.standing == "unknown" and not self._is_fine(host):
                yield self.tell(
                    check.unknown_address,
                    settings,
                    name,
                    "names a host of a managed domain that nothing is known of",
                    f"Set {name} to a canonical host, or name its host in domains",
                )
                return

    def _is_fine(self, host: str) -> bool:
        apex = host.removeprefix("www.") in self.rulings.managed
        return apex or is_direct(host) or self.is_settled(host)
