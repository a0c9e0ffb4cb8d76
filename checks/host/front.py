"""What the front page says of the way to it: the redirect from http, and HSTS."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, urljoin, urlsplit

from netra_validate import ClientError, Context, Finding, Host

if TYPE_CHECKING:
    from checks.host import HostCheck
    from checks.host.remedies import Remedies
    from netra_validate.clients.http import HttpResponse

_MAX_AGE: Final = re.compile(r'(?:^|;)\s*max-age\s*=\s*"?(\d{1,12})"?\s*(?:;|$)', re.IGNORECASE)
"""RFC 6797, section 6.1.1."""

_HTTPS: Final = 443


def address(scheme: str, host: Host, port: int) -> str:
    """The front page of a host."""
    name = f"[{host.name}]" if ":" in host.name else host.name
    usual = {"http": 80, "https": _HTTPS}[scheme]
    return f"{scheme}://{name}{'' if port == usual else f':{port}'}/"


async def judge(
    check: HostCheck, host: Host, ctx: Context, remedies: Remedies
) -> AsyncIterator[Finding]:
    """Ask over https and over http. That there is no answer is for other rules to tell."""
    asked = {"https": ctx.hosts.front(address("https", host, host.port), check.options.timeout_s)}
    if check.options.http_port:
        plain = address("http", host, check.options.http_port)
        asked["http"] = ctx.hosts.front(plain, check.options.timeout_s)
    for scheme, answer in asked.items():
        try:
            response = await answer
        except ClientError as error:
            ctx.observe(**{scheme: error.message})
            continue
        ctx.observe(**{scheme: response.status})
        judged = _hsts if scheme == "https" else _redirect
        for found in judged(check, host, response, remedies):
            yield found


def _hsts(
    check: HostCheck, host: Host, response: HttpResponse, remedies: Remedies
) -> Iterator[Finding]:
    told = response.headers.get("strict-transport-security")
    age, least = max_age_s(told), check.options.min_hsts_age_s
    if told is not None and age is not None and age >= least:
        return
    says = "sends no Strict-Transport-Security"
    if told is not None:
        says = "sends a Strict-Transport-Security without max-age"
    if age is not None:
        says = f"tells browsers to use https alone for {age} s, expected {least} s or more"
    yield check.no_hsts.finding(
        f"{host.name} {says}", evidence={"max_age_s": age}, remedy=remedies.look_at(response.url)
    )


def max_age_s(header: str | None) -> int | None:
    """For how many seconds browsers are to remember; None where that is not told."""
    found = _MAX_AGE.search(header or "")
    return int(found[1]) if found else None


def _redirect(
    check: HostCheck, host: Host, response: HttpResponse, remedies: Remedies
) -> Iterator[Finding]:
    target = _target(response)
    if 200 <= response.status < 300:  # noqa: PLR2004 - the successes of RFC 9110
        says = f"answers {response.status} over plain http"
    elif target is None or is_secure(target, host):
        return
    else:
        says = f"redirects http to {target.scheme}://{target.netloc.rpartition('@')[2]}"
    yield check.no_redirect.finding(
        f"{host.name} {says}, expected a redirect to https of the same host",
        evidence={"status": response.status, "port": check.options.http_port},
        remedy=remedies.redirect(response.url),
    )


def is_secure(target: SplitResult, host: Host) -> bool:
    """Whether a redirect leads to https of the host: at its own port or the usual one."""
    try:
        port = target.port or _HTTPS
    except ValueError:
        return False
    same = (target.hostname or "").rstrip(".") == host.name.lower().rstrip(".")
    return target.scheme == "https" and same and port in {host.port, _HTTPS}


def _target(response: HttpResponse) -> SplitResult | None:
    location = response.headers.get("location")
    if not 300 <= response.status < 400 or not location:  # noqa: PLR2004 - the redirects
        return None
    try:
        return urlsplit(urljoin(response.url, location))
    except ValueError:
        return None
