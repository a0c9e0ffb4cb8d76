"""Whether an instance runs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from checks.cloud_sql import remedies
from checks.cloud_sql.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from checks.cloud_sql.facts import InstanceFacts, OperationFacts
    from checks.cloud_sql.remedies import Place

_STATES: Final = {
    "SUSPENDED": (
        "is suspended",
        "Mend what it is suspended for, outside of the database: billing, an encryption key",
        "diagnose-issues",
    ),
    "PENDING_DELETE": (
        "is being deleted",
        "Find out who deletes it; a deleted instance can be restored from its backups",
        "delete-instance",
    ),
    "PENDING_CREATE": (
        "is still being created",
        "Wait until the operation under way ends, and look at how it ended",
        "create-instance",
    ),
    "MAINTENANCE": (
        "is down for maintenance",
        "Wait until the maintenance ends; that takes minutes",
        "maintenance",
    ),
    "ONLINE_MAINTENANCE": (
        "is under maintenance",
        "Wait until the maintenance ends; that takes minutes",
        "maintenance",
    ),
    "FAILED": (
        "has failed: its creation or a maintenance ended in a fatal error",
        "Read the failed operation, then restore from a backup or ask Google's support",
        "diagnose-issues",
    ),
    "REPAIRING": (
        "is being repaired",
        "Wait until the repair ends, and look at how it ended",
        "diagnose-issues",
    ),
}
"""What each state means (DatabaseInstance.SqlInstanceState, SQL Admin v1), and what to do."""

_POLICIES: Final = {"ALWAYS", "NEVER", "ON_DEMAND"}
"""All there are (Settings.SqlActivationPolicy, SQL Admin v1). They say something of an instance
only while its state is RUNNABLE."""


class StateRules:
    """Rules on the instance's state and on what was done to it."""

    options: Expectations

    not_runnable = Rule(
        Severity.ERROR,
        "The instance is not RUNNABLE",
        help="""
        In any other state than RUNNABLE the database answers nobody: it is suspended, fails, is in
        maintenance, or is being created or deleted. Everything that needs it fails with it, usually
        with a timeout that looks like a problem of the network.
        To mend: look at its latest operations for the reason; billing, a full disk or an operation
        that runs are the usual ones.
        """,
        shows=(),
        explains=(Sign.NO_DATABASE,),
    )
    stopped = Rule(
        Severity.ERROR,
        "The instance is stopped",
        help="""
        The activation policy is NEVER: somebody or some schedule stopped the instance, and no
        connection starts it again. The API goes on calling the state RUNNABLE, which is why a look
        at the state alone misses this.
        To mend: find out why it was stopped, then set the activation policy to ALWAYS.
        """,
        shows=(),
        explains=(Sign.NO_DATABASE,),
    )
    failing_operation = Rule(
        Severity.WARNING,
        "The latest operation of its kind failed",
        help="""
        An update, restart, backup or other operation ended in an error within the last
        `operations_days`, and none of its kind has succeeded since. The instance may run on with
        settings other than those that were asked for. An export or import that somebody cancelled
        has not failed.
        To mend: read the operation's error, mend that, and ask for the change again.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE,),
    )

    def judge_state(self, place: Place, facts: InstanceFacts) -> Iterator[Finding]:
        """Whether it runs. What is stopped is stopped, and nothing else beside it.

        A state that is not understood is no finding: see :func:`not_understood`.
        """
        evidence = {"state": facts.state, "activation_policy": facts.activation_policy}
        if facts.activation_policy == "NEVER":
            yield self.stopped.finding(
                f"{facts.name} is stopped: its activation policy is NEVER, expected ALWAYS",
                evidence=evidence,
                remedy=remedies.start(place),
            )
        elif facts.state in _STATES:
            means, todo, docs = _STATES[facts.state]
            reason = f" ({', '.join(facts.suspended_for)})" if facts.suspended_for else ""
            yield self.not_runnable.finding(
                f"{facts.name} {means}{reason}: its state is {facts.state}, expected RUNNABLE",
                evidence=evidence | {"suspended_for": list(facts.suspended_for)},
                remedy=remedies.look_into(place, todo, docs),
            )
        elif facts.suspended_for:
            _, todo, docs = _STATES["SUSPENDED"]
            yield self.not_runnable.finding(
                f"{facts.name} is to be suspended ({', '.join(facts.suspended_for)}), though its"
                f" state is {facts.state}",
                evidence=evidence | {"suspended_for": list(facts.suspended_for)},
                remedy=remedies.look_into(place, todo, docs),
            )

    def judge_operations(
        self, place: Place, operations: Sequence[OperationFacts], now: datetime
    ) -> Iterator[Finding]:
        """Whether the latest operation of each kind went well. Newest first."""
        since = now - timedelta(days=self.options.operations_days)
        seen: set[str] = set()
        for operation in operations:
            if operation.running or operation.cancelled or operation.kind in seen:
                continue
            seen.add(operation.kind)
            if operation.errors and (operation.at is None or operation.at >= since):
                when = f" on {operation.at:%Y-%m-%d}" if operation.at else ""
                yield self.failing_operation.finding(
                    f"{place.name} had its latest {operation.kind} fail{when}:"
                    f" {operation.errors[0]}",
                    evidence={"operation": operation.name, "errors": list(operation.errors)},
                    remedy=remedies.look_at_operation(place, operation.name),
                    identity=operation.kind,
                )


def not_understood(facts: InstanceFacts) -> tuple[str, ...]:
    """What the verdict rests on and the API does not tell, or tells in a word newer than this.

    Such an instance is neither fit nor broken as far as anyone can say here.
    """
    if facts.state in _STATES:
        return ()
    policy = () if facts.activation_policy in _POLICIES else ("activation policy",)
    return policy if facts.state == "RUNNABLE" else ("state", *policy)
