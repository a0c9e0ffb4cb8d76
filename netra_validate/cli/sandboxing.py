"""``netra-validate demo`` and ``netra-validate sandbox``."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from netra_validate.cli import options, running
from netra_validate.cli.failures import say
from netra_validate.cli.output import write_stdout
from netra_validate.cli.same_options import as_of

if TYPE_CHECKING:
    from netra_validate.sandbox import Sandbox

ListScenarios = Annotated[bool, typer.Option("--list", help="List the scenarios and leave.")]

_GONE: Final = (
    "This sandbox is gone by now, and so is what the commands of this report ask. To try them,"
    " serve one with `netra-validate sandbox`, which prints what leads gcloud to it."
)

_TAG: Final = "candidate"
"""Of the revision that the scenarios of candidates are about, and the fault that it is there."""


@as_of(running.run, without=("env", "config", "root"))
def demo(
    checks: options.Checks = None,
    *,
    scenario: options.Scenarios = None,
    list_scenarios: ListScenarios = False,
    heal_after: options.HealAfter = None,
    **asked: Any,  # noqa: ANN401 - what a run can be asked for, a demo can be asked for
) -> int:
    """Start a staging environment on this machine, validate it, and stop it."""
    from netra_validate.sandbox import launch

    if list_scenarios:
        return _list()
    healing_s = options.healing_of(heal_after)
    _tell_of_candidates(scenario or [], asked.get("candidate"))
    with launch(scenario or ["healthy"], heal_after_s=healing_s) as started:
        before = running.ASIDE.set(_GONE)
        try:
            return running.run(checks, config=started.config_path, **asked)
        finally:
            running.ASIDE.reset(before)


def sandbox(
    *,
    scenario: options.Scenarios = None,
    list_scenarios: ListScenarios = False,
    heal_after: options.HealAfter = None,
) -> int:
    """Serve a staging environment on this machine until Ctrl-C, healthy or broken on purpose."""
    if list_scenarios:
        return _list()
    with suppress(KeyboardInterrupt):  # which is how it is meant to end, however early
        _serve(scenario or ["healthy"], options.healing_of(heal_after))
    return 0


def _tell_of_candidates(scenarios: list[str], candidates: object) -> None:
    """What is about a revision without traffic shows in part, if at all, where nobody asks."""
    from netra_validate.sandbox import SCENARIOS

    about = [each for each in scenarios if each in SCENARIOS and _TAG in SCENARIOS[each].faults]
    if about and not candidates:
        verb = "is" if len(about) == 1 else "are"
        say(
            f"{', '.join(about)} {verb} about a revision without traffic: `--candidate"
            f" backend={_TAG}` judges that one in the place of what serves"
        )


def _serve(scenarios: list[str], heal_after_s: float | None) -> None:
    from netra_validate.sandbox import serve
    from netra_validate.shell import assigned
    from netra_validate.terminal import shell_of

    def ready(one: Sandbox) -> None:
        reader = shell_of(os.environ)
        variables = one.gcloud_environment.items()
        lines = [f"netra-validate run --config {one.config_path}"]
        lines += [assigned(name, value, reader) for name, value in variables]
        write_stdout("".join(f"{line}\n" for line in lines))
        say(
            "the sandbox is up; run the first line in a second terminal, and the others before"
            " commands of gcloud there: they lead it here, but for logging, logs, jobs, iam and"
            " projects, which it does not answer. Ctrl-C ends it"
        )

    serve(scenarios, ready=ready, heal_after_s=heal_after_s)


def _list() -> int:
    from netra_validate.sandbox import SCENARIOS

    say("each scenario breaks only what its line says, and may have symptoms elsewhere")
    width = max(map(len, SCENARIOS))
    write_stdout("".join(f"{name:{width}}  {one.summary}\n" for name, one in SCENARIOS.items()))
    return 0
