import pytest

from netra_validate import Check, Database, Plane, Service, config
from netra_validate.model import Bearing, Finding, Location, ResourceRef, Severity
from netra_validate.plan import plan
from netra_validate.registry import Registry
from netra_validate.topology import CandidateService, Connector, Host, LoadBalancer, Topology

CONFIGURATION = """
[environments.staging.services.backend]
url = "https://Staging.example.com"
health = ["/health", "https://10.0.0.7/health", "http://127.0.0.1:8080/x"]
websocket = "wss://ws.example.com:8443/ws"
database = "postgres"
[environments.staging.services.frontend]
url = "https://www.example.com"
[environments.staging.services.local]
url = "http://localhost:3000"
[environments.staging.databases.postgres]
instance = "pg"
[environments.staging.load_balancers.main]
url_map = "urls"
services = ["backend", "frontend"]
[environments.staging.hosts.site]
name = "WWW.example.com"
load_balancer = "main"
required = false
[environments.staging.domains]
canonical = ["staging.example.com", "new.example.com."]
"""


@pytest.fixture
def loaded(tmp_path):
    path = tmp_path / config.FILE_NAME
    path.write_text(CONFIGURATION, encoding="utf-8")
    return config.load(path)


def refs(*names):
    return {ResourceRef(*name.split(" ")) for name in names}


def test_the_hosts_of_addresses_need_no_declaration(loaded, tmp_path):
    topology = loaded.topology("staging", tmp_path)
    assert {host.key: (host.name, host.port, host.tls) for host in topology.of(Host)} == {
        "site": ("WWW.example.com", 443, True),
        "staging.example.com": ("staging.example.com", 443, True),
        "ws.example.com:8443": ("ws.example.com", 8443, True),
        "new.example.com": ("new.example.com", 443, True),
    }
    declared_at = topology.declared_at
    assert declared_at[ResourceRef("host", "staging.example.com")] == Location(config.FILE_NAME, 2)
    assert declared_at[ResourceRef("host", "new.example.com")].line == 21


def test_a_service_is_reached_through_what_leads_to_it(loaded, tmp_path):
    topology = loaded.topology("staging", tmp_path)
    assert topology.upstream(ResourceRef("service", "backend")) == refs(
        "database postgres", "host staging.example.com", "host ws.example.com:8443",
        "load_balancer main",
    )  # fmt: skip
    assert topology.upstream(ResourceRef("service", "frontend")) == refs(
        "host site", "load_balancer main"
    )


def test_a_load_balancer_needs_what_it_leads_to_and_what_that_needs(loaded, tmp_path):
    topology = loaded.topology("staging", tmp_path)
    assert topology.upstream(ResourceRef("load_balancer", "main")) == refs(
        "service backend", "service frontend", "database postgres"
    )
    assert ResourceRef("load_balancer", "main") in topology.upstream(ResourceRef("host", "site"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('[environments.s.load_balancers.m]\nurl_map = "u"\nservices = ["bakend"]\n',
         "unknown service 'bakend'"),
        ('[environments.s.hosts.h]\nname = "a"\nload_balancer = "m"\n',
         "unknown load balancer 'm'"),
        ('[environments.s.hosts.h]\nname = "https://a"\n', "a host such as"),
        ('[environments.s.hosts.h]\nname = "a"\nport = 0\n', "port"),
    ],
)  # fmt: skip
def test_a_name_that_leads_nowhere_is_refused(text, problem, tmp_path):
    path = tmp_path / config.FILE_NAME
    path.write_text(text, encoding="utf-8")
    with pytest.raises(config.ConfigurationError) as caught:
        config.load(path)
    assert problem in str(caught.value)


class Both(Check[Service | Database]):
    """Looks at two kinds."""

    id = "both"
    plane = Plane.DATA

    async def run(self, resource, ctx):
        yield


def test_a_check_may_examine_several_kinds(loaded, tmp_path):
    assert Both.kinds() == (Service, Database)
    planned = plan(Registry({"both": Both}), loaded, "staging", tmp_path)
    assert [probe.id for probe in planned.probes] == [
        "both/backend", "both/frontend", "both/local", "both/postgres",
    ]  # fmt: skip


def test_an_entrance_does_not_lead_on_to_others():
    services = (
        Service(key="a", url="https://a.example.com"),
        Service(key="b", url="https://b.example.com", connector="c"),
    )
    balancer = LoadBalancer(key="main", url_map="u", services=("a", "b"))
    topology = Topology((*services, balancer, Connector(key="c", name="c")))
    assert topology.upstream(services[0].ref) == {balancer.ref}


def balanced(service, *hosts):
    """The load balancers on the way to a service that ``main`` and ``old`` list."""
    balancers = (
        LoadBalancer(key=key, url_map=key, services=(service.key,)) for key in ("main", "old")
    )
    topology = Topology((service, *hosts, *balancers))
    found = topology.upstream(service.ref)
    return {ref.name for ref in found if ref.kind == LoadBalancer.kind}


def test_only_the_load_balancer_of_the_host_is_on_the_way():
    backend = Service(
        key="backend", url="https://a.example.com", websocket="wss://a.example.com/ws"
    )
    said = Host(key="a", name="A.example.com", load_balancer="main")
    assert balanced(backend, said) == {"main"}


@pytest.mark.parametrize(
    ("service", "on_the_way"),
    [
        (Service(key="b", url="https://b.example.com"), {"main", "old"}),
        (Service(key="b"), {"main", "old"}),
        (Service(key="b", url="https://b-abc-uc.a.run.app"), set()),
    ],
)
def test_a_host_that_names_no_load_balancer_may_be_behind_any_that_lists_the_service(
    service, on_the_way
):
    other = Host(key="a", name="a.example.com", load_balancer="main")
    silent = Host(key="b", name="b.example.com")
    assert balanced(service, other, silent) == on_the_way


def test_a_silent_host_beside_one_that_names_its_load_balancer_may_be_behind_another():
    backend = Service(
        key="backend", url="https://a.example.com", websocket="wss://ws.example.com/ws"
    )
    said = Host(key="a", name="a.example.com", load_balancer="main")
    assert balanced(backend, said, Host(key="ws", name="ws.example.com")) == {"main", "old"}


def test_a_candidate_is_asked_past_hosts_and_load_balancers():
    candidate = CandidateService(
        key="backend", tag="next", url="https://a.example.com",
        health=("/health", "https://a.example.com/ready"), websocket="wss://ws.example.com/ws",
    )  # fmt: skip
    hosts = [Host(key=key, name=f"{key}.example.com", load_balancer="main") for key in ("a", "ws")]
    assert Topology((candidate, *hosts)).upstream(candidate.ref) == set()
    assert balanced(candidate, *hosts) == set()


def test_health_endpoints_of_a_candidate_that_do_not_move_are_asked_where_they_are():
    candidate = CandidateService(
        key="backend", tag="next", url="https://a.example.com",
        health=("/health", "https://other.example.com/health"),
    )  # fmt: skip
    hosts = (Host(key="a", name="a.example.com"), Host(key="o", name="other.example.com"))
    assert Topology((candidate, *hosts)).upstream(candidate.ref) == refs("host o")


MAIN, SECOND = Connector(key="main", name="main"), Connector(key="second", name="second")
POSTGRES = Database(key="postgres", instance="pg")


def through(**connectors):
    """A topology of services with one database, each through the connector that it names."""
    services = (
        Service(key=key, database="postgres", connector=connector)
        for key, connector in connectors.items()
    )
    return Topology((*services, POSTGRES, MAIN, SECOND))


def test_a_service_needs_no_connector_but_its_own():
    topology = through(backend="main", auth="second", batch=None)
    assert topology.upstream(ResourceRef("service", "backend")) == refs(
        "database postgres", "connector main"
    )
    assert topology.upstream(ResourceRef("service", "auth")) == refs(
        "database postgres", "connector second"
    )
    assert topology.upstream(ResourceRef("service", "batch")) == refs("database postgres")


def test_a_database_is_reached_through_the_connectors_of_all_its_users():
    topology = through(backend="main", auth="second", batch=None)
    assert topology.upstream(POSTGRES.ref) == refs("connector main", "connector second")


def test_a_load_balancer_needs_no_connector_that_no_service_behind_it_has():
    topology = through(backend="main", auth="second")
    balancer = LoadBalancer(key="main", url_map="u", services=("auth",))
    topology = Topology((*topology.resources, balancer))
    assert topology.upstream(balancer.ref) == refs(
        "service auth", "database postgres", "connector second"
    )


NOT_READY = Finding("vpc-connector.not-ready", Severity.ERROR, "main is ERROR")


def test_a_fault_of_the_only_connector_is_about_everybody():
    topology = through(backend="main", auth="main", batch=None)
    assert topology.felt_through(MAIN, NOT_READY) is NOT_READY


def test_a_fault_of_one_connector_of_two_is_about_who_goes_through_it():
    topology = through(backend="main", auth="second")
    logs = Database(key="logs", instance="logs")
    shipper = Service(key="shipper", database="logs", connector="main")
    topology = Topology((*topology.resources, logs, shipper))
    found = topology.felt_through(MAIN, NOT_READY)
    assert found.bearing.affects == refs("service backend", "service shipper", "database logs")


def test_a_fault_that_says_whom_it_is_about_is_believed():
    topology = through(backend="main", auth="second")
    told = Finding("a.b", Severity.ERROR, "c", bearing=Bearing(affects=refs("service x")))
    assert topology.felt_through(MAIN, told) is told


def test_an_option_is_where_it_is_set_for_the_environment():
    here, there = Location("n.toml", 3), Location("n.toml", 9)
    topology = Topology(set_at={("health", "words"): here, ("health", "words", "up"): there})
    assert topology.option_at("health", "words", "up") == there
    assert topology.option_at("health", "words", "down") == here
    assert topology.option_at("health", "other") is None
    assert topology.option_at("cors") is None


def test_the_last_place_that_sets_an_option_counts(tmp_path):
    file = tmp_path / config.FILE_NAME
    file.write_text(
        "[checks.health]\nmax_latency_s = 1.0\nwords.up = 'ok'\n"
        "[environments.a.checks.health]\nmax_latency_s = 2.0\n"
        "[environments.a.services.web.checks.health]\nmax_latency_s = 3.0\n"
        "[environments.b.checks.health]\nmax_latency_s = 4.0\n"
    )
    loaded = config.load(file)
    lines = [
        loaded.topology(name, tmp_path).option_at("health", "max_latency_s").line
        for name in ("a", "b", None)
    ]
    assert lines == [5, 9, 2]
    assert loaded.topology("a", tmp_path).option_at("health", "words", "up").line == 3
