import pytest

from netra_validate import Check, Database, Plane, Service, config
from netra_validate.model import Location, ResourceRef
from netra_validate.plan import plan
from netra_validate.registry import Registry
from netra_validate.topology import Connector, Host, LoadBalancer, Topology

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
