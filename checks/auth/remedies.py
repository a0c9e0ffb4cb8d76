"""What to do about an auth service that falls short."""

from __future__ import annotations

from typing import Final

from netra_validate import Context, Remediation, Service
from netra_validate.remedies import curl, looks, read_logs
from netra_validate.web_addresses import to_follow

_OPENID: Final = "https://openid.net/specs/openid-connect-discovery-1_0.html"
_JWK: Final = "https://www.rfc-editor.org/rfc/rfc7517"
_JWT: Final = "https://www.rfc-editor.org/rfc/rfc8725"
_GOOGLE: Final = "https://developers.google.com/identity/protocols/oauth2/web-server"

_FORGETTING: Final = (
    "Take the key for known, now: sign with a new one, publish its public parts only, take the old"
    " one off the list, empty the caches before it, and have everybody log in anew, since tokens"
    " of the old one can be forged until nobody trusts it; then find what published it"
)
"""In the order of an emergency: whoever has read the key is kept out first."""

_ADVICE: Final[dict[str, tuple[str, str | None]]] = {
    "not-discovered": ("Serve the OpenID configuration, or correct the option discovery", _OPENID),
    "fell-back": ("Serve the OpenID configuration at the first address of discovery", _OPENID),
    "incomplete": ("Complete the OpenID configuration", _OPENID),
    "wrong-issuer": ("Set the issuer to the official address of the service", _OPENID),
    "endpoint": ("Set the public address of the service", _OPENID),
    "keys-unreadable": ("Serve the keys at jwks_uri, or correct that address", _JWK),
    "no-usable-key": ("Publish the public half of the key that signs", _JWK),
    "unusable-key": ("Publish the key anew, or take it off the list", _JWK),
    "key-ids": ("Give each key an id of its own", _JWK),
    "private-key": (_FORGETTING, _JWK),
    "no-overlap": ("Publish the next key beside the present one", _JWK),
    "cached-too-long": ("Lower max-age in Cache-Control of the keys", _JWK),
    "token-accepted": (
        (
            "Verify signature, algorithm, issuer and expiry of every token; look for a switch that"
            " turns that off, and in the logs for who came in without"
        ),
        _JWT,
    ),
    "validation-failed": ("Read what the service logs while it validates a bad token", _JWT),
    "slow-validation": ("Cache the keys, and verify tokens in memory", _JWT),
    "login-failed": ("Read what the service logs when a login begins", _GOOGLE),
    "redirect-host": (
        "Correct the service's own address, and register its redirect address",
        _GOOGLE,
    ),
}

_OF_TOKENS: Final = frozenset({"token-accepted", "validation-failed", "slow-validation"})
"""What only an answer to a token shows; a command that carries one is never printed."""

_LOGGED: Final = _OF_TOKENS | {"login-failed"}
"""Where the logs say more than a look at the answer."""


def remedy(
    rule: str, url: str, service: Service, ctx: Context, *, secret: bool = False
) -> Remediation:
    """What to do, with commands that look only. None of them sends a token.

    Args:
        rule: that is broken.
        url: that was asked.
        service: it is about.
        ctx: of the probe.
        secret: whether a private key stands at ``url``: the command asks for the headers alone.
    """
    summary, docs = _ADVICE[rule]
    commands = []
    # What a configuration names may be any address: only what a browser would follow is asked.
    if rule not in _OF_TOKENS and to_follow(url) is not None:
        show = "-I" if secret else "-i"
        commands.append(looks(*curl(url, ca_file=ctx.environment.ca_file, show=show)))
    if rule in _LOGGED and service.cloud_run is not None:
        environment = ctx.environment
        project, region = environment.project_of(service), environment.region_of(service)
        commands.append(looks(*read_logs(service, project, region)))
    return Remediation(summary, tuple(commands), docs)
