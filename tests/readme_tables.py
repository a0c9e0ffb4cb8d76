"""The tables of the README, made from the program that they are about."""

from collections.abc import Iterable, Iterator

import typer

from netra_validate import registry
from netra_validate.cli.app import app
from netra_validate.exit_codes import MEANINGS
from netra_validate.reports import FORMATS


def commands() -> str:
    """Every command, those of a group each by itself."""
    return _table(("command", "what it does"), _commands(typer.main.get_command(app), ()))


def _commands(command, words: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for name, one in getattr(command, "commands", {}).items():
        path = (*words, name)
        if hasattr(one, "commands"):
            yield from _commands(one, path)
            continue
        arguments = [
            each.make_metavar(typer.Context(one))
            for each in one.params
            if each.param_type_name == "argument"
        ]
        usage = " ".join(("netra-validate", *path, *arguments))
        yield f"`{usage}`", one.help.splitlines()[0]


def options() -> str:
    """Every option of ``run``."""
    run = typer.main.get_command(app).commands["run"]
    rows = []
    for option in run.params:
        if option.param_type_name == "argument" or option.name == "help":
            continue
        *short, long = sorted(option.opts, key=len)
        value = "" if option.is_flag else f" {option.make_metavar(typer.Context(run))}"
        rows.append((", ".join(f"`{name}`" for name in (*short, long + value)), option.help))
    return _table(("option", "what it does"), rows)


def formats() -> str:
    """Every format of a report."""
    rows = [(f"`{each.name}`", each.summary) for each in FORMATS.values()]
    return _table(("format", "what it is for"), rows)


def exit_codes() -> str:
    """Every exit code."""
    rows = [(str(code.value), meaning) for code, meaning in MEANINGS.items()]
    return _table(("exit code", "meaning"), rows)


def checks() -> str:
    """Every check that comes with the program."""
    return _table(
        ("check", "plane", "examines", "depends on", "what holds when it passes"),
        [
            (
                f"`{check.id}`",
                check.plane.value,
                ", ".join(kind.kind for kind in check.kinds()),
                ", ".join(f"`{each}`" for each in sorted(check.depends_on)),
                check.title(),
            )
            for check in registry.load().checks.values()
        ],
    )


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [header, ("---",) * len(header), *rows]
    escaped = ([cell.replace("|", "\\|") for cell in line] for line in lines)
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in escaped)


TABLES = {made.__name__: made for made in (commands, options, formats, exit_codes, checks)}
"""Every table by the name that its marks in the README have."""
