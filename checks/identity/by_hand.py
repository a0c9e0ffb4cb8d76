"""How to see a service's account and its roles by hand, and what a missing one usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import PLACE, ByHand, see

_WHO: Final = (
    f"gcloud run revisions describe {{revision}} {PLACE} --format='value(spec.serviceAccountName)'"
)
_ROLES: Final = (
    "gcloud projects get-iam-policy {project} --flatten=bindings[].members"
    " --filter='bindings.members:{account}' --format='table(bindings.role)'"
)

RULES: Final[Mapping[str, ByHand]] = {
    "default-account": see(
        _WHO,
        _ROLES,
        hides="A deploy without --service-account. The roles that were given to the intended"
        " account do nothing, and everything works as long as the default one is an editor.",
    ),
    "other-account": see(
        _WHO,
        "gcloud iam service-accounts list --project={project}",
        hides="Two workflows that deploy the same service. Roles are granted over and over to an"
        " account that nobody runs as.",
    ),
    "cloud-sql-role": see(
        _WHO,
        _ROLES,
        hides="It is taken for a database that is down or a wrong password: the deploy succeeds,"
        " the socket is there, and connections are refused or time out.",
    ),
    "secret-access": see(
        _WHO,
        "gcloud secrets get-iam-policy {secret} --project={project}",
        hides="A deploy that `suddenly` fails although nothing changed: running instances keep"
        " their secret, and only the next one cannot read it.",
    ),
    "invoker": see(
        _WHO,
        f"gcloud run services get-iam-policy {{service}} {PLACE}",
        hides="The caller logs a 403 with a page in HTML, which its code takes for broken JSON. It"
        " is no fault of the service that is called.",
    ),
    "project-role": see(
        _WHO,
        _ROLES,
        hides="A grant that was made on another project, or to the account that runs elsewhere. The"
        " deploy may succeed, and what needs the role fails at run time.",
    ),
}
