"""``netra-validate demo`` and ``netra-validate sandbox``."""

from __future__ import annotations

from contextlib import suppress
from typing import Annotated, Any, Final

import typer

from netra_validate.cli import options, running
from netra_validate.cli.failures import say
from netra_validate.cli.output import write_stdout
from netra_validate.cli.same_options import as_of

ListScenarios = Annotated[bool, typer.Option("--list", help="List the scenarios and leave.")]

_GONE: Final = (
    "This sandbox is gone by now, and so is what the commands of this report ask. To try them,"
    " serve one with `netra-validate sandbox`."
)


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
    from netra_validate.sandbox import launch  # noqa: PLC0415 - keeps --help quick

    if list_scenarios:
        return _list()
    healing_s = options.healing_of(heal_after)
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


def _serve(scenarios: list[str], heal_after_s: float | None) -> None:
    from netra_validate.sandbox import serve  # noqa: PLC0415

    def ready(config_path: object) -> None:
        write_stdout(f"netra-validate run --config {config_path}\n")
        say("the sandbox is up; run the line above in a second terminal, Ctrl-C ends it")

    serve(scenarios, ready=ready, heal_after_s=heal_after_s)


def _list() -> int:
    from netra_validate.sandbox import SCENARIOS  # noqa: PLC0415

    say("each scenario breaks only what its line says, and may have symptoms elsewhere")
    width = max(map(len, SCENARIOS))
    write_stdout("".join(f"{name:{width}}  {one.summary}\n" for name, one in SCENARIOS.items()))
    return 0
