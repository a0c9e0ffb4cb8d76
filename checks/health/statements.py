"""Every statement that a health document makes, about the service or about a part of it. Pure.

A pass is earned and a fault is believed: a *good* word counts where the field's name says that it
speaks of health, a *bad* one wherever it stands that is not a setting.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple

from checks.health.fields import Field
from checks.health.words import Verdict, Words

_DEEPEST: Final = 20
"""Tables and lists inside each other that are read. Real ones have up to 8."""

_LONGEST: Final = 200
"""Characters of a text that are kept."""

_TRUTH: Final = {"true": True, "yes": True, "false": False, "no": False}

_NAMES: Final = ("name", "component", "service", "dependency", "check", "id")
"""Fields of a list's entry that may hold its name."""

_VOID: Final = re.compile(
    r"\s*(?:no|none|null|nil|n/?a|false|-*|[\d.,\s%]*)(?:\s*(?:errors?|failures?|exceptions?))?\s*",
    re.IGNORECASE,
)
"""Texts that say of an error that there is none."""


_COUNTS: Final = frozenset({"rate", "count", "total"})
"""Fields of an error that hold no error."""


class Form(Enum):
    """How a statement is made."""

    STATE = auto()
    """In a word, by a field that holds the state or has the part's name."""
    FLAG = auto()
    """By a field that is true or false."""
    ERROR = auto()
    """By an error that is there."""
    CODE = auto()
    """By a number, which is no word."""
    UNREAD = auto()
    """Something is nested too deeply to be read."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one field says."""

    subject: tuple[str, ...]
    """The part that it is about, by the names on the way; empty for the service as a whole."""
    field: str
    says: str
    verdict: Verdict | None
    form: Form = Form.STATE


class _Place(NamedTuple):
    """Where in a document a field stands."""

    subject: tuple[str, ...] = ()
    is_group: bool = False
    """Whether fields here are parts, whatever their names."""
    depth: int = 0
    is_off: bool = False
    """Whether this is in a part that says of itself that it is switched off."""

    def at(self, *names: str, is_group: bool = False) -> _Place:
        """One level further in."""
        subject = (*self.subject, *filter(None, names))
        return _Place(subject, is_group, self.depth + 1, self.is_off)


def statements(document: object, words: Words) -> Iterator[Statement]:
    """What ``document`` says, in its order."""
    reader = _Reader(words)
    if isinstance(document, Mapping):
        yield from reader.table(document, _Place())
    elif isinstance(document, list):
        yield from reader.members([each for each in document if _is_nested(each)], _Place())


def first_text(value: object, words: Words, depth: int = 0) -> str | None:
    """The first text in an error that says something; None where there is no error.

    Numbers are counts: ``errors: {"last_hour": 3}`` is none.
    """
    if value is True:
        return "true"
    if isinstance(value, str):
        void = _VOID.fullmatch(value[:_LONGEST]) or words.whole(value) is Verdict.GOOD
        return None if void else value[:_LONGEST].strip()
    inside: Iterable[object] = ()
    if isinstance(value, Mapping) and depth < _DEEPEST:
        inside = [each for name, each in value.items() if name not in _COUNTS]
    elif isinstance(value, list) and depth < _DEEPEST:
        inside = value
    texts = (first_text(each, words, depth + 1) for each in inside)
    return next((text for text in texts if text is not None), None)


def said(value: object) -> str:
    """A value in a word."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)[:60]


def named(entry: object) -> str:
    """The name that an entry of a list gives itself; empty where it gives none."""
    found = (entry.get(name) for name in _NAMES) if isinstance(entry, Mapping) else iter(())
    return next((name[:60] for name in found if isinstance(name, str) and name.strip()), "")


class _Reader:
    """Reads one document."""

    def __init__(self, words: Words) -> None:
        self._words = words

    def table(self, table: Mapping[str, object], place: _Place) -> Iterator[Statement]:
        """Each field."""
        if place.subject and not place.is_group and _is_switched_off(table):
            place = place._replace(is_off=True)
        for name, value in table.items():
            field = Field(name)
            if field.error_of is not None:
                yield from self._error(field, value, place)
            elif _is_nested(value):
                yield from self._nested(field, value, place)
            else:
                yield from self._leaf(field, value, place)

    def members(self, entries: list[object], place: _Place) -> Iterator[Statement]:
        """Each entry of a list; those of a group without a name are called by their number."""
        for number, entry in enumerate(entries):
            name = named(entry) or (str(number) if place.is_group else "")
            if isinstance(entry, Mapping) and place.depth < _DEEPEST:
                yield from self.table(entry, place.at(name))
            elif isinstance(entry, list) and place.depth < _DEEPEST:
                yield from self.members(entry, place.at(name))
            elif _is_nested(entry):
                yield Statement(place.subject, name, "", None, Form.UNREAD)
            elif place.is_group:
                made = self._leaf(Field(name), entry, place)
                yield from (each for each in made if each.verdict is not None)

    def _nested(self, field: Field, value: object, place: _Place) -> Iterator[Statement]:
        inner = _inside(field, place)
        if inner is None:
            return
        if place.depth >= _DEEPEST:
            yield Statement(place.subject, field.name, "", None, Form.UNREAD)
        elif isinstance(value, Mapping):
            yield from self.table(value, inner)
        elif isinstance(value, list):
            yield from self.members(value, inner)

    def _error(self, field: Field, value: object, place: _Place) -> Iterator[Statement]:
        text = first_text(value, self._words)
        if text is not None:
            subject = place.at(field.error_of or "").subject
            yield Statement(subject, field.name, text, Verdict.BAD, Form.ERROR)

    def _leaf(self, field: Field, value: object, place: _Place) -> Iterator[Statement]:
        """What a field says that holds no table and no list.

        What is switched off neither runs nor is connected, and nothing is wrong with that.
        """
        if place.is_off and _truth(value) is False:
            return
        for read in (self._state, self._flag, self._alarm, self._name):
            statement = read(field, value, place)
            if statement is not None:
                yield statement
                return

    def _state(self, field: Field, value: object, place: _Place) -> Statement | None:
        about = field.state_of
        if about is None or value is None or field.is_setting:
            return None
        subject = place.at(about).subject
        if isinstance(value, bool | str):
            return Statement(subject, field.name, said(value), self._stated(value))
        return Statement(subject, field.name, said(value), None, Form.CODE)

    def _stated(self, value: bool | str) -> Verdict | None:
        if isinstance(value, bool):
            return Verdict.GOOD if value else Verdict.BAD
        return self._words.judge(value)

    def _flag(self, field: Field, value: object, place: _Place) -> Statement | None:
        flag = field.flag
        if flag is None:
            return None
        subject = place.at(flag.about).subject
        truth = _truth(value)
        if truth is not None:
            failing = Verdict.NOT_READY if flag.is_start else Verdict.BAD
            verdict: Verdict | None = Verdict.GOOD if truth else failing
        else:
            verdict = self._words.phrase(value) if isinstance(value, str) else None
        if verdict is None:
            return None
        return Statement(subject, flag.word, said(value), verdict, Form.FLAG)

    def _alarm(self, field: Field, value: object, place: _Place) -> Statement | None:
        """``degraded: true``; false says nothing."""
        if _truth(value) is not True:
            return None
        for flag in field.alarms:
            verdict = self._words.whole(flag.word)
            if (verdict or Verdict.GOOD) > Verdict.GOOD:
                subject = place.at(flag.about).subject
                return Statement(subject, flag.word, said(value), verdict, Form.FLAG)
        return None

    def _name(self, field: Field, value: object, place: _Place) -> Statement | None:
        """What stands right behind the name of a part."""
        known = place.is_group or field.is_dependency or field.is_self
        if isinstance(value, bool):
            verdict = self._bare(field, value, known=known)
        elif isinstance(value, str):
            verdict = self._word(field, value, place, known=known)
        else:
            return None
        listed = place.is_group and not field.is_setting and isinstance(value, str)
        if verdict is None and not listed:
            return None
        is_about_it = field.is_text or (field.is_self and not place.is_group)
        subject = place.subject if is_about_it else place.at(field.name).subject
        return Statement(subject, field.name, said(value), verdict)

    def _bare(self, field: Field, value: bool, *, known: bool) -> Verdict | None:
        if not known or field.is_switch or (self._words.whole(field.words) or 0) > Verdict.GOOD:
            return None
        return Verdict.GOOD if value else Verdict.BAD

    def _word(self, field: Field, value: str, place: _Place, *, known: bool) -> Verdict | None:
        if field.is_setting and not place.is_group:
            return None
        if field.is_text and not place.is_group:
            return self._words.whole(value)
        if known:
            return self._words.phrase(value)
        found = self._words.first(value)
        return None if found is Verdict.GOOD else found


def _inside(field: Field, place: _Place) -> _Place | None:
    """Where what a field holds stands; None where it says nothing of health."""
    if place.is_group:
        return place.at(field.name, is_group=field.is_group)
    if field.is_closed:
        return None
    if field.is_group:
        return place.at(is_group=True)
    if field.is_transparent:
        return place.at()
    return place.at(field.state_of or field.name)


def _is_switched_off(table: Mapping[str, object]) -> bool:
    off = {Field(name).words: _truth(value) for name, value in table.items()}
    return off.get("enabled") is False or off.get("disabled") is True


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return _TRUTH.get(value.strip().casefold()) if isinstance(value, str) else None


def _is_nested(value: object) -> bool:
    return isinstance(value, Mapping | list)
