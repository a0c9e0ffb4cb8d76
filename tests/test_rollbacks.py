"""Remedies of one report do not send traffic to what the report shows to be broken."""

from dataclasses import replace

import pytest

from netra_validate.model import (
    Command,
    Finding,
    Outcome,
    ProbeResult,
    Remediation,
    ResourceRef,
    RevisionRef,
    Rollout,
    Severity,
)
from netra_validate.remedies import looks, remedy, serve_latest, serve_only, update_service
from netra_validate.rollbacks import reconciled

OLD, NOW, NEXT = (RevisionRef("p", "r", "backend", f"backend-{number}") for number in (1, 2, 3))
ASKED = (("LATEST", 100),)
LOOK = looks("gcloud", "run", "services", "describe", "backend")
DOCS = "https://cloud.google.com/run/docs"


def back(to):
    """What offers to send all traffic to a revision."""
    summary = "Mend it"
    return remedy(
        f"{summary}; meanwhile {to.name} can take the traffic",
        LOOK,
        serve_only(to, ASKED),
        docs=DOCS,
        unmoved=summary,
    )


def latest(ready, created):
    return remedy(
        "Send it to the latest", LOOK, serve_latest(ready, created, ASKED), unmoved="Leave it"
    )


def finding(rule, to_do=None, *, condemns=(), severity=Severity.ERROR, **more):
    return Finding(
        rule, severity, "", remediation=to_do, condemns=frozenset(condemns), fingerprint=rule,
        **more,
    )  # fmt: skip


def probe(name, *findings):
    check, _, resource = name.partition("/")
    kind = ResourceRef("service", resource)
    return ProbeResult(name, check, None, kind, Outcome.FAIL, findings=findings)


def left(*results):
    """The remedies that are left, by rule."""
    return {
        found.rule: found.remediation
        for result in reconciled(results)
        for found in result.findings
        if found.remediation is not None
    }


def moves(told):
    return [command.argv[5] for command in told.commands if command.relies_on]


def deploying(flag="--memory=1Gi", asked=(("backend-1", 100),), tag=None):
    """What deploys a revision that is made from the latest one."""
    return remedy(
        "Deploy it",
        LOOK,
        update_service(
            "backend", (flag,), ("--memory=1Mi",), "p", "r",
            tag=tag, rollout=Rollout(NEXT.name, tuple(asked)),
        ),
        docs=DOCS,
    )  # fmt: skip


class TestWhatIsDeployed:
    """A new revision has what the latest one has."""

    SAME = "the new revision has all else that backend-3 has, which breaks logs.exited: mend that"

    def told(self, *others, asked=(("backend-1", 100),), **more):
        own = finding("config.bad", deploying(asked=asked), condemns=[NOW, NEXT], **more)
        return left(probe("config/backend", own), *others)["config.bad"]

    def test_it_stays_as_it_is_where_the_latest_is_well_but_for_this(self):
        assert self.told() == deploying()
        elsewhere = finding("logs.exited", condemns=[NOW])
        assert self.told(probe("logs/backend", elsewhere)) == deploying()

    def test_nobody_is_sent_to_what_the_report_shows_to_be_broken(self):
        told = self.told(probe("logs/backend", finding("logs.exited", condemns=[NEXT])))
        assert told.summary == f"{deploying().unmoved}; {self.SAME} with it"
        assert told.commands == deploying().commands[:2]

    def test_it_is_said_where_no_traffic_is_to_be_moved_too(self):
        broken = probe("logs/backend", finding("logs.exited", condemns=[NEXT]))
        told = self.told(broken, asked=ASKED)
        assert told.summary == f"Deploy it; {self.SAME} with it"
        assert told.commands == deploying(asked=ASKED).commands

    def test_what_follows_from_it_is_mended_with_it(self):
        follows = finding("logs.exited", condemns=[NEXT], explained_by=("config/backend",))
        assert self.told(probe("logs/backend", follows)) == deploying()
        between = replace(probe("logs/backend", follows), explained_by=("config/backend",))
        waits = replace(between, findings=(replace(follows, explained_by=()),))
        assert self.told(waits) == deploying()
        after = finding("run.not-ready", condemns=[NEXT], explained_by=("logs/backend",))
        assert self.told(between, probe("run/backend", after)) == deploying()

    def test_so_is_what_the_same_command_mends(self):
        same = finding("run.drift", deploying(), condemns=[NEXT])
        assert self.told(probe("run/backend", same)) == deploying()
        aside = finding("run.drift", deploying(tag="next"), condemns=[NEXT])
        assert self.told(probe("run/backend", aside)) == deploying(), "wherever it is put"
        other = finding("run.drift", deploying("--cpu=2"), condemns=[NEXT])
        assert "breaks run.drift" in self.told(probe("run/backend", other)).summary

    def test_another_finding_of_its_own_rule_is_not_mended_with_it(self):
        another = replace(finding("config.bad", condemns=[NEXT]), fingerprint="another")
        assert "breaks config.bad" in self.told(probe("config/auth", another)).summary

    def test_the_way_back_goes_before_the_way_on(self):
        exited = finding("logs.exited", back(OLD), condemns=[NOW])
        told = self.told(probe("logs/backend", exited))
        assert told.commands == deploying().commands[:2]
        assert told.summary == (
            f"{deploying().unmoved}; backend-1 can take the traffic meanwhile (logs.exited)"
        )

    def test_what_gets_the_traffic_by_itself_waits_for_nobody(self):
        exited = finding("logs.exited", back(OLD), condemns=[NOW])
        assert self.told(probe("logs/backend", exited), asked=ASKED) == deploying(asked=ASKED)

    @pytest.mark.parametrize("move", [serve_only(OLD, ASKED), serve_latest(OLD, OLD, ASKED)])
    def test_a_summary_is_kept_where_no_command_is_taken_out(self, move):
        (update,) = (each for each in deploying(asked=ASKED).commands if each.built_on)
        both = remedy("Deploy it, or go back", update, move, unmoved="Deploy it")
        told = left(
            probe("config/backend", finding("config.bad", both, condemns=[NEXT])),
            probe("logs/backend", finding("logs.exited", condemns=[NEXT])),
        )["config.bad"]
        assert told.summary == f"Deploy it, or go back; {self.SAME} with it"
        assert told.commands == both.commands

    def test_the_way_to_the_latest_is_the_same_way(self):
        pinned = finding("run.pinned", latest(NEXT, NEXT))
        own = finding("config.bad", deploying(), severity=Severity.WARNING)
        told = left(probe("run/backend", pinned), probe("config/backend", own))
        assert told == {"run.pinned": latest(NEXT, NEXT), "config.bad": deploying()}


class TestWhatIsBroken:
    def test_a_way_back_to_what_is_well_stays_as_it_is(self):
        broken = finding("logs.exited", back(OLD), condemns=[NOW])
        assert left(probe("logs/backend", broken)) == {"logs.exited": back(OLD)}

    def test_no_way_leads_to_what_another_finding_condemns(self):
        told = left(
            probe("config/backend", finding("config.bad", condemns=[OLD])),
            probe("logs/backend", finding("logs.exited", back(OLD), condemns=[NOW])),
        )
        assert told["logs.exited"] == Remediation(
            "Mend it; no other ready revision is known to be well: backend-1 breaks config.bad",
            (LOOK,),
            DOCS,
            "Mend it",
        )

    @pytest.mark.parametrize("condemned", [NOW, NEXT])
    def test_the_latest_has_to_be_well_whichever_is_meant(self, condemned):
        told = left(
            probe("run/backend", finding("run.pinned", latest(NOW, NEXT))),
            probe("logs/backend", finding("logs.exited", condemns=[condemned])),
        )
        name = condemned.name
        why = (
            "no other ready revision is known to be well"
            if condemned == NOW
            else "it would go on to another one as soon as that is ready"
        )
        assert told["run.pinned"].summary == f"Leave it; {why}: {name} breaks logs.exited"
        assert moves(told["run.pinned"]) == []

    def test_the_gravest_finding_is_named(self):
        told = left(
            probe("a/backend", finding("a.odd", condemns=[OLD], severity=Severity.WARNING)),
            probe("b/backend", finding("b.dead", condemns=[OLD])),
            probe("c/backend", finding("c.late", condemns=[OLD], severity=Severity.NOTE)),
            probe("logs/backend", finding("logs.exited", back(OLD), condemns=[NOW])),
        )
        assert told["logs.exited"].summary.endswith("backend-1 breaks b.dead")

    def test_that_somebody_answers_for_it_makes_it_no_better(self):
        waived = finding("config.bad", condemns=[OLD], waived="we know")
        told = left(
            probe("config/backend", waived),
            probe("logs/backend", finding("logs.exited", back(OLD), condemns=[NOW])),
        )
        assert moves(told["logs.exited"]) == []

    def test_a_revision_of_the_same_name_elsewhere_is_another_one(self):
        elsewhere = OLD._replace(region="s")
        told = left(
            probe("config/other", finding("config.bad", condemns=[elsewhere])),
            probe("logs/backend", finding("logs.exited", back(OLD), condemns=[NOW])),
        )
        assert told["logs.exited"] == back(OLD)

    def test_what_takes_a_command_back_is_no_advice(self):
        """It restores what was, however broken that is."""
        pinned = serve_only(OLD, ((NOW.name, 100),))
        told = left(probe("logs/backend", finding("logs.exited", remedy("Mend it", LOOK, pinned),
                                                  condemns=[NOW])))  # fmt: skip
        (kept,) = (each for each in told["logs.exited"].commands if each.relies_on)
        assert NOW.name in " ".join(kept.undo)

    def test_a_summary_without_another_wording_is_kept_whole(self):
        told = left(
            probe("config/backend", finding("config.bad", condemns=[OLD])),
            probe("own/backend", finding("own.bad", remedy("Go back", serve_only(OLD, ASKED)))),
        )
        assert told["own.bad"].summary.startswith("Go back; no other ready revision")


class TestOneDestination:
    def test_the_graver_finding_decides(self):
        split = finding("run.split", back(NOW), severity=Severity.WARNING)
        told = left(
            probe("run/backend", split),
            probe("logs/backend", finding("logs.exited", back(OLD))),
        )
        assert moves(told["logs.exited"]) == ["--to-revisions=backend-1=100"]
        assert told["run.split"].summary == (
            "Mend it; backend-1 can take the traffic meanwhile (logs.exited)"
        )
        assert moves(told["run.split"]) == []

    def test_a_cause_decides_before_what_follows_from_something(self):
        told = left(
            probe("a/backend", finding("a.first", back(OLD), explained_by=("z/backend",))),
            probe("b/backend", finding("b.second", back(NOW))),
        )
        assert moves(told["a.first"]) == []
        assert moves(told["b.second"]) == ["--to-revisions=backend-2=100"]

    def test_of_findings_that_are_as_grave_the_rule_decides_and_not_the_order(self):
        first, second = finding("a.first", back(NOW)), finding("a.second", back(OLD))
        for both in ((first, second), (second, first)):
            told = left(probe("a/backend", *both))
            assert moves(told["a.first"]) == ["--to-revisions=backend-2=100"]
            assert moves(told["a.second"]) == []

    def test_what_is_waived_decides_last(self):
        told = left(
            probe("a/backend", finding("a.first", back(OLD), waived="we know")),
            probe("b/backend", finding("b.second", back(NOW), severity=Severity.NOTE)),
        )
        assert (moves(told["a.first"]), moves(told["b.second"])) == (
            [],
            ["--to-revisions=backend-2=100"],
        )

    def test_the_same_one_may_be_said_in_two_ways(self):
        told = left(
            probe("a/backend", finding("a.first", back(NOW))),
            probe("b/backend", finding("b.second", latest(NOW, NEXT))),
        )
        assert [moves(each) for each in told.values()] == [
            ["--to-revisions=backend-2=100"],
            ["--to-latest"],
        ]

    def test_what_is_broken_decides_nothing(self):
        told = left(
            probe("a/backend", finding("a.first", back(OLD))),
            probe("b/backend", finding("b.second", back(NEXT), severity=Severity.WARNING)),
            probe("c/backend", finding("c.third", condemns=[OLD])),
        )
        assert moves(told["b.second"]) == ["--to-revisions=backend-3=100"]
        assert told["a.first"].summary.endswith("; backend-3 can take the traffic meanwhile"
                                                " (b.second)")  # fmt: skip

    def test_services_do_not_mind_each_other(self):
        other = OLD._replace(service="auth", name="auth-1")
        told = left(
            probe("a/backend", finding("a.first", back(OLD))),
            probe("b/auth", finding("b.second", back(other))),
        )
        assert told == {"a.first": back(OLD), "b.second": back(other)}


class TestWhatIsShared:
    """Another revision does not help against what all of them meet."""

    def test_a_cause_that_is_of_no_revision_takes_the_way_back_away(self):
        told = left(
            probe("sql/db", finding("sql.stopped")),
            probe("logs/backend", finding("logs.timeout", back(OLD), condemns=[NOW],
                                          explained_by=("sql/db",))),
        )  # fmt: skip
        assert told["logs.timeout"].summary == (
            "Mend it; sql/db is behind it, which other revisions meet as well"
        )
        assert moves(told["logs.timeout"]) == []

    def test_a_cause_in_the_revision_itself_leaves_it(self):
        told = left(
            probe("vpc/main", finding("vpc.detached", condemns=[NOW])),
            probe("logs/backend", finding("logs.timeout", back(OLD), condemns=[NOW],
                                          explained_by=("vpc/main",))),
        )  # fmt: skip
        assert told["logs.timeout"] == back(OLD)

    def test_so_does_one_beside_a_cause_that_is_of_no_revision(self):
        told = left(
            probe("sql/db", finding("sql.stopped")),
            probe("vpc/main", finding("vpc.detached", condemns=[NOW])),
            probe("logs/backend", finding("logs.timeout", back(OLD), condemns=[NOW],
                                          explained_by=("sql/db", "vpc/main"))),
        )  # fmt: skip
        assert told["logs.timeout"] == back(OLD)


def test_nothing_else_is_touched():
    plain = finding("a.b", Remediation("Do it", (Command(("ls",)),)), condemns=[OLD])
    results = (probe("a/backend", plain, finding("a.c")),)
    assert reconciled(results) == results
    assert reconciled(()) == ()
