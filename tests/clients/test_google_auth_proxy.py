import pytest
from google.cloud import run_v2

from netra_validate.clients.google.auth_proxy import Proxied, proxied
from netra_validate.clients.google.revisions import carried

NAME = "netra-staging:us-central1:staging-postgres"
IMAGE = "gcr.io/cloud-sql-connectors/cloud-sql-proxy:2.14.1"


def beside(image=IMAGE, name="", command=(), args=(), **variables):
    env = [run_v2.EnvVar(name=each, value=value) for each, value in variables.items()]
    return run_v2.Container(image=image, name=name, command=command, args=args, env=env)


@pytest.mark.parametrize(
    "container",
    [
        beside(args=[NAME]),
        beside(args=["--port=5432", f"{NAME}?port=5433"]),
        beside(CSQL_PROXY_INSTANCE_CONNECTION_NAME=NAME),
        beside("mirror/sql:1", "cloud-sql-proxy", args=[NAME]),
        beside("mirror/sql:1", command=["/cloud_sql_proxy", f"-instances={NAME}=tcp:5432"]),
        beside("gcr.io/cloudsql-docker/gce-proxy:1.33", args=["-instances", f"{NAME}=tcp:0:1"]),
        beside("app:1", command=["sh", "-c", f"cloud-sql-proxy {NAME} & exec app"]),
        beside(args=["-ip_address_types=PUBLIC,PRIVATE", NAME]),
    ],
)
def test_what_it_leads_to(container):
    other = run_v2.Container(image="app:1", args=["--db=a:us-east1:not-by-a-proxy"])
    assert proxied([other, container]) == Proxied((NAME,))


@pytest.mark.parametrize(
    "container",
    [
        beside(args=["--private-ip", NAME]),
        beside(args=["--psc", NAME]),
        beside(args=[f"{NAME}?port=1&private-ip=true"]),
        beside(args=[NAME], CSQL_PROXY_PRIVATE_IP="true"),
        beside(args=[NAME], CSQL_PROXY_PSC="True"),
        beside(args=["-ip_address_types=PRIVATE", f"-instances={NAME}=tcp:5432"]),
        beside("app:1", command=["sh", "-c", f"cloud-sql-proxy --private-ip {NAME} & exec app"]),
    ],
)
def test_over_private_addresses(container):
    assert proxied([container]) == Proxied((NAME,), privately=True)


def test_one_of_two_is_enough_to_need_the_network():
    private, public = beside(args=["--private-ip", NAME]), beside(args=[NAME])
    for both in ([private, public], [public, private]):
        assert proxied(both) == Proxied((NAME,), privately=True)


def test_several_and_of_a_project_with_a_domain():
    several = beside(args=["b:europe-west4:two", "example.com:a:us-central1:one"])
    found = proxied([several]).connections
    assert found == ("b:europe-west4:two", "example.com:a:us-central1:one")


@pytest.mark.parametrize(
    "container",
    [
        beside("app:1", args=[NAME]),
        beside("app:1", DATABASE=NAME),
        beside(args=["$(INSTANCE)"]),
        beside(args=["a:b:c", "http://host:80:80", f"{NAME}_x"]),
    ],
)
def test_what_is_no_proxy_or_names_nothing(container):
    assert proxied([container]).connections == ()


def test_a_revision_has_both_ways():
    volume = run_v2.Volume(cloud_sql_instance={"instances": ["p:us-central1:socket"]})
    template = run_v2.RevisionTemplate(containers=[beside(args=[NAME])], volumes=[volume])
    found = carried(template)
    assert found.databases == (NAME, "p:us-central1:socket")
    assert found.cloud_sql == ("p:us-central1:socket",)
