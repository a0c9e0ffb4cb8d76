"""What a health document says. The document is a stranger's: any shape, any size of nesting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from checks.health.statements import Form, Statement, said, statements
from checks.health.words import Verdict, Words

_WRAPPERS: Final = ("detail", "data", "result", "response", "payload")
"""Fields that the whole document may be wrapped in: FastAPI puts that of an error in ``detail``."""

_REASONS: Final = ("reason", "message", "error", "detail", "description", "output")

_MOST_PARTS: Final = 100

_MOST_SAID: Final = 3
"""Fields that are quoted where they do not agree."""

_LONGEST_ERROR: Final = 100
"""Characters of a part's error that are quoted."""


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
    is_unknown: bool = False
    """Whether the word for the whole is one that is not known."""
    is_whole: bool = True
    """Whether everything was read."""
    parts: tuple[Part, ...] = ()
    """Worst first where there are too many, otherwise in the order of the document."""
    service: str | None = None
    version: str | None = None
    environment: str | None = None
    reason: str | None = None

    @property
    def ailing(self) -> tuple[Part, ...]:
        """The parts that are not good."""
        return tuple(part for part in self.parts if (part.verdict or Verdict.GOOD) > Verdict.GOOD)

    @property
    def unknown(self) -> tuple[Part, ...]:
        """The parts of which nothing is known."""
        return tuple(part for part in self.parts if part.verdict is None)

    @property
    def verdict(self) -> Verdict | None:
        """What follows: a service that calls itself good with an ailing part is degraded.

        None where a pass is not earned: nothing is said, an unknown word is, or not all was read.
        """
        found = self._of_parts() if self.overall is None else self._of_whole(self.overall)
        return None if found is Verdict.GOOD and not self.is_whole else found

    def _of_whole(self, overall: Verdict) -> Verdict:
        return Verdict.DEGRADED if overall is Verdict.GOOD and self.ailing else overall

    def _of_parts(self) -> Verdict | None:
        """Where no word is known for the whole, the worst of its parts, if each one is known."""
        if self.ailing:
            return max(part.verdict for part in self.ailing if part.verdict is not None)
        return None if self.is_unknown or self.unknown or not self.parts else Verdict.GOOD


def read(document: object, words: Words) -> Reading:
    """Read a document that has been parsed from JSON."""
    if isinstance(document, str | bool):
        return Reading(said(document), _bare(document, words), is_unknown=True)
    made = list(statements(document, words))
    about = _by_subject(each for each in made if each.form is not Form.UNREAD)
    whole = about.pop((), [])
    bodies = _bodies(document)
    return Reading(
        says=_says(whole),
        overall=_verdict(whole),
        is_unknown=any(each.verdict is None and each.form is Form.STATE for each in whole),
        is_whole=not any(each.form is Form.UNREAD for each in made),
        parts=_parts(about),
        service=_name(bodies, "service", "service_name"),
        version=_name(bodies, "version"),
        environment=_name(bodies, "environment", "env"),
        reason=_error(whole) or _name(bodies[::-1], *_REASONS),
    )


def _bare(document: str | bool, words: Words) -> Verdict | None:
    if isinstance(document, str):
        return words.judge(document)
    return Verdict.GOOD if document else Verdict.BAD


def _by_subject(found: Iterable[Statement]) -> dict[tuple[str, ...], list[Statement]]:
    about: dict[tuple[str, ...], list[Statement]] = {}
    for statement in found:
        about.setdefault(statement.subject, []).append(statement)
    return about


def _parts(about: Mapping[tuple[str, ...], Sequence[Statement]]) -> tuple[Part, ...]:
    found = [
        Part(".".join(subject), _part_says(made) or "", _verdict(made))
        for subject, made in about.items()
    ]
    if len(found) > _MOST_PARTS:
        found.sort(key=lambda part: -(part.verdict or Verdict.GOOD))
    return tuple(found[:_MOST_PARTS])


def _verdict(made: Sequence[Statement]) -> Verdict | None:
    """The worst that is said of one thing. An error beside a good word takes it back in part.

    Beside a bad one it is the reason, and alone it is all that is known.
    """
    plain = [each.verdict for each in made if each.verdict is not None and not _is_error(each)]
    worst = max(plain, default=None)
    if worst in {None, Verdict.GOOD} and any(map(_is_error, made)):
        return Verdict.BAD if worst is None else Verdict.DEGRADED
    return worst


def _says(made: Sequence[Statement]) -> str | None:
    """The word for one thing, or all of them where they do not agree."""
    words = [each for each in made if not _is_error(each)]
    stated = [each for each in words if each.form in {Form.STATE, Form.CODE}]
    worst = _verdict(words)
    if stated and (worst is None or stated[0].verdict is worst):
        return stated[0].says
    quoted = dict.fromkeys(f"{each.field}: {each.says}" for each in words)
    return ", ".join(list(quoted)[:_MOST_SAID]) or None


def _part_says(made: Sequence[Statement]) -> str | None:
    """With the error: a part has no reason of its own."""
    error = _error(made)
    told = [_says(made), f"error: {error}"[:_LONGEST_ERROR] if error else None]
    return ", ".join(filter(None, told)) or None


def _error(made: Sequence[Statement]) -> str | None:
    """The error that is told of a thing that does not call itself ill."""
    words = [each for each in made if not _is_error(each)]
    if (_verdict(words) or Verdict.GOOD) > Verdict.GOOD:
        return None
    return next((each.says for each in made if _is_error(each)), None)


def _is_error(statement: Statement) -> bool:
    return statement.form is Form.ERROR


def _bodies(document: object) -> tuple[Mapping[str, object], ...]:
    """The document and what it may be wrapped around."""
    if not isinstance(document, Mapping):
        return ()
    inner = [document.get(wrapper) for wrapper in _WRAPPERS]
    return (document, *(each for each in inner if isinstance(each, Mapping)))


def _name(bodies: Iterable[Mapping[str, object]], *fields: str) -> str | None:
    """The first of ``fields`` that holds text, or a table with a name."""
    for body in bodies:
        for field in fields:
            value = body.get(field)
            if isinstance(value, Mapping):
                value = value.get("name")
            if isinstance(value, str) and value.strip():
                return value[:200]
    return None
