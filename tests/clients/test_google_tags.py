import pytest
from google.cloud import run_v2

from netra_validate.clients.errors import ClientError, NotFound
from netra_validate.clients.google import tags
from netra_validate.clients.google.revisions import Target
from netra_validate.clients.google.tags import Tagged, address, elsewhere, moved, tagged
from netra_validate.topology import CandidateService

PARENT = "projects/p/locations/us-central1/services/netra-backend"
TAG_URI = "https://next---netra-backend-abc-uc.a.run.app"
SERVICE_URI = "https://netra-backend-abc-uc.a.run.app"


def service(**given):
    usual = {"key": "backend", "cloud_run": "netra-backend", "tag": "next"}
    return CandidateService(**{**usual, **given})


def message(*statuses, **given):
    return run_v2.Service(
        name=PARENT,
        uri=SERVICE_URI,
        traffic_statuses=statuses,
        latest_ready_revision=f"{PARENT}/revisions/b-2",
        latest_created_revision=f"{PARENT}/revisions/b-3",
        **given,
    )


SERVING = {"revision": "b-1", "percent": 90}
NEXT = {"revision": f"{PARENT}/revisions/b-3", "tag": "next", "uri": TAG_URI}


def found(**given):
    usual = {
        "service": "backend", "cloud_run": "netra-backend", "tag": "next",
        "target": Target("b-3", 0, latest=True), "uri": TAG_URI, "service_uri": SERVICE_URI,
        "internal": False,
    }  # fmt: skip
    return Tagged(**{**usual, **given})


def test_a_revision_without_traffic_is_found_by_its_tag():
    assert tagged(message(SERVING, NEXT), service()) == found()


def test_its_traffic_is_that_of_all_its_entries():
    share = {"revision": "b-3", "percent": 10}
    assert tagged(message(SERVING, share, NEXT), service()).target == Target("b-3", 10, latest=True)


def test_the_latest_is_the_one_that_is_ready():
    latest = {"type_": 1, "tag": "next", "uri": TAG_URI, "percent": 5}
    assert tagged(message(latest), service()).target == Target("b-2", 5, latest=False)


@pytest.mark.parametrize(
    ("ingress", "internal"),
    [
        ("INGRESS_TRAFFIC_ALL", False),
        ("INGRESS_TRAFFIC_INTERNAL_ONLY", True),
        ("INGRESS_TRAFFIC_INTERNAL_LOAD_BALANCER", True),
    ],
)
def test_a_service_for_inside_only_is_known(ingress, internal):
    assert tagged(message(NEXT, ingress=ingress), service()).internal is internal


@pytest.mark.parametrize(
    ("statuses", "hint"),
    [
        (
            (SERVING, {**NEXT, "tag": "nxt"}, {**NEXT, "tag": "blue"}),
            "it has blue, nxt: ask for one of these, or deploy with --no-traffic --tag=next",
        ),
        ((SERVING,), "it has no tags at all: deploy with --no-traffic --tag=next"),
    ],
)
def test_an_unknown_tag_names_those_that_there_are(statuses, hint):
    with pytest.raises(
        NotFound, match=r"^no revision of netra-backend has the tag next$"
    ) as refused:
        tagged(message(*statuses), service())
    assert refused.value.hint == hint


def test_a_tag_that_is_only_asked_for_leads_nowhere_yet():
    asked = message(
        SERVING, traffic=[{"revision": "b-3", "tag": "next"}], terminal_condition={"message": "No."}
    )
    with pytest.raises(NotFound, match=r"is asked for, and leads to no revision yet: No\.$"):
        tagged(asked, service())


def test_a_tag_without_a_revision_is_not_taken_for_one():
    with pytest.raises(NotFound, match=r"leads to no revision$"):
        tagged(run_v2.Service(traffic_statuses=[{"tag": "next"}]), service())


@pytest.mark.parametrize(
    ("uri", "of_google", "expected"),
    [
        (TAG_URI, True, TAG_URI),
        (f"{TAG_URI}/", True, TAG_URI),
        ("https://localhost:8443", False, "https://localhost:8443"),
        ("http://127.0.0.1:8080", False, "http://127.0.0.1:8080"),
    ],
)
def test_an_address_of_whom_it_may_be(uri, of_google, expected):
    assert address(found(uri=uri), of_google=of_google) == expected


@pytest.mark.parametrize(
    ("uri", "of_google"),
    [
        (TAG_URI.replace("https", "http"), True),
        ("https://localhost:8443", True),
        ("https://127.0.0.1", True),
        ("https://user@next.example", True),
        ("https://", True),
        ("next.example", True),
        ("https://[oops", True),
        # An API on this machine, which anybody can configure, must not send tokens anywhere else.
        (TAG_URI, False),
        ("https://user@localhost", False),
    ],
)
def test_any_other_address_gets_no_token(uri, of_google):
    with pytest.raises(ClientError, match=r"no address"):
        address(found(uri=uri), of_google=of_google)


def test_a_tag_without_an_address_says_why_that_may_be():
    with pytest.raises(ClientError, match="tells no address of the tag next") as refused:
        address(found(uri=""), of_google=True)
    assert "default URL may be disabled" in refused.value.hint


def test_every_address_of_the_service_moves_and_no_other():
    before = service(
        url="https://staging.example.com/api",
        health=(
            "/health",
            "https://staging.example.com/deep?full=1",
            "https://STAGING.example.com/upper",
            "https://staging.example.com:8443/port",
            "https://status.example.com/health",
        ),
        websocket="wss://api-staging.example.com/ws?room=1",
    )
    after = moved(before, found(), TAG_URI)
    assert after.url == f"{TAG_URI}/api"
    assert after.health == (
        "/health",
        f"{TAG_URI}/deep?full=1",
        f"{TAG_URI}/upper",
        "https://staging.example.com:8443/port",
        "https://status.example.com/health",
    )
    assert after.websocket == TAG_URI.replace("https", "wss") + "/ws?room=1"
    assert (after.revision, after.tag, after.ref) == ("b-3", "next", before.ref)
    assert list(elsewhere(before)) == ["staging.example.com:8443", "status.example.com"]


def test_a_service_that_is_known_by_whole_addresses_moves_too():
    before = service(health=("https://api.example.com/health", "https://b.example.com/x"))
    after = moved(before, found(), TAG_URI)
    assert after.health == (f"{TAG_URI}/health", "https://b.example.com/x")
    assert (after.url, after.websocket) == (TAG_URI, None)


def test_what_is_not_encrypted_stays_that_on_this_machine():
    before = service(websocket="wss://a.example/ws")
    assert moved(before, found(), "http://127.0.0.1:1").websocket == "ws://127.0.0.1:1/ws"


@pytest.mark.parametrize(
    ("auth", "audience", "expected"),
    [
        ("google-id-token", None, SERVICE_URI),
        ("google-id-token", "https://custom.example", "https://custom.example"),
        ("bearer", None, None),
        ("none", None, None),
    ],
)
def test_an_identity_token_keeps_the_audience_of_the_service(auth, audience, expected):
    before = service(url="https://staging.example.com", auth=auth, audience=audience)
    assert moved(before, found(), TAG_URI).audience == expected


@pytest.mark.parametrize("url", ["https://[oops", "https://host:port"])
def test_what_is_no_address_is_said_so(url):
    with pytest.raises(ClientError, match="is no address"):
        moved(service(url=url), found(), TAG_URI)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("CONDITION_FAILED", "b-3, which has the tag next, is not ready: No port."),
        ("CONDITION_RECONCILING", "b-3, which has the tag next, is not ready yet: No port."),
        ("CONDITION_PENDING", "b-3, which has the tag next, is not ready yet: No port."),
        ("CONDITION_SUCCEEDED", None),
    ],
)
def test_a_revision_that_is_not_ready_is_refused(state, said):
    ready = {"type_": "Ready", "state": state, "message": "No port."}
    asleep = {"type_": "Active", "state": "CONDITION_FAILED"}
    revision = run_v2.Revision(conditions=[asleep, ready])
    if said is None:
        tags.refuse_unready(revision, found())
        return
    with pytest.raises(ClientError) as refused:
        tags.refuse_unready(revision, found())
    assert refused.value.message == said
