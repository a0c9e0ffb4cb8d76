"""What a check is about, for people: from the registry to text. Pure.

Docstrings are written for who reads the code; here they are wrapped for who reads a terminal. They
are data and never a format string: ``{`` means nothing.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Final

from netra_validate import candidates
from netra_validate.by_hand import MEANINGS, ByHand, placeholders
from netra_validate.check import Check, Rule
from netra_validate.explanation import option_words, prose, toml_text
from netra_validate.explanation.headings import BY_HAND, EXAMPLE, HIDES, MEND
from netra_validate.explanation.pasting import to_paste
from netra_validate.model import Plane, Severity
from netra_validate.plan import UnknownName
from netra_validate.reading import listed
from netra_validate.registry import Registry
from netra_validate.terminal import Display
from netra_validate.topology import Resource

_PLANES: Final = {
    Plane.SOURCE: "source: reads the files of the repository",
    Plane.CONTROL: "control: asks the Google Cloud APIs",
    Plane.DATA: "data: talks to the running system",
}

_WIDEST: Final = 100
"""Columns beyond which prose is hard to read, however wide the terminal is."""


def explain(registry: Registry, name: str | None, display: Display) -> str:
    """The text about a check, about one of its rules, or about what checks there are.

    Args:
        registry: the installed checks.
        name: ``check``, ``check.rule``, or None for the list of all.
        display: how wide it may be, and in which characters.

    Raises:
        UnknownName: no check and no rule is called that; the message has the nearest that is.
            Or the check could not be loaded, and the message says why.
    """
    # Without the sign itself, … takes three columns.
    width = min(display.width, _WIDEST) - len("" if display.unicode else "..")
    if name is None:
        lines = _list(registry, width)
    else:
        check = registry.checks.get(name.partition(".")[0])
        rule = _rules(registry).get(name)
        if check is not None and rule is not None:
            lines = _rule(check, rule, width, display)
        elif check is not None and name == check.id:
            lines = _check(check, width)
        else:
            raise UnknownName(_unknown(registry, name))
    return "".join(f"{display.printable(line).rstrip()}\n" for line in lines)


def _rules(registry: Registry) -> dict[str, Rule]:
    return {rule.id: rule for check in registry.checks.values() for rule in check.rules.values()}


def _unknown(registry: Registry, name: str) -> str:
    for broken in registry.broken:
        if name.partition(".")[0] == broken.id:
            return (
                f"the check {broken.id!r} of {broken.distribution} could not be loaded: "
                f"{broken.reason}"
            )
    if name == candidates.CHECK:
        return (
            f"{name!r} is no check: a run with --candidate SERVICE=TAG has a probe of that name"
            f" where no revision with the tag was found; explain {name}/SERVICE --report FILE"
            " says why not"
        )
    check = registry.checks.get(name.partition(".")[0])
    if "." in name and check is not None:
        noun, known = "rule", sorted(rule.id for rule in check.rules.values())
        names = known
    else:
        noun, known = "check", list(registry.names)
        names = [*known, *_rules(registry)]
    meant = get_close_matches(name.lower(), names, n=1)
    hint = f"did you mean {meant[0]!r}?" if meant else f"expected one of: {listed(known)}"
    return f"there is no {noun} {name!r}; {hint}"


def _list(registry: Registry, width: int) -> Iterator[str]:
    pairs = [(name, check.title()) for name, check in registry.checks.items()]
    pairs += [(one.id, f"could not be loaded: {one.reason}") for one in registry.broken]
    yield from prose.columns(sorted(pairs), width, indent="")
    yield ""
    yield from prose.wrapped(
        "netra-validate explain CHECK says more about one, explain CHECK.RULE about a rule.", width
    )


def _check(check: type[Check[Any]], width: int) -> Iterator[str]:
    title, _, rest = (inspect.getdoc(check) or check.id).partition("\n")
    yield check.id
    yield from prose.wrapped(title, width)
    yield ""
    if rest.strip():
        yield from prose.paragraphs(rest.strip("\n"), width)
        yield ""
    yield from prose.columns(list(_facts(check)), width, indent="")
    yield ""
    yield "Rules"
    by_severity = sorted(check.rules.values(), key=lambda rule: (-rule.severity.rank, rule.id))
    if by_severity:
        pairs = [(rule.id, f"{rule.severity}: {rule.summary}") for rule in by_severity]
        yield from prose.columns(pairs, width)
    else:
        yield "  (none)"
    yield ""
    yield from _options(check, width)


def _facts(check: type[Check[Any]]) -> Iterator[tuple[str, str]]:
    yield "Plane", _PLANES[check.plane]
    yield "Examines", ", ".join(_examines(kind) for kind in check.kinds())
    if check.depends_on:
        yield "Depends on", f"{listed(sorted(check.depends_on))}: a failure there can explain this"
    else:
        yield "Depends on", "nothing"
    yield "Permissions", listed(check.permissions) if check.permissions else "none needed"


def _examines(kind: type[Resource]) -> str:
    name = getattr(kind, "kind", kind.__name__.lower())
    if not kind.section:
        return f"the {name}"
    return f"each {name}, declared as [environments.NAME.{kind.section}.NAME]"


def _options(check: type[Check[Any]], width: int) -> Iterator[str]:
    described = list(option_words.describe(check.Options, check.id))
    if not described:
        yield "Options"
        yield "  (none)"
        return
    yield f"Options, in [checks.{toml_text.key(check.id)}]"
    for option in described:
        yield from _option(option, width)
    yield ""
    yield from prose.wrapped(_where(check), width)


def _option(option: option_words.Option, width: int) -> Iterator[str]:
    """An option with its default. Examples are not wrapped: they are to be copied."""
    indent = " " * 6
    default = "(below)" if option.preset else option.default or "(not set)"
    yield from prose.wrapped(f"{option.name} = {default}", width, indent, "  ")
    yield from prose.wrapped(option.meaning, width, indent)
    yield from prose.columns(option.keys, width, indent + "  ")
    for label, lines in (("By default:", option.preset), (EXAMPLE, option.example)):
        if len(lines) == 1:
            yield f"{indent}{label} {lines[0]}"
        elif lines:
            yield f"{indent}{label}"
            yield from (f"{indent}  {line}" for line in lines)


def _where(check: type[Check[Any]]) -> str:
    """Where its options may stand beside the general table."""
    key = toml_text.key(check.id)
    told = f"They can be set for one environment, in [environments.NAME.checks.{key}]"
    tables = [
        f"[environments.NAME.{kind.section}.NAME.checks.{key}]"
        for kind in check.kinds()
        if kind.section
    ]
    return f"{told}, and for one resource, in {' or '.join(tables)}." if tables else f"{told}."


def _rule(check: type[Check[Any]], rule: Rule, width: int, display: Display) -> Iterator[str]:
    means, mending = prose.parted(rule.help)
    yield rule.id
    yield from prose.wrapped(rule.summary, width)
    yield ""
    yield from prose.paragraphs(means, width)
    yield ""
    yield from prose.columns(
        [("Severity", _severity(check, rule)), ("Check", f"{check.id}: {check.title()}")],
        width,
        indent="",
    )
    told = check.by_hand().get(rule.name)
    if told is not None:
        yield from _by_hand(told, width, display)
    if mending:
        yield ""
        yield MEND
        yield from prose.paragraphs(mending, width)
    if told is not None:
        yield ""
        yield HIDES
        yield from prose.paragraphs(told.hides, width)


def _by_hand(told: ByHand, width: int, display: Display) -> Iterator[str]:
    """How to see it without this program."""
    if told.every:
        yield ""
        yield BY_HAND
        for kind, commands in (*told.of_kind.items(), ("", told.commands)):
            if kind:
                yield f"  Of a {kind}:"
            for argv in commands:
                shown = to_paste(argv, unicode=display.unicode, shell=display.shell)
                yield f"{'    ' if kind else '  '}{shown}"
        left = sorted(placeholders(told.every))
        yield from prose.columns([(f"{{{name}}}", MEANINGS[name]) for name in left], width, "    ")


def _severity(check: type[Check[Any]], rule: Rule) -> str:
    declared = [kind.kind for kind in check.kinds() if kind.section]
    if rule.severity is not Severity.ERROR or not declared:
        return str(rule.severity)
    return f"{rule.severity}; a warning where the {' or '.join(declared)} says required = false"
