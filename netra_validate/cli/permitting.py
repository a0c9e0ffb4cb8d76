"""``netra-validate config check --permissions``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from netra_validate.cli import options
from netra_validate.cli.failures import say
from netra_validate.cli.output import write_stdout
from netra_validate.exit_codes import ExitCode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netra_validate.config import Configuration
    from netra_validate.permissions import Need, Tested
    from netra_validate.plan import Selection
    from netra_validate.registry import Registry


def permissions(
    known: Registry,
    configuration: Configuration,
    env: str | None,
    selection: Selection,
    output: str,
) -> int:
    """Print the role, and say which of its permissions the present credentials have.

    Returns:
        0 where all of them are held, 3 where some are not or that could not be tested: the role is
        printed all the same.
    """
    from pathlib import Path

    from netra_validate import permissions as granting
    from netra_validate.threads import run_to_end

    name = options.environment_of(configuration, env)
    environment, topology = configuration.environment(name), configuration.topology(name, Path())
    checks, idle = granting.chosen(
        known, topology, selection, configured=configuration.path is not None
    )
    needs = granting.needs(checks, environment, topology)
    if output == "text":
        write_stdout(granting.document(needs))
    tested = run_to_end(granting.ask(needs, environment))
    if output == "json":
        write_stdout(_document(needs, tested, name))
    for line in _told(needs, tested):
        say(line)
    if idle:
        names = ", ".join(each.id for each in idle)
        say(f"left out, for there is nothing for them in the configuration: {names}")
    unplaced = any(not need.projects for need in needs)
    return ExitCode.FIT if tested.all_held and not unplaced else ExitCode.UNVERIFIED


def _told(needs: Sequence[Need], tested: Tested) -> Iterator[str]:
    """What was found out, in sentences."""
    from netra_validate.permissions import Standing

    users = {need.permission: ", ".join(need.checks) for need in needs}
    if any(not need.projects for need in needs):
        yield "which of them you have was not tested: the configuration names no project"
    for project, problem in sorted(tested.problems.items()):
        yield f"which of them you have on {project} could not be tested: {problem}"
    for project, found in sorted(tested.standings.items()):
        missing = [each for each, how in found.items() if how is Standing.MISSING]
        held = sum(how is Standing.HELD for how in found.values())
        yield f"you have {held} of {len(found)} on the project {project}"
        for each in missing:
            yield (
                f"not on the project {project}: {each} ({users[each]});"
                " it may still be granted on the resource"
            )
        for each, how in found.items():
            if how is Standing.UNTESTABLE:
                yield f"no project can grant {each} ({users[each]}); it was not tested"


def _document(needs: Sequence[Need], tested: Tested, environment: str | None) -> str:
    """Everything, for programs."""
    from netra_validate.permissions import definition

    rows: list[dict[str, Any]] = [
        {
            "permission": need.permission,
            "checks": list(need.checks),
            "projects": {
                project: tested.standings.get(project, {}).get(need.permission)
                for project in need.projects
            },
        }
        for need in needs
    ]
    document = {
        "environment": environment,
        "role": definition(needs),
        "permissions": rows,
        "not_tested": dict(tested.problems),
    }
    return json.dumps(document, indent=2) + "\n"
