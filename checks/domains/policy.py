"""What the configuration says of a host: right, retired, allowed, or nothing at all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from urllib.parse import urlsplit

from checks.domains.lexicon import Lexicon
from netra_validate import Domains as Configured
from netra_validate import Service
from netra_validate.hostnames import DIRECT, Ruling, Rulings, domain_of, normal, under


class Policy:
    """The rules for hosts of one environment."""

    def __init__(self, configured: Configured, services: Iterable[Service] = ()) -> None:
        self._rulings = Rulings(configured)
        self.managed = self._rulings.managed
        self.services = tuple(services)
        self._retired = tuple(filter(None, map(domain_of, configured.retired)))
        self._known: dict[str, Ruling] = {}

    @property
    def lexicon(self) -> Lexicon:
        """What to look for in a text."""
        direct = (DIRECT,) if self.direct else ()
        return Lexicon((*self.domains, *direct), self._rulings.exact)

    @property
    def direct(self) -> bool:
        """Whether there are services whose direct addresses can be told."""
        return bool(self._addresses)

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains to look for: the managed ones, and retired hosts outside of them."""
        outside = (name for name in self._retired if not under(name, self.managed))
        return tuple(dict.fromkeys((*self.managed, *outside)))

    def ruling(self, host: str) -> Ruling:
        """What is to be thought of ``host``: the most specific entry decides."""
        if host not in self._known:
            self._known[host] = self._decide(host)
        return self._known[host]

    def apex(self, host: str) -> bool:
        """Whether it is a managed domain itself, or its ``www``: a name more than an address."""
        return host.removeprefix("www.") in self.managed

    def roles(self, host: str) -> frozenset[str]:
        """For what the services use a host: ``web``, ``websocket``; empty where they do not."""
        return self._roles.get(host, frozenset())

    def serving(self, role: str) -> tuple[str, ...]:
        """The hosts that serve a role."""
        return tuple(sorted(host for host, roles in self._roles.items() if role in roles))

    def role_of(self, scheme: str, path: str) -> str | None:
        """The role in which an address uses its host, where that shows."""
        if scheme in {"ws", "wss"} or self.is_websocket_path(path):
            return "websocket"
        return "web" if scheme in {"http", "https"} else None

    def is_websocket_path(self, path: str) -> bool:
        """Whether a service has its WebSocket there."""
        return any(_begins(path, known) for known in self._websocket_paths)

    def _decide(self, host: str) -> Ruling:
        said = self._rulings.of(host)
        if said.standing in {"unknown", "foreign"} and under(host, (DIRECT,)):
            return self._direct(host)
        return said

    def _direct(self, host: str) -> Ruling:
        """Whether it is the direct address of one of the services."""
        for service, regex in self._addresses:
            match = regex.fullmatch(host)
            official = _host_of(service.url)
            if match and not under(official, (DIRECT,)):
                return Ruling("direct", official, service.cloud_run or "")
        return Ruling("foreign")

    @cached_property
    def _addresses(self) -> tuple[tuple[Service, re.Pattern[str]], ...]:
        return tuple(
            (service, _direct_address(service.cloud_run))
            for service in self.services
            if service.cloud_run
        )

    @cached_property
    def _roles(self) -> dict[str, frozenset[str]]:
        used = [(_host_of(service.url), "web") for service in self.services]
        used += [(_host_of(service.websocket), "websocket") for service in self.services]
        hosts = {host for host, _ in used if host}
        return {host: frozenset(role for name, role in used if name == host) for host in hosts}

    @cached_property
    def _websocket_paths(self) -> frozenset[str]:
        paths = (urlsplit(service.websocket or "").path.lower() for service in self.services)
        return frozenset(path.rstrip("/") for path in paths if path.strip("/"))


def _begins(path: str, known: str) -> bool:
    return path == known or path.startswith(f"{known}/")


def _host_of(address: str | None) -> str:
    return normal(urlsplit(address or "").hostname or "")


def _direct_address(name: str) -> re.Pattern[str]:
    """Both forms of a service's own address, with or without a traffic tag before it.

    ``*`` stands where a text has a template.
    """
    own = rf"(?:[a-z0-9*-]+---)?{re.escape(name.lower())}"
    return re.compile(
        rf"{own}-[a-z0-9*]+-[a-z*]+\.a\.run\.app|{own}-[0-9*]+\.[a-z0-9*-]+\.run\.app"
        rf"|{own}-\*(?:\.a)?\.run\.app"
    )
