"""How to see an auth service by hand, and what its faults usually hide.

No command carries a token: a forged one is made by the check and is worth nothing, and a real one
belongs into no command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import CURL, LOGS, ByHand, see

_ASK: Final = f"{CURL} {{endpoint}}"
_DISCOVERY: Final = f"{CURL} {{url}}/.well-known/openid-configuration"
_KEYS: Final = f"{CURL} {{url}}/.well-known/jwks.json"

RULES: Final[Mapping[str, ByHand]] = {
    "not-discovered": see(
        _DISCOVERY,
        _ASK,
        hides="A route that leads to the frontend, which answers 200 with a page; or an auth"
        " service that did not start. Logins go on until the caches of the clients run out.",
    ),
    "fell-back": see(
        _DISCOVERY,
        _ASK,
        hides="A path that only some clients try: yours works, a library's does not.",
    ),
    "incomplete": see(
        _DISCOVERY,
        hides="Nothing until a strict library is used or updated; then `the update` is blamed.",
    ),
    "wrong-issuer": see(
        _DISCOVERY,
        hides="A retired host, an internal address or a slash at the end. Services that compare"
        " refuse every token, those that do not accept it, so that one service alone seems broken.",
    ),
    "endpoint": see(
        _DISCOVERY,
        hides="A public address that is set in one variable and not in another. The login goes well"
        " until the step that uses it.",
    ),
    "keys-unreadable": see(
        _KEYS,
        hides="An outage with a delay: whoever has the keys cached goes on, so that it is unclear"
        " when it began. A restart of a service turns it into an outage of that one.",
    ),
    "no-usable-key": see(
        _KEYS,
        hides="A signing key that could not be read at the start, mostly a secret. The service is"
        " up and publishes an empty list.",
    ),
    "unusable-key": see(
        _KEYS,
        hides="A key that was pasted with a newline or in another encoding. Tokens signed with the"
        " other keys work, so that it shows for some users.",
    ),
    "key-ids": see(
        _KEYS,
        hides="Tokens that fail by chance during a rotation, according to which key a library takes"
        " first.",
    ),
    "private-key": see(
        "curl -sS -o /dev/null --max-time 30 -w '%{http_code} %{size_download}\\n' {endpoint}",
        hides="That it has been read: by caches, by logs, by anybody. The commands here do not show"
        " the key again; treat it as known.",
    ),
    "no-overlap": see(
        _KEYS,
        hides="Logins that break at the next rotation, for as long as the keys are cached.",
    ),
    "cached-too-long": see(
        "curl -sS -I --max-time 30 {endpoint}",
        hides="A leaked key that services go on trusting after it was replaced.",
    ),
    "token-accepted": see(
        LOGS,
        hides="A flag that switches the validation off (SKIP_OAUTH_VALIDATION), or a library that"
        " is asked to decode and not to verify. Every test with a good token passes.",
    ),
    "validation-failed": see(
        f"{CURL} {{endpoint}}",
        LOGS,
        hides="An exception on a path that only bad tokens take. It is a 500 in the log, and in"
        " reality a way to keep the service busy.",
    ),
    "slow-validation": see(
        "curl -sS -o /dev/null --max-time 30"
        " -w '%{http_code} %{time_connect} %{time_starttransfer}\\n' {endpoint}",
        LOGS,
        hides="Keys that are fetched for every token, or a query to the database. Every request of"
        " every service pays for it, and each service looks slow by itself.",
    ),
    "login-failed": see(
        _ASK,
        LOGS,
        hides="A client id or a secret that is missing from the environment. Health endpoints are"
        " green, for nothing of it is used until somebody logs in.",
    ),
    "redirect-host": see(
        _ASK,
        hides="A host that was renamed in the service or at the provider, not in both: the provider"
        " says redirect_uri_mismatch, and users come back to a host that does not answer.",
    ),
}
