"""The configuration that guesses amount to, with a comment wherever somebody has to look."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from netra_validate import scrub
from netra_validate.explanation import toml_text
from netra_validate.guessing.choosing import Guess, Guesses, ResourceGuess, ServiceGuess
from netra_validate.guessing.facts import Found
from netra_validate.hostnames import DIRECT, under
from netra_validate.terminal import printable
from netra_validate.wording import counted

_HEAD: Final = """\
# What netra-validate is to know of this project. Written by `netra-validate init`, which guessed
# what it could and says where from. Check every value, and fill in what is commented out.
# An example of every key: `netra-validate init --template --config example.toml`.
"""

_DECLARE_PRODUCTION: Final = "declare [environments.production] to examine it too"

_MOST: Final = 10
"""Things of one kind that a comment lists."""

_MOST_IN_A_LINE: Final = 3
"""Of them that a line of the summary lists."""


def configuration(guesses: Guesses) -> str:
    """The text of ``netra-validate.toml``."""
    return "\n".join(_lines(guesses)) + "\n"


def summary(guesses: Guesses) -> Iterator[str]:
    """What was guessed and from where, a line each."""
    for name, guess in (("project", guesses.project), ("region", guesses.region)):
        yield f"{name} {guess.value}: {_source(guess)}" if guess else f"{name}: not found"
    for noun, found in (
        ("service", guesses.services),
        ("database", guesses.databases),
        ("connector", guesses.connectors),
    ):
        for one in found:
            yield f"{noun} {one.name.value}: {_source(one.name)}"
    if not guesses.services:
        yield "services: none found"
    if guesses.unresolved:
        yield f"not made out: {len(guesses.unresolved)}, listed in the file"
    if guesses.left_out:
        yield f"production is left out: {_few(guesses.left_out)}; {_DECLARE_PRODUCTION}"


def _few(found: Sequence[Found]) -> str:
    told = [_told(one) for one in found[:_MOST_IN_A_LINE]]
    more = len(found) - len(told)
    return ", ".join([*told, *([f"{more} more"] if more else [])])


def _told(found: Found) -> str:
    return f"{_plain(found.value)} ({_plain(found.origin)})"


def _lines(guesses: Guesses) -> Iterator[str]:
    at = ("environments", guesses.environment)
    yield _HEAD
    yield f"default_environment = {toml_text.literal(guesses.environment)}"
    yield from _table(at)
    yield _line("project", guesses.project, "PROJECT-ID", "Google Cloud project id")
    yield _line("region", guesses.region, "us-central1", "Google Cloud region")
    for service in guesses.services:
        yield from _service(service, (*at, "services"))
    if not guesses.services:
        yield from _example_service(at)
    for database in guesses.databases:
        yield from _resource(database, (*at, "databases"), "instance")
    for connector in guesses.connectors:
        yield from _resource(connector, (*at, "connectors"), "name")
    yield from _domains(_hosts(guesses), at)
    yield from _markers(guesses.markers)
    yield from _left_over(guesses)


def _table(keys: tuple[str, ...]) -> Iterator[str]:
    yield ""
    yield f"[{'.'.join(map(toml_text.key, keys))}]"


def _line(key: str, guess: Guess | None, example: str, meaning: str) -> str:
    """A guessed value and where it is from, or a line to fill in."""
    if guess is None:
        return f"# {key} = {toml_text.literal(example)}  # fill in: {meaning}"
    return f"{key} = {toml_text.literal(guess.value)}  # {_source(guess)}"


def _source(guess: Guess) -> str:
    others = [_told(other) for other in guess.others[:_MOST_IN_A_LINE]]
    also = f"; elsewhere {', '.join(others)}" if others else ""
    return f"{_plain(guess.origin)}{also}"


def _plain(text: str) -> str:
    """Text of strangers for a comment: one line, no control characters, no secrets."""
    return printable(scrub.text(text, limit=120), unicode=True)


def _resource(resource: ResourceGuess, at: tuple[str, ...], key: str) -> Iterator[str]:
    yield from _table((*at, resource.name.value))
    yield _line(key, resource.name, "", "")
    yield from _elsewhere(resource)


def _elsewhere(resource: ResourceGuess) -> Iterator[str]:
    for key in ("project", "region"):
        if value := getattr(resource, key):
            yield f"{key} = {toml_text.literal(value)}"


def _service(service: ServiceGuess, at: tuple[str, ...]) -> Iterator[str]:
    yield from _resource(service, at, "cloud_run")
    yield _line("url", service.url, "https://HOST", "address that its users reach it by")
    if service.health:
        yield f"health = {toml_text.literal(service.health)}"
    else:
        yield '# health = ["/health"]  # fill in: paths under url that say whether it is well'
    yield _line("websocket", service.websocket, "wss://HOST/ws", "if it has a WebSocket endpoint")
    yield _line("database", service.database, "NAME", "a name under databases, if it uses one")
    if service.database:
        yield "# database_pool = 5  # fill in: most database connections of one instance"
    yield _line("connector", service.connector, "NAME", "a name under connectors, if it uses one")


def _example_service(at: tuple[str, ...]) -> Iterator[str]:
    yield ""
    yield "# No service was found. One looks like this:"
    yield f"# [{'.'.join(map(toml_text.key, at))}.services.backend]"
    yield '# cloud_run = "NAME"  # name of the Cloud Run service'
    yield '# url = "https://HOST"  # address that its users reach it by'
    yield '# health = ["/health"]  # paths under url that say whether it is well'


def _hosts(guesses: Guesses) -> tuple[Found, ...]:
    """The hosts that users come by: those of all addresses, but for Cloud Run's own."""
    urls = [
        Found(each.value, each.origin)
        for service in guesses.services
        for each in (service.url, service.websocket)
        if each is not None
    ]
    found: dict[str, Found] = {}
    for one in (*urls, *guesses.addresses):
        host = urlsplit(one.value).hostname or ""
        if not under(host, (DIRECT,)):
            found.setdefault(host, Found(host, one.origin))
    return tuple(found[host] for host in sorted(found))


def _domains(hosts: Sequence[Found], at: tuple[str, ...]) -> Iterator[str]:
    """Which hosts count, as far as it follows from addresses: to be decided by a person."""
    names = [host.value for host in hosts] or ["staging.DOMAIN"]
    domains = sorted({".".join(name.split(".")[-2:]) for name in names}) if hosts else ["DOMAIN"]
    where = "; ".join(map(_told, hosts[:_MOST_IN_A_LINE])) if hosts else "not guessed"
    yield ""
    yield "# Which hosts the files of the repository may name. Nothing is looked at without it."
    yield f"# Hosts of the addresses that were found: {where}."
    yield f"# [{'.'.join(map(toml_text.key, at))}.domains]"
    yield f"# managed = {toml_text.literal(domains)}  # domains whose every host is looked at"
    yield f"# canonical = {toml_text.literal(names)}  # hosts that are right"
    retired = toml_text.literal({f"old.{domains[0]}": names[0]})
    yield f"# retired = {retired}  # not any more, and the right one"


def _markers(markers: Sequence[Found]) -> Iterator[str]:
    """Markers that could be insisted on."""
    if not markers:
        return
    files = sorted({marker.origin for marker in markers})
    yield ""
    verb = "is" if len(markers) == 1 else "are"
    many = counted(len(markers), "pytest marker")
    yield f"# {many} {verb} registered in {_plain(', '.join(files))}."
    yield "# Those that somebody relies on, such as a job that runs one, can be insisted on:"
    yield "# [checks.pytest-markers]"
    yield f"# required = {toml_text.literal([each.value for each in markers[:_MOST_IN_A_LINE]])}"


def _left_over(guesses: Guesses) -> Iterator[str]:
    for title, found in (
        ("Addresses that belong to one of the services:", guesses.addresses),
        (f"Production is left out; {_DECLARE_PRODUCTION}:", guesses.left_out),
        ("Not made out, because the file does not assign the variable:", guesses.unresolved),
    ):
        if found:
            yield ""
            yield f"# {title}"
            yield from (f"#   {_told(one)}" for one in found[:_MOST])
            if len(found) > _MOST:
                yield f"#   and {len(found) - _MOST} more"
