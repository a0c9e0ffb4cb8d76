"""``netra-validate config check|show|schema``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from netra_validate.cli import completion, options
from netra_validate.cli.failures import UsageProblem, guarded, say
from netra_validate.cli.output import write_stdout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from netra_validate.config import Configuration, EnvironmentTable
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
    from netra_validate import registry

    if not permissions:
        if checks or env or skip or plane or phase or output != "text":
            raise UsageProblem("only --permissions takes checks, or a selection of them")
        return _check_all(config, root)
    from netra_validate.cli import permitting
    from netra_validate.plan import Selection, refuse_unknown_checks

    known = registry.load()
    selection = Selection(tuple(checks or ()), tuple(skip or ()), tuple(plane or ()), phase)
    refuse_unknown_checks(known, (*selection.checks, *selection.skip))
    file, _ = options.locate(config, root)
    configuration = options.load(file, env, known)
    return permitting.permissions(known, configuration, env, selection, output)


def _check_all(config: Path | None, root: Path | None) -> int:
    from netra_validate import registry

    file = _file(config, root)
    known = registry.load()
    loaded = options.load(file, None, known, every=True)
    names = ", ".join(loaded.environments) or "none"
    idle = [*_idle_waivers(loaded, _rules(known)), *_ended_waivers(loaded)]
    for problem in idle:
        say(f"{file}: waivers: {problem}")
    for name in loaded.environments:
        _say_what_is_missing(file, name, loaded.table.environments[name])
    good = "good, but for its waivers" if idle else "good"
    write_stdout(f"{file}: {good}; environments: {names}\n")
    return 0


def _idle_waivers(loaded: Configuration, rules: list[str]) -> Iterator[str]:
    """What is wrong with waivers that can match nothing."""
    from difflib import get_close_matches
    from fnmatch import fnmatchcase

    resources = sorted(
        {
            resource.key
            for name in (None, *loaded.environments)
            for resource in loaded.topology(name, Path()).resources
        }
    )
    for waiver in loaded.table.waivers:
        for what, wanted, there in (
            ("installed check has a rule", waiver.rule, rules),
            ("environment has a resource", waiver.resource, resources),
        ):
            if not any(fnmatchcase(each, wanted) for each in there):
                meant = get_close_matches(wanted, there, n=1)
                hint = f"; did you mean {meant[0]!r}?" if meant else ""
                yield f"no {what} {wanted!r}{hint}"


def _ended_waivers(loaded: Configuration) -> Iterator[str]:
    """Those that cover nothing any more."""
    from datetime import UTC, datetime

    today = datetime.now(UTC).date()
    for waiver in loaded.table.waivers:
        if waiver.expires < today:
            which = f"{waiver.rule} on {waiver.resource} ({waiver.owner})"
            yield f"that of {which} has run out on {waiver.expires}"


def _say_what_is_missing(file: Path, name: str, table: EnvironmentTable) -> None:
    """What is not declared, so that nobody looks at it: no fault, and mostly no intention."""
    if table.services or table.databases or table.connectors or table.load_balancers:
        return
    project = "" if table.project else "project, "
    say(
        f"{file}: environments.{name}: nothing of the cloud is looked at:"
        f" {project}services, databases and connectors are not filled in"
    )


def _rules(known: Registry) -> list[str]:
    return sorted(rule.id for check in known.checks.values() for rule in check.rules.values())


def show(
    *, env: options.Env = None, config: options.ConfigFile = None, root: options.Root = None
) -> int:
    """Show an environment as it is understood, as JSON: defaults and variables filled in."""
    import msgspec

    from netra_validate import registry, scrub
    from netra_validate.plan import plan

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
    import json

    from netra_validate import config_schema, registry

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
