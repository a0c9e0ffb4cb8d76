"""``netra-validate fix``."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Annotated

import typer

from netra_validate.cli import completion, logs, options
from netra_validate.cli.failures import UsageProblem, say, to_stdout
from netra_validate.exit_codes import ExitCode
from netra_validate.model import Outcome, Plane, Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from netra_validate.fixing.proposing import Gathered, Proposal
    from netra_validate.model import Report
    from netra_validate.plan import Limits, Plan
    from netra_validate.registry import Registry
    from netra_validate.terminal import Display


Checks = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CHECK]...",
        help="Checks whose findings to mend (default: all that can).",
        autocompletion=completion.checks,
    ),
]
Write = Annotated[bool, typer.Option("--write", help="Make the edits instead of showing them.")]
AllowDirty = Annotated[
    bool,
    typer.Option("--allow-dirty", help="Also edit files that git could not bring back."),
]


def fix(  # noqa: PLR0913 - the command line is what it is
    checks: Checks = None,
    *,
    write: Write = False,
    allow_dirty: AllowDirty = False,
    env: options.Env = None,
    config: options.ConfigFile = None,
    root: options.Root = None,
    timeout: options.Timeout = None,
    deadline: options.Deadline = None,
    color: options.Color = "auto",
    debug: options.Debug = False,
) -> int:
    """Show the edits that mend findings in the repository, as a diff; --write makes them.

    Only what is certain is edited; the rest is named. Exits 0 where nothing is left to edit, 1
    where edits are shown or a file was left alone, 3 where a check could not look.
    """
    import time

    from netra_validate import registry
    from netra_validate.cli.running import carry_out
    from netra_validate.plan import Selection, plan
    from netra_validate.terminal import Display

    del debug
    file, folder = options.locate(config, root)
    known = registry.load()
    configuration = options.load(file, env, known)
    environment = options.environment_of(configuration, env)
    limits = options.limits_of(
        configuration.table.run, timeout=timeout, deadline=deadline, retries=None, concurrency=None
    )
    selection = Selection(_able(known, checks or ()), planes=(Plane.SOURCE,))
    planned = plan(known, configuration, environment, folder, selection)
    since_ns = time.time_ns()
    report = carry_out(planned, limits, Severity.ERROR)
    if report.interrupted:
        say("interrupted; nothing was written")
        return ExitCode.INTERRUPTED
    gathered, proposal = _proposed(planned, report, limits, since_ns)
    display = Display.for_stream(sys.stdout, color=color)
    _tell(report, gathered, proposal)
    if write:
        stopped = _write(planned, proposal, allow_dirty=allow_dirty)
    else:
        stopped = _show(planned, proposal, display, allow_dirty=allow_dirty)
    alone = proposal.refused or proposal.clashing or any(one.is_certain for one in gathered.left)
    return _code(report, gathered, stopped=stopped or bool(alone))


def _able(known: Registry, wanted: Sequence[str]) -> tuple[str, ...]:
    """The checks that are meant, all of which can propose edits."""
    from netra_validate.fixing.proposing import fixable
    from netra_validate.plan import refuse_unknown_checks
    from netra_validate.reading import listed

    refuse_unknown_checks(known, wanted)
    able = tuple(check.id for check in known.checks.values() if fixable(check))
    for name in wanted:
        if name not in able:
            raise UsageProblem(f"the check {name!r} has no fixes; those that have: {listed(able)}")
    return tuple(wanted) or able


def _proposed(
    plan: Plan, report: Report, limits: Limits, since_ns: int
) -> tuple[Gathered, Proposal]:
    from netra_validate.fixing import proposing
    from netra_validate.threads import run_to_end

    with redirect_stdout(sys.stderr):
        gathered = run_to_end(proposing.gather(plan, report, limits))
    root = proposing.tree(plan.root)
    return gathered, proposing.propose(root, gathered.fixes, since_ns=since_ns)


def _tell(report: Report, gathered: Gathered, proposal: Proposal) -> None:
    from netra_validate.fixing import telling

    for sentence in (
        *telling.unverified(report),
        *gathered.failed,
        *telling.left(gathered),
        *telling.untouched(proposal.refused),
        *telling.clashing(proposal),
    ):
        say(sentence)


def _show(plan: Plan, proposal: Proposal, display: Display, *, allow_dirty: bool) -> bool:
    """Show the diff. Returns whether there is anything in it."""
    from netra_validate.fixing import diffing, proposing, showing, telling, uncommitted

    diffs = [diffing.diff(change, plan.secrets) for change in proposal.changes]
    with to_stdout(), logs.without_commands():
        showing.show(diffs, display)
    if proposal.changes and not allow_dirty:
        kept = uncommitted.kept(proposing.tree(plan.root))
        for sentence in telling.dirty(proposal, kept):
            say(sentence)
    for sentence in telling.shown(proposal, diffs):
        say(sentence)
    return bool(proposal.changes)


def _write(plan: Plan, proposal: Proposal, *, allow_dirty: bool) -> bool:
    """Write the changes. Returns whether a file was left alone."""
    from netra_validate.cli.output import write_stdout
    from netra_validate.fixing import proposing, telling, uncommitted, writing

    root = proposing.tree(plan.root)
    kept = None if allow_dirty or not proposal.changes else uncommitted.kept(root)
    alone = telling.unsafe_of(proposal, kept)
    written: list[writing.Change] = []

    def told(change: writing.Change, reason: str | None) -> None:
        if reason is None:
            written.append(change)
        else:
            alone[change.path] = reason

    safe = [change for change in proposal.changes if change.path not in alone]
    try:
        writing.write_all(root, safe, told)
    finally:
        write_stdout("".join(f"{telling.done(change)}\n" for change in written))
        for sentence in (*telling.untouched(alone), *telling.written(written)):
            say(sentence)
    return bool(alone)


def _code(report: Report, gathered: Gathered, *, stopped: bool) -> int:
    """The exit code: see the docstring of :func:`fix`."""
    if stopped:
        return ExitCode.FOUND
    outcomes = {probe.outcome for probe in report.probes}
    unfinished = any(probe.reason and probe.outcome is not Outcome.SKIP for probe in report.probes)
    if unfinished or gathered.failed or outcomes <= {Outcome.SKIP}:
        return ExitCode.UNVERIFIED
    return ExitCode.FIT
