"""Secrets: who may read them, and whether a version can be read. Never what is in them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from netra_validate.clients.budget import Budget
from netra_validate.clients.google.access import SECRET_MANAGER, Access
from netra_validate.clients.google.messages import short
from netra_validate.clients.google.policies import VERSION, Policy, of_json
from netra_validate.clients.google.shared import Answer

if TYPE_CHECKING:
    from netra_validate.clients.google.failures import Question


class SecretManager:
    """What Secret Manager, version 1, tells in one run of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def policy(self, name: str, budget: Budget) -> Answer[Policy]:
        """The policy of a secret, by ``projects/p/secrets/s``."""
        subject = f"the IAM policy of the secret {short(name)}"
        query = f":getIamPolicy?options.requestedPolicyVersion={VERSION}"

        async def call(own: Budget) -> Policy:
            from netra_validate.clients.google import failures

            permission = "secretmanager.secrets.getIamPolicy"
            question = self._access.question(subject, SECRET_MANAGER, permission, name)
            found = of_json(name, await self._get(name, query, question, own))
            if found is None:
                raise failures.not_understood(question)
            return found

        return self._access.ask(("policy", name), subject, budget, call)

    def version_state(self, name: str, budget: Budget) -> Answer[tuple[str, str]]:
        """The number and the state of a version, such as ``("7", "ENABLED")``.

        Args:
            name: ``projects/p/secrets/s/versions/v``, where ``v`` is a number, an alias, or
                ``latest``: the one that was created last, whatever its state.
            budget: of the asker.
        """
        secret, _, version = name.partition("/versions/")
        subject = f"the version {version} of the secret {short(secret)}"

        async def call(own: Budget) -> tuple[str, str]:
            from netra_validate.clients.google import failures

            permission = "secretmanager.versions.get"
            question = self._access.question(subject, SECRET_MANAGER, permission, name)
            body = await self._get(name, "", question, own)
            if not isinstance(body, dict) or not isinstance(body.get("name"), str):
                raise failures.not_understood(question)
            return short(body["name"]), str(body.get("state", "STATE_UNSPECIFIED"))

        return self._access.ask(("version", name), subject, budget, call)

    async def _get(self, name: str, query: str, question: Question, budget: Budget) -> object:
        from netra_validate.clients.google import failures

        rest = self._access.rest(SECRET_MANAGER)
        body = await rest.get(f"/v1/{quote(name)}{query}", question, budget)
        try:
            return json.loads(body)
        except (ValueError, RecursionError) as error:
            raise failures.not_understood(question) from error
