"""What a connector itself can be: ready, large enough, in the right network. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from checks.vpc_connector import remedies
from checks.vpc_connector.options import Expectations
from netra_validate import Finding, Rule, Severity, Sign

if TYPE_CHECKING:
    from checks.vpc_connector.facts import ConnectorFacts, Need
    from checks.vpc_connector.remedies import Place


class ConnectorRules:
    """Rules on the connector's own facts."""

    options: Expectations

    not_ready = Rule(
        Severity.ERROR,
        "The connector is not READY",
        help="""
        A connector in ERROR passes no traffic and does not mend itself: Google recommends deleting
        it. The usual causes are an address range that overlaps another, a firewall rule that denies
        the connector's health checks, an organisation policy, and a deleted service agent.
        CREATING, UPDATING and DELETING pass by themselves.
        To mend: take the cause away, then create it anew, best under another name, and let the
        services change over before the old one is deleted.
        """,
        shows=(),
        explains=(Sign.NO_NETWORK,),
    )
    network_mismatch = Rule(
        Severity.ERROR,
        "The connector leads into another network",
        help="""
        Traffic through a connector arrives in the connector's network. A database whose private
        address is in another network is out of reach from there, and connections to it time out.
        The option `network` says which network is right; without it, the networks of the databases
        do that the services of this connector need.
        To mend: create a connector in the database's network, and let the services use that.
        """,
        shows=(),
        explains=(Sign.NO_NETWORK_PATH,),
    )
    undersized = Rule(
        Severity.WARNING,
        "The connector cannot grow as large as required",
        help="""
        The options `min_peak_throughput_mbps` and `min_peak_instances` say how large it must be
        able to become. At its limit a connector drops packets, and connections through it time out
        now and then, under load only.
        To mend: raise its limit, or use bigger machines.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE, Sign.SLOW),
    )
    no_headroom = Rule(
        Severity.WARNING,
        "The connector has no room to grow",
        help="""
        A connector starts at its smallest size, grows with the traffic to its largest and never
        shrinks. Where the two are the same, or nearly, it cannot answer a peak. This compares the
        configured limits only; how busy it is, is for monitoring to say.
        To mend: raise the largest size above the smallest.
        """,
        shows=(),
        may_explain=(Sign.NO_DATABASE, Sign.SLOW),
    )

    def judge_connector(self, place: Place, facts: ConnectorFacts) -> Iterator[Finding]:
        """What the connector's own facts say."""
        yield from self._judge_state(place, facts)
        yield from self._judge_size(place, facts)
        yield from self._judge_headroom(place, facts)

    def _judge_state(self, place: Place, facts: ConnectorFacts) -> Iterator[Finding]:
        from checks.vpc_connector.facts import ON_THE_WAY

        if facts.state == "READY" or not facts.state_is_understood:
            return
        passing = ON_THE_WAY.get(facts.state)
        state = passing or f"is {facts.state}"
        yield self.not_ready.finding(
            f"{place.name} {state}, expected READY",
            evidence={"state": facts.state},
            remedy=remedies.wait(place) if passing else remedies.recreate(place, facts),
        )

    def _judge_size(self, place: Place, facts: ConnectorFacts) -> Iterator[Finding]:
        wanted, most = self.options.min_peak_throughput_mbps, facts.max_throughput
        if wanted is not None and most is not None and most < wanted:
            # Throughput and instances grow together; in steps of 100 Mbps with the small machines.
            instances = -(-wanted * (facts.max_instances or 0) // most)
            yield self.undersized.finding(
                f"{place.name} reaches {most} Mbps at most, required are {wanted}",
                evidence={"max_throughput_mbps": most, "required_mbps": wanted},
                remedy=remedies.grow(place, facts, instances),
                identity="throughput",
            )
        wanted, most = self.options.min_peak_instances, facts.max_instances
        if wanted is not None and most is not None and most < wanted:
            yield self.undersized.finding(
                f"{place.name} grows to {most} instances at most, required are {wanted}",
                evidence={"max_instances": most, "required_instances": wanted},
                remedy=remedies.grow(place, facts, wanted),
                identity="instances",
            )

    def _judge_headroom(self, place: Place, facts: ConnectorFacts) -> Iterator[Finding]:
        room, least = facts.headroom, self.options.min_headroom_ratio
        if room is None or room >= least:
            return
        size = " and ".join(each for each in (
            facts.instances and f"{facts.instances} instances", facts.throughput,
        ) if each)  # fmt: skip
        yield self.no_headroom.finding(
            f"{place.name} can grow by {room:.0%} of its largest size, expected at least"
            f" {least:.0%}: its limits are {size}",
            evidence={"headroom_ratio": room, "compared": "configured limits, not load"},
            remedy=remedies.grow(place, facts, (facts.max_instances or 0) + 1),
        )

    def judge_network(
        self, place: Place, facts: ConnectorFacts, needs: Iterable[Need]
    ) -> Iterator[Finding]:
        """Whether it leads where it should.

        The configured network decides. Without one, those of the databases do: then nobody can say
        which of the two is wrong, and the connector is where the path begins.
        """
        from netra_validate.clients.google.networks import network

        if facts.network is None:
            return
        expected = network(self.options.network or "")
        if expected is not None:
            if not facts.network.is_same(expected):
                yield self.network_mismatch.finding(
                    f"{place.name} leads into {facts.network.told_from(expected)},"
                    f" expected {expected.told_from(facts.network)}",
                    evidence={"network": str(facts.network), "expected": str(expected)},
                    remedy=remedies.move(place, expected.name, expected.project),
                )
            return
        for need in needs:
            if not facts.network.is_same(need.network):
                yield self.network_mismatch.finding(
                    f"{place.name} leads into {facts.network.told_from(need.network)}, and"
                    f" {need.instance} is in {need.network.told_from(facts.network)}",
                    evidence={"network": str(facts.network), need.instance: str(need.network)},
                    remedy=remedies.move(place, need.network.name, need.network.project),
                    identity=need.database,
                )
