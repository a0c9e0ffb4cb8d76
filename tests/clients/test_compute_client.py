"""Compute Engine's answers, good and bad, from a server that says what it is told to."""

from __future__ import annotations

import asyncio
import json

import pytest
from http_servers import Reply, says, serving

from netra_validate import Forbidden, LoadBalancer, NotFound, ProtocolError
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.google.compute import named, permission
from netra_validate.threads import run_to_end
from netra_validate.topology import Endpoints, Environment

BALANCER = LoadBalancer(key="main", url_map="map")
AT = "/compute/v1/projects/p"
LINK = "https://www.googleapis.com/compute/v1/projects/p/global/backendServices/b"


def ask(question, replies, tmp_path):
    """What ``question(compute)`` comes to, and the paths that were asked for."""

    async def asked(url):
        environment = Environment(project="p", endpoints=Endpoints(compute=url))
        clients = Clients(environment, tmp_path)
        try:
            return await question(clients.google(Budget.lasting(5, retries=0)).compute)
        finally:
            await clients.close()

    with serving({f"{AT}{path}": reply for path, reply in replies.items()}) as site:
        return run_to_end(asked(site.url)), [path.removeprefix(AT) for path in site.paths()]


def test_a_url_map_with_fields_from_the_future(tmp_path):
    told = {
        "name": "map",
        "defaultService": LINK,
        "defaultRouteAction": {"timeout": {"seconds": "30", "nanos": 0}, "newPolicy": {"a": 1}},
        "hostRules": [{"hosts": ["*"], "pathMatcher": "all", "later": True}],
        "pathMatchers": [{"name": "all", "routeRules": [{"priority": 1, "matchRules": [{}]}]}],
        "tests": [],
    }
    found, _ = ask(lambda it: it.url_map(BALANCER), {"/global/urlMaps/map": says(told)}, tmp_path)
    assert found.default_service == LINK
    assert found.default_route_action.timeout.seconds == "30"
    assert found.host_rules[0].path_matcher == "all"
    assert found.path_matchers[0].route_rules[0].priority == 1


def test_one_in_a_region_is_looked_for_there(tmp_path):
    balancer = LoadBalancer(key="main", url_map="map", region="us-east1")
    replies = {"/regions/us-east1/urlMaps/map": says({"name": "map"})}
    found, _ = ask(lambda it: it.url_map(balancer), replies, tmp_path)
    assert found.name == "map"


def test_pages_are_put_together(tmp_path):
    replies = {
        "/global/forwardingRules?maxResults=500": says(
            {"items": [{"name": "a", "IPAddress": "192.0.2.1"}], "nextPageToken": "more/of it"}
        ),
        "/global/forwardingRules?maxResults=500&pageToken=more%2Fof%20it": says(
            {"items": [{"name": "b"}]}
        ),
    }
    found, asked = ask(lambda it: it.forwarding_rules(BALANCER), replies, tmp_path)
    assert [(each.name, each.address) for each in found] == [("a", "192.0.2.1"), ("b", "")]
    assert len(asked) == 2


def test_a_list_without_end_is_left(tmp_path):
    page = says({"items": [{"name": "a"}], "nextPageToken": "t"})
    replies = {
        "/global/healthChecks?maxResults=500": page,
        "/global/healthChecks?maxResults=500&pageToken=t": page,
    }
    found, asked = ask(lambda it: it.health_checks(BALANCER), replies, tmp_path)
    assert len(found) == len(asked) == 20


def test_lists_of_all_places(tmp_path):
    told = {
        "items": {
            "global": {"backendServices": [{"name": "a", "healthChecks": ["x"]}]},
            "regions/us-east1": {"backendServices": [{"name": "b"}]},
            "regions/us-west1": {"warning": {"code": "NO_RESULTS_ON_PAGE"}},
        }
    }
    replies = {"/aggregated/backendServices?maxResults=500": says(told)}
    found, _ = ask(lambda it: it.all_backend_services(BALANCER), replies, tmp_path)
    assert [each.name for each in found] == ["a", "b"]


def test_an_empty_list_has_no_items(tmp_path):
    replies = {"/global/targetHttpsProxies?maxResults=500": says({"kind": "compute#list"})}
    assert ask(lambda it: it.https_proxies(BALANCER), replies, tmp_path)[0] == ()


def test_each_is_asked_once_by_any_form_of_its_link(tmp_path):
    async def twice(compute):
        short = "projects/p/global/backendServices/b"
        return await asyncio.gather(compute.backend_service(LINK), compute.backend_service(short))

    replies = {"/global/backendServices/b": says({"name": "b", "timeoutSec": 30})}
    (first, second), asked = ask(twice, replies, tmp_path)
    assert first is second
    assert asked == ["/global/backendServices/b"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, b"<html>"),
        Reply(200, b""),
        Reply(200, b"[]"),
        Reply(200, b"\xff\xfe"),
        Reply(200, b'{"name": 7}'),
        Reply(200, b"[" * 100_000),
        Reply(200, json.dumps({"name": "b", "backends": "none"}).encode()),
        says({"name": "another"}),
    ],
)
def test_what_is_no_such_answer(tmp_path, reply):
    with pytest.raises(ProtocolError, match="the backend service b"):
        ask(lambda it: it.backend_service(LINK), {"/global/backendServices/b": reply}, tmp_path)


def test_items_of_another_kind(tmp_path):
    replies = {"/global/healthChecks?maxResults=500": says({"items": [{"name": "a"}, "b"]})}
    with pytest.raises(ProtocolError, match="the health checks of p"):
        ask(lambda it: it.health_checks(BALANCER), replies, tmp_path)


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(NotFound, match="the URL map map does not exist"):
        ask(lambda it: it.url_map(BALANCER), {}, tmp_path)


def test_who_may_not_is_told_the_permission(tmp_path):
    replies = {"/global/urlMaps/map": says({"error": {"code": 403}}, status=403)}
    with pytest.raises(Forbidden) as raised:
        ask(lambda it: it.url_map(BALANCER), replies, tmp_path)
    assert raised.value.permission == "compute.urlMaps.get"
    assert "roles/compute.viewer" in raised.value.hint


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("projects/p/global/urlMaps/m", "urlMaps.get"),
        ("projects/p/regions/r/urlMaps/m", "regionUrlMaps.get"),
        ("projects/p/global/forwardingRules", "globalForwardingRules.list"),
        ("projects/p/regions/r/forwardingRules", "forwardingRules.list"),
        ("projects/p/regions/r/networkEndpointGroups/n", "regionNetworkEndpointGroups.get"),
        ("projects/p/global/networkEndpointGroups/n", "globalNetworkEndpointGroups.get"),
        ("projects/p/zones/z/networkEndpointGroups/n", "networkEndpointGroups.get"),
        ("projects/p/regions/r/targetHttpsProxies", "regionTargetHttpsProxies.list"),
        ("projects/p/aggregated/backendServices", "backendServices.list"),
        ("projects/p/aggregated/instanceGroupManagers", "instanceGroupManagers.list"),
    ],
)
def test_permissions(name, expected):
    assert permission(name) == f"compute.{expected}"


def test_links_by_their_names():
    assert named(LINK) == "projects/p/global/backendServices/b"
    assert named("projects/p/x") == "projects/p/x"
    assert named("global/x") == "global/x"
