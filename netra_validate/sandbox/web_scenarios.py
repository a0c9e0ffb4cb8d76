"""The scenarios of logins, keys, other origins and the web page."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_AUTH: Final = "auth/auth"
_CORS: Final = "cors/backend"
_PAGE: Final = "frontend/frontend"

_AUTH_SCENARIOS: Final = (
    scenario(
        "oidc-missing",
        "the auth service has no OpenID configuration at any address",
        "auth.not-discovered",
        cause=_AUTH,
    ),
    scenario(
        "oidc-fall-back",
        "the auth service is found at its second address only: a warning",
        "auth.fell-back",
        exit_code=0,
    ),
    scenario(
        "oidc-incomplete",
        "the OpenID configuration names neither a token endpoint nor algorithms",
        "auth.incomplete",
        cause=_AUTH,
    ),
    scenario(
        "oidc-wrong-issuer",
        "the OpenID configuration names a retired host as its issuer",
        "auth.wrong-issuer",
        cause=_AUTH,
    ),
    scenario(
        "oidc-retired-endpoint",
        "the token endpoint is at a retired host",
        "auth.endpoint",
        cause=_AUTH,
    ),
    scenario("jwks-empty", "no key is published", "auth.no-usable-key", cause=_AUTH),
    scenario(
        "jwks-unreadable",
        "the address of the keys answers with a web page",
        "auth.keys-unreadable",
        cause=_AUTH,
    ),
    scenario("jwks-duplicate-kid", "two keys have one id", "auth.key-ids", cause=_AUTH),
    scenario(
        "jwks-private-key",
        "the private part of a key is published",
        "auth.private-key",
        cause=_AUTH,
    ),
    scenario("jwks-weak-key", "one of three keys has 1024 bits", "auth.unusable-key", cause=_AUTH),
    scenario(
        "jwks-single-key",
        "one key is published, so a rotation does not overlap: a warning",
        "auth.no-overlap",
        exit_code=0,
    ),
    scenario(
        "jwks-cached-for-ever",
        "the keys may be cached for a year: a warning",
        "auth.cached-too-long",
        exit_code=0,
    ),
    scenario("token-accepted", "a forged token is accepted", "auth.token-accepted", cause=_AUTH),
    scenario(
        "token-crashes",
        "the auth service answers 500 to a forged token",
        "auth.validation-failed",
        cause=_AUTH,
    ),
    scenario(
        "token-slow",
        "the validation of a token takes 150 ms: a warning",
        "auth.slow-validation",
        exit_code=0,
    ),
    scenario("login-broken", "a login answers 500", "auth.login-failed", cause=_AUTH),
    scenario(
        "redirect-retired-host",
        "the provider is to send users back to a retired host",
        "auth.redirect-host",
        cause=_AUTH,
    ),
)

_CORS_SCENARIOS: Final = (
    Scenario(
        "cors-missing-origin",
        "no service allows the pages of one canonical origin",
        ("cors-missing-origin",),
        frozenset({"cors.origin-refused"}),
        frozenset({"cors/auth", "cors/backend"}),
    ),
    scenario(
        "cors-disagree",
        "the auth service refuses an origin that the backend allows",
        "cors.disagrees",
        cause="cors/auth",
    ),
    scenario(
        "cors-missing-header",
        "the backend does not allow other pages to send Authorization",
        "cors.request-refused",
        cause=_CORS,
    ),
    scenario(
        "cors-without-credentials",
        "the backend does not allow other pages to send cookies",
        "cors.credentials",
        cause=_CORS,
    ),
    scenario(
        "cors-reflects-any",
        "the backend allows every origin by sending it back",
        "cors.foreign-origin",
        cause=_CORS,
    ),
    scenario(
        "cors-wildcard-credentials",
        "the backend allows * with credentials",
        "cors.wildcard-credentials",
        cause=_CORS,
    ),
)

_PAGE_SCENARIOS: Final = (
    scenario("page-missing", "the frontend's page answers 404", "frontend.page", cause=_PAGE),
    scenario(
        "asset-missing", "the page's script is missing", "frontend.asset-missing", cause=_PAGE
    ),
    scenario(
        "asset-wrong-type",
        "the page's script is answered with the page itself",
        "frontend.asset-type",
        cause=_PAGE,
    ),
    scenario(
        "build-mismatch",
        "the page's script is of another build",
        "frontend.build-mismatch",
        cause=_PAGE,
    ),
    scenario(
        "build-unknown",
        "the frontend's health does not say which build runs: a warning",
        "frontend.build-unknown",
        exit_code=0,
    ),
    scenario(
        "runtime-config-missing",
        "the page's settings are answered with the page itself",
        "frontend.asset-type",
        "frontend.runtime-config",
        cause=_PAGE,
    ),
    scenario(
        "runtime-config-retired-host",
        "the page's settings name a retired host",
        "frontend.host",
        cause=_PAGE,
    ),
    scenario(
        "graphql-errors",
        "GraphQL answers with an error of its schema",
        "frontend.graphql",
        cause=_PAGE,
    ),
)

WEB_SCENARIOS: Final[tuple[Scenario, ...]] = (
    *_AUTH_SCENARIOS,
    *_CORS_SCENARIOS,
    *_PAGE_SCENARIOS,
)
