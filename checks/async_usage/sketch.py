"""What a file seems to say, read from its text without parsing it. Pure.

To parse a file and to walk over its tree takes twenty times as long. A sketch proves nothing: what
stands in a string is taken for code, and a name is bound wherever it stands. It has to see all that
may be at fault, so that only the files in which something does are parsed.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

# They begin with a literal where they can: the engine then skips to it, ten times as fast. None
# goes back over what it has seen, or far: files may be made to keep it busy.
_DEF: Final = re.compile(r"def[ \t]+(\w+)")
_CLASS: Final = re.compile(r"class[ \t]++(\w++)[ \t]*+(?:\(([^)]{0,2000}+)\))?")
_DOTTED: Final = re.compile(r"[\w.]+")
_IMPORT: Final = re.compile(r"import[ \t]++(\([^)]{0,4000}+\)|(?:[^\n\\#;]|\\\r?\n)*)")
_FROM: Final = re.compile(r"from[ \t]++(\.*+)[ \t]*+([\w.]*+)[ \t]*+\\?+\s*+$")
_CLAUSE: Final = re.compile(r"([\w.]+|\*)(?:\s+as\s+(\w+))?")
_COMMENT: Final = re.compile(r"#[^\n]*")
_CHAIN: Final = r"(?<![\w.])([\w.]++)\((?:[^()\n]*\)\.(\w+)\()?"
"""The names that are called, and what is called on what that gives."""
_CALL: Final = re.compile(_CHAIN)
_AWAITED: Final = re.compile(r"await\s+" + _CHAIN)
_STATEMENT: Final = re.compile(r"\n[ \t]*" + _CHAIN)
_ASSIGNED: Final = re.compile(r"=[ \t]*(await[ \t]+)?" + _CHAIN)
_TARGET: Final = re.compile(r"[ \t]*(\w+)[ \t]*(?::[ \t]*[\"']?([\w.]+)[\"']?[ \t]*)?$")
_SET: Final = re.compile(r"[ \t]*(?::[^\n=]*)?=(?!=)")
_ENTERED: Final = re.compile(r"with[ \t]+([^\n]*)")
_ENTERED_NAME: Final = re.compile(r"(?:^|[(,])[ \t]*([\w.]+)[ \t]*(?:[:,)]|as[ \t])")
_ITERATED: Final = re.compile(r"for[ \t]+[^\n]{1,200}?[ \t]in[ \t]+([\w.]+)(\(?)")
_ASYNC: Final = "async "
_LONGEST: Final = 4000
"""Characters in which the head of a function is looked for."""
_SELF: Final = ("self.", "cls.")


class Use(NamedTuple):
    """One use, as it seems."""

    form: str
    """As :data:`checks.async_usage.facts.Form`."""
    chain: str
    """Names with dots between them."""
    then: str = ""
    """What is called on what that gives."""
    owner: str = ""
    """The class that it stands in, where that matters."""
    called: bool = True


class Function(NamedTuple):
    """A function, as it seems."""

    is_async: bool
    start: int
    end: int
    """Where in the text it begins, and ends at the latest."""
    returns: str
    """What it declares to give, if that is a name."""


@dataclass(slots=True)
class Header:
    """A ``def`` or ``class`` at the beginning of a line."""

    name: str
    start: int
    depth: int
    is_class: bool
    is_async: bool
    around: Header | None
    owner: str
    """The class that its inside is in, at whatever depth."""
    end: int = 0


@dataclass(slots=True)
class Sketch:
    """What a file seems to say."""

    functions: defaultdict[tuple[str, str], list[Function]] = field(
        default_factory=lambda: defaultdict(list)
    )
    """By the class that they are methods of, empty for others, and by their name."""
    classes: dict[str, set[str]] = field(default_factory=dict)
    """For each class its bases."""
    imports: defaultdict[str, set[tuple[int, str, str | None]]] = field(
        default_factory=lambda: defaultdict(set)
    )
    """For each imported name the dots, the module, and what is taken from it."""
    stars: set[tuple[int, str]] = field(default_factory=set)
    variables: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """For each variable what is called to make it, or its annotation."""
    uses: set[Use] = field(default_factory=set)
    count: int = 0
    """Uses, those that are written alike included."""


def sketch(text: str, coroutines: Collection[str] | None = None) -> Sketch:
    """What a file defines and imports, and what it uses.

    Args:
        text: of the file.
        coroutines: names of all functions that are defined with ``async``: a call of another name
            drops none. Without them only what the file defines and imports is told.
    """
    found = Sketch()
    headers = headers_of(text)
    for each in headers:
        if not each.is_class:
            _read_function(found, text, each)
        elif (match := _CLASS.match(text, each.start)) is not None:
            bases = _DOTTED.findall(_COMMENT.sub("", match[2])) if match[2] else ()
            found.classes.setdefault(each.name, set()).update(bases)
    _read_imports(found, text)
    _read_variables(found, text)
    if coroutines is not None:
        for use in _uses(text, headers, coroutines):
            found.uses.add(use)
            found.count += 1
    return found


def _read_function(found: Sketch, text: str, header: Header) -> None:
    around = header.around
    owner = around.name if around is not None and around.is_class else ""
    returns = ""
    end = text.find(":\n", header.start, header.start + _LONGEST)
    head = text[header.start : end] if end >= 0 else ""
    if ":" in head:
        for part in head.split(","):
            before, colon, annotation = part.partition(":")
            annotation = annotation.partition("=")[0].strip().strip("\"')")
            if colon and _DOTTED.fullmatch(annotation):
                found.variables[before.strip(" \t\r\n*").rpartition("(")[2]].add(annotation)
    if "->" in head:
        returns = head.rpartition("->")[2].strip().strip("\"'")
        returns = returns if _DOTTED.fullmatch(returns) else ""
    function = Function(header.is_async, header.start, header.end, returns)
    found.functions[owner, header.name].append(function)


def headers_of(text: str) -> list[Header]:
    """Every ``def`` and ``class`` at the beginning of a line."""
    starts = [(match.start(), match[1], False) for match in _DEF.finditer(text)]
    starts += [(match.start(), match[1], True) for match in _CLASS.finditer(text)]
    starts.sort()
    found: list[Header] = []
    around: list[Header] = []
    for start, name, is_class in starts:
        before = text[text.rfind("\n", 0, start) + 1 : start]
        word = before.strip()
        if word and (is_class or word != "async"):
            continue
        depth = len(before) - len(before.lstrip())
        while around and depth <= around[-1].depth:
            around.pop().end = start
        outer = around[-1] if around else None
        owner = name if is_class else (outer.owner if outer is not None else "")
        header = Header(name, start, depth, is_class, bool(word), outer, owner, len(text))
        around.append(header)
        found.append(header)
    return found


def innermost(text: str, headers: list[Header], place: int) -> Header | None:
    """The function that a place is in."""
    line = text.rfind("\n", 0, place) + 1
    depth = len(text[line : line + 400]) - len(text[line : line + 400].lstrip(" \t"))
    found = _last_before(headers, place)
    while found is not None and (found.is_class or found.depth >= depth):
        found = found.around
    return found


def _uses(text: str, headers: list[Header], coroutines: Collection[str]) -> Iterator[Use]:
    for match in _AWAITED.finditer(text):
        yield _use("await", match[1], match[2], match, headers)
    for match in _STATEMENT.finditer(text):
        chain, then = match.groups()
        if (then or chain.rpartition(".")[2]) in coroutines:
            yield _use("dropped", chain, then, match, headers)
    for match in _ASSIGNED.finditer(text):
        awaits, chain, then = match.groups()
        is_one = not awaits and (then or chain.rpartition(".")[2]) in coroutines
        if is_one and _is_unread(text, match.start(), headers):
            yield _use("unused", chain, then, match, headers)
    for match in _ENTERED.finditer(text):
        form = "async with" if text.endswith(_ASYNC, 0, match.start()) else "with"
        for called in _CALL.finditer(match[1]):
            yield _use(form, called[1], called[2], match, headers)
        for named in _ENTERED_NAME.finditer(match[1]):
            yield _use(form, named[1], None, match, headers)._replace(called=False)
    for match in _ITERATED.finditer(text):
        form = "async for" if text.endswith(_ASYNC, 0, match.start()) else "for"
        yield _use(form, match[1], None, match, headers)._replace(called=bool(match[2]))


def _is_unread(text: str, place: int, headers: list[Header]) -> bool:
    """Whether what is assigned to there is a variable that nobody reads."""
    target = _TARGET.match(text, text.rfind("\n", 0, place) + 1, place)
    around = innermost(text, headers, place)
    if target is None or around is None:
        return False
    name = target[1]
    start = text.find(name, around.start, around.end)
    while start >= 0:
        behind = start + len(name)
        if not _SET.match(text, behind) and not text[behind].isidentifier():
            return False
        start = text.find(name, behind, around.end)
    return True


def _use(
    form: str, chain: str, then: str | None, match: re.Match[str], headers: list[Header]
) -> Use:
    owner = ""
    if chain.startswith(_SELF):
        around = _last_before(headers, match.start())
        owner = around.owner if around is not None else ""
    return Use(form, chain, then or "", owner)


def _last_before(headers: list[Header], place: int) -> Header | None:
    first, last = 0, len(headers)
    while first < last:
        middle = (first + last) // 2
        if headers[middle].start <= place:
            first = middle + 1
        else:
            last = middle
    return headers[first - 1] if first else None


def _read_variables(found: Sketch, text: str) -> None:
    for match in _ASSIGNED.finditer(text):
        start = match.start()
        target = _TARGET.match(text, text.rfind("\n", 0, start) + 1, start)
        if target is not None:
            found.variables[target[1]].add(target[2] or match[2])


def _read_imports(found: Sketch, text: str) -> None:
    for match in _IMPORT.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        clauses = _CLAUSE.findall(_COMMENT.sub("", match[1]))
        begun = _FROM.search(before)
        if begun is None:
            _bind_modules(found, clauses if not before.strip(" \t;:") else [])
            continue
        level, module = len(begun[1]), begun[2]
        for name, alias in clauses:
            if name == "*":
                found.stars.add((level, module))
            else:
                found.imports[alias or name].add((level, module, name))


def _bind_modules(found: Sketch, clauses: list[tuple[str, str]]) -> None:
    for name, alias in clauses:
        module = name if alias else name.partition(".")[0]
        found.imports[alias or module].add((0, module, None))
