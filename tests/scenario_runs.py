"""Runs of the sandbox's scenarios, each made once for all the tests that look at its report."""

from contextlib import ExitStack
from dataclasses import replace

import msgspec

from netra_validate import config, registry
from netra_validate.plan import Limits, plan
from netra_validate.sandbox import SCENARIOS, launch
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.scenarios import faults_of
from netra_validate.threads import run_to_end
from netra_validate.validation import validate

LIMITS = Limits(timeout_s=25.0)
# What hangs, hangs for all of it. Some of the probes take their time on a busy machine.
HANGING = Limits(timeout_s=8.0)

PATIENT = {
    "auth": {"max_validation_ms": 5_000.0},
    "health": {"max_latency_s": 20.0},
    "postgres": {"slow_connect_s": 20.0, "max_connect_s": 20.0},
    "websocket": {"max_upgrade_s": 20.0},
}
"""Options with which a busy machine is no slow service."""


def is_about_time(scenario):
    """Whether what it shows is told by the limits that a check has of its own accord."""
    rules = SCENARIOS[scenario].expects
    return scenario == "health-cold-start" or any(".slow" in rule for rule in rules)


def planned(sandbox, scenarios=()):
    """What there is to run against a sandbox with these scenarios."""
    folder = sandbox.config_path.parent
    given = config.load(sandbox.config_path)
    if not any(map(is_about_time, scenarios)):
        assert not given.table.checks, "no option of the sandbox is lost"
        given = replace(given, table=msgspec.structs.replace(given.table, checks=PATIENT))
    return plan(registry.load(), given, "sandbox", folder)


def validated(sandbox, scenarios=(), limits=LIMITS):
    """What a run over all checks says of a sandbox with these scenarios."""
    return run_to_end(validate(planned(sandbox, scenarios), limits))


class ScenarioRuns:
    """A sandbox that becomes one scenario after another; it must be closed.

    There is one more for each kind of scenario that a sandbox cannot become but must start with.
    """

    def __init__(self):
        self._open = ExitStack()
        self._sandboxes = {}
        self._runs = {}

    def report(self, *scenarios):
        """What a run over all checks says of an environment with these scenarios."""
        return self._run(scenarios)[0]

    def requests(self, *scenarios):
        """What was asked of it in that run."""
        return self._run(scenarios)[1]

    def again(self, *scenarios):
        """What another run says of it."""
        return validated(self._sandbox(scenarios), scenarios)

    def planned(self):
        """What there is to run, against any of them."""
        return planned(self._sandbox(("healthy",)))

    def _run(self, scenarios):
        if scenarios not in self._runs:
            sandbox = self._sandbox(scenarios)
            before = len(sandbox.requests)
            hangs = any(name.endswith("-hangs") for name in scenarios)
            report = validated(sandbox, scenarios, HANGING if hangs else LIMITS)
            self._runs[scenarios] = (report, sandbox.requests[before:])
        return self._runs[scenarios]

    def _sandbox(self, scenarios):
        kind = broken(faults_of(scenarios)).fixed
        if kind in self._sandboxes:
            self._sandboxes[kind].become(scenarios)
        else:
            self._sandboxes[kind] = self._open.enter_context(launch(scenarios))
        return self._sandboxes[kind]

    def close(self):
        """Stop the sandboxes."""
        self._open.close()
