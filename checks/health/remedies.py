"""What to do about a finding, in the user's own names."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from checks.health.speakers import Speaker
from netra_validate import Command, Environment, LoadBalancer, Remediation, Service
from netra_validate.remedies import changes, curl, gcloud, looks, read_logs

_CLOUD: Final = "https://cloud.google.com"

TROUBLESHOOTING: Final = f"{_CLOUD}/run/docs/troubleshooting"
CALLERS: Final = f"{_CLOUD}/run/docs/authenticating/service-to-service"
CERTIFICATES: Final = f"{_CLOUD}/load-balancing/docs/ssl-certificates/troubleshooting"
VERSIONS: Final = f"{_CLOUD}/load-balancing/docs/ssl-policies-concepts"
ROUTES: Final = f"{_CLOUD}/load-balancing/docs/url-map-concepts"
RECORDS: Final = f"{_CLOUD}/dns/docs/records"
CACHING: Final = f"{_CLOUD}/cdn/docs/caching"
HEALTH: Final = f"{_CLOUD}/run/docs/configuring/healthchecks"
TOKENS: Final = f"{_CLOUD}/run/docs/authenticating/end-users"
PROXY: Final = f"{_CLOUD}/iap/docs/authentication-howto"
MAX_INSTANCES: Final = f"{_CLOUD}/run/docs/configuring/max-instances"
RATE_LIMITS: Final = f"{_CLOUD}/armor/docs/rate-limiting-overview"


@dataclass(frozen=True, slots=True)
class Remedies:
    """Remedies for one service."""

    service: Service
    environment: Environment
    load_balancers: tuple[LoadBalancer, ...] = ()
    """Those that lead to the service."""

    def for_rule(self, rule: str, url: str, evidence: dict[str, object]) -> Remediation:
        """What to do about ``rule`` at ``url``."""
        if "speaks" in evidence:
            wanted = "https" if evidence["speaks"] == "TLS" else "http"
            return Remediation(_SCHEME.format(wanted=wanted), self._curl(url), HEALTH)
        match rule:
            case "unreachable":
                return self._unreachable(url, evidence)
            case "not-json" if "plain_text" in evidence:
                return Remediation(self._plain_text(), self._curl(url), HEALTH)
            case "forbidden":
                return self._forbidden(str(evidence.get("answered_by")))
            case "rate-limited":
                return self._turned_away(str(evidence.get("answered_by")))
            case "wrong-service" | "redirected" | "not-json" | "malformed":
                return self._led_astray(rule, url)
            case "stale" | "no-verdict":
                cached = rule == "stale"
                summary = _UNCACHED if cached else f"{_WORDS}; {self._any()}"
                return Remediation(summary, self._curl(url), CACHING if cached else HEALTH)
        by = evidence.get("answered_by") if rule == "bad-status" else None
        instead = _INSTEAD.get(str(by))
        logged = _LOGS.get(rule, "Read what the service logs while it answers")
        first = (*self._curl(url), *(self._describe() if instead else ()))
        return Remediation(instead or logged, (*first, *self._logs()), TROUBLESHOOTING)

    def _turned_away(self, by: str) -> Remediation:
        """Whoever asks too often, or everybody, where no instance is free."""
        if by == Speaker.FRONT_END:
            return Remediation(_INSTANCES, self._describe(), MAX_INSTANCES)
        return Remediation(
            "Ask less often, or let this machine's address pass the rate limit",
            self._policies(),
            RATE_LIMITS,
        )

    def _unreachable(self, url: str, evidence: dict[str, object]) -> Remediation:
        host, phase = urlsplit(url).hostname or url, evidence.get("phase")
        if phase == "name resolution":
            summary = f"Give {host} a DNS record, or correct the address in the configuration"
            return Remediation(summary, (looks("nslookup", host), *self._describe()), RECORDS)
        if evidence.get("at_fault") == "certificate":
            return self._certificate(url, host)
        if phase == "TLS":
            return Remediation(_HANDSHAKE.format(host=host), self._curl(url), VERSIONS)
        summary = f"Find out why {host} does not answer"
        if phase == "request" and _is_plain(url):
            summary += _OR_TLS
        commands = (*self._curl(url), *self._describe(), *self._logs())
        return Remediation(summary, commands, TROUBLESHOOTING)

    def _certificate(self, url: str, host: str) -> Remediation:
        """Whose certificate it is decides who can mend it."""
        if host.endswith(".run.app"):
            summary = (
                f"See who answers for {host}: Cloud Run's own certificate is valid, so a proxy may"
                " stand between; name its authority in ca_file of the environment"
            )
            return Remediation(summary, self._curl(url), CERTIFICATES)
        summary = f"Serve a valid certificate that covers {host}, or correct the address"
        if _is_this_machine(host):
            summary += "; name a private authority in ca_file of the environment"
            return Remediation(summary, self._curl(url), CERTIFICATES)
        return Remediation(summary, (*self._curl(url), *self._certificates()), CERTIFICATES)

    def _plain_text(self) -> str:
        return f"Let the endpoint answer in JSON, such as {_EXAMPLE}; {self._any()}"

    def _any(self) -> str:
        """What to write where the status alone is to count, in the user's own names."""
        table = ".".join(filter(None, (self._table(), "checks.health")))
        return f'where the status alone is enough, set expect = "any" in [{table}]'

    def _table(self) -> str:
        """The service's table in the configuration; empty where the environment has no name."""
        if not self.environment.name:
            return ""
        names = ("environments", self.environment.name, "services", self.service.key)
        return ".".join(map(_toml_key, names))

    def _forbidden(self, answered_by: str) -> Remediation:
        if answered_by != "Google's access control":
            summary, docs = _REFUSED.get(answered_by, _REFUSED[""])
            return Remediation(summary, docs=docs)
        if self.service.auth == "google-id-token":
            summary = (
                "Let the account that asks hold roles/run.invoker on the service, and set audience"
                " to the service's own address"
            )
        else:
            where = f" in [{self._table()}]" if self._table() else " for the service"
            summary = (
                f'Set auth = "google-id-token"{where}, and let the account that asks hold'
                " roles/run.invoker on the service: put its address in place of ACCOUNT. A service"
                " that everybody is meant to reach lacks its public access instead, which a person"
                " has to decide on"
            )
        looked = self._gcloud("services", "get-iam-policy")
        return Remediation(summary, (*looked, *self._invite()), CALLERS)

    def _invite(self) -> tuple[Command, ...]:
        """Let one account ask the service, where its name is configured."""
        if self.service.cloud_run is None:
            return ()
        project, region = self._project(), self.environment.region_of(self.service)
        who = ("--member=serviceAccount:ACCOUNT", "--role=roles/run.invoker")

        def command(verb: str) -> tuple[str, ...]:
            words = ("run", "services", verb, self.service.cloud_run or "", *who)
            return gcloud(*words, project=project, region=region)

        return (
            changes(
                command("add-iam-policy-binding"),
                command("remove-iam-policy-binding"),
                risk="Whoever acts as that account may call every address of the service",
            ),
        )

    def _curl(self, url: str) -> tuple[Command, ...]:
        """The same question by hand; not where it takes a token, which no report may hold."""
        if self.service.auth != "none":
            return ()
        return (looks(*curl(url, ca_file=self.environment.ca_file)),)

    def _led_astray(self, rule: str, url: str) -> Remediation:
        """Something else answers than the service."""
        if rule == "wrong-service":
            commands = (*self._curl(url), *self._spellings(), *self._routes())
            return Remediation(self._astray(), commands, ROUTES)
        doubt = _OR_TLS if rule == "malformed" and _is_plain(url) else ""
        commands = (*self._curl(url), *self._describe())
        return Remediation(f"{_ROUTING[rule]}{doubt}", commands, ROUTES)

    def _astray(self) -> str:
        """What leads to another service most often, and what to do about it."""
        name = self.service.cloud_run
        if name is None:
            return "Lead the address to the right service, or correct url in the configuration"
        return (
            f"See whether {name} was deployed under another spelling, or no route leads to it, so"
            " that whoever answers for the rest answers here; then lead the address to the right"
            " service, or correct url or cloud_run in the configuration"
        )

    def _spellings(self) -> tuple[Command, ...]:
        """Every service that there is."""
        if self.service.cloud_run is None:
            return ()
        project, region = self._project(), self.environment.region_of(self.service)
        return (looks(*gcloud("run", "services", "list", project=project, region=region)),)

    def _routes(self) -> tuple[Command, ...]:
        """Where the load balancers lead to."""
        return tuple(map(self._route, self.load_balancers))

    def _route(self, balancer: LoadBalancer) -> Command:
        scope = f"--region={balancer.region}" if balancer.region else "--global"
        words = ("compute", "url-maps", "describe", balancer.url_map, scope)
        return looks(*gcloud(*words, project=self.environment.project_of(balancer)))

    def _describe(self) -> tuple[Command, ...]:
        return self._gcloud("services", "describe")

    def _logs(self) -> tuple[Command, ...]:
        if self.service.cloud_run is None:
            return ()
        region = self.environment.region_of(self.service)
        return (looks(*read_logs(self.service, self._project(), region)),)

    def _gcloud(self, *verb: str) -> tuple[Command, ...]:
        """``gcloud run …`` on the service, where its name is configured."""
        if self.service.cloud_run is None:
            return ()
        words = ("run", *verb, self.service.cloud_run)
        region = self.environment.region_of(self.service)
        return (looks(*gcloud(*words, project=self._project(), region=region)),)

    def _project(self) -> str | None:
        return self.environment.project_of(self.service)

    def _certificates(self) -> tuple[Command, ...]:
        words = ("compute", "ssl-certificates", "list")
        return (looks(*gcloud(*words, project=self._project())),)

    def _policies(self) -> tuple[Command, ...]:
        words = ("compute", "security-policies", "list")
        return (looks(*gcloud(*words, project=self._project())),)


def _is_plain(url: str) -> bool:
    return url.casefold().startswith("http://")


def _is_this_machine(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _toml_key(name: str) -> str:
    """A name as TOML writes it: bare where it can be (https://toml.io/en/v1.0.0#keys)."""
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


_SCHEME: Final = "Let the address in the configuration begin with {wanted}://, or correct its port"

_OR_TLS: Final = "; if the port speaks TLS, let the address begin with https://"

_HANDSHAKE: Final = (
    "See whether what listens at {host} speaks TLS, and TLS 1.2 or later; if it does not, correct"
    " the address"
)

_EXAMPLE: Final = '{"status": "ok"}'

_ROUTING: Final = {
    "redirected": "Configure the address that answers itself, or take the redirect away",
    "not-json": "See what answers there: the route may lead to the frontend or to an error page",
    "malformed": "See what answers there: it may not be an HTTP server, or one that breaks off",
}

_LOGS: Final = {
    "bad-status": "Read why the service answers so in its logs",
    "unhealthy": "Mend the dependency that the answer names; the logs say more",
    "degraded": "Mend the dependency that the answer names; the logs say more",
    "not-ready": "Wait for the start to end; if it does not, its logs say what it waits for",
    "slow": "Find what the health endpoint waits for; its logs and its dependencies tell",
}

_IN_ITS_PLACE: Final = (
    "Find out what keeps requests from the service: Google's front end answered in its place, so"
    " that its logs have nothing of them. If the service is ready and answers at its own address,"
    " look at the load balancer; if not, at why no instance starts"
)

_INSTEAD: Final[Mapping[str, str]] = {
    Speaker.FRONT_END: _IN_ITS_PLACE,
    Speaker.EITHER: (
        "Read in the service's logs whether it answered so itself; where they have nothing of these"
        " requests, Google's front end answered in its place: then look at why no instance starts,"
        " or, where the service answers well at its own address, at the load balancer"
    ),
}
"""What to do first, by who answered in the service's place, or may have."""

_INSTANCES: Final = (
    "Let more instances run, where the database has connections for them, or find out what makes"
    " requests take so long: as many run as may (maxScale, max instances), and none becomes free"
)

_UNCACHED: Final = (
    "Let the endpoint answer with Cache-Control: no-store, and take its path out of the cache; then"
    " ask again"
)

_WORDS: Final = (
    "Let the endpoint say how it is, or add its word to good_words, degraded_words, not_ready_words"
    " or bad_words of [checks.health]"
)

_REFUSED: Final = {
    "Identity-Aware Proxy": (
        "Let the account that asks pass Identity-Aware Proxy, or check the address behind it",
        PROXY,
    ),
    "Google Cloud Armor": (
        "Let this machine's address pass the rule of Cloud Armor that denied it",
        RATE_LIMITS,
    ),
    "": (
        'Give the check a token that the application accepts: auth = "bearer" and token_env',
        TOKENS,
    ),
}
