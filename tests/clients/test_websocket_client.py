from __future__ import annotations

import asyncio
import datetime as dt
import time
from contextlib import asynccontextmanager

import pytest
from uvicorn import Config, Server
from websocket_servers import (
    Log,
    after_upgrade,
    answering,
    authority,
    certificate,
    close_frame,
    closing,
    frame,
    friendly,
    http,
    raw,
    read_frame,
    read_request,
    sending,
    until_gone,
)

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import ClientError, ProtocolError, TimedOut, Unreachable
from netra_validate.clients.politeness import Politeness
from netra_validate.clients.websocket import ABNORMAL, Exchange, WebSockets

SECRET = "s3cr3t-t0ken"


async def exchange(
    port: int,
    *,
    path: str = "/ws",
    retries: int = 0,
    lasting: float = 8.0,
    scheme: str = "ws",
    host: str = "127.0.0.1",
    ca_file=None,
    per_host: int = 4,
    **options,
) -> Exchange:
    sockets = WebSockets(
        Politeness(per_host), Budget.lasting(lasting, retries=retries), ca_file=ca_file
    )
    return await sockets.exchange(f"{scheme}://{host}:{port}{path}", **options)


def against(handler, **options) -> Exchange:
    """One exchange with a raw server."""

    async def run() -> Exchange:
        async with raw(handler) as port:
            return await exchange(port, **options)

    return asyncio.run(run())


class TestGoodServer:
    def test_is_upgraded_pinged_and_closed(self):
        async def run():
            async with friendly() as port:
                return await exchange(port)

        seen = asyncio.run(run())
        assert seen.upgraded
        assert 0 < seen.upgrade_s < 2
        assert seen.pong_s is not None
        assert 0 <= seen.pong_s < 2
        assert seen.close is None
        assert seen.closed_cleanly
        assert seen.first_message is None
        assert seen.attempts == 1

    def test_first_message_is_waited_for_and_later_ones_do_not_hide_the_pong(self):
        async def talk(connection):
            await connection.send('{"type": "connection_established"}')
            for number in range(500):
                await connection.send(f"noise {number}")
            await connection.wait_closed()

        async def run():
            async with friendly(talk) as port:
                return await exchange(port, first_message_s=5)

        seen = asyncio.run(run())
        assert seen.first_message is not None
        assert seen.first_message.text == '{"type": "connection_established"}'
        assert seen.pong_s is not None
        assert seen.listened_s < 2

    def test_a_binary_first_message_is_told_by_its_size(self):
        async def talk(connection):
            await connection.send(b"\x00\x01\x02")
            await connection.wait_closed()

        async def run():
            async with friendly(talk) as port:
                return await exchange(port, first_message_s=5)

        message = asyncio.run(run()).first_message
        assert message is not None
        assert (message.binary, message.size, message.text) == (True, 3, "")

    def test_says_who_it_is_and_offers_no_compression(self):
        log = Log()
        against(after_upgrade(closing(1000), log=log), origin="https://a.example")
        headers = log.requests[0].headers
        assert headers["user-agent"].startswith("netra-validate/")
        assert "sec-websocket-extensions" not in headers
        assert headers["origin"] == "https://a.example"

    def test_no_ping_is_sent_where_none_is_wanted(self):
        async def run():
            async with friendly() as port:
                return await exchange(port, pong_timeout_s=0, settle_s=0.05)

        assert asyncio.run(run()).pong_s is None


class TestRefusal:
    def test_status_headers_and_body_come_back(self):
        seen = against(answering(http(403, "X-Reason: tired", body="go away")))
        assert not seen.upgraded
        assert seen.refusal is not None
        assert seen.refusal.status == 403
        assert seen.refusal.headers["x-reason"] == "tired"
        assert seen.refusal.body == "go away"

    def test_retry_after_is_read(self):
        refusal = against(answering(http(503, "Retry-After: 10"))).refusal
        assert refusal is not None
        assert refusal.retry_after_s == 10

    def test_a_date_in_retry_after_is_left_alone(self):
        answer = http(503, "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT")
        refusal = against(answering(answer)).refusal
        assert refusal is not None
        assert refusal.retry_after_s is None

    @pytest.mark.parametrize(
        "answer",
        [
            http(503, body="x" * 10, length=2**30),
            http(503, "X-Long: " + "y" * 2**20),
            http(503, *(f"X-{number}: y" for number in range(2000))),
            b"HTTP/1.0 503 Old\r\nServer: antique\r\n\r\nsorry",
            b"HTTP/1.1 503 Cut",
        ],
        ids=["huge body", "huge header", "many headers", "HTTP/1.0", "cut off"],
    )
    def test_the_status_survives_an_answer_that_is_too_much(self, answer):
        refusal = against(answering(answer)).refusal
        assert refusal is not None
        assert refusal.status == 503
        assert len(refusal.body) <= 2048

    def test_the_status_survives_a_body_that_never_ends(self):
        seen = against(_then_silence(http(502, body="half", length=99)), timeout_s=0.3)
        assert seen.refusal is not None
        assert (seen.refusal.status, seen.refusal.body) == (502, "half")

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, status):
        elsewhere = Log()

        async def run():
            async with raw(answering(http(200), log=elsewhere)) as other:
                answer = http(status, f"Location: ws://localhost:{other}/stolen")
                async with raw(answering(answer)) as port:
                    return await exchange(port, headers={"Authorization": f"Bearer {SECRET}"})

        refusal = asyncio.run(run()).refusal
        assert refusal is not None
        assert refusal.status == status
        assert elsewhere.count == 0

    def test_a_redirect_within_the_host_is_not_followed_either(self):
        log = Log()
        seen = against(answering(http(302, "Location: /other"), http(200), log=log))
        assert seen.refusal is not None
        assert seen.refusal.status == 302
        assert log.count == 1


class TestSubprotocol:
    def test_the_chosen_one_comes_back(self):
        async def run():
            async with friendly(subprotocols=["b"]) as port:
                return await exchange(port, subprotocols=["a", "b"], settle_s=0.01)

        seen = asyncio.run(run())
        assert seen.subprotocol == "b"
        assert seen.subprotocol_was_offered

    @pytest.mark.parametrize("offered", [(), ("a",)])
    def test_one_that_was_not_offered_is_a_fact(self, offered):
        handler = after_upgrade(sending(), "Sec-WebSocket-Protocol: evil")
        seen = against(handler, subprotocols=offered)
        assert seen.upgraded
        assert seen.subprotocol == "evil"
        assert not seen.subprotocol_was_offered

    def test_a_token_that_cannot_be_one_is_not_shown(self):
        with pytest.raises(ClientError) as caught:
            against(answering(http(200)), subprotocols=[f"jwt.{SECRET}="])
        assert SECRET not in caught.value.message


class TestEarlyClose:
    @pytest.mark.parametrize("code", [1000, 1001, 1003, 1008, 1011, 1012, 1013, 4401])
    def test_code_and_reason_come_back(self, code):
        seen = against(after_upgrade(closing(code, "because")))
        assert seen.upgraded
        assert seen.close is not None
        assert (seen.close.code, seen.close.reason) == (code, "because")

    def test_a_close_without_a_code_is_1005(self):
        close = against(after_upgrade(sending(frame(8)))).close
        assert close is not None
        assert close.code == 1005

    def test_a_dropped_connection_is_1006(self):
        async def drop(reader, writer):
            writer.transport.abort()

        close = against(after_upgrade(drop)).close
        assert close is not None
        assert close.code == ABNORMAL

    def test_nobody_has_to_hang_up(self):
        started = time.monotonic()
        assert against(after_upgrade(sending(close_frame(1011)))).close is not None
        assert time.monotonic() - started < 5

    def test_it_is_seen_after_the_pong_too(self):
        async def pong_then_close(reader, writer):
            opcode, data = await read_frame(reader)
            assert opcode == 9
            writer.write(frame(10, data))
            await writer.drain()
            await asyncio.sleep(0.1)  # what makes it late
            writer.write(close_frame(1011))
            await until_gone(reader)

        seen = against(after_upgrade(pong_then_close), settle_s=5)
        assert seen.pong_s is not None
        assert seen.close is not None
        assert seen.listened_s < 2


class TestHostileServer:
    """Whatever it does, the exchange is over in time."""

    @pytest.fixture(autouse=True)
    def _in_time(self):
        started = time.monotonic()
        yield
        assert time.monotonic() - started < 7

    def test_says_nothing(self):
        with pytest.raises(TimedOut, match=r"does not answer the upgrade within 0\.3 s"):
            against(_then_silence(b""), timeout_s=0.3)

    def test_answers_one_byte_at_a_time_for_ever(self):
        async def drip(reader, writer):
            await read_request(reader)
            while True:
                writer.write(b"H")
                await writer.drain()
                await asyncio.sleep(0.02)

        with pytest.raises(TimedOut):
            against(drip, timeout_s=0.3)

    def test_hangs_up_without_an_answer(self):
        with pytest.raises(Unreachable, match="without answering") as caught:
            against(answering(b""))
        assert caught.value.phase == "request"

    def test_never_sends_a_pong(self):
        seen = against(after_upgrade(sending()), pong_timeout_s=0.3)
        assert seen.upgraded
        assert seen.pong_s is None
        assert seen.close is None
        assert not seen.closed_cleanly

    def test_never_answers_the_close(self):
        async def only_pong(reader, writer):
            _, data = await read_frame(reader)
            writer.write(frame(10, data))
            await until_gone(reader)

        seen = against(after_upgrade(only_pong), settle_s=0.01)
        assert seen.pong_s is not None
        assert not seen.closed_cleanly

    @pytest.mark.parametrize(
        ("chunk", "what"),
        [
            (b"\x81\x7f" + (2**30).to_bytes(8, "big"), "more than 1 MiB"),
            (b"\x81\x85\x00\x00\x00\x00hello", "break the WebSocket protocol"),
            (b"\xff\x00", "break the WebSocket protocol"),
            (frame(1, b"\xff\xfe"), "no UTF-8"),
        ],
        ids=["1 GiB frame", "masked", "reserved opcode", "not UTF-8"],
    )
    def test_breaks_the_protocol(self, chunk, what):
        with pytest.raises(ProtocolError, match=what):
            against(after_upgrade(sending(chunk)), pong_timeout_s=0.3)

    def test_floods(self):
        async def flood(reader, writer):
            while True:
                writer.write(frame(1, b"x" * 2**15) * 8)
                await writer.drain()

        with pytest.raises(ProtocolError, match="more than 8 MiB"):
            against(after_upgrade(flood))

    def test_pings_and_never_reads(self):
        async def ping(reader, writer):
            while True:
                writer.write(frame(9, b"x" * 125) * 500)
                await writer.drain()

        with pytest.raises(ProtocolError, match="more than 1000 messages, pings and pongs"):
            against(after_upgrade(ping))

    @pytest.mark.parametrize(
        "tiny",
        [
            frame(1),
            frame(1, b"x"),
            frame(9),
            frame(9, b"p"),
            frame(10, b"p"),
            b"\x01\x00" + frame(0),
        ],
        ids=["empty", "text", "empty ping", "ping", "pong", "in pieces"],
    )
    def test_floods_with_tiny_frames(self, tiny):
        async def flood(reader, writer):
            while True:
                writer.write(tiny * 10_000)
                await writer.drain()

        started = time.process_time()
        with pytest.raises(ProtocolError, match="floods: it sends more than 1000 messages"):
            against(after_upgrade(flood))
        assert time.process_time() - started < 1

    def test_a_thousand_messages_are_no_flood(self):
        async def talk(reader, writer):
            writer.write(frame(1, b"x" * 1000) * 900)
            _, data = await read_frame(reader)
            writer.write(frame(10, data))
            await until_gone(reader)

        seen = against(after_upgrade(talk))
        assert seen.pong_s is not None
        assert seen.first_message is not None

    def test_a_refusal_in_endless_chunks_keeps_its_status(self):
        async def chunks(reader, writer):
            await read_request(reader)
            writer.write(b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"1\r\ny\r\n" * 1000)
                await writer.drain()

        started = time.process_time()
        refusal = against(chunks).refusal
        assert time.process_time() - started < 2
        assert refusal is not None
        assert refusal.status == 503
        assert set(refusal.body) == {"y"}

    def test_a_refusal_in_slow_chunks_keeps_its_status(self):
        async def chunks(reader, writer):
            await read_request(reader)
            writer.write(b"HTTP/1.1 503 No\r\nTransfer-Encoding: chunked\r\n\r\n")
            while True:
                writer.write(b"3;x=y\r\nno \r\n")
                await writer.drain()
                await asyncio.sleep(0.1)

        started = time.monotonic()
        refusal = against(chunks).refusal
        assert time.monotonic() - started < 5
        assert refusal is not None
        assert refusal.status == 503
        assert refusal.body.startswith("no no no ")

    @pytest.mark.parametrize(
        "answer",
        [
            b"HTTP/1.1 101 Yes\r\nX: " + b"y" * 2**20 + b"\r\n\r\n",
            b"\x15\x03\x01\x00\x02\x02\x16",
            b"220 smtp.example ESMTP\r\n",
            b"HTTP/1.1 101 Cut\r\nUpgrade: webs",
            b"x" * 2**20,
        ],
        ids=["1 MiB header", "TLS alert", "SMTP", "cut off", "no line"],
    )
    def test_answers_something_that_is_no_upgrade(self, answer):
        with pytest.raises(ProtocolError):
            against(answering(answer))

    @pytest.mark.parametrize(
        ("lines", "header"),
        [
            (
                ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: nonsense"],
                "Sec-WebSocket-Accept",
            ),
            (["Connection: Upgrade"], "Upgrade"),
            ([], "Connection"),
        ],
    )
    def test_accepts_wrongly(self, lines, header):
        with pytest.raises(ProtocolError, match=header) as caught:
            against(answering(http(101, *lines, length=-1)))
        assert "nonsense" not in caught.value.message

    def test_forces_compression(self):
        with pytest.raises(ProtocolError, match="extension"):
            against(after_upgrade(sending(), "Sec-WebSocket-Extensions: permessage-deflate"))


class TestCancellation:
    def test_leaves_nothing_behind(self):
        async def run():
            gone = asyncio.Event()

            async def watch(reader, writer):
                await until_gone(reader)
                gone.set()

            async with raw(after_upgrade(watch)) as port:
                task = asyncio.create_task(exchange(port, settle_s=60, timeout_s=60))
                await asyncio.wait({task}, timeout=0.2)
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
                await asyncio.wait_for(gone.wait(), 2)
            return [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]

        assert asyncio.run(run()) == []


class TestUnreachable:
    def test_connection_refused(self):
        with pytest.raises(Unreachable, match="refused") as caught:
            asyncio.run(exchange(_free_port()))
        assert caught.value.phase == "connection"

    def test_name_that_does_not_resolve(self):
        with pytest.raises(Unreachable, match="does not resolve") as caught:
            asyncio.run(exchange(80, host="nowhere.invalid", retries=2))
        assert caught.value.phase == "name resolution"

    def test_tls_that_never_answers(self):
        with pytest.raises(Unreachable, match="no TLS connection within") as caught:
            against(lambda reader, _: until_gone(reader), scheme="wss", timeout_s=0.3)
        assert caught.value.phase == "TLS"

    def test_the_query_is_not_in_the_message(self):
        with pytest.raises(Unreachable) as caught:
            asyncio.run(exchange(_free_port(), path=f"/ws?ticket={SECRET}&{SECRET}"))
        assert SECRET not in caught.value.message
        assert "?ticket=[redacted]&[redacted]" in caught.value.message


@pytest.fixture(scope="module")
def ca():
    return authority()


@pytest.fixture(scope="module")
def ca_file(ca, tmp_path_factory):
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    ca.cert_pem.write_to_path(str(path))
    return path


class TestTls:
    def _over_tls(self, context, ca_file, **options) -> Exchange:
        async def run():
            async with friendly(ssl=context) as port:
                return await exchange(
                    port, scheme="wss", host="localhost", ca_file=ca_file, settle_s=0, **options
                )

        return asyncio.run(run())

    def test_a_private_authority_is_trusted(self, ca, ca_file):
        assert self._over_tls(certificate(ca, "localhost"), ca_file).upgraded

    @pytest.mark.parametrize(
        ("name", "options", "trusted", "why"),
        [
            ("other.example", {}, True, "does not cover this name"),
            ("localhost", {}, False, "authority that is not trusted"),
            (
                "localhost",
                {"not_after": dt.datetime(2020, 1, 1, tzinfo=dt.UTC)},
                True,
                "has expired",
            ),
        ],
        ids=["wrong name", "unknown authority", "expired"],
    )
    def test_a_bad_certificate_is_told_apart(self, ca, ca_file, name, options, trusted, why):
        context = certificate(ca, name, **options)
        with pytest.raises(Unreachable, match=why) as caught:
            self._over_tls(context, ca_file if trusted else None, retries=2)
        assert caught.value.phase == "TLS"
        assert caught.value.attempts == 1

    def test_a_port_without_tls(self):
        async def no_tls(reader, writer):
            await reader.read(10)
            writer.write(http(400))
            await until_gone(reader)

        with pytest.raises(Unreachable, match="speaks no TLS") as caught:
            against(no_tls, scheme="wss")
        assert caught.value.phase == "TLS"

    def test_a_ca_file_that_is_none(self, tmp_path):
        with pytest.raises(ClientError, match="cannot be used"):
            asyncio.run(exchange(1, scheme="wss", ca_file=tmp_path / "missing.pem"))


class TestAddress:
    @pytest.mark.parametrize(
        ("url", "message", "hint"),
        [
            ("https://h/ws", "https://h/ws is no WebSocket address", "did you mean wss://h/ws ?"),
            ("http://h/ws", "http://h/ws is no WebSocket address", "did you mean ws://h/ws ?"),
            ("h/ws", "is no WebSocket address", "expected wss://host/path"),
            ("wss:///ws", "names no host", "expected wss://host/path"),
            ("wss://h:99999/ws", "is no WebSocket address", "expected wss://host/path"),
            ("wss://h:0/ws", "names no port", "expected wss://host/path"),
            ("wss://h/ws#part", "fragment or white space", "expected wss://host/path"),
            ("wss://h/w s", "fragment or white space", "expected wss://host/path"),
            ("wss://h/w\r\nX: y", "fragment or white space", "expected wss://host/path"),
            (f"wss://{'a' * 70}.example/", "is no WebSocket address", "expected wss://host/path"),
            (f"https://u:{SECRET}@h/?t={SECRET}", "is no WebSocket address", "did you mean"),
            (f"wss://u:{SECRET}@h:x/?t={SECRET}", "is no WebSocket address", "expected"),
        ],
    )
    def test_a_wrong_one_is_explained(self, url, message, hint):
        async def run():
            await WebSockets(Politeness(4), Budget.lasting(1)).exchange(url)

        with pytest.raises(ClientError) as caught:
            asyncio.run(run())
        assert message in caught.value.message
        assert hint in (caught.value.hint or "")
        assert SECRET not in caught.value.message + (caught.value.hint or "")

    @pytest.mark.parametrize("value", [f"Bearer {SECRET}\n", f"Bearer {SECRET}\r\nX: y"])
    def test_a_header_cannot_smuggle_another(self, value):
        with pytest.raises(ClientError) as caught:
            asyncio.run(exchange(1, headers={"Authorization": value}))
        assert SECRET not in caught.value.message
        assert "Authorization" in caught.value.message


class TestRetries:
    @pytest.mark.parametrize("status", [429, 502, 503, 504])
    def test_a_refusal_that_may_pass(self, status):
        log = Log()
        seen = against(answering(http(status), http(404), log=log), retries=2)
        assert seen.refusal is not None
        assert (seen.refusal.status, seen.attempts, log.count) == (404, 2, 2)

    @pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 500])
    def test_one_that_will_not(self, status):
        log = Log()
        seen = against(answering(http(status), log=log), retries=2)
        assert (seen.attempts, log.count) == (1, 1)

    @pytest.mark.parametrize(("code", "times"), [(1012, 2), (1013, 2), (1011, 1), (1008, 1)])
    def test_a_close_that_may_pass(self, code, times):
        log = Log()
        handler = after_upgrade(closing(code), log=log)
        assert against(handler, retries=1).attempts == times
        assert log.count == times

    def test_a_timeout_and_a_refused_connection_may_pass(self):
        with pytest.raises(TimedOut) as late:
            against(_then_silence(b""), timeout_s=0.1, retries=1)
        assert late.value.attempts == 2
        with pytest.raises(Unreachable) as refused:
            asyncio.run(exchange(_free_port(), retries=1))
        assert refused.value.attempts == 2

    def test_none_in_a_hurry(self):
        with pytest.raises(TimedOut, match=r"within 0\.\d+ s") as late:
            against(_then_silence(b""), timeout_s=10, retries=2, lasting=0.5)
        assert late.value.attempts == 1

    def test_none_where_each_try_counts(self):
        log = Log()
        seen = against(answering(http(503), log=log), retries=2, retry=False)
        assert (seen.attempts, log.count) == (1, 1)

    def test_retry_after_beyond_the_probes_life_is_not_waited_for(self):
        started = time.monotonic()
        seen = against(answering(http(503, "Retry-After: 60")), retries=2)
        assert seen.attempts == 1
        assert time.monotonic() - started < 5


def test_few_connections_to_one_host_at_a_time():
    at_once = 0
    most = 0

    async def count(connection):
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await connection.wait_closed()
        at_once -= 1

    async def run():
        async with friendly(count) as port:
            sockets = WebSockets(Politeness(2), Budget.lasting(8))
            url = f"ws://127.0.0.1:{port}/"
            await asyncio.gather(*(sockets.exchange(url, settle_s=0.05) for _ in range(6)))

    asyncio.run(run())
    assert most == 2


def test_a_close_before_accept_is_a_403_with_an_empty_body():
    """What uvicorn makes of it: the reason for the words of the check."""

    async def closes_before_accept(scope, receive, send):
        await receive()
        await send({"type": "websocket.close", "code": 1008})

    @asynccontextmanager
    async def uvicorn():
        config = Config(
            closes_before_accept, port=0, log_level="critical", lifespan="off",
            ws="websockets-sansio",
        )  # fmt: skip
        server = Server(config)
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup()
        try:
            yield server.servers[0].sockets[0].getsockname()[1]
        finally:
            await server.shutdown()

    async def run():
        async with uvicorn() as port:
            return await exchange(port)

    refusal = asyncio.run(run()).refusal
    assert refusal is not None
    assert refusal.status == 403
    assert len(refusal.body) < 50


def test_a_proxy_of_the_environment_is_asked_but_not_for_loopback(monkeypatch):
    log = Log()

    async def proxied(port: int, host: str) -> None:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        await exchange(443, host=host, scheme="wss")

    async def run(host: str) -> None:
        async with raw(answering(http(407), log=log)) as port:
            await proxied(port, host)

    with pytest.raises(Unreachable, match="the proxy answers 407"):
        asyncio.run(run("elsewhere.example"))
    assert log.count == 1
    with pytest.raises(Unreachable, match="refused"):
        asyncio.run(run("localhost"))
    assert log.count == 1


def _then_silence(answer: bytes):
    async def handler(reader, writer):
        await read_request(reader)
        writer.write(answer)
        await until_gone(reader)

    return handler


def _free_port() -> int:
    """A port of loopback where nothing listens."""
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
