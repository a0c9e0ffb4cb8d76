"""How to see a host by hand, and what a bad certificate or a missing record usually hides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import HANDSHAKE, SHAKE, ByHand, see

_SHAKE: Final = HANDSHAKE
_THERE: Final = "--resolve {host}:{port}:{address} https://{host}:{port}/"
_SHAKE_ADDRESS: Final = f"{SHAKE} {_THERE}"
_NAME: Final = "nslookup {host}"
_HEAD: Final = "curl -sS -I --max-time 30"

RULES: Final[Mapping[str, ByHand]] = {
    "not-resolved": see(
        _NAME,
        hides="A name that exists in documents only, or a record that was deleted with an"
        " environment. On some machines it works for hours out of a cache.",
    ),
    "no-connection": see(
        _NAME,
        f"{_HEAD} https://{{host}}:{{port}}/",
        hides="One address of several that is old: clients that try the others are only slow, those"
        " that do not fail `sometimes`. Or a firewall at your own place: try from elsewhere.",
    ),
    "tls-failed": see(
        _SHAKE_ADDRESS,
        hides="A server that speaks no TLS there, or one that has no certificate for the name yet"
        " and hangs up. While a managed certificate is provisioned it is exactly this.",
    ),
    "old-tls": see(
        f"{SHAKE} --tlsv1.2 --tls-max 1.2 {_THERE}",
        f"{SHAKE} --tlsv1.3 {_THERE}",
        hides="A proxy or an appliance that stands between, for Google's load balancers offer TLS"
        " 1.2 and 1.3. New clients fail and old ones do not.",
    ),
    "untrusted": see(
        _SHAKE,
        hides="An intermediate certificate that the server does not send: browsers fetch it or know"
        " it, programs do not. So it works in a browser and fails in the service that calls it.",
    ),
    "self-signed": see(
        _SHAKE,
        hides="A stand-in that a server or a proxy presents where it has none for the name: the"
        " request ended at another machine than intended.",
    ),
    "wrong-name": see(
        _SHAKE,
        hides="A retired name, or one that is a level deeper than a wildcard covers. Clients that"
        " were told not to verify go on working, and hide it from tests.",
    ),
    "expired": see(
        _SHAKE,
        hides="A renewal that has failed for weeks: mostly the record does not lead to the load"
        " balancer any more. A new certificate fails for the same reason.",
    ),
    "expiring": see(
        _SHAKE,
        hides="A renewal that is failing now: Google's certificates are renewed about a month"
        " before their end, so that one which gets this near is stuck.",
    ),
    "not-yet-valid": see(
        _SHAKE,
        "python -c 'import datetime; print(datetime.datetime.now(datetime.timezone.utc))'",
        hides="Mostly a clock that is wrong, on this machine or on the one that issued it. A"
        " certificate itself that begins in the future is rare.",
    ),
    "no-redirect": see(
        f"{_HEAD} http://{{host}}:{{port}}/",
        hides="A second way in that nobody looks after: pages over http whose cookies and logins"
        " anybody on the way can read, and mixed content that browsers block.",
    ),
}
