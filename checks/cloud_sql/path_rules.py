"""Whether the services can reach an instance. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from checks.cloud_sql import remedies
from checks.cloud_sql.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from checks.cloud_sql.facts import InstanceFacts
    from checks.cloud_sql.remedies import Place
    from netra_validate.clients.google.networks import Network
    from netra_validate.clients.google.revisions import Carried, Serving, User
    from netra_validate.model import RevisionRef


@dataclass(frozen=True, slots=True)
class Paths:
    """Where the connectors lead that revisions carry."""

    networks: Mapping[str, Network | None] = field(default_factory=dict)
    """By the connector's name as the revision has it; None where it is not known."""

    def network(self, carried: Carried) -> Network | None:
        """The network that a revision reaches, where that is known."""
        if carried.connector is not None:
            return self.networks.get(carried.connector)
        return carried.direct_network


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of one service, and what a finding on it has in common with others on it."""

    user: User
    serving: Serving

    @property
    def who(self) -> str:
        """As messages name it."""
        waiting = ", no traffic yet" if self.serving.candidate else ""
        return f"{self.user.cloud_run} ({self.serving.target.name}{waiting})"

    @property
    def ref(self) -> RevisionRef:
        """It alone, whatever it is told of."""
        return self.user.revision(self.serving.target.name)

    @property
    def identity(self) -> str:
        """Stable from deploy to deploy."""
        return f"{self.user.key}/candidate" if self.serving.candidate else self.user.key

    @property
    def evidence(self) -> dict[str, object]:
        """What was looked at."""
        return {
            "revision": self.serving.target.name,
            "judged_by": self.serving.judged_by,
            "path": self.serving.carried.path,
        }


class PathRules:
    """Rules on the way from the services to the instance."""

    options: Expectations

    network_mismatch = Rule(
        Severity.ERROR,
        "A service's path leads into another network than the instance's",
        help="""
        A private address can be reached from its own network only. The revision that serves has a
        connector or direct VPC egress into another network, or no path into any while the instance
        has no other address: connections time out. A revision that carries the connection name may
        go into another network for something else: where the instance has a public address too, and
        only private ranges go there, Cloud Run's own proxy connects past it.
        To mend: lead the service into the instance's network: by a connector or direct VPC egress
        in that network.
        """,
        shows=(Sign.NO_NETWORK_PATH,),
        explains=(Sign.NO_DATABASE,),
    )
    region_mismatch = Rule(
        Severity.WARNING,
        "The instance is in another region than its services",
        help="""
        Every query crosses regions then, which costs latency and money; and it often means that the
        configuration names the instance of another environment.
        To mend: correct the name where another instance is meant; else move one of the two.
        """,
        shows=(),
        may_explain=(Sign.SLOW,),
    )
    not_attached = Rule(
        Severity.ERROR,
        "A service's revision does not carry the instance",
        help="""
        The revision that serves does not carry the connection name, so there is no socket under
        `/cloudsql`: the program ends with "No such file or directory" or waits for a timeout. This
        is what remains of a deploy whose command left out `--add-cloudsql-instances`. Services that
        connect to the private address by themselves do not need it: set `attachment = "optional"`;
        nor do those that have a Cloud SQL Auth Proxy beside them which names the instance.
        To mend: deploy the service with `--add-cloudsql-instances`.
        """,
        shows=(),
        explains=(Sign.NO_DATABASE,),
    )
    no_private_address = Rule(
        Severity.ERROR,
        "The instance has no private address, and the path in use needs one",
        help="""
        The service is set up to reach the database through its network: it sends all its traffic
        there, or has a path there and does not carry the connection name. An instance with a public
        address alone is not in that network. With egress `all-traffic`, its public address can only
        be reached through Cloud NAT.
        To mend: give the instance a private address in that network, or have the service carry the
        connection name.
        """,
        shows=(),
        explains=(Sign.NO_DATABASE,),
    )

    def judge_region(
        self, place: Place, facts: InstanceFacts, users: tuple[User, ...], declared: str | None
    ) -> Iterator[Finding]:
        """Whether it is where its services, and the configuration, say."""
        if facts.region is None:
            return
        away = tuple(each for each in users if each.region != facts.region)
        if away:
            names = ", ".join(each.cloud_run for each in away)
            yield self.region_mismatch.finding(
                f"{facts.name} is in {facts.region}, and the services that need it are elsewhere:"
                f" {names} in {', '.join(sorted({each.region for each in away}))}",
                evidence={each.cloud_run: each.region for each in away},
                remedy=remedies.move(place, away),
            )
        elif not users and declared is not None and declared != facts.region:
            yield self.region_mismatch.finding(
                f"{facts.name} is in {facts.region}, and the configuration says {declared}",
                evidence={"region": facts.region, "configured": declared},
                remedy=remedies.move(place, ()),
            )

    def judge_user(
        self, place: Place, facts: InstanceFacts, user: User, paths: Paths
    ) -> Iterator[Finding]:
        """Whether each of a service's revisions can reach the instance."""
        from netra_validate.clients.google.revisions import aside

        only = len(user.serving) == 1
        for revision in (Revision(user, serving) for serving in user.serving):
            for found in chain(
                self._judge_attachment(facts, revision),
                self._judge_address(place, facts, revision, paths),
                self._judge_network(place, facts, revision, paths),
            ):
                yield found if only else aside(found, revision.serving, revision.ref)

    def _judge_attachment(self, facts: InstanceFacts, revision: Revision) -> Iterator[Finding]:
        attached = revision.serving.carried.databases
        if self.options.attachment == "optional" or facts.connection_name in attached:
            return
        instead = f"{', '.join(attached)} instead" if attached else "no Cloud SQL instance"
        yield self.not_attached.finding(
            f"{revision.who} carries {instead}, expected {facts.connection_name}",
            evidence=revision.evidence | {"carried": list(attached)},
            remedy=remedies.attach(
                revision.user, facts.connection_name, revision.serving.target.rollout
            ),
            identity=revision.identity,
            affects=(revision.user.ref,),
            since=revision.serving.carried.since,
            condemns=(revision.ref,),
        )

    def _judge_address(
        self, place: Place, facts: InstanceFacts, revision: Revision, paths: Paths
    ) -> Iterator[Finding]:
        carried = revision.serving.carried
        if facts.private_address or facts.private_service_connect or not carried.has_path:
            return
        if carried.leads_outside(facts.connection_name):
            return
        how = "sends all traffic" if carried.egress == "all-traffic" else "has its path"
        network = paths.network(carried)
        yield self.no_private_address.finding(
            f"{facts.name} has no private address, and {revision.who} {how} into"
            f" {network or 'a network'}",
            evidence=revision.evidence | {"egress": carried.egress},
            remedy=remedies.add_private_address(place, network),
            identity=revision.identity,
            affects=(revision.user.ref,),
            since=revision.serving.carried.since,
            condemns=(revision.ref,),
        )

    def _goes_past(self, facts: InstanceFacts, carried: Carried) -> bool:
        """Whether the network is for something else, and the database's public address is used.

        Services whose attachment is optional connect to the private one by themselves.
        """
        by_itself = self.options.attachment == "optional"
        outside = carried.leads_outside(facts.connection_name)
        return facts.public_address and outside and not by_itself

    def _judge_network(
        self, place: Place, facts: InstanceFacts, revision: Revision, paths: Paths
    ) -> Iterator[Finding]:
        home = facts.private_network
        if home is None:
            return
        carried, reached = revision.serving.carried, paths.network(revision.serving.carried)
        if reached is not None and not reached.is_same(home):
            if self._goes_past(facts, carried):
                return
            message = (
                f"{facts.name} is in {home.told_from(reached)}, and {revision.who} reaches"
                f" {reached.told_from(home)} through its {carried.path.partition(' to ')[0]}"
            )
        elif not (carried.has_path or facts.public_address or facts.private_service_connect):
            message = f"{facts.name} is in {home} only, and {revision.who} has no path into it"
        else:
            return
        yield self.network_mismatch.finding(
            message,
            evidence=revision.evidence | {"network": str(home), "reached": str(reached or "none")},
            remedy=remedies.align_networks(place, revision.user, home),
            identity=revision.identity,
            affects=(revision.user.ref,),
            since=revision.serving.carried.since,
            condemns=(revision.ref,),
        )
