"""From the tables of a TOML file to typed values, with every problem at once.

:func:`convert` walks a table beside a :class:`msgspec.Struct` type and leaves leaves to msgspec.
It does not stop at the first problem: who mends a configuration wants to mend it once.
"""

from __future__ import annotations

import errno
import re
import tomllib
import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

import msgspec

from netra_validate import scrub

Keys = tuple[str, ...]
"""Where a value stands: ``("environments", "staging", "project")``."""

_TOML_WORDS: Final = {
    "str": "text in quotes",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "a table",
    "date": "a date such as 2026-12-31",
    "null": "nothing",
}

NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
"""What may name an environment or a resource: it becomes part of ids and commands."""

_EXPECTED: Final = re.compile(r"Expected `([^`]+)`(?:, got `[^`]+`)?(.*?)(?: - at `[^`]*`)?$")


_TELLING_LENGTH: Final = 3
"""Characters from which on a value is taken for itself and not for a part of another word."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a configuration."""

    file: str
    keys: Keys
    message: str
    """What was found and what was expected."""
    line: int | None = None

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        key = f"{dotted(self.keys)}: " if self.keys else ""
        return f"{place}: {key}{self.message}"


@dataclass
class Problems:
    """Collects what is wrong in one file."""

    file: str
    lines: Mapping[Keys, int] = field(default_factory=dict)
    found: list[Problem] = field(default_factory=list)
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values that came from outside the file, by name: messages show the name."""
    unread: set[Keys] = field(default_factory=set)
    """Keys whose value is not known, and so cannot be wrong."""
    _noted: set[Keys] = field(default_factory=set)

    def add(self, keys: Keys, message: str) -> None:
        """Note a problem at a key, with its line or that of the table it should stand in.

        One problem a key is enough: what else is wrong there follows from it.
        """
        if keys and (keys in self.unread or keys in self._noted):
            return
        self._noted.add(keys)
        for name, value in self.variables.items():
            if len(value) >= _TELLING_LENGTH:
                message = message.replace(value, f"${{{name}}}")
        line = next(
            (self.lines[keys[:end]] for end in range(len(keys), 0, -1) if keys[:end] in self.lines),
            None,
        )
        self.found.append(Problem(self.file, keys, message, line))

    def unknown(
        self, keys: Keys, known: Iterable[str], noun: str = "key", name: str | None = None
    ) -> None:
        """Note a name that means nothing here, and the nearest that does.

        The name is the last of ``keys``, or the value that stands there.
        """
        name = keys[-1] if name is None else name
        known = sorted(known)
        meant = get_close_matches(name, known, n=1)
        none = "there are no keys here" if noun == "key" else "none is declared"
        expected = f"expected one of: {listed(known)}" if known else none
        hint = f"; did you mean {meant[0]!r}?" if meant else f", {expected}"
        self.add(keys, f"found the unknown {noun} {scrub.text(name, limit=60)!r}{hint}")


def listed(names: Iterable[str]) -> str:
    """``a, b, c``, or what to say where there is nothing."""
    return ", ".join(names) or "(none)"


def dotted(keys: Keys) -> str:
    """The key as TOML writes it."""
    return ".".join(
        key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else f'"{scrub.text(key)}"' for key in keys
    )


def convert(value: object, kind: Any, keys: Keys, problems: Problems) -> Any:  # noqa: ANN401 - what `kind` says
    """``value`` as ``kind``; where a problem was noted, as much of it as is sound, or None.

    Args:
        value: what the file holds.
        kind: a Struct, a table of them, or anything msgspec can convert to.
        keys: where it stands.
        problems: takes what is wrong.
    """
    bare = _bare(kind)
    if value is None and type(None) in get_args(kind):  # JSON has null, TOML has not
        return None
    if isinstance(bare, type) and issubclass(bare, msgspec.Struct):
        return _convert_struct(value, bare, keys, problems)
    if get_origin(bare) is dict and _is_struct(get_args(bare)[1]):
        return _convert_tables(value, get_args(bare)[1], keys, problems)
    if get_origin(bare) is tuple and get_args(bare)[1:] == (...,):
        if isinstance(value, list) and len(value) < _least(kind):
            entries = f"a list of {len(value)}" if value else "an empty list"
            problems.add(keys, f"found {entries}, expected {_expected('', kind)}")
        return _convert_list(value, get_args(bare)[0], keys, problems)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        if not _blamed_entry(value, bare, keys, problems):
            expected = _expected(str(error), kind)
            problems.add(keys, f"found {shown(value, keys)}, expected {expected}")
        return None


def _blamed_entry(value: object, kind: Any, keys: Keys, problems: Problems) -> bool:  # noqa: ANN401 - any annotation
    """Whether it is an entry of a table that is wrong, and not the table: then it is noted."""
    if get_origin(kind) is not dict or not isinstance(value, Mapping):
        return False
    before = len(problems.found)
    for name, entry in value.items():
        convert(entry, get_args(kind)[1], (*keys, str(name)), problems)
    return len(problems.found) > before


@lru_cache(maxsize=256)
def _fields(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a table; its annotations are evaluated once, and not for each table."""
    return msgspec.structs.fields(kind)


def _convert_struct(
    value: object, kind: type[msgspec.Struct], keys: Keys, problems: Problems, name: str = ""
) -> msgspec.Struct | None:
    if not isinstance(value, Mapping):
        problems.add(keys, f"found {shown(value, keys)}, expected a table")
        return None
    fields = {each.encode_name: each for each in _fields(kind)}
    named = [fields.pop(key).name for key in tuple(fields) if is_table_name(fields[key].type)]
    for key in value:
        if key not in fields:
            problems.unknown((*keys, key), fields)
    taken: dict[str, Any] = dict.fromkeys(named, name)
    for key, each in fields.items():
        found = convert(value[key], each.type, (*keys, key), problems) if key in value else None
        if found is not None or each.required:
            taken[each.name] = found
        if each.required and key not in value:
            problems.add((*keys, key), f"is missing, expected {_expected('', each.type)}")
    try:
        return kind(**taken)
    except ValueError as error:  # of its own __post_init__: what no type can say
        problems.add(keys, str(error))
        return None


def _convert_tables(
    value: object, kind: type[msgspec.Struct], keys: Keys, problems: Problems
) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        problems.add(keys, f"found {shown(value, keys)}, expected a table of tables")
        return {}
    found = {}
    for name, table in value.items():
        if not NAME.fullmatch(name):
            problems.add(
                (*keys, name), "found a name with other characters than letters, digits, - and _"
            )
        converted = _convert_struct(table, kind, (*keys, name), problems, name)
        if converted is not None:
            found[name] = converted
    return found


def _convert_list(value: object, kind: Any, keys: Keys, problems: Problems) -> tuple[Any, ...]:  # noqa: ANN401 - any annotation
    if not isinstance(value, list):
        problems.add(keys, f"found {shown(value, keys)}, expected a list")
        return ()
    found = (convert(entry, kind, (*keys, str(at)), problems) for at, entry in enumerate(value))
    return tuple(entry for entry in found if entry is not None)


def shown(value: object, keys: Keys) -> str:
    """A value as a message may show it: never one whose key says that it is secret."""
    name = keys[-1] if keys else ""
    told = {name: value if isinstance(value, bool | int | float) else str(value)}
    (safe,) = scrub.table(told).values()  # the name is scrubbed as well
    if value is None:
        return "null"
    kind = {str: "text", bool: "true or false", list: "a list", dict: "a table"}.get(type(value))
    if isinstance(value, dict | list):
        return f"{kind}"
    if isinstance(value, bool):
        return str(value).lower()
    text = scrub.text(safe, limit=80)
    return f"{text!r}" if isinstance(value, str) else text


def _least(kind: Any) -> int:  # noqa: ANN401 - any annotation
    """Entries that a list must have at least."""
    own = (part.min_length or 0 for part in get_args(kind) if isinstance(part, msgspec.Meta))
    inner = (_least(part) for part in get_args(kind) if get_origin(part) is Annotated)
    return max((*own, *inner), default=0)


def _expected(error: str, kind: Any) -> str:  # noqa: ANN401 - any annotation
    """What msgspec expected, in the words of TOML."""
    title = _title(kind)
    if title:
        return title
    choices = _choices(kind)
    if choices:
        return f"one of {listed(repr(choice) for choice in choices)}"
    match = _EXPECTED.match(error)
    if not match:
        return _words(kind)
    name, bound = match.groups()
    parts = (part.strip() for part in name.split("|"))
    return " or ".join(_TOML_WORDS.get(part, part) for part in parts if part != "null") + bound


def _title(kind: Any) -> str | None:  # noqa: ANN401 - any annotation
    """What a type calls itself for people."""
    for part in get_args(kind):
        found = part.title if isinstance(part, msgspec.Meta) else _title(part)
        if found:
            return found
    return None


def _words(kind: Any) -> str:  # noqa: ANN401 - any annotation
    bare = _bare(kind)
    return _TOML_WORDS.get(getattr(bare, "__name__", ""), "a value")


def _bare(kind: Any) -> Any:  # noqa: ANN401 - any annotation
    """The type without ``Annotated`` and without ``| None``."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    if get_origin(kind) in {Union, types.UnionType}:
        parts = [part for part in get_args(kind) if part is not type(None)]
        return _bare(parts[0]) if len(parts) == 1 else kind
    return kind


def is_table_name(kind: Any) -> bool:  # noqa: ANN401 - any annotation
    """Whether a field is filled with the name of its table."""
    metas = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    return any(isinstance(meta, msgspec.Meta) and bool(meta.extra) for meta in metas)


def _is_struct(kind: Any) -> bool:  # noqa: ANN401 - any annotation
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _choices(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any annotation
    bare = _bare(kind)
    if isinstance(bare, type) and issubclass(bare, Enum):
        return tuple(member.value for member in bare)
    return get_args(bare) if get_origin(bare) is Literal else ()


def key_lines(text: str, document: Mapping[str, Any]) -> dict[Keys, int]:
    """The line of each key and table of a TOML document, counted from 1.

    tomllib does not keep places. Each line that looks like a header or an assignment is read alone,
    by tomllib again, and believed where the document has such a key: so quoting and dots need no
    parser of ours, and what stands inside a multi-line string is seldom taken for a key.
    """
    lines: dict[Keys, int] = {}
    table: Keys = ()
    seen: dict[Keys, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("["):
            header = _keys_of(stripped.partition("#")[0])
            if header is None:
                continue
            if stripped.startswith("[["):
                seen[header] = seen.get(header, -1) + 1
                header = (*header, str(seen[header]))
            table = header
            lines[table] = number
            for end in range(1, len(table)):
                lines.setdefault(table[:end], number)
        elif "=" in stripped and not stripped.startswith("#"):
            keys = _keys_of(f"{stripped.partition('=')[0]} = 0")
            if keys is not None and _holds(document, (*table, *keys)):
                for end in range(1, len(keys) + 1):
                    lines.setdefault((*table, *keys[:end]), number)
    return lines


def _keys_of(line: str) -> Keys | None:
    """The keys that one line of TOML names."""
    try:
        found: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    keys: list[str] = []
    while isinstance(found, dict | list) and found:
        if isinstance(found, list):
            found = found[0]
            continue
        keys.append(next(iter(found)))
        found = found[keys[-1]]
    return tuple(keys) or None


def _holds(document: Any, keys: Keys) -> bool:  # noqa: ANN401 - any TOML value
    for key in keys:
        if isinstance(document, list) and key.isdigit() and int(key) < len(document):
            document = document[int(key)]
        elif isinstance(document, Mapping) and key in document:
            document = document[key]
        else:
            return False
    return True


_MAX_BYTES: Final = 16 * 2**20
"""Of a configuration. The largest hand-written ones have some thousand lines."""

_PIPES: Final = (("/", "dev"), ("/", "proc"))
"""Where a shell puts ``<(command)``; a pipe elsewhere would be waited on for ever."""


def read_toml(path: Path) -> tuple[dict[str, Any], str]:
    """The document and its text.

    Raises:
        OSError: it cannot be read.
        UnicodeDecodeError: it is not UTF-8, which TOML must be.
        tomllib.TOMLDecodeError: it is not TOML.
    """
    if not path.is_file() and not path.is_dir() and path.parts[:2] not in _PIPES:
        path.lstat()  # there is none: say that
        raise OSError(errno.EINVAL, "not a regular file")
    with path.open("rb") as file:
        content = file.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise OSError(errno.EFBIG, f"larger than {_MAX_BYTES // 2**20} MiB")
    text = content.decode("utf-8-sig")
    return tomllib.loads(text), text
