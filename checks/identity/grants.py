"""Whether policies give an account what it needs. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from checks.identity.conditions import Target, holds
from checks.identity.members import Account, includes
from checks.identity.roles import HOLDERS, WITHOUT, is_predefined
from netra_validate.clients.google.policies import Binding, Policy

Roles = Mapping[str, frozenset[str] | None]
"""Permissions of roles that IAM was asked for; None for those that it did not tell."""


@dataclass(frozen=True, slots=True)
class Need:
    """One permission on one resource."""

    permission: str
    role: str
    """The least predefined role that holds it."""
    target: Target
    literal: bool = False
    """The role itself is wanted, not what it holds."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the policies say of one need."""

    granted_by: str | None = None
    """Role and resource, where it is given."""
    unclear: tuple[str, ...] = ()
    """What may give it and cannot be decided, in words."""
    unknown_roles: tuple[str, ...] = ()
    """Roles of the account that may hold the permission, and that IAM was not asked for."""


def judge(
    need: Need, account: Account, policies: Iterable[Policy], roles: Roles, now: datetime
) -> Verdict:
    """What the policies say, taken together: one binding that surely gives it is enough."""
    unclear: list[str] = []
    unknown: list[str] = []
    for policy, binding in _bindings(policies):
        holder = _holds(need, binding.role, roles)
        doubts = _doubts(policy.on, binding, need, account, now)
        if holder is False or doubts is None:
            continue
        if holder is None and binding.role not in roles:
            unknown.append(binding.role)
        elif holder is None:
            # The table knows every predefined role that accounts are given for this.
            unclear += [] if is_predefined(binding.role) else [f"what {binding.role} holds"]
        elif not doubts:
            return Verdict(f"{binding.role} on {policy.on}")
        else:
            unclear += doubts
    return Verdict(None, tuple(dict.fromkeys(unclear)), tuple(dict.fromkeys(unknown)))


def _bindings(policies: Iterable[Policy]) -> Iterator[tuple[Policy, Binding]]:
    for policy in policies:
        for binding in policy.bindings:
            yield policy, binding


def _holds(need: Need, role: str, roles: Roles) -> bool | None:
    """Whether a role holds the permission; None where that is not known yet, or cannot be."""
    if need.literal:
        return role == need.role
    if role in HOLDERS[need.permission]:
        return True
    if role in WITHOUT[need.permission]:
        return False
    told = roles.get(role)
    return None if told is None else need.permission in told


def _doubts(
    on: str, binding: Binding, need: Need, account: Account, now: datetime
) -> list[str] | None:
    """What is not clear of a binding, in words; None where it is not for this account, or now."""
    members = {member: includes(member, account) for member in binding.members}
    perhaps = sorted(member for member, told in members.items() if told is None)
    met = holds(binding.condition, need.target, now)
    if met is False or not (perhaps or True in members.values()):
        return None
    what = f"{binding.role} on {on}"
    doubts = [] if met else [f"whether the condition of {what} holds"]
    if True not in members.values():
        doubts += [f"whether {account.email} is in {each}, which has {what}" for each in perhaps]
    return doubts
