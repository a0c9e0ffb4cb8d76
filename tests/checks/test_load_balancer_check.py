"""The load-balancer check: routes and certificates by themselves, and whole ones in the sandbox."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec
import pytest
from gcloud_commands import problem
from http_servers import says, serving
from permission_worlds import examine
from remedy_rules import faults

from checks.load_balancer import (
    LoadBalancerCheck,
    certificates,
    entrances,
    facts,
    mapped,
    passing_on,
    remedies,
    routes,
    routing,
)
from checks.load_balancer.facts import Behind, Group
from checks.load_balancer.remedies import Place
from checks.load_balancer.routes import Ways
from netra_validate import (
    Environment,
    Host,
    LoadBalancer,
    Outcome,
    Service,
    Severity,
    Sign,
    Topology,
)
from netra_validate.clients.google.certificate_manager import MapEntry, _Certificate, plain
from netra_validate.clients.google.compute_types import (
    BackendService,
    EndpointGroup,
    ForwardingRule,
    HealthCheck,
    Proxy,
    SslCertificate,
    UrlMap,
)
from netra_validate.clients.http.response import Headers, HttpResponse
from netra_validate.model import Effect
from netra_validate.sandbox.faults import broken
from netra_validate.sandbox.names import URL_MAP
from netra_validate.testing import run_check
from netra_validate.topology import Endpoints

NOW = datetime(2026, 1, 31, tzinfo=UTC)
PLACE = Place("map", "netra-staging")
CHECK = LoadBalancerCheck(LoadBalancerCheck.Options())
PREFIX = "https://www.googleapis.com/compute/v1/projects/netra-staging"


def link(name):
    return f"{PREFIX}/global/backendServices/{name}"


def rules(found):
    found = list(found)
    for each in found:
        effects = [command.effect is Effect.READS for command in each.remediation.commands]
        assert effects == sorted(effects, reverse=True), "those that look come first"
        for command in each.remediation.commands:
            for argv in filter(None, (command.argv, command.undo)):
                assert argv[0] == "nslookup" or problem(argv) is None, (argv, problem(argv))
    return [each.rule.removeprefix("load-balancer.") for each in found]


def url_map(**fields):
    return msgspec.convert({"name": "map", **fields}, UrlMap)


def hosts(name, *names, **matcher):
    return {
        "hostRules": [{"hosts": list(names), "pathMatcher": name}],
        "pathMatchers": [{"name": name, **matcher}],
    }


class TestRouting:
    PATHS = url_map(
        defaultService="default",
        hostRules=[
            {"hosts": ["staging.example.com"], "pathMatcher": "app"},
            {"hosts": ["*.example.com", "*-x.example.com"], "pathMatcher": "any"},
            {"hosts": ["localhost:8443"], "pathMatcher": "port"},
            {"hosts": ["lost.example.com"], "pathMatcher": "gone"},
        ],
        pathMatchers=[
            {
                "name": "app",
                "defaultService": "frontend",
                "pathRules": [
                    {"paths": ["/api/*"], "service": "backend"},
                    {"paths": ["/api/auth/*", "/login"], "service": "auth"},
                    {
                        "paths": ["/ws"],
                        "service": "backend",
                        "routeAction": {"timeout": {"seconds": "600"}},
                    },
                ],
            },
            {"name": "any", "defaultService": "wild"},
            {"name": "port", "defaultService": "ported"},
        ],
    )

    @pytest.mark.parametrize(
        ("address", "leads_to"),
        [
            ("https://staging.example.com", "frontend"),
            ("https://STAGING.example.com/", "frontend"),
            ("https://staging.example.com/api/", "backend"),
            ("https://staging.example.com/api/x?y=/login", "backend"),
            ("https://staging.example.com/api", "frontend"),
            ("https://staging.example.com/api/auth/me", "auth"),
            ("https://staging.example.com/login", "auth"),
            ("https://staging.example.com/login/x", "frontend"),
            ("wss://staging.example.com/ws", "backend"),
            ("https://api.example.com/", "wild"),
            ("https://example.com/", "default"),
            ("https://localhost:8443/x", "ported"),
            ("https://localhost:9443/x", "default"),
            ("https://lost.example.com/", "default"),
        ],
    )
    def test_by_host_and_longest_path(self, address, leads_to):
        if address.startswith("https://lost"):
            # Its matcher is missing: the map cannot be stored so, and nothing is believed of it.
            assert routing.route(self.PATHS, address).backends == ("default",)
            return
        assert routing.route(self.PATHS, address).backends == (leads_to,)

    def test_a_route_has_its_own_time(self):
        assert routing.route(self.PATHS, "wss://staging.example.com/ws").timeout_s == 600
        assert routing.route(self.PATHS, "https://staging.example.com/").timeout_s is None

    def test_every_backend_that_a_route_leads_to(self):
        unused = url_map(defaultService="a", pathMatchers=[{"name": "m", "defaultService": "b"}])
        assert routing.backends(unused) == ("a",)
        assert set(routing.backends(self.PATHS)) == {
            "default", "frontend", "backend", "auth", "wild", "ported",
        }  # fmt: skip

    def test_shares_of_the_traffic(self):
        shares = [
            {"backendService": "a", "weight": 90},
            {"backendService": "b", "weight": 10},
            {"backendService": "c", "weight": 0},
        ]
        found = url_map(defaultRouteAction={"weightedBackendServices": shares})
        assert routing.route(found, "https://x.example/").backends == ("a", "b")

    @pytest.mark.parametrize(
        ("match", "path", "leads_to"),
        [
            ({"prefixMatch": "/a"}, "/ab", "special"),
            ({"prefixMatch": "/a"}, "/b", "default"),
            ({"fullPathMatch": "/a"}, "/a", "special"),
            ({"fullPathMatch": "/a"}, "/a/b", "default"),
            ({"prefixMatch": "/A", "ignoreCase": True}, "/ab", "special"),
            ({"prefixMatch": "/A"}, "/ab", "default"),
            ({"prefixMatch": "/b", "headerMatches": [{"headerName": "x"}]}, "/a", "default"),
            ({"prefixMatch": "/a", "headerMatches": [{"headerName": "x"}]}, "/a", None),
            ({"prefixMatch": "/", "queryParameterMatches": [{"name": "x"}]}, "/a", None),
            ({"pathTemplateMatch": "/{x=*}"}, "/a", None),
        ],
    )
    def test_route_rules(self, match, path, leads_to):
        rule = {"priority": 1, "matchRules": [match], "service": "special"}
        found = url_map(**hosts("m", "*", defaultService="default", routeRules=[rule]))
        route = routing.route(found, f"https://x.example{path}")
        assert (route.backends if route else None) == ((leads_to,) if leads_to else None)

    def test_the_lowest_number_comes_first(self):
        every = [{"prefixMatch": "/"}]
        several = [
            {"priority": 20, "matchRules": every, "service": "late"},
            {"priority": 3, "matchRules": every, "service": "early"},
        ]
        found = url_map(**hosts("m", "*", defaultService="default", routeRules=several))
        assert routing.route(found, "https://x.example/").backends == ("early",)


class TestAGroupThatLeadsNowhere:
    """The first advice is not to deploy a second service under the wrong name."""

    def remedy(self, *services):
        found, _ = examine(
            LoadBalancerCheck,
            LoadBalancer(key="main", url_map=URL_MAP, services=("backend",)),
            broken(["wrong-neg-service"]).world,
            options=LoadBalancerCheck.Options(),
            resources=services,
        )
        (missing,) = [each for each in found.findings if each.rule.endswith(".missing-service")]
        assert {each.effect for each in missing.remediation.commands} == {Effect.READS}
        return missing.remediation.summary

    def test_that_it_is_to_lead_to_the_declared_service_which_is_there(self):
        told = self.remedy(Service(key="backend", cloud_run="netra-backend"))
        assert told.startswith("Let the route lead to netra-backend, which exists: make a")

    def test_one_that_is_not_there_is_no_advice(self):
        told = self.remedy(Service(key="backend", cloud_run="netra-backend-stage"))
        assert told.startswith("Deploy netra-backend-staging, or put a group")

    def test_one_that_is_led_to_is_not_meant(self):
        told = self.remedy(Service(key="backend", cloud_run="netra-frontend"))
        assert told.startswith("Deploy netra-backend-staging, or put a group")


def neg(service=None, mask=None, name="group", region="us-central1"):
    return Group(
        name,
        f"{PREFIX}/regions/{region}/networkEndpointGroups/{name}",
        service=service,
        mask=mask,
        is_serverless=True,
    )


def machines():
    return Group("machines", f"{PREFIX}/zones/z/instanceGroups/machines")


def ways(is_whole=True, rules=(), **leads):
    """Each backend service by its name, and the first of them as the default."""
    behind = {link(name): Behind(name, link(name), tuple(groups)) for name, groups in leads.items()}
    fields = {"defaultService": next(iter(behind))}
    if rules or len(behind) > 1:
        paths = [{"paths": [f"/{name}/*"], "service": link(name)} for name in leads]
        paths = [*paths, *rules]
        fields |= hosts("m", "*", defaultService=fields["defaultService"], pathRules=paths)
    return Ways(url_map(**fields), behind, is_whole)


BACKEND = Service(key="backend", cloud_run="netra-backend", url="https://staging.example.com")


class TestRoutes:
    def judged(self, found, *services, **options):
        check = LoadBalancerCheck(LoadBalancerCheck.Options(**options))
        return list(routes.judge(check, PLACE, found, services or (BACKEND,)))

    def test_the_right_service(self):
        assert self.judged(ways(one=[neg("netra-backend")])) == []

    def test_another_spelling_is_named(self):
        (found,) = self.judged(ways(one=[neg("netra-backend-staging")]))
        assert rules([found]) == ["no-route"]
        assert "netra-backend-staging is reached instead" in found.message
        assert "network-endpoint-groups" in found.remediation.commands[0].argv
        assert found.remediation.summary.startswith(
            "Let the load balancer lead to netra-backend: make a serverless group that names it"
        )

    def test_nothing_like_it(self):
        (found,) = self.judged(ways(one=[neg("frontend")]))
        assert found.message == "netra-backend is reached by no route of map"

    def test_what_could_not_be_read_is_not_held_against_it(self):
        assert self.judged(ways(one=[neg("frontend")], is_whole=False)) != []
        unread = Ways(ways(one=[neg("frontend")]).url_map, {}, is_whole=False)
        assert self.judged(unread) == []

    def test_a_mask_may_lead_anywhere(self):
        assert self.judged(ways(one=[neg(mask="<service>.example.com")])) == []

    def test_what_is_not_in_cloud_run_is_not_looked_for(self):
        elsewhere = Service(key="legacy", url="https://legacy.example.com")
        assert self.judged(ways(one=[neg("frontend")]), elsewhere) == []

    def test_an_address_that_leads_to_another(self):
        found = ways(one=[neg("netra-backend")], two=[neg("netra-frontend")])
        service = msgspec.structs.replace(BACKEND, health=("/health", "/two/health"))
        (wrong,) = self.judged(found, service)
        assert rules([wrong]) == ["wrong-route"]
        assert "leads https://staging.example.com/two/health to netra-frontend" in wrong.message

    def test_cloud_runs_own_address_leads_through_no_load_balancer(self):
        found = ways(one=[neg("netra-frontend")], two=[neg("netra-backend")])
        service = msgspec.structs.replace(BACKEND, url="https://netra-backend-x-uc.a.run.app")
        assert self.judged(found, service) == []

    def test_a_backend_service_without_backends(self):
        assert rules(self.judged(ways(one=[]))) == ["no-backends"]

    def test_machines_are_not_judged_by_name(self):
        assert rules(self.judged(ways(one=[machines()]))) == ["no-route"]
        both = ways(one=[machines()], two=[neg("netra-backend")])
        assert self.judged(both) == []


SOCKET = msgspec.structs.replace(BACKEND, websocket="wss://staging.example.com/ws")


class TestTimes:
    def judged(self, timeout_s, group, *, route_s=None, **options):
        behind = Behind("one", link("one"), (group,), timeout_s=timeout_s)
        action = {"timeout": {"seconds": route_s}} if route_s else None
        fields = {"defaultService": link("one"), "defaultRouteAction": action}
        check = LoadBalancerCheck(LoadBalancerCheck.Options(**options))
        found = Ways(url_map(**fields), {link("one"): behind}, is_whole=True)
        service = msgspec.structs.replace(SOCKET, cloud_run=None)
        return list(routes.judge(check, PLACE, found, [service]))

    def test_a_serverless_group_has_an_hour_whatever_the_backend_service_says(self):
        assert self.judged(30, neg("netra-backend")) == []

    def test_machines_have_what_the_backend_service_says(self):
        (found,) = self.judged(30, machines())
        assert rules([found]) == ["timeout-too-short"]
        (change,) = [c for c in found.remediation.commands if c.effect is not Effect.READS]
        assert "--timeout=600s" in change.argv
        assert "--timeout=30s" in change.undo
        assert self.judged(86400, machines()) == []

    def test_a_backend_service_of_another_project_is_changed_there(self):
        elsewhere = link("one").replace("/projects/netra-staging/", "/projects/shared/")
        behind = Behind("one", elsewhere, (machines(),), ("alive",))
        assert elsewhere != link("one")
        for made in (remedies.fill, remedies.heal, partial(remedies.give_time, seconds=600)):
            remedy = made(PLACE, behind)
            assert list(faults(remedy)) == []
            for argv in (each for c in remedy.commands for each in (c.argv, c.undo) if each):
                assert "--project=shared" in argv

    def test_a_routes_own_time_counts_for_both(self):
        for group in (neg("netra-backend"), machines()):
            (found,) = self.judged(86400, group, route_s="300")
            assert rules([found]) == ["timeout-too-short"]
            assert all(c.effect is Effect.READS for c in found.remediation.commands)
        assert self.judged(30, machines(), route_s="600") == []

    def test_the_limit_is_an_option(self):
        assert self.judged(30, machines(), min_websocket_timeout_s=30) == []
        assert self.judged(30, neg("x"), min_websocket_timeout_s=7200) != []


def managed(status="ACTIVE", name="cert", **domains):
    told = {"status": status, "domains": list(domains), "domainStatus": domains}
    return msgspec.convert({"name": name, "type": "MANAGED", "managed": told}, SslCertificate)


def own(days, name="own", hosts=("a.example",)):
    ends = (NOW + timedelta(days=days)).isoformat(timespec="milliseconds")
    return SslCertificate(name=name, subject_alternative_names=hosts, expire_time=ends)


class TestCertificates:
    def judged(self, *found, hosts=()):
        return list(certificates.judge(CHECK, PLACE, found, hosts, NOW))

    @pytest.mark.parametrize(
        ("status", "state", "rule"),
        [
            ("ACTIVE", "ACTIVE", []),
            ("PROVISIONING", "PROVISIONING", ["certificate-provisioning"]),
            ("PROVISIONING", "FAILED_NOT_VISIBLE", ["certificate-failed"]),
            ("PROVISIONING_FAILED", "FAILED_CAA_FORBIDDEN", ["certificate-failed"]),
            ("PROVISIONING_FAILED_PERMANENTLY", "FAILED_RATE_LIMITED", ["certificate-failed"]),
            ("RENEWAL_FAILED", "FAILED_NOT_VISIBLE", ["certificate-failed"]),
        ],
    )
    def test_states(self, status, state, rule):
        found = self.judged(managed(status, **{"a.example": state}))
        assert rules(found) == rule
        assert all(each.severity is Severity.ERROR for each in found)
        if state.startswith("FAILED"):
            assert ("nslookup", "a.example") in [c.argv for c in found[0].remediation.commands]

    def test_one_beside_another_that_covers_its_hosts_is_a_warning(self):
        new = managed("PROVISIONING", "new", **{"a.example": "PROVISIONING"})
        found = self.judged(own(90), new)
        assert [each.severity for each in found] == [Severity.WARNING]
        assert self.judged(own(90, hosts=("b.example",)), new)[0].severity is Severity.ERROR

    @pytest.mark.parametrize(
        ("days", "severity"),
        [(31, None), (29, Severity.WARNING), (6, Severity.ERROR), (-1, Severity.ERROR)],
    )
    def test_ones_own_expires(self, days, severity):
        found = self.judged(own(days))
        assert [each.severity for each in found] == ([severity] if severity else [])

    @pytest.mark.parametrize(
        ("days", "signs"),
        [(6, {Sign.TLS_ENDS}), (-1, {Sign.NO_TLS, Sign.TLS_ENDED})],
        ids=["ends", "ended"],
    )
    def test_a_host_presents_what_the_load_balancer_has(self, days, signs):
        hosts = tuple(Host(key=name, name=f"{name.upper()}.example") for name in ("a", "b"))
        service = Service(key="web", url="https://a.example")
        place = replace(PLACE, hosts=hosts, services=(service,))
        (found,) = certificates.judge(CHECK, place, [own(days)], (), NOW)
        assert found.bearing.explains == signs
        assert found.bearing.affects == {hosts[0].ref, service.ref}
        (found,) = certificates.judge(CHECK, place, [own(days, hosts=("c.example",))], (), NOW)
        assert found.bearing.affects == frozenset(), "whoever has no name here has it all the same"
        (found,) = certificates.judge(CHECK, place, [own(90)], ("b.example",), NOW)
        assert found.bearing.affects == {hosts[1].ref}

    def test_managed_ones_are_renewed_by_google(self):
        soon = msgspec.structs.replace(managed(), expire_time="2026-02-01T00:00:00.000-00:00")
        assert self.judged(soon) == []

    @pytest.mark.parametrize("told", [None, "", "soon", "2026-13-01T00:00:00Z"])
    def test_a_time_that_is_none(self, told):
        assert certificates.moment(told) is None

    def test_a_time_without_a_zone_is_utc(self):
        assert certificates.moment("2026-01-31T00:00:00") == NOW

    def test_hosts_that_none_covers(self):
        wild = own(90, hosts=("*.example", "b.c.example"))
        found = self.judged(wild, hosts=("a.example", "b.c.example", "a.c.example"))
        assert rules(found) == ["uncovered-host"]
        assert found[0].message.startswith("a.c.example is covered by no certificate")


class TestEntrances:
    RULES = (
        ForwardingRule(name="a", address="192.0.2.1"),
        ForwardingRule(name="b", address="2001:db8::1/64"),
    )

    def test_addresses_in_any_spelling(self):
        good = {"a.example": ("192.0.2.1", "2001:DB8:0::1")}
        assert list(entrances.astray(CHECK, PLACE, self.RULES, good)) == []

    def test_one_of_two_that_is_anothers(self):
        bad = {"a.example": ("192.0.2.1", "192.0.2.9")}
        (found,) = entrances.astray(CHECK, PLACE, self.RULES, bad)
        assert rules([found]) == ["address-mismatch"]
        assert "leads to 192.0.2.9, expected" in found.message

    def test_without_an_address_there_is_nothing_to_compare(self):
        assert list(entrances.astray(CHECK, PLACE, (), {"a.example": ("192.0.2.9",)})) == []
        assert rules(entrances.missing(CHECK, PLACE, ())) == ["no-frontend"]
        assert list(entrances.missing(CHECK, PLACE, self.RULES)) == []

    def test_whose_they_are(self):
        ours = Proxy(name="p", self_link=f"{PREFIX}/global/targetHttpsProxies/p", url_map="x/map")
        other = Proxy(name="q", self_link=f"{PREFIX}/global/targetHttpsProxies/q", url_map="x/y")
        assert entrances.proxies_of("map", (ours, other)) == (ours,)
        rule = ForwardingRule(name="r", target="projects/netra-staging/global/targetHttpsProxies/p")
        assert entrances.rules_of((ours,), (rule, self.RULES[0])) == (rule,)

    def test_names_that_clients_come_by(self):
        balancer = LoadBalancer(key="main", url_map="map", services=("backend", "auth"))
        auth = Service(key="auth", url="https://auth.run.app", health=("http://plain.example/x",))
        other = Host(key="o", name="elsewhere.example", load_balancer="other")
        backend = msgspec.structs.replace(BACKEND, websocket="wss://elsewhere.example/ws")
        host = Host(key="h", name="Front.example", load_balancer="main")
        topology = Topology((balancer, backend, auth, other, host))
        assert entrances.names_of(balancer, topology) == ("front.example", "staging.example.com")


def test_facts_from_messages():
    told = {"name": "n", "networkEndpointType": "SERVERLESS", "cloudRun": {"service": "s"}}
    group = facts.group("l", msgspec.convert(told, EndpointGroup))
    assert (group.service, group.is_serverless) == ("s", True)
    service = msgspec.convert(
        {"name": "b", "backends": [{"group": "l"}, {"group": "?"}], "healthChecks": ["x/h"]},
        BackendService,
    )
    behind = facts.behind("b", service, {"l": group})
    assert (behind.services, behind.health_checks, behind.limit_s) == (("s",), ("h",), 3600)
    assert msgspec.convert({"name": "h", "tcpHealthCheck": {}}, HealthCheck).path is None


class TestMapped:
    MAPPED = Place("map", "netra-staging", certificate_map="m")

    def entry(self, hostname=None, matcher=None, certificates=("c",)):
        return MapEntry(name="e", hostname=hostname, matcher=matcher, certificates=certificates)

    @pytest.mark.parametrize(
        ("host", "found"),
        [
            ("a.example.com", "a.example.com"),
            ("b.example.com", "*.example.com"),
            ("example.com", "primary"),
            ("x.b.example.com", "primary"),
            ("other.example", "primary"),
        ],
    )
    def test_the_entry_that_a_client_meets(self, host, found):
        entries = (
            self.entry("*.example.com"),
            self.entry("A.example.com"),
            self.entry(matcher="PRIMARY"),
        )
        entry = mapped.entry_for(entries, host)
        assert (entry.hostname or "primary").lower() == found

    def test_hosts_and_what_is_presented_for_them(self):
        certificate = SslCertificate(name="c", subject_alternative_names=("a.example.com",))
        entries = (self.entry("a.example.com"), self.entry("b.example.com"))
        asked = ("a.example.com", "b.example.com", "c.example.com")
        found = mapped.judge(CHECK, self.MAPPED, entries, {"c": certificate}, asked)
        assert rules(found) == ["uncovered-host", "unmapped-host"]

    def test_a_certificate_that_could_not_be_read_says_nothing(self):
        entries = (self.entry("a.example.com"),)
        assert rules(mapped.judge(CHECK, self.MAPPED, entries, {}, ("a.example.com",))) == []

    @pytest.mark.parametrize(
        ("managed", "expires", "status", "said"),
        [
            ({"state": "ACTIVE"}, None, "ACTIVE", []),
            ({"state": "PROVISIONING"}, None, "PROVISIONING", ["certificate-provisioning"]),
            ({"state": "PROVISIONING"}, "2026-06-01T00:00:00Z", "ACTIVE", []),
            ({"state": "FAILED"}, None, "FAILED", ["certificate-failed"]),
            (
                {
                    "state": "PROVISIONING",
                    "domains": ["a"],
                    "authorizationAttemptInfo": [
                        {"domain": "a", "state": "FAILED", "failureReason": "CAA"}
                    ],
                },
                "2026-06-01T00:00:00Z",
                "RENEWAL_FAILED",
                ["certificate-failed"],
            ),
        ],
    )
    def test_the_state_of_a_managed_one(self, managed, expires, status, said):
        told = {"name": "projects/p/locations/global/certificates/c", "managed": managed}
        body = json.dumps({**told, "expireTime": expires}).encode()
        found = plain(msgspec.json.decode(body, type=_Certificate))
        assert (found.name, found.managed.status) == ("c", status)
        assert rules(certificates.judge(CHECK, self.MAPPED, [found], (), NOW)) == said

    def test_one_of_your_own_expires(self):
        told = {"name": "c", "sanDnsnames": ["a"], "expireTime": "2026-02-01T00:00:00Z"}
        found = plain(msgspec.convert(told, _Certificate))
        assert rules(certificates.judge(CHECK, self.MAPPED, [found], ("a",), NOW)) == [
            "certificate-expiring"
        ]


class TestPassingOn:
    PAGE = "<h2>The server encountered a temporary error and could not complete your request.<p>"

    @pytest.mark.parametrize(
        ("status", "page", "own"),
        [
            (502, PAGE, True),
            (503, "no healthy upstream", True),
            (502, "upstream connect error or disconnect/reset before headers. reset", True),
            (500, PAGE, False),
            (502, '{"error": "upstream"}', False),
            (503, "Service Unavailable", False),
            (502, "", False),
        ],
    )
    def test_whose_word_it_is(self, status, page, own):
        response = HttpResponse(
            url="https://x/", status=status, headers=Headers(()), body=page.encode(),
            truncated=False, latency_s=0.1,
        )  # fmt: skip
        assert passing_on.is_of_the_load_balancer(response) == own

    @pytest.mark.parametrize(
        ("status", "direct", "ready", "severity"),
        [
            (502, 200, False, Severity.ERROR),
            (503, 307, True, Severity.ERROR),
            (503, 405, True, Severity.ERROR),
            (502, 500, True, None),
            (502, 503, True, None),
            (502, None, True, Severity.WARNING),
            (502, 403, True, Severity.WARNING),
            (502, 404, False, None),
            (503, None, True, None),
            (503, 403, True, None),
        ],
    )
    def test_put_side_by_side(self, status, direct, ready, severity):
        seen = passing_on.Seen("https://x/", status, direct, ready)
        found = passing_on.verdict(CHECK, PLACE, "netra-backend", seen)
        assert (found and found.severity) == severity
        if found:
            assert rules([found]) == ["not-passed-on"]
            assert found.message.startswith(f"map answers {status} itself at https://x/")


class TestWhole:
    """The check against a server that says what it is told to."""

    BALANCER = LoadBalancer(key="main", url_map="map", services=("backend",))

    def result(self, replies, **options):
        at = "/compute/v1/projects/netra-staging"
        routes = {
            path if path.startswith("/v1/") else f"{at}{path}": reply
            for path, reply in replies.items()
        }
        with serving(routes) as site:
            environment = Environment(
                project="netra-staging",
                region="us-central1",
                endpoints=Endpoints(compute=site.url, run=site.url, certificatemanager=site.url),
            )
            return run_check(
                LoadBalancerCheck,
                self.BALANCER,
                environment=environment,
                options=LoadBalancerCheck.Options(**options),
                resources=(Service(key="backend", cloud_run="netra-backend"),),
                retries=0,
            )

    def replies(self, **more):
        backend = {"name": "one", "backends": [{"group": machines().link}], "healthChecks": []}
        proxy = {
            "name": "p",
            "selfLink": f"{PREFIX}/global/targetHttpsProxies/p",
            "urlMap": f"{PREFIX}/global/urlMaps/map",
            "certificateMap": "//certificatemanager.googleapis.com/projects/netra-staging"
            "/locations/global/certificateMaps/m",
        }
        rule = {"name": "r", "target": proxy["selfLink"], "IPAddress": "192.0.2.1"}
        return {
            "/global/urlMaps/map": says({"name": "map", "defaultService": link("one")}),
            "/global/backendServices/one": says(backend),
            "/global/targetHttpsProxies?maxResults=500": says({"items": [proxy]}),
            "/global/forwardingRules?maxResults=500": says({"items": [rule]}),
            "/global/healthChecks?maxResults=500": says({}),
            f"{self.MAP}?pageSize=500": says(
                {
                    "certificateMapEntries": [
                        self.entry(hostname="old.example"),
                        self.entry(matcher="PRIMARY", state=""),
                    ]
                }
            ),
            self.CERTIFICATE: says({"name": "x/c", "managed": {"state": "ACTIVE"}}),
            **more,
        }

    MAP = "/v1/projects/netra-staging/locations/global/certificateMaps/m/certificateMapEntries"
    CERTIFICATE = "/v1/projects/netra-staging/locations/global/certificates/c"

    def test_a_certificate_map_is_read(self):
        result = self.result(self.replies())
        assert rules(result.findings) == ["no-route"]
        assert result.observations["certificate_map"] == {"old.example": "ACTIVE", "PRIMARY": ""}
        assert result.observations["certificates"] == {"c": "ACTIVE"}
        assert result.observations["addresses"] == ["192.0.2.1"]

    def test_a_page_of_entries_after_the_other(self):
        first = says({"certificateMapEntries": [], "nextPageToken": "a&b"})
        second = says({"certificateMapEntries": [self.entry(hostname="two.example")]})
        path = f"{self.MAP}?pageSize=500"
        result = self.result(self.replies(**{path: first, f"{path}&pageToken=a%26b": second}))
        assert result.observations["certificate_map"] == {"two.example": "ACTIVE"}

    def entry(self, **fields):
        return {
            "name": "e",
            "certificates": [self.CERTIFICATE.removeprefix("/v1/")],
            "state": "ACTIVE",
            **fields,
        }

    @pytest.mark.parametrize(
        ("path", "permission"),
        [
            (f"{MAP}?pageSize=500", "certificatemanager.certmapentries.list"),
            (CERTIFICATE, "certificatemanager.certs.get"),
        ],
    )
    @pytest.mark.parametrize(
        ("reply", "said"),
        [
            (says({"error": {}}, status=403), "{permission}"),
            (says([]), "cannot be read"),
            (says({"certificateMapEntries": 1, "name": 1}), "cannot be read"),
        ],
    )
    def test_a_map_that_does_not_tell_is_not_verified(self, path, permission, reply, said):
        result = self.result(self.replies(**{path: reply}))
        assert said.format(permission=permission) in result.reason
        assert rules(result.findings) == ["no-route"], "the rest is looked at all the same"
        assert permission in LoadBalancerCheck.permissions

    @pytest.mark.parametrize(
        ("states", "said", "severity"),
        [
            ([], [], None),
            (["HEALTHY", "DRAINING"], [], None),
            (["HEALTHY", "UNHEALTHY"], ["unhealthy-backends"], Severity.WARNING),
            (["UNHEALTHY", "TIMEOUT"], ["unhealthy-backends"], Severity.ERROR),
        ],
    )
    def test_machines_and_their_health(self, states, said, severity):
        health = [{"ipAddress": f"10.0.0.{at}", "port": 80, "healthState": state}
                  for at, state in enumerate(states)]  # fmt: skip
        result = self.result(self.checked({"healthStatus": health}))
        found = [each for each in result.findings if each.rule != "load-balancer.no-route"]
        assert rules(found) == said
        assert [each.severity for each in found] == [severity] * len(said)
        if said:
            assert f"10.0.0.{len(states) - 1}:80" in found[0].message
        assert "one" in result.observations["backend_health"]

    def checked(self, health, status=200, group=None):
        """A backend service with a health check."""
        link = (group or machines()).link
        backend = {"name": "one", "backends": [{"group": link}], "healthChecks": ["x/hc"]}
        path = "/global/backendServices/one"
        return self.replies(
            **{path: says(backend), f"{path}/getHealth": says(health, status=status)}
        )

    def test_a_health_that_may_not_be_asked_for_is_not_verified(self):
        result = self.result(self.checked({"error": {}}, status=403))
        assert "compute.backendServices.get" in result.reason

    @pytest.mark.parametrize(
        ("kind", "asked"),
        [
            ("GCE_VM_IP_PORT", True),
            ("NON_GCP_PRIVATE_IP_PORT", True),
            ("SERVERLESS", False),
            ("INTERNET_FQDN_PORT", False),
        ],
    )
    def test_only_groups_that_have_a_health_are_asked_for_it(self, kind, asked):
        path = "/zones/z/networkEndpointGroups/neg"
        replies = self.checked({"healthStatus": []}, group=Group("neg", f"{PREFIX}{path}"))
        replies[path] = says({"name": "neg", "networkEndpointType": kind})
        result = self.result(replies)
        assert ("backend_health" in result.observations) == asked, result.reason

    @pytest.mark.parametrize(
        ("path", "permission"),
        [
            ("/global/urlMaps/map", "compute.urlMaps.get"),
            ("/global/backendServices/one", "compute.backendServices.get"),
            ("/global/targetHttpsProxies?maxResults=500", "compute.targetHttpsProxies.list"),
            ("/global/forwardingRules?maxResults=500", "compute.globalForwardingRules.list"),
            ("/global/healthChecks?maxResults=500", "compute.healthChecks.list"),
        ],
    )
    def test_what_may_not_be_read_is_not_verified(self, path, permission):
        result = self.result(self.replies(**{path: says({"error": {}}, status=403)}))
        assert permission in result.reason
        if permission == "compute.backendServices.get":
            assert (result.outcome, result.findings) == (Outcome.ERROR, ())
        assert permission in LoadBalancerCheck.permissions

    def test_health_checks_that_machines_use_to_heal_are_used(self):
        def of(name):
            return {"name": name, "selfLink": f"https://c/v1/projects/p/global/healthChecks/{name}"}

        healing = [{"healthCheck": of("healing")["selfLink"]}]
        groups = [{"name": "m", "autoHealingPolicies": healing}]
        checks = [of("healing"), of("used"), of("idle")]
        services = [{"name": "b", "healthChecks": [of("used")["selfLink"]]}]
        aggregated = "/aggregated/{}?maxResults=500"
        replies = self.replies(
            **{
                "/global/healthChecks?maxResults=500": says({"items": checks}),
                aggregated.format("backendServices"): says(
                    {"items": {"global": {"backendServices": services}}}
                ),
                aggregated.format("instanceGroupManagers"): says(
                    {"items": {"zones/z": {"instanceGroupManagers": groups}}}
                ),
            }
        )
        result = self.result(replies)
        assert rules(result.findings) == ["no-route", "unused-health-check"]
        assert result.findings[1].message.startswith("idle is used by no")
        assert rules(self.result(replies, unused_health_checks=False).findings) == ["no-route"]

    def test_without_a_project_it_is_skipped(self):
        result = run_check(LoadBalancerCheck, self.BALANCER)
        assert result.outcome is Outcome.SKIP
        assert "has no project" in result.reason
