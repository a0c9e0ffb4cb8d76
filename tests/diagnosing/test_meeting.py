"""Which scenarios can be there at once, and be seen."""

import meeting
import pytest
import scenario_evidence as evidence


@pytest.fixture(scope="module")
def seen():
    return evidence.load()


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("health-503", "health-html"),  # one endpoint, two answers
        ("connector-down", "connector-missing"),  # what is not there has no state
        ("websocket-closes-1011", "missing-module"),  # no instance, no conversation
        ("service-missing", "localhost-value"),  # no service, no variable
        ("service-missing", "custom-signature"),  # nor does it write a log
        ("service-missing", "retired-host-in-value"),  # nor one to add
        ("certificate-expired", "health-cached"),  # nobody is asked who presents that
        ("role-sees-little", "blocked-session"),  # whoever may see nothing does not
        ("certificate-untrusted", "certificate-self-signed"),  # one host, two certificates
        ("database-suspended", "database-disk-unseen"),  # what is suspended is not measured
        ("websocket-503", "websocket-any-origin"),  # nobody is let in, from wherever
        ("tls-broken", "gateway-before-backend"),  # the front host stands in for the backend's own
    ],
)
def test_one_takes_the_other_away(one, another, seen):
    assert not meeting.can_meet(one, another, seen)
    assert not meeting.can_meet(another, one, seen)


@pytest.mark.parametrize(
    ("one", "another"),
    [
        ("database-stopped", "health-503"),
        ("connector-down", "missing-module"),
        ("database-timeout-in-logs", "silent-errors"),  # both write to one log
        ("bypass-flag-left-on", "localhost-value"),  # two variables of one service
        ("host-not-resolved", "host-closed"),  # both add to the configuration
        ("tls-broken", "certificate-expired"),  # two hosts
    ],
)
def test_both_are_there(one, another, seen):
    assert meeting.can_meet(one, another, seen)


def test_a_scenario_changes_something_but_for_the_healthy_one():
    assert meeting.changed("healthy") == {}
    assert meeting.changed("health-503")
    assert meeting.changed("cors-wildcard-credentials")
