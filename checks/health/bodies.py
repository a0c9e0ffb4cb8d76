"""What a health document says. The document is a stranger's: any shape, any size of nesting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from checks.health.words import Verdict, Words

_STATUS: Final = ("status", "state", "health", "health_status", "overall_status", "overall")
"""Fields that hold the word. The first is in the health+json draft and in Spring's and .NET's."""

_FLAGS: Final = {
    "ok": Verdict.BAD,
    "healthy": Verdict.BAD,
    "alive": Verdict.BAD,
    "ready": Verdict.NOT_READY,
}
"""Fields that are true or false, and what false means."""

_CONTAINERS: Final = (
    "dependencies", "checks", "services", "components", "subsystems", "entries", "databases",
)  # fmt: skip
"""Fields that hold the states of parts: by name, or as a list."""

_WRAPPERS: Final = ("detail", "data", "result")
"""Fields that the whole document may be wrapped in: FastAPI puts that of an error in ``detail``."""

_REASONS: Final = ("reason", "message", "error", "detail", "description", "output")

_DEEPEST: Final = 5
_MOST_PARTS: Final = 100

_SUFFIX: Final = "_status"
"""``database_status`` is the state of the part ``database``."""


@dataclass(frozen=True, slots=True)
class Part:
    """One dependency that a document names."""

    name: str
    """With those that it is part of: ``storage.redis``."""
    says: str
    verdict: Verdict | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What one document says."""

    says: str | None = None
    """The word for the service as a whole."""
    overall: Verdict | None = None
    parts: tuple[Part, ...] = ()
    service: str | None = None
    version: str | None = None
    environment: str | None = None
    reason: str | None = None

    @property
    def ailing(self) -> tuple[Part, ...]:
        """The parts that are not good."""
        return tuple(part for part in self.parts if (part.verdict or Verdict.GOOD) > Verdict.GOOD)

    @property
    def verdict(self) -> Verdict | None:
        """What follows: a service that calls itself good with an ailing part is degraded."""
        if self.overall is None:
            return max(
                (part.verdict for part in self.parts if part.verdict is not None), default=None
            )
        if self.overall is Verdict.GOOD and self.ailing:
            return Verdict.DEGRADED
        return self.overall


def read(document: object, words: Words) -> Reading:
    """Read a document that has been parsed from JSON."""
    if isinstance(document, str | bool):
        return Reading(_said(document), _verdict(document, words))
    if not isinstance(document, Mapping):
        return Reading()
    body = _unwrapped(document)
    says, overall = _overall(body, words)
    return Reading(
        says=says,
        overall=overall,
        parts=tuple(islice(_parts_of(body, "", words, 0), _MOST_PARTS)),
        service=_name(body, "service", "service_name"),
        version=_name(body, "version"),
        environment=_name(body, "environment", "env"),
        reason=_name(body, *_REASONS) or _name(document, *_REASONS),
    )


def _unwrapped(document: Mapping[str, object]) -> Mapping[str, object]:
    if not any(field in document for field in (*_STATUS, *_CONTAINERS)):
        for wrapper in _WRAPPERS:
            inner = document.get(wrapper)
            if isinstance(inner, Mapping):
                return inner
    return document


def _overall(body: Mapping[str, object], words: Words) -> tuple[str | None, Verdict | None]:
    """The word and the worst of what status and flags say."""
    status = _status(body)
    verdicts = [] if status is None else [_verdict(status, words)]
    verdicts += [
        Verdict.GOOD if body[flag] else failing
        for flag, failing in _FLAGS.items()
        if isinstance(body.get(flag), bool)
    ]
    known = [verdict for verdict in verdicts if verdict is not None]
    flags = ", ".join(f"{flag}: {_said(body[flag])}" for flag in _FLAGS if flag in body)
    says = flags if status is None else _said(status)
    return says or None, max(known, default=None)


def _parts_of(body: Mapping[str, object], prefix: str, words: Words, depth: int) -> Iterator[Part]:
    """The parts in a document or in a part of it."""
    for field in _CONTAINERS:
        for name, entry in _entries(body.get(field)):
            yield from _part(entry, prefix + name, words, depth + 1)
    for field, value in body.items():
        name = field.removesuffix(_SUFFIX)
        if name not in {field, ""} and field not in _STATUS and isinstance(value, str | bool):
            yield Part(prefix + name, _said(value), _verdict(value, words))


def _part(entry: object, name: str, words: Words, depth: int) -> Iterator[Part]:
    if depth > _DEEPEST:
        return
    if isinstance(entry, str | bool):
        yield Part(name, _said(entry), _verdict(entry, words))
    elif isinstance(entry, list):
        for _, member in _entries(entry):
            yield from _part(member, name, words, depth + 1)
    elif isinstance(entry, Mapping):
        says, verdict = _overall(entry, words)
        if says is not None:
            yield Part(name, says, verdict)
            yield from _parts_of(entry, f"{name}.", words, depth)
        else:
            for inner, member in _entries(entry):
                if isinstance(member, Mapping | list):
                    yield from _part(member, f"{name}.{inner}", words, depth + 1)


def _entries(container: object) -> Iterator[tuple[str, object]]:
    """Name and entry of each member of a table or a list."""
    if isinstance(container, Mapping):
        yield from islice(container.items(), _MOST_PARTS)
    elif isinstance(container, list):
        for number, entry in enumerate(container[:_MOST_PARTS]):
            named = (
                _name(entry, "name", "component", "service") if isinstance(entry, Mapping) else None
            )
            yield named or str(number), entry


def _status(body: Mapping[str, object]) -> str | bool | None:
    """The first status field that holds a word, or true or false."""
    found = (body.get(field) for field in _STATUS)
    return next((value for value in found if isinstance(value, str | bool)), None)


def _verdict(value: str | bool, words: Words) -> Verdict | None:
    if isinstance(value, bool):
        return Verdict.GOOD if value else Verdict.BAD
    return words.judge(value)


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:60]


def _name(body: Mapping[str, object], *fields: str) -> str | None:
    """The first of ``fields`` that holds text, or a table with a name."""
    for field in fields:
        value = body.get(field)
        if isinstance(value, Mapping):
            value = value.get("name")
        if isinstance(value, str) and value.strip():
            return value[:200]
    return None
