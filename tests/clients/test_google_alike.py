"""What several revisions have in common is told once, as of the one with the most traffic."""

import asyncio

from netra_validate.clients.google.alike import told_once
from netra_validate.clients.google.revisions import Carried, Serving, Target
from netra_validate.clients.google.settings import Settings
from netra_validate.model import Finding, RevisionRef, Severity


def revision(name):
    return RevisionRef("p", "r", "backend", name)


def settings(name, percent):
    return Settings(Serving(Target(name, percent, latest=not percent), Carried()), "")


def told(*several, identities=("a",)):
    async def findings(each):
        for identity in identities:
            yield Finding(
                "config.bad", Severity.ERROR, each.revision, identity=identity,
                condemns=frozenset({revision(each.revision)}),
            )  # fmt: skip

    async def run():
        return [found async for found in told_once(several, revision, findings)]

    return asyncio.run(run())


def test_it_is_told_of_the_first_and_condemns_all():
    (found,) = told(settings("b-1", 100), settings("b-2", 0))
    assert (found.message, found.severity) == ("b-1", Severity.ERROR)
    assert found.condemns == {revision("b-1"), revision("b-2")}
    assert not found.bearing.only_in


def test_what_is_of_another_name_is_another_one():
    found = told(settings("b-1", 100), settings("b-2", 0), identities=("a", "b"))
    assert [each.identity for each in found] == ["a", "b"]


def test_a_candidate_that_is_judged_alone_is_judged_as_what_serves():
    (found,) = told(settings("b-2", 0))
    assert (found.severity, found.bearing.only_in) == (Severity.ERROR, frozenset())


def test_a_candidate_beside_what_serves_only_warns():
    (found,) = told(settings("b-2", 0), settings("b-1", 100))
    assert (found.severity, found.bearing.only_in) == (Severity.WARNING, {revision("b-2")})
