"""The real Cloud SQL connector, through an Admin API and an instance's own proxy, to PostgreSQL."""

import asyncio
import socket
import ssl
from contextlib import asynccontextmanager

import pytest
from postgres_servers import clients, look, postgres

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import (
    ClientError,
    Forbidden,
    NotFound,
    Unauthenticated,
    Unreachable,
)
from netra_validate.sandbox import google_rest
from netra_validate.sandbox.database import DATABASE, IAM_ROLE, ROLE, DatabaseState
from netra_validate.sandbox.google_api import GoogleApi
from netra_validate.sandbox.instance_proxy import PORT, InstanceProxy
from netra_validate.sandbox.names import INSTANCE, PROJECT, REGION
from netra_validate.sandbox.services import Site, serving
from netra_validate.sandbox.staging import Conduct
from netra_validate.sandbox.world import healthy_world
from netra_validate.topology import Database, Endpoints, Environment

pytest.importorskip("google.cloud.sql.connector")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with postgres(tmp_path_factory.mktemp("postgres")) as found:
        yield found


@asynccontextmanager
async def instance(server, *, conduct=Conduct.WILLING, denied=(), **state):
    """The environment of an instance that is so."""
    proxy = InstanceProxy(server.socket)
    try:
        await proxy.become(DatabaseState(way="connector", **state))
        api = GoogleApi(healthy_world(), conduct, frozenset(denied), proxy)
        async with serving([Site(google_rest.application(api))]) as (port,):
            endpoints = Endpoints(sqladmin=f"http://127.0.0.1:{port}")
            yield proxy, Environment(project=PROJECT, region=REGION, endpoints=endpoints)
    finally:
        await proxy.close()


def resource(**fields):
    return Database(
        **{"key": "postgres", "instance": INSTANCE, "name": DATABASE, "user": IAM_ROLE} | fields
    )


async def entered(session):
    entry = await session.enter()
    return entry, await session.server()


def seen(server, what=entered, *, database=None, timeout_s=5.0, **how):
    """What ``what`` makes of a session in such an instance."""

    async def story():
        async with instance(server, **how) as (_, environment):
            budget = Budget.lasting(timeout_s, retries=0)
            one = clients(environment)
            async with one.postgres(budget).session(database or resource()) as session:
                return await what(session)

    return asyncio.run(story())


def test_an_account_is_signed_in_over_tls_without_a_password(server):
    async def who(session):
        entry = await session.enter()
        (row,) = await session._rows("select current_user::text as me")
        return entry, row["me"]

    entry, me = seen(server, who)
    assert me == IAM_ROLE
    assert (entry.tls, entry.verified) == ("TLSv1.3", True)
    assert entry.server_tls is False, "TLS ends at the instance's own proxy"


def test_its_whole_mail_address_is_taken_too(server):
    _, found = seen(server, database=resource(user=f"{IAM_ROLE}.gserviceaccount.com"))
    assert found.sees_all


def test_a_password_signs_in_as_any_role(server, monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "correct-horse")
    _, found = seen(server, database=resource(user=ROLE, password_env="DB_PASSWORD"))
    assert found.max_connections


def test_the_driver_looks_for_no_password_elsewhere(server, monkeypatch):
    """Whoever is in PGPASSWORD is nobody's to send to an instance."""
    monkeypatch.setenv("PGPASSWORD", "of-another-server")
    server.become(asks_for_password=True)
    try:
        with pytest.raises(Forbidden, match="by IAM"):
            seen(server, may_log_in=False)
    finally:
        server.become()


@pytest.mark.parametrize("permission", ["cloudsql.instances.get", "cloudsql.instances.connect"])
def test_an_account_that_may_not_connect_is_told_which_permission(server, permission):
    with pytest.raises(Forbidden) as refused:
        seen(server, denied={permission})
    assert refused.value.permission == permission
    assert "roles/cloudsql.client" in refused.value.hint


def test_an_account_that_may_not_log_in_is_told_so(server):
    with pytest.raises(Forbidden) as refused:
        seen(server, may_log_in=False)
    assert refused.value.permission == "cloudsql.instances.login"
    assert IAM_ROLE in refused.value.message
    assert "roles/cloudsql.instanceUser" in refused.value.hint


def test_an_instance_that_refuses_everybody(server):
    with pytest.raises(Unreachable, match="refused") as refused:
        seen(server, door="shut")
    assert refused.value.phase == "connection"


def test_a_certificate_of_the_instance_that_is_over(server):
    with pytest.raises(Unreachable, match="expired") as refused:
        seen(server, proxy="expired")
    assert refused.value.phase == "TLS"


def test_an_instance_of_another_name(server):
    with pytest.raises(NotFound, match="other-postgres does not exist"):
        seen(server, database=resource(instance="other-postgres"))


def test_an_api_that_does_not_answer_is_not_the_database(server):
    """It says nothing of the instance: not verified, rather than unreachable."""
    with pytest.raises(ClientError, match=r"sqladmin.* did not answer within") as refused:
        seen(server, conduct=Conduct.SILENT, timeout_s=1.0)
    assert type(refused.value) is ClientError


def test_an_api_that_nobody_listens_for(server):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    endpoints = Endpoints(sqladmin=f"http://127.0.0.1:{port}")
    nowhere = Environment(project=PROJECT, region=REGION, endpoints=endpoints)
    with pytest.raises(ClientError, match="cannot be reached") as refused:
        look(resource(), nowhere, entered)
    assert type(refused.value) is ClientError


def test_no_token_goes_to_a_host_that_only_looks_like_googles(server):
    endpoints = Endpoints(sqladmin="https://sqladmin.googleapis.com.example")
    elsewhere = Environment(project=PROJECT, region=REGION, endpoints=endpoints)
    with pytest.raises(ClientError, match="no address for a Google API"):
        look(resource(), elsewhere, entered)


def test_credentials_that_are_not_there(server, monkeypatch, tmp_path):
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    real = Environment(project=PROJECT, region=REGION)
    with pytest.raises(Unauthenticated, match="no Google credentials"):
        look(resource(), real, entered)


def test_a_proxy_takes_nobody_without_a_certificate(server):
    async def story():
        async with instance(server) as (proxy, _):
            trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            trusting.check_hostname = False
            trusting.verify_mode = ssl.CERT_NONE
            reader, writer = await asyncio.open_connection(proxy.address, PORT, ssl=trusting)
            writer.write(b"\0\0\0\x08\x04\xd2\x16\x2f")
            try:
                return await reader.read()
            finally:
                writer.transport.abort()

    try:
        assert asyncio.run(story()) == b""
    except OSError:
        return  # TLS 1.3 tells it after the handshake
