"""How to look for hosts by hand, and what a wrong one usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import READABLE, SHAKE, ByHand, see

_FILES: Final = "git grep -l -F -e {host}"
_RESOLVES: Final = "nslookup {host}"
_CERTIFICATE: Final = f"{SHAKE} https://{{host}}/"

RULES: Final[Mapping[str, ByHand]] = {
    "retired-host": see(
        _FILES,
        _CERTIFICATE,
        hides="Calls that end in a certificate error, or in an old service that still answers. As"
        " long as it answers nobody notices, and then everything stops on one day.",
    ),
    "direct-address": see(
        _FILES,
        "curl -sS -I --max-time 30 https://{host}/",
        hides="Calls that go around the load balancer, its rate limit and its log. They break when"
        " the service is made anew, since its address changes.",
    ),
    "insecure-scheme": see(
        _FILES,
        "curl -sS -I --max-time 30 http://{host}/",
        hides="A redirect that turns a POST into a GET, or a token that has crossed the network in"
        " the clear before it was redirected.",
    ),
    "unknown-host": see(
        _FILES,
        _RESOLVES,
        hides="A typing error, or a name that somebody planned. Where it does not resolve the code"
        " that uses it has never worked.",
    ),
    "wrong-role": see(
        _FILES,
        "curl -sS -i --max-time 30 https://{host}/health",
        hides="200 from the wrong service, mostly the frontend's page where an API was meant: the"
        " client fails later, with broken JSON.",
    ),
    "unclear-comment": see(
        "git grep -n -F -e netra-validate -- {file}",
        hides="A finding that somebody meant to allow and did not, or an exception that is wider"
        " than it looks.",
    ),
    "unread": see(
        READABLE,
        hides="Hosts that nobody has looked for: a file that is too large, or in another encoding.",
    ),
}
