"""What to do about a finding, in the user's own names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from netra_validate import Command, Environment, Remediation, Service

_CLOUD: Final = "https://cloud.google.com"

TROUBLESHOOTING: Final = f"{_CLOUD}/run/docs/troubleshooting"
CALLERS: Final = f"{_CLOUD}/run/docs/authenticating/service-to-service"
CERTIFICATES: Final = f"{_CLOUD}/load-balancing/docs/ssl-certificates/troubleshooting"
RATE_LIMITS: Final = f"{_CLOUD}/armor/docs/rate-limiting-overview"


@dataclass(frozen=True, slots=True)
class Remedies:
    """Remedies for one service. Every command only reads."""

    service: Service
    environment: Environment

    def for_rule(self, rule: str, url: str, evidence: dict[str, object]) -> Remediation:
        """What to do about ``rule`` at ``url``."""
        match rule:
            case "unreachable":
                return self._unreachable(url, str(evidence.get("phase")))
            case "forbidden":
                return self._forbidden(str(evidence.get("answered_by")))
            case "rate-limited":
                return Remediation(
                    "Ask less often, or let this machine's address pass the rate limit",
                    self._policies(),
                    RATE_LIMITS,
                )
            case "wrong-service" | "redirected" | "not-json" | "malformed":
                return Remediation(_ROUTING[rule], (*self._curl(url), *self._describe()))
            case "no-verdict":
                return Remediation(_WORDS, self._curl(url))
        summary = _LOGS.get(rule, "Read what the service logs while it answers")
        return Remediation(summary, (*self._curl(url), *self._logs()), TROUBLESHOOTING)

    def _unreachable(self, url: str, phase: str) -> Remediation:
        host = urlsplit(url).hostname or url
        if phase == "name resolution":
            summary = f"Give {host} a DNS record, or correct the address in the configuration"
            return Remediation(summary, (Command(("nslookup", host)), *self._describe()))
        if phase == "TLS":
            summary = f"Serve a valid certificate that covers {host}, or correct the address"
            return Remediation(summary, (*self._curl(url), *self._certificates()), CERTIFICATES)
        summary = f"Find out why {host} does not answer"
        commands = (*self._curl(url), *self._describe(), *self._logs())
        return Remediation(summary, commands, TROUBLESHOOTING)

    def _forbidden(self, answered_by: str) -> Remediation:
        if answered_by != "Google's access control":
            return Remediation(_REFUSED.get(answered_by, _REFUSED[""]))
        if self.service.auth == "google-id-token":
            summary = (
                "Let the account that asks hold roles/run.invoker on the service, and set audience"
                " to the service's own address"
            )
        else:
            summary = (
                'Set auth = "google-id-token" for the service, and let the account that asks hold'
                " roles/run.invoker on it"
            )
        return Remediation(summary, self._gcloud("services", "get-iam-policy"), CALLERS)

    def _curl(self, url: str) -> tuple[Command, ...]:
        """The same question by hand; not where it takes a token, which no report may hold."""
        if self.service.auth != "none":
            return ()
        trust = (
            () if self.environment.ca_file is None else ("--cacert", str(self.environment.ca_file))
        )
        return (Command(("curl", "-sS", "-i", "--max-time", "30", *trust, url)),)

    def _describe(self) -> tuple[Command, ...]:
        return self._gcloud("services", "describe")

    def _logs(self) -> tuple[Command, ...]:
        return self._gcloud("services", "logs", "read", last=("--limit=50",))

    def _gcloud(self, *verb: str, last: tuple[str, ...] = ()) -> tuple[Command, ...]:
        """``gcloud run …`` on the service, where its name is configured."""
        if self.service.cloud_run is None:
            return ()
        return (Command(("gcloud", "run", *verb, self.service.cloud_run, *self._where(), *last)),)

    def _where(self) -> tuple[str, ...]:
        region = self.environment.region_of(self.service)
        return (*(() if region is None else (f"--region={region}",)), *self._project())

    def _project(self) -> tuple[str, ...]:
        project = self.environment.project_of(self.service)
        return () if project is None else (f"--project={project}",)

    def _certificates(self) -> tuple[Command, ...]:
        return (Command(("gcloud", "compute", "ssl-certificates", "list", *self._project())),)

    def _policies(self) -> tuple[Command, ...]:
        return (Command(("gcloud", "compute", "security-policies", "list", *self._project())),)


_ROUTING: Final = {
    "wrong-service": "Route the address to the right service, or correct url in the configuration",
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

_WORDS: Final = (
    "Let the endpoint say how it is, or add its word to good_words, degraded_words, not_ready_words"
    " or bad_words of [checks.health]"
)

_REFUSED: Final = {
    "Identity-Aware Proxy": "Let the account that asks pass Identity-Aware Proxy, or check the"
    " address behind it",
    "Google Cloud Armor": "Let this machine's address pass the rule of Cloud Armor that denied it",
    "": 'Give the check a token that the application accepts: auth = "bearer" and token_env',
}
