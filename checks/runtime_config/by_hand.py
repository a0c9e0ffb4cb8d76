"""How to see the variables of a revision by hand, and what a wrong one usually hides.

The commands show names of variables and never their values: one may be a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import LOGS, PLACE, ByHand, see

_NAMES: Final = (
    f"gcloud run revisions describe {{revision}} {PLACE}"
    " --format='value(spec.containers[].env[].name)'"
)
_VERSIONS: Final = "gcloud secrets versions list {secret} --project={project}"

RULES: Final[Mapping[str, ByHand]] = {
    "required-missing": see(
        _NAMES,
        LOGS,
        hides="A default that was meant for a laptop: the program starts, and talks to localhost or"
        " to nothing. Another workflow's deploy with --set-env-vars took all the others away.",
    ),
    "forbidden-flag": see(
        _NAMES,
        LOGS,
        hides="The failure for which it was set. The service says that it is well because it was"
        " told not to look; take the flag away on a revision without traffic first.",
    ),
    "placeholder": see(
        _NAMES,
        hides="A step of the set-up that was never done. It fails when the value is first used,"
        " which may be weeks later and looks like an outage of somebody else.",
    ),
    "localhost": see(
        _NAMES,
        LOGS,
        hides="A value copied from a laptop's .env file. `Connection refused` in the log is read as"
        " if the database or Redis were down.",
    ),
    "retired-host": see(
        _NAMES,
        "nslookup {host}",
        hides="Calls that end in a certificate error or a name that does not resolve, while the"
        " repository is long clean: what runs was deployed before, or has the value from"
        " elsewhere.",
    ),
    "unknown-address": see(
        _NAMES,
        f"gcloud run services list {PLACE}",
        hides="A service under another spelling. Google answers 404 for an address that nobody has,"
        " and that is taken for a missing route of the application.",
    ),
    "other-environment": see(
        _NAMES,
        hides="Staging that writes into production, or has its safeguards off. Everything works,"
        " which is why it is found late.",
    ),
    "surrounding-space": see(
        _NAMES,
        LOGS,
        hides="A refused key or an address that `cannot be parsed`. Nobody sees a space at the end,"
        " not in the console either.",
    ),
    "plain-secret": see(
        _NAMES,
        hides="That it has been read already: by everybody with the role viewer, in each old"
        " revision, and in the log of the workflow that set it. Moving it is not enough, rotate"
        " it.",
    ),
    "duplicate-name": see(
        _NAMES,
        hides="A value that was changed and does not change anything, since the other one counts.",
    ),
    "secret-unusable": see(
        _VERSIONS,
        "gcloud secrets versions describe {version} --secret={secret} --project={project}",
        hides="A revision that starts no further instance: it is well until it has to scale or"
        " restart, and then fails without a change of anybody's.",
    ),
    "secret-outdated": see(
        _VERSIONS,
        hides="A rotation that looks done. The old password is refused the moment somebody disables"
        " it, and the service is blamed.",
    ),
}
