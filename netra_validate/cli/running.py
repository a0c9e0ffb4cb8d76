"""``netra-validate run``."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from netra_validate.cli import comparing, options, output, workflow
from netra_validate.cli.failures import say
from netra_validate.exit_codes import ExitCode
from netra_validate.model import Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netra_validate.model import Report
    from netra_validate.plan import Limits, Plan

_PATIENCE_S = 15.0
"""After the deadline: cancelling and closing have bounds of their own, and end well before."""

ASIDE: Final[ContextVar[str]] = ContextVar("aside", default="")
"""A note for the report of a run that does not pass, such as that it is of a sandbox."""


def run(  # noqa: PLR0913 - the command line is what it is
    checks: options.Checks = None,
    *,
    env: options.Env = None,
    config: options.ConfigFile = None,
    root: options.Root = None,
    skip: options.Skip = None,
    plane: options.Planes = None,
    phase: options.Phase = None,
    candidate: options.Candidates = None,
    outputs: options.Outputs = None,
    fail_on: options.FailOn = None,
    baseline: options.Baseline = None,
    fail_on_new: options.FailOnNew = False,
    timeout: options.Timeout = None,
    deadline: options.Deadline = None,
    wait: options.Wait = None,
    retries: options.Retries = None,
    concurrency: options.Concurrency = None,
    color: options.Color = "auto",
    quiet: options.Quiet = False,
    debug: options.Debug = False,
) -> int:
    """Run the checks and report what is wrong, what it causes, and what to do."""
    from netra_validate import candidates, registry
    from netra_validate.plan import Selection, plan
    from netra_validate.reports import Display

    documents = workflow.documents(outputs or (), os.environ)
    old = comparing.baseline(baseline, fail_on_new=fail_on_new)
    file, folder = options.locate(config, root)
    output.refuse_to_replace(documents, file)
    known = registry.load()
    configuration = options.load(file, env, known)
    environment = options.environment_of(configuration, env)
    comparing.refuse_another_environment(old, baseline, environment, fail_on_new=fail_on_new)
    table = configuration.table.run
    limits = options.limits_of(
        table, timeout=timeout, deadline=deadline, retries=retries, concurrency=concurrency
    )
    wait_s = options.wait_of(table, wait)
    selection = Selection(tuple(checks or ()), tuple(skip or ()), tuple(plane or ()), phase)
    chosen_by = options.chooser_of(configuration, env)
    planned = plan(known, configuration, environment, folder, selection, chosen_by=chosen_by)
    planned = candidates.applied(planned, candidates.parse(candidate or ()))
    severity = fail_on or table.fail_on or Severity.ERROR
    report = carry_out(planned, limits, severity, wait_s=wait_s, quiet=quiet, debug=debug)
    report = comparing.held_against(report, old, baseline, fail_on_new=fail_on_new)
    report = with_aside(report)
    display = Display.for_stream(sys.stdout, color=color, quiet=quiet, debug=debug)
    _tell_notes(report, documents, quiet=quiet)
    return output.write(report, workflow.located(documents, folder, os.environ), display)


def carry_out(
    plan: Plan,
    limits: Limits,
    fail_on: Severity,
    *,
    wait_s: float = 0.0,
    quiet: bool = False,
    debug: bool = False,
) -> Report:
    """Run a plan, with live progress where somebody watches, and a line for a log now and then."""
    from netra_validate.progress import PlainWatch, observer_for
    from netra_validate.threads import run_to_end
    from netra_validate.validation import validate

    drawn = None if quiet else observer_for(sys.stderr)
    told = None if quiet else drawn or PlainWatch(say)
    # The document alone goes to stdout, whatever a check prints.
    with redirect_stdout(sys.stderr), _watched(max(limits.deadline_s, wait_s)):
        return run_to_end(
            validate(
                plan,
                limits,
                fail_on=fail_on,
                observer=drawn,
                wait_s=wait_s,
                watcher=told,
                with_footprint=debug,
            )
        )


@contextmanager
def _watched(longest_s: float) -> Iterator[None]:
    """End the program where a check blocks the event loop, so that its time never ends."""

    def give_up() -> None:
        say("a check blocks the event loop, and its time is long over; there is no report")
        os._exit(ExitCode.UNVERIFIED)

    watch = threading.Timer(longest_s + _PATIENCE_S, give_up)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def with_aside(report: Report) -> Report:
    """A report that did not pass, with what is to be said beside it."""
    aside = ASIDE.get()
    if not aside or not report.exit_code:
        return report
    return replace(report, notes=(*report.notes, aside))


def _tell_notes(report: Report, documents: Sequence[output.Output[Report]], *, quiet: bool) -> None:
    """Notes stand in the text report; where stdout carries another one they go to stderr."""
    on_screen = any(each.file is None and each.format.terminal for each in documents)
    if not on_screen and not quiet:
        for note in report.notes:
            say(note)
