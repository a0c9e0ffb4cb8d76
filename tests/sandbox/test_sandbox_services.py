import asyncio
import ssl
import time
import tomllib

import httpx
import pytest
import websockets.asyncio.client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from netra_validate.sandbox.behaviour import TOKEN
from netra_validate.sandbox.scenarios import faults_of
from netra_validate.sandbox.serving import running

pytestmark = pytest.mark.usefixtures("without_a_database")


class Services:
    """The services of a sandbox in this process, as a client reaches them."""

    def __init__(self, sandbox):
        text = sandbox.config_path.read_text(encoding="utf-8")
        self.declared = tomllib.loads(text)["environments"]["sandbox"]["services"]
        self.tls = ssl.create_default_context(cafile=sandbox.folder / "ca.pem")

    async def get(self, path="/health", service="backend", timeout_s=5.0):
        async with httpx.AsyncClient(verify=self.tls, timeout=timeout_s) as client:
            return await client.get(self.declared[service]["url"] + path)

    def connect(self, query="", **options):
        address = self.declared["backend"]["websocket"] + query
        return websockets.asyncio.client.connect(address, ssl=self.tls, **options)


def meet(folder, story, *scenarios):
    """Run ``story`` with the services of a sandbox in which these scenarios are."""

    async def told():
        async with running(faults_of(scenarios), folder) as sandbox:
            return await story(Services(sandbox))

    return asyncio.run(told())


def answer(folder, *scenarios, **wanted):
    return meet(folder, lambda services: services.get(**wanted), *scenarios)


@pytest.mark.parametrize(
    ("service", "path", "name"),
    [
        ("backend", "/health", "netra-backend"),
        ("backend", "/health/database", "netra-backend"),
        ("auth", "/health", "netra-auth"),
        ("frontend", "/health", "netra-frontend"),
    ],
)
def test_a_healthy_service_says_so(tmp_path, service, path, name):
    response = answer(tmp_path, service=service, path=path)
    assert response.status_code == 200
    assert response.json()["status"] in {"healthy", "ok"}
    assert response.json()["service"] == name


@pytest.mark.parametrize("path", ["/health", "/health/database"])
@pytest.mark.parametrize(
    ("scenario", "status", "body"),
    [
        ("health-503", 503, {"status": "unhealthy", "reason": "Database connectivity failed"}),
        ("incident-1278", 503, {"status": "unhealthy"}),
        ("health-initializing", 200, {"status": "initializing", "service": "netra-backend"}),
        ("health-degraded", 200, {"status": "degraded", "service": "netra-backend"}),
        ("health-unhealthy-200", 200, {"status": "critical", "service": "netra-backend"}),
        ("health-wrong-service", 200, {"status": "ok", "service": "netra-frontend"}),
    ],
)
def test_an_ill_backend_answers_as_its_scenario_says(tmp_path, scenario, path, status, body):
    response = answer(tmp_path, scenario, path=path)
    assert response.status_code == status
    assert body.items() <= response.json().items()


def test_the_other_services_stay_healthy_when_the_backend_is_ill(tmp_path):
    assert answer(tmp_path, "health-503", service="auth").status_code == 200


def test_the_incident_reaches_the_auth_service(tmp_path):
    assert answer(tmp_path, "incident-1278", service="auth").status_code == 503


def test_a_hanging_backend_accepts_and_says_nothing(tmp_path):
    with pytest.raises(httpx.ReadTimeout):
        answer(tmp_path, "health-hangs", timeout_s=0.3)


def test_a_slow_backend_is_slower_than_the_limit_of_two_seconds(tmp_path):
    async def story(services):
        began = time.monotonic()
        response = await services.get()
        return response.status_code, time.monotonic() - began

    status, took_s = meet(tmp_path, story, "health-slow")
    assert status == 200
    assert took_s > 2.4


def test_a_web_page_is_no_health(tmp_path):
    response = answer(tmp_path, "health-html")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")


def test_a_cold_backend_is_well_from_its_second_answer_on(tmp_path):
    async def story(services):
        return [(await services.get()).status_code for _ in range(3)]

    assert meet(tmp_path, story, "health-cold-start") == [503, 200, 200]


def test_cloud_run_refuses_with_its_own_page(tmp_path):
    response = answer(tmp_path, "health-forbidden")
    assert response.status_code == 403
    assert response.headers["server"] == "Google Frontend"
    assert "does not have permission to get URL <code>/health</code>" in response.text


def test_what_is_not_served_is_not_found(tmp_path):
    assert answer(tmp_path, path="/nothing").status_code == 404


def test_scenarios_add_up(tmp_path):
    async def story(services):
        with pytest.raises(InvalidStatus):
            async with services.connect():
                pass
        return (await services.get()).json()["status"]

    assert meet(tmp_path, story, "websocket-403", "health-initializing") == "initializing"


def test_a_healthy_websocket_greets_and_answers_pings(tmp_path):
    async def story(services):
        async with services.connect() as connection:
            greeting = await connection.recv()
            pong = await connection.ping()
            await asyncio.wait_for(pong, 5)
            await connection.send('{"type": "heartbeat"}')
            answered = await connection.recv()
        return greeting, answered, connection.close_code

    greeting, answered, code = meet(tmp_path, story)
    assert '"connection_established"' in greeting
    assert '"heartbeat_ack"' in answered
    assert code == 1000


@pytest.mark.parametrize(
    "presented",
    [
        {"query": "?ticket={}"},
        {"subprotocols": ["jwt.{}"]},
        {"additional_headers": {"Authorization": "Bearer {}"}},
    ],
)
def test_a_websocket_takes_its_token_and_no_other(tmp_path, presented):
    def present(token):
        def filled(value):
            if isinstance(value, list):
                return [each.format(token) for each in value]
            if isinstance(value, dict):
                return {key: each.format(token) for key, each in value.items()}
            return value.format(token)

        return {option: filled(value) for option, value in presented.items()}

    async def story(services):
        async with services.connect(**present(TOKEN)) as connection:
            greeting = await connection.recv()
        async with services.connect(**present("wrong")) as connection:
            with pytest.raises(ConnectionClosed):
                await connection.recv()
        return greeting, connection.close_code

    greeting, code = meet(tmp_path, story)
    assert "connection_established" in greeting
    assert code == 1008


def test_a_websocket_echoes_the_subprotocol_of_the_token(tmp_path):
    async def story(services):
        async with services.connect(subprotocols=["chat", f"jwt.{TOKEN}"]) as connection:
            return connection.subprotocol

    assert meet(tmp_path, story) == f"jwt.{TOKEN}"


@pytest.mark.parametrize(
    ("scenario", "status", "header"),
    [
        ("websocket-503", 503, ("retry-after", "10")),
        ("incident-1278", 503, ("retry-after", "10")),
        ("websocket-403", 403, ("content-length", "0")),
        ("health-forbidden", 403, ("server", "Google Frontend")),
    ],
)
def test_an_upgrade_is_refused(tmp_path, scenario, status, header):
    async def story(services):
        with pytest.raises(InvalidStatus) as refused:
            async with services.connect():
                pass
        return refused.value.response

    response = meet(tmp_path, story, scenario)
    assert response.status_code == status
    name, value = header
    assert response.headers[name] == value


def test_a_refused_upgrade_is_no_trouble_where_a_closed_transport_cannot_be_aborted(
    tmp_path, monkeypatch
):
    async def story(services):
        with pytest.raises(InvalidStatus) as refused:
            async with services.connect():
                pass
        return refused.value.response.status_code

    def abort(transport):
        """As before Python 3.11.4."""
        if transport._ssl_protocol is None:
            raise AttributeError("_abort")
        safe(transport)

    safe = asyncio.sslproto._SSLProtocolTransport.abort
    monkeypatch.setattr(asyncio.sslproto._SSLProtocolTransport, "abort", abort)
    assert meet(tmp_path, story, "websocket-403") == 403


def test_a_websocket_closes_with_1011_after_it_was_accepted(tmp_path):
    async def story(services):
        async with services.connect() as connection:
            with pytest.raises(ConnectionClosed):
                await connection.recv()
            return connection.close_code, connection.close_reason

    assert meet(tmp_path, story, "websocket-closes-1011") == (1011, "service not ready")


def test_a_mute_websocket_talks_and_never_answers_a_ping(tmp_path):
    async def story(services):
        async with services.connect() as connection:
            pong = await connection.ping()
            await connection.send('{"type": "heartbeat"}')
            messages = [await connection.recv(), await connection.recv()]
            # The answer to what was sent after the ping has come, so a pong would have come too.
            return messages, pong.done()

    messages, answered = meet(tmp_path, story, "websocket-no-pong")
    assert "heartbeat_ack" in messages[1]
    assert not answered


def test_a_flaky_websocket_fails_one_in_five_and_not_the_first(tmp_path):
    async def story(services):
        outcomes = []
        for _ in range(20):
            try:
                async with services.connect() as connection:
                    await connection.recv()
                outcomes.append("good")
            except InvalidStatus as refused:
                outcomes.append(refused.response.status_code)
        return outcomes, services.declared["backend"]["checks"]["websocket"]

    outcomes, options = meet(tmp_path, story, "websocket-flaky")
    assert outcomes[0] == "good"
    assert outcomes.count(500) == 4
    assert outcomes.count("good") == 16
    assert options == {"samples": 20}
