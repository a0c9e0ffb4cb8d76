"""Roles: which permissions they hold."""

from __future__ import annotations

import json
from urllib.parse import quote

from netra_validate.clients.budget import Budget
from netra_validate.clients.google.access import IAM, Access
from netra_validate.clients.google.shared import Answer


class Iam:
    """What IAM, version 1, tells in one run of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def role(self, name: str, budget: Budget) -> Answer[frozenset[str]]:
        """The permissions of a role, by its whole name. A deleted role holds none.

        Predefined ones may be read by everyone; others take ``iam.roles.get``
        (https://cloud.google.com/iam/docs/reference/rest/v1/roles/get).
        """
        subject = f"the role {name}"

        async def call(own: Budget) -> frozenset[str]:
            from netra_validate.clients.google import failures

            question = self._access.question(subject, IAM, "iam.roles.get", name)
            body = await self._access.rest(IAM).get(f"/v1/{quote(name)}", question, own)
            try:
                told = json.loads(body)
                return frozenset(() if told.get("deleted") else told.get("includedPermissions", ()))
            except (ValueError, TypeError, AttributeError, RecursionError) as error:
                raise failures.not_understood(question) from error

        return self._access.ask(("role", name), subject, budget, call)
