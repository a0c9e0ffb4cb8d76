"""``netra-validate config check|show|schema``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netra_validate.cli import completion, options
from netra_validate.cli.failures import UsageProblem, guarded, say
from netra_validate.cli.output import write_stdout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from netra_validate.registry import Registry

app = typer.Typer(
    help="Check, show or describe the configuration.", no_args_is_help=True, rich_markup_mode=None
)


PermissionsOf = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CHECK]...",
        help="With --permissions: of these checks (default: all that have something here).",
        autocompletion=completion.checks,
    ),
]
Permissions = Annotated[
    bool,
    typer.Option(
        "--permissions",
        help="Print the role that the checks need, and test which of it you have.",
    ),
]


def check(  # noqa: PLR0913 - what a run selects, its permissions select
    checks: PermissionsOf = None,
    *,
    permissions: Permissions = False,
    env: options.Env = None,
    skip: options.Skip = None,
    plane: options.Planes = None,
    phase: options.Phase = None,
    output: options.ListFormat = "text",
    config: options.ConfigFile = None,
    root: options.Root = None,
) -> int:
    """Say everything that is wrong with the configuration, all environments included.

    With --permissions, print the IAM permissions that the checks need, as a role for `gcloud iam
    roles create`, and test which of them the present credentials have. Exits 3 where some are not
    held on the project, or that could not be tested; the role is printed all the same.
    """
    from netra_validate import registry  # noqa: PLC0415 - keeps --help quick

    if not permissions:
        if checks or env or skip or plane or phase or output != "text":
            raise UsageProblem("only --permissions takes checks, or a selection of them")
        return _check_all(config, root)
    from netra_validate.cli import permitting  # noqa: PLC0415 - as above
    from netra_validate.plan import Selection, refuse_unknown_checks  # noqa: PLC0415

    known = registry.load()
    selection = Selection(tuple(checks or ()), tuple(skip or ()), tuple(plane or ()), phase)
    refuse_unknown_checks(known, (*selection.checks, *selection.skip))
    file, _ = options.locate(config, root)
    configuration = options.load(file, env, known)
    return permitting.permissions(known, configuration, env, selection, output)


def _check_all(config: Path | None, root: Path | None) -> int:
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
