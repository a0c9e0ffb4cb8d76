from netra_validate.clients.google.revisions import targets
from netra_validate.sandbox import knative
from netra_validate.sandbox.names import PARENT, TAG
from netra_validate.sandbox.world import healthy_world, placed, revisions_of, with_candidate

BACKEND = f"{PARENT}/services/netra-backend"
ADDRESS = "https://localhost:8443"
SERVING, NEXT = "netra-backend-00042-sbx", "netra-backend-00043-new"


def world():
    return placed(with_candidate(healthy_world(), "backend"), {"backend": ADDRESS})


def test_all_traffic_stays_where_it_was():
    service = world().services[BACKEND]
    assert [(each.name, each.percent, each.latest) for each in targets(service)] == [
        (SERVING, 100, False),
        (NEXT, 0, True),
    ]
    (tagged,) = [each for each in service.traffic_statuses if each.tag]
    assert (tagged.tag, tagged.revision, tagged.uri) == (TAG, NEXT, ADDRESS)
    assert {each.uri for each in service.traffic_statuses if not each.tag} == {""}


def test_each_revision_keeps_what_it_was_made_from():
    made = world()
    service = made.services[BACKEND]
    del service.template.vpc_access
    carried = {
        each.name.rpartition("/")[2]: bool(each.vpc_access.connector)
        for each in revisions_of(made, service)
    }
    assert (carried[NEXT], carried[SERVING]) == (False, True)


def test_gclouds_view_of_it_has_the_tag_and_its_address():
    plain = knative.service(world().services[BACKEND])
    assert plain["spec"]["traffic"] == [
        {"percent": 100, "revisionName": SERVING},
        {"percent": 0, "revisionName": NEXT, "tag": TAG},
    ]
    assert plain["status"]["traffic"] == [
        {"percent": 100, "revisionName": SERVING},
        {"percent": 0, "revisionName": NEXT, "tag": TAG, "url": ADDRESS},
    ]


def test_no_other_service_changes():
    before, after = healthy_world().services, world().services
    assert {name for name in before if before[name] != after[name]} == {BACKEND}
