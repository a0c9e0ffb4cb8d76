"""``netra-validate config check|show|schema``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from netra_validate.cli import options
from netra_validate.cli.failures import UsageProblem, guarded, say
from netra_validate.cli.output import write_stdout

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from netra_validate.registry import Registry

app = typer.Typer(
    help="Check, show or describe the configuration.", no_args_is_help=True, rich_markup_mode=None
)


def check(*, config: options.ConfigFile = None, root: options.Root = None) -> int:
    """Say everything that is wrong with the configuration, all environments included."""
    from difflib import get_close_matches  # noqa: PLC0415 - keeps --help quick
    from fnmatch import fnmatchcase  # noqa: PLC0415

    from netra_validate import registry  # noqa: PLC0415

    file = _file(config, root)
    known = registry.load()
    loaded = options.load(file, None, known, every=True)
    names = ", ".join(loaded.environments) or "none"
    for waiver in loaded.table.waivers:
        if not any(fnmatchcase(rule, waiver.rule) for rule in _rules(known)):
            meant = get_close_matches(waiver.rule, _rules(known), n=1)
            hint = f"; did you mean {meant[0]!r}?" if meant else ""
            say(f"{file}: waivers: no installed check has a rule {waiver.rule!r}{hint}")
    write_stdout(f"{file}: good; environments: {names}\n")
    return 0


def _rules(known: Registry) -> list[str]:
    return sorted(rule.id for check in known.checks.values() for rule in check.rules.values())


def show(
    *, env: options.Env = None, config: options.ConfigFile = None, root: options.Root = None
) -> int:
    """Show an environment as it is understood, as JSON: defaults and variables filled in."""
    import msgspec  # noqa: PLC0415

    from netra_validate import registry, scrub  # noqa: PLC0415
    from netra_validate.plan import plan  # noqa: PLC0415

    file = _file(config, root)
    known = registry.load()
    configuration = options.load(file, env, known)
    environment = options.environment_of(configuration, env)
    _, folder = options.locate(config, root)
    planned = plan(known, configuration, environment, folder)
    table = configuration.table.environments.get(environment or "")
    shown = {
        "file": str(file),
        "root": str(folder),
        "environment": environment,
        "declared": msgspec.to_builtins(table) if table else {},
        "probes": {probe.id: msgspec.to_builtins(probe.check.options) for probe in planned.probes},
    }
    named = _with_names(scrub.value(shown), configuration.variables)
    write_stdout(msgspec.json.format(msgspec.json.encode(named), indent=2).decode() + "\n")
    return 0


def _with_names(value: object, variables: Mapping[str, str]) -> object:
    """``value`` with ``${NAME}`` where the file has it: what the variable holds may be secret."""
    if isinstance(value, str):
        for name, held in variables.items():
            value = value.replace(held, f"${{{name}}}") if len(held) > 2 else value  # noqa: PLR2004 - else a part of any word
        return value
    if isinstance(value, dict):
        return {key: _with_names(entry, variables) for key, entry in value.items()}
    if isinstance(value, list):
        return [_with_names(entry, variables) for entry in value]
    return value


def schema() -> int:
    """Print the JSON Schema of the configuration, for editors."""
    import json  # noqa: PLC0415

    from netra_validate import config_schema, registry  # noqa: PLC0415

    write_stdout(json.dumps(config_schema.schema(registry.load()), indent=2) + "\n")
    return 0


def _file(config: Path | None, root: Path | None) -> Path:
    file, folder = options.locate(config, root)
    if file is None:
        raise UsageProblem(
            f"no configuration in {folder} or above; `netra-validate init` writes one"
        )
    return file


app.command("check")(guarded(check))
app.command("show")(guarded(show))
app.command("schema")(guarded(schema))
