"""From uses and what they mean to faults: what certainly goes wrong. Pure."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from checks.async_usage import externals
from checks.async_usage.facts import Facts, Use
from checks.async_usage.meaning import Names
from checks.async_usage.referents import Foreign, Instance, KnownClass, KnownFunction, Meaning
from checks.async_usage.results import Result, Results
from netra_validate import Severity

RuleName = Literal[
    "not-awaitable",
    "never-awaited",
    "wrong-context-manager",
    "wrong-iteration",
    "running-loop",
    "shared-loop",
    "blocking-call",
]

Edit = Literal["unawait", "unasync", "async"]
"""Take ``await`` away, take ``async`` away, or put it there."""


@dataclass(frozen=True)
class Fault:
    """One place that goes wrong."""

    rule: RuleName
    path: str
    line: int
    octet: int
    """Where in the line it begins, in bytes of UTF-8 from 0."""
    name: str
    """What is used there, as it is written."""
    message: str
    instead: str
    """What to do about it."""
    defined: str | None = None
    """File and line in which that is defined."""
    edit: Edit | None = None
    """The edit that mends it for certain."""
    severity: Severity | None = None
    """Another one than the rule's."""


_SAID: Final[dict[Result, str]] = {
    "coroutine": "gives a coroutine",
    "async generator": "is an async generator",
    "generator": "is a generator",
    "context manager": "gives a context manager",
    "async context manager": "gives an async context manager",
    "plain value": "is no coroutine function",
}

_ENTERED: Final[dict[str, tuple[str, str]]] = {
    "with": ("__enter__", "__aenter__"),
    "async with": ("__aenter__", "__enter__"),
    "for": ("__iter__", "__aiter__"),
    "async for": ("__aiter__", "__iter__"),
}
"""The special method that a form needs, and that of its counterpart."""

_RIGHT: Final[dict[str, frozenset[Result]]] = {
    "await": frozenset({"coroutine"}),
    "with": frozenset({"context manager"}),
    "async with": frozenset({"async context manager"}),
    "for": frozenset({"generator"}),
    "async for": frozenset({"async generator"}),
}
"""What a form is meant for."""

_COUNTERPART: Final = {
    "with": "async with",
    "async with": "with",
    "for": "async for",
    "async for": "for",
}


class Judge:
    """Tells which uses of a file go wrong.

    Args:
        names: resolves what is used.
        results: knows what calls give.
    """

    def __init__(self, names: Names, results: Results) -> None:
        self._names = names
        self._results = results

    def faults(self, facts: Facts) -> Iterator[Fault]:
        """The faults of one file, in the order of the walk over it."""
        for use in facts.uses:
            if use.form == "call" or _last(use.value) in facts.mentioned:
                continue
            meaning = self._names.of(use.value, use.scope, facts)
            if meaning is None or isinstance(meaning, Instance) == use.called:
                continue
            fault = self._judge(use, meaning, facts)
            if fault is not None:
                yield fault

    def _judge(self, use: Use, meaning: Meaning, facts: Facts) -> Fault | None:
        if use.form in {"dropped", "unused"}:
            return self._dropped(use, meaning, facts)
        if isinstance(meaning, KnownFunction):
            result = self._results.of(meaning)
            if result is None or result in _RIGHT[use.form]:
                return None
            # A plain value may well be entered or iterated.
            if result == "plain value" and use.form != "await":
                return None
            return _misused(use, result, meaning, facts)
        if isinstance(meaning, KnownClass | Instance):
            return self._object(use, meaning, facts)
        return _foreign(use, meaning.name, facts) if isinstance(meaning, Foreign) else None

    def _dropped(self, use: Use, meaning: Meaning, facts: Facts) -> Fault | None:
        if isinstance(meaning, Foreign) and meaning.name in externals.COROUTINES:
            defined = None
        elif isinstance(meaning, KnownFunction) and self._results.of(meaning) == "coroutine":
            defined = _place(meaning)
        else:
            return None
        name = written(use.value)
        how = "is assigned and never awaited" if use.form == "unused" else "is never awaited"
        where = "" if use.coroutine else ", in a coroutine"
        return Fault(
            "never-awaited",
            facts.path,
            use.line,
            use.octet,
            name,
            f"`{name}` gives a coroutine, which {how}",
            f"Await it{where}, or keep a task of it",
            defined,
        )

    def _object(self, use: Use, meaning: KnownClass | Instance, facts: Facts) -> Fault | None:
        name = written(use.value)
        known = meaning.of if isinstance(meaning, Instance) else meaning
        if use.form == "await":
            if not self._results.lacks(meaning, "__await__"):
                return None
            return Fault(
                "not-awaitable",
                facts.path,
                use.line,
                use.octet,
                name,
                f"`{name}` is a class whose objects cannot be awaited",
                f"Call {name} without await",
                _place(known),
                "unawait" if use.alone else None,
            )
        needed, other = _ENTERED[use.form]
        if not self._lacks(use, meaning, needed):
            return None
        if not self._results.has(meaning, other):
            return None
        counterpart = _COUNTERPART[use.form]
        return Fault(
            "wrong-iteration" if use.form.endswith("for") else "wrong-context-manager",
            facts.path,
            use.line,
            use.octet,
            name,
            f"`{name}` has `{other}` and no `{needed}`, and stands in `{use.form}`",
            f"Write `{counterpart}`",
            _place(known),
            _edit(use),
        )

    def _lacks(self, use: Use, meaning: KnownClass | Instance, needed: str) -> bool:
        # An object is iterable by its __getitem__ as well (data model, 3.3.7).
        also = ("__getitem__",) if use.form == "for" else ()
        return self._results.lacks(meaning, needed, *also)


def written(node: ast.expr) -> str:
    """What is called or used, as it is written."""
    return ast.unparse(node)


def _misused(use: Use, result: Result, meaning: KnownFunction, facts: Facts) -> Fault:
    name = written(use.value)
    edit: Edit | None
    if use.form == "await":
        rule: RuleName = "not-awaitable"
        message = f"`{name}` {_SAID[result]}, and is awaited"
        instead, edit = _unawaited(name, result)
        edit = edit if use.alone else None
    else:
        is_loop = use.form.endswith("for")
        rule = "wrong-iteration" if is_loop else "wrong-context-manager"
        message = f"`{name}` {_SAID[result]}, and stands in `{use.form}`"
        is_counterpart = result in _RIGHT[_COUNTERPART[use.form]]
        edit = _edit(use) if is_counterpart else None
        instead = _entered(use, result, is_loop=is_loop)
    place = (facts.path, use.line, use.octet)
    return Fault(rule, *place, name, message, instead, _place(meaning), edit)


def _foreign(use: Use, known: str, facts: Facts) -> Fault | None:
    """The fault of a call that is not the repository's."""
    name, place = written(use.value), (facts.path, use.line, use.octet)
    if use.form == "await":
        if known not in externals.NOT_AWAITABLE | externals.BLOCKING:
            return None
        message = f"`{name}` {_SAID['plain value']}, and is awaited"
        instead = externals.INSTEAD.get(known)
        if instead is not None:
            return Fault("not-awaitable", *place, name, message, f"Await {instead}")
        unawaited, edit = _unawaited(name, "plain value")
        edit = edit if use.alone else None
        return Fault("not-awaitable", *place, name, message, unawaited, edit=edit)
    wrong = {"with": externals.ASYNC_ENTERED, "async with": externals.ENTERED}
    if known not in wrong.get(use.form, ()):
        return None
    result: Result = "context manager" if use.form == "async with" else "async context manager"
    message = f"`{name}` {_SAID[result]}, and stands in `{use.form}`"
    instead = f"Write `{_COUNTERPART[use.form]}`"
    return Fault("wrong-context-manager", *place, name, message, instead, edit=_edit(use))


def _unawaited(name: str, result: Result) -> tuple[str, Edit | None]:
    match result:
        case "plain value":
            return f"Call {name} without await", "unawait"
        case "generator" | "async generator":
            return f"Iterate over it with `{'async ' * (result != 'generator')}for`", None
        case _:
            is_async = result == "async context manager"
            return f"Enter it with `{'async ' * is_async}with`", None


def _entered(use: Use, result: Result, *, is_loop: bool) -> str:
    if result in _RIGHT[_COUNTERPART[use.form]]:
        return f"Write `{_COUNTERPART[use.form]}`"
    if result == "coroutine":
        return "Await the call first"
    if not is_loop and result in {"generator", "async generator"}:
        decorator = "contextmanager" if result == "generator" else "asynccontextmanager"
        return f"Decorate it with `contextlib.{decorator}`"
    return "Use it as what it is"


def _edit(use: Use) -> Edit | None:
    """How to turn the statement into its counterpart, where that is a matter of one word."""
    if not use.alone:
        return None
    if use.form.startswith("async"):
        return "unasync"
    return "async" if use.coroutine else None


def _place(known: KnownFunction | KnownClass) -> str:
    it = known.function if isinstance(known, KnownFunction) else known.it
    return f"{known.facts.path}:{it.line}"


def _last(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""
