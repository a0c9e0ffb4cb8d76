"""What a service that uses a connector can be: in its region, carrying it, with an egress. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from checks.vpc_connector import remedies
from checks.vpc_connector.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from checks.vpc_connector.remedies import Place
    from netra_validate.clients.google.revisions import Serving, User


class UserRules:
    """Rules on the services that name the connector."""

    options: Expectations

    region_mismatch = Rule(
        Severity.ERROR,
        "The connector is in another region than the service",
        help="""
        A service can only use a connector of its own region; Cloud Run refuses to deploy it with
        another one.
        To mend: name the connector of the service's region, or create one there.
        """,
        shows=(),
        explains=(Sign.NO_NETWORK_PATH,),
    )
    not_attached = Rule(
        Severity.ERROR,
        "A service that needs the connector has no way into the network",
        help="""
        The revision that serves carries neither a connector nor direct VPC egress, so private
        addresses are out of its reach. This is what remains of a deploy whose command left out
        `--vpc-connector`. A latest revision without traffic is a warning: it will serve next.
        To mend: deploy the service with `--vpc-connector`.
        """,
        shows=(),
        explains=(Sign.NO_NETWORK_PATH,),
    )
    other_connector = Rule(
        Severity.ERROR,
        "A service carries another connector than the configured one",
        help="""
        The revision that serves carries a connector of another name, region or project. What this
        check says of the configured one is then not true of that service. Names are compared whole:
        `staging-connector` is not `staging-connector-v2`.
        To mend: deploy the service with the configured connector, or correct the configuration.
        """,
        shows=(),
        may_explain=(Sign.NO_NETWORK_PATH, Sign.NO_DATABASE),
    )
    egress = Rule(
        Severity.ERROR,
        "A service has another egress than expected",
        help="""
        `private-ranges-only` sends private addresses through the connector and everything else
        straight to the internet. `all-traffic` sends everything through it: without Cloud NAT in
        the network, calls to public addresses die, the Cloud SQL Admin API among them. Which one is
        right only you know, hence the option `egress`; nothing is expected by default.
        To mend: deploy the service with the egress that is right, or correct the option.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE,),
    )

    def judge_user(self, place: Place, user: User) -> Iterator[Finding]:
        """Whether a service carries the connector, and how."""
        if user.region != place.region:
            yield self.region_mismatch.finding(
                f"{place.name} is in {place.region}, and {user.cloud_run}, which needs it,"
                f" is in {user.region}",
                evidence={"connector": place.region, user.cloud_run: user.region},
                remedy=remedies.elsewhere(place, user),
                identity=user.key,
                affects=(user.ref,),
            )
        from netra_validate.clients.google.revisions import aside

        only = len(user.serving) == 1
        for serving in user.serving:
            revision = user.revision(serving.target.name)
            for found in self._judge_revision(place, user, serving):
                yield found if only else aside(found, serving, revision)

    def _judge_revision(self, place: Place, user: User, serving: Serving) -> Iterator[Finding]:
        from checks.vpc_connector.facts import is_carried
        from netra_validate.clients.google.messages import short

        carried, revision = serving.carried, serving.target.name
        condemned, rollout = (user.revision(revision),), serving.target.rollout
        identity = f"{user.key}/candidate" if serving.candidate else user.key
        who = f"{user.cloud_run} ({revision}{', no traffic yet' if serving.candidate else ''})"
        if not carried.has_path:
            yield self.not_attached.finding(
                f"{who} carries neither a connector nor direct VPC egress, expected {place.name}",
                evidence={"revision": revision, "judged_by": serving.judged_by},
                remedy=remedies.attach(place, user, rollout),
                identity=identity,
                affects=(user.ref,),
                since=carried.since,
                condemns=condemned,
            )
            return
        named = carried.connector
        if named is not None and not is_carried(named, place.link, user.region):
            same = short(named) == place.name
            yield self.other_connector.finding(
                f"{who} carries {named if same else short(named)},"
                f" expected {place.link if same else place.name}",
                evidence={"revision": revision, "connector": named},
                remedy=remedies.carry(place, user, revision, named, rollout),
                identity=identity,
                affects=(user.ref,),
                since=carried.since,
                condemns=condemned,
            )
        expected = self.options.egress
        if expected is not None and carried.egress != expected:
            yield self.egress.finding(
                f"{who} has egress {carried.egress}, expected {expected}",
                evidence={"revision": revision, "egress": carried.egress},
                remedy=remedies.route(user, revision, expected, carried.egress, rollout),
                identity=identity,
                affects=(user.ref,),
                since=carried.since,
                condemns=condemned,
            )
