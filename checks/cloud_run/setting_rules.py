"""Whether revisions have the settings that are expected. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from checks.cloud_run import remedies
from checks.cloud_run.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from checks.cloud_run.facts import RevisionFacts, ServiceFacts
    from checks.cloud_run.remedies import Place

_TIGHTNESS: Final = ("all", "internal-and-cloud-load-balancing", "internal")
"""Of ingress, the most open first (https://cloud.google.com/run/docs/securing/ingress)."""

_NOT_TOLD: Final = "not told by the API"


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting of a revision beside what is expected of it."""

    option: str
    flag: str
    """Of ``gcloud run services update``."""
    wanted: object
    found: object
    """None where the API does not tell."""
    by_default: str = _NOT_TOLD
    """What it means that nothing is told."""

    @property
    def differs(self) -> bool:
        """Whether it is another one; what is not told is no other."""
        from checks.cloud_run.facts import quantity

        if self.found is None and self.by_default == _NOT_TOLD:
            return False
        if self.option in {"memory", "cpu"}:
            return quantity(str(self.wanted)) != quantity(str(self.found))
        return self.wanted != self.found

    @property
    def words(self) -> str:
        """What it is, and what it is to be."""
        found = self.by_default if self.found is None else self.found
        return f"{self.option} {found}, expected {self.wanted}"


class SettingRules:
    """Rules on settings."""

    options: Expectations

    settings = Rule(
        Severity.ERROR,
        "A setting is not as expected",
        help="""
        The revision that serves has other settings than the options of this check expect: most and
        least instances, timeout, concurrency, memory, CPU, port, egress, execution environment,
        account; or the service lets requests in from elsewhere (`ingress`). Settings get lost when
        a deploy leaves their flags out, or when two workflows deploy the same service. What counts
        is the revision, not the service's template. A latest revision without traffic is a warning:
        it will serve next.
        To mend: deploy with the flags that are missing, from one workflow; or correct the option
        where the setting is right.
        """,
        shows=(),
    )
    probe_port = Rule(
        Severity.WARNING,
        "A probe asks another port than the container's",
        help="""
        Requests go to the container's port, and a start-up or liveness probe asks another one. If
        nothing listens there, the revision never becomes ready, or is restarted again and again.
        With several containers, the one that has a port is the one that takes requests. It is an
        error where the revision is not ready. Where it is ready, something listens on that port, as
        programs do that are managed on one of their own, and nothing is said.
        To mend: give the probe the container's port, or let it take that by naming none.
        """,
        shows=(),
        explains=(Sign.WRONG_PORT,),
    )
    network_path = Rule(
        Severity.WARNING,
        "The revision's way into the network contradicts itself",
        help="""
        A revision goes through a connector or has direct VPC egress; it cannot have both, and
        egress of all traffic into a network needs one of them. Which of the two counts is not
        defined. Whether the connector is the right one is the business of `vpc-connector`.
        To mend: deploy with one of the two, and clear the other.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE,),
    )
    image_tag = Rule(
        Severity.WARNING,
        "An image is named by a tag",
        help="""
        A tag can be moved: two instances of what seems to be one revision, or a rollback, may not
        be what was tested. Reported where the option `require_digest` asks for it.
        To mend: deploy by the digest that the build gives.
        """,
        shows=(),
    )

    def judge_settings(
        self,
        place: Place,
        service: ServiceFacts,
        revision: RevisionFacts,
        severity: Severity | None,
    ) -> Iterator[Finding]:
        """Whether a revision is as expected."""
        wrong = [each for each in self.compared(service, revision) if each.differs]
        if not wrong:
            return
        yield self.settings.finding(
            f"{place.name} ({revision.name}) has {'; '.join(each.words for each in wrong)}",
            evidence={"revision": revision.name} | {each.option: each.found for each in wrong},
            remedy=remedies.set_to(
                place,
                revision.name,
                {each.flag: str(each.wanted) for each in wrong},
                {each.flag: None if each.found is None else str(each.found) for each in wrong},
                revision.target.rollout,
            ),
            severity=severity,
            since=revision.created_at,
            identity="candidate" if revision.candidate else "serving",
        )

    def compared(self, service: ServiceFacts, revision: RevisionFacts) -> Iterator[Setting]:
        """Every setting that something is expected of."""
        wanted, container = self.options, revision.ingress_container
        most = revision.carried.max_instances
        if service.max_instances:
            most = min(most, service.max_instances)
        every = (
            Setting(
                "min_instances",
                "--min-instances",
                wanted.min_instances,
                max(revision.min_instances, service.min_instances),
            ),
            Setting("max_instances", "--max-instances", wanted.max_instances, most),
            Setting("timeout_s", "--timeout", wanted.timeout_s, revision.timeout_s),
            Setting("concurrency", "--concurrency", wanted.concurrency, revision.concurrency),
            Setting("memory", "--memory", wanted.memory, container and container.memory),
            Setting("cpu", "--cpu", wanted.cpu, container and container.cpu),
            Setting("port", "--port", wanted.port, container and container.port),
            Setting("egress", "--vpc-egress", wanted.egress, revision.carried.egress),
            Setting(
                "execution_environment",
                "--execution-environment",
                wanted.execution_environment,
                revision.execution_environment,
                "chosen by Cloud Run",
            ),
            Setting(
                "service_account",
                "--service-account",
                wanted.service_account,
                revision.service_account,
                "the default compute account",
            ),
        )
        yield from (each for each in every if each.wanted is not None)

    def judge_ingress(self, place: Place, service: ServiceFacts) -> Iterator[Finding]:
        """Whether requests may come from where they are expected."""
        wanted, found = self.options.ingress, service.ingress
        if wanted is None or found is None or wanted == found:
            return
        yield self.settings.finding(
            f"{place.name} has ingress {found}, expected {wanted}",
            evidence={"ingress": found},
            remedy=remedies.close(
                place, wanted, tighter=_TIGHTNESS.index(wanted) > _TIGHTNESS.index(found)
            ),
            identity="ingress",
        )

    def judge_shape(
        self, place: Place, revision: RevisionFacts, severity: Severity | None
    ) -> Iterator[Finding]:
        """Whether a revision's ports, paths and images fit together."""
        yield from self._judge_ports(place, revision)
        carried = revision.carried
        # What goes nowhere: the API leaves this to be told by nobody.
        lost = carried.egress == "all-traffic" and not carried.has_path
        if revision.two_paths or lost:
            both = "has a connector and direct VPC egress at once"
            none = "sends all traffic into a network, and has no way into one"
            yield self.network_path.finding(
                f"{place.name} ({revision.name}) {both if revision.two_paths else none}",
                evidence={"path": carried.path, "egress": carried.egress},
                remedy=remedies.one_path(place, revision.name),
                identity="candidate" if revision.candidate else "serving",
            )
        tagged = [each.image for each in revision.containers if not each.by_digest]
        if self.options.require_digest and tagged:
            yield self.image_tag.finding(
                f"{place.name} ({revision.name}) runs {', '.join(tagged)}, expected a digest",
                evidence={"images": tagged},
                remedy=remedies.pin_image(place, revision.name),
                severity=severity,
                identity="candidate" if revision.candidate else "serving",
            )

    def _judge_ports(self, place: Place, revision: RevisionFacts) -> Iterator[Finding]:
        container = revision.ingress_container
        if container is None or container.port is None or revision.readiness == "ready":
            return
        wrong = {kind: port for kind, port in container.probes if port != container.port}
        if not wrong:
            return
        probes = ", ".join(f"its {kind} probe {port}" for kind, port in wrong.items())
        yield self.probe_port.finding(
            f"{place.name} ({revision.name}) takes requests on port {container.port}, and {probes}",
            evidence={"container": container.name, "port": container.port, "probes": wrong},
            remedy=remedies.align_ports(place, revision.name, wrong, container.port),
            severity=Severity.ERROR if revision.readiness == "failed" else None,
            identity="candidate" if revision.candidate else "serving",
            since=revision.created_at,
            # What the log says of it comes earlier in the order of the checks.
            reaches=(place.resource,),
            only_in=(place.revision(revision.name),) if revision.candidate else (),
        )
