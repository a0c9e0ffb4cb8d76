"""Where the policies come from: asked all at once, read as far as they can be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from checks.identity.grants import Verdict, judge
from checks.identity.members import Account
from checks.identity.needs import Wanted
from netra_validate import ClientError, Context, Service
from netra_validate.clients.google.policies import Policy

if TYPE_CHECKING:
    from netra_validate.clients.google import Answer
    from netra_validate.clients.google.resource_manager import Inherited


@dataclass(frozen=True, slots=True)
class Found:
    """What came of one need."""

    verdict: Verdict
    errors: tuple[ClientError, ...] = ()
    """Policies that could not be read, where none that could gives it."""
    unread: tuple[str, ...] = ()
    """What could not be read above the project, in words."""


@dataclass(slots=True)
class Sources:
    """The policies of one probe."""

    ctx: Context
    roles: dict[str, frozenset[str] | None] = field(default_factory=dict)
    """Permissions of those that IAM was asked for."""
    untold: dict[str, ClientError] = field(default_factory=dict)
    """Why it does not tell those of some."""
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def ask(self, wanted: Wanted, callees: Mapping[str, Service]) -> list[Answer[Policy]]:
        """Ask for the policies that count, the narrowest first."""
        google = self.ctx.google
        asked = [google.project_policy(wanted.project)]
        if wanted.secret:
            asked.insert(0, google.secret_policy(wanted.secret))
        if wanted.callee is not None:
            asked.insert(0, google.service_policy(callees[wanted.callee.key]))
        return asked

    async def find(
        self, wanted: Wanted, account: Account, asked: Iterable[Answer[Policy]]
    ) -> Found:
        """Whether the account has it: by its own policies, else by those above the project."""
        policies, errors = [], []
        for answer in asked:
            try:
                policies.append(await answer)
            except ClientError as error:
                errors.append(error)
        verdict = await self._judge(wanted, account, policies)
        unknown = [self.untold[name] for name in verdict.unknown_roles if name in self.untold]
        if verdict.granted_by or errors:
            return Found(verdict, () if verdict.granted_by else (*errors, *unknown))
        # What is not clear here may be given above without a doubt.
        above: Inherited = await self.ctx.google.inherited(wanted.project)
        found = await self._judge(wanted, account, above.policies)
        if verdict.unclear and not found.granted_by:
            return Found(verdict, tuple(unknown))
        return Found(found, unread=above.unread)

    async def _judge(self, wanted: Wanted, account: Account, policies: Iterable[Policy]) -> Verdict:
        """Judge, and again when IAM has told of the roles that it takes."""
        policies = tuple(policies)
        verdict = judge(wanted.need, account, policies, self.roles, self.now)
        if verdict.granted_by or not verdict.unknown_roles:
            return verdict
        asked = {name: self.ctx.google.role(name) for name in verdict.unknown_roles}
        for name, answer in asked.items():
            try:
                self.roles[name] = await answer
            except ClientError as error:
                self.roles[name], self.untold[name] = None, error
        again = judge(wanted.need, account, policies, self.roles, self.now)
        return replace(again, unknown_roles=verdict.unknown_roles)
