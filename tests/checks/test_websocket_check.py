from __future__ import annotations

import asyncio
import base64
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from urllib.parse import quote

import msgspec
import pytest
from websocket_servers import (
    GOOGLE_403,
    Log,
    accept,
    after_upgrade,
    answering,
    authority,
    certificate,
    closing,
    frame,
    friendly,
    http,
    in_background,
    ponging,
    raw,
    read_request,
    sending,
    until_gone,
)

from checks.websocket import WebSocket
from netra_validate import Environment, Outcome, Service, Severity, Sign
from netra_validate.model import Effect, ProbeResult
from netra_validate.testing import run_check

TOKEN = "n3tra-T0ken_with.Dots-and~tilde"
ENVIRONMENT = Environment(name="staging", project="netra-staging", region="us-central1")


def options(**given_options):
    """The options as the configuration would give them."""
    return msgspec.convert(given_options, WebSocket.Options)


def probe(port, *, opts=None, path="/ws", service=None, **run) -> ProbeResult:
    backend = Service(
        key="backend",
        websocket=f"ws://127.0.0.1:{port}{path}",
        cloud_run="netra-backend",
        **(service or {}),
    )
    run.setdefault("environment", ENVIRONMENT)
    return run_check(
        WebSocket, backend, options=options(**{"settle_s": 0.05, **(opts or {})}), **run
    )


@contextmanager
def server(handler):
    with in_background(lambda: raw(handler)) as port:
        yield port


def against(handler, *, retries=0, **how) -> ProbeResult:
    with server(handler) as port:
        return probe(port, retries=retries, **how)


def rules(result) -> list[str]:
    return [found.rule for found in result.findings]


def only(result, rule):
    """The one finding there is, of the rule that is expected."""
    assert rules(result) == [f"websocket.{rule}"]
    return result.findings[0]


def everything(result) -> str:
    """All that a report may show."""
    return repr(result)


def keep(*, subprotocol: str | None = None, log: Log | None = None, greeting: bytes = b""):
    """A server that answers pings and keeps the connection."""

    async def greet(reader, writer):
        writer.write(greeting)
        await ponging(reader, writer)

    headers = [f"Sec-WebSocket-Protocol: {subprotocol}"] if subprotocol else []
    return after_upgrade(greet, *headers, log=log)


def in_turn(*handlers):
    """The n-th client meets the n-th handler, all that follow the last."""
    met = 0

    async def handler(reader, writer):
        nonlocal met
        met += 1
        await handlers[min(met, len(handlers)) - 1](reader, writer)

    return handler


class TestPass:
    def test_a_good_server(self):
        with in_background(friendly) as port:
            result = probe(port)
        assert result.outcome is Outcome.PASS
        assert result.findings == ()
        assert result.observations.keys() == {"upgrade_ms", "pong_ms"}
        assert result.attempts == 1

    def test_over_tls_with_a_private_authority(self, tmp_path):
        ca = authority()
        path = tmp_path / "ca.pem"
        ca.cert_pem.write_to_path(str(path))
        service = {"key": "backend", "cloud_run": "netra-backend"}
        with in_background(lambda: friendly(ssl=certificate(ca, "localhost"))) as port:
            backend = Service(**service, websocket=f"wss://localhost:{port}/ws")
            trusting = run_check(WebSocket, backend, environment=Environment(ca_file=path))
            other = run_check(WebSocket, backend, environment=Environment())
        assert trusting.outcome is Outcome.PASS
        finding = only(other, "unreachable")
        assert finding.evidence["phase"] == "TLS"
        assert "authority that is not trusted" in finding.message
        looked = finding.remediation.commands[0].argv
        assert (looked[:3], "-v" in looked) == (("curl", "-sS", "-I"), True), (
            "openssl s_client would wait for somebody to type"
        )
        assert looked[-1] == f"https://localhost:{port}/"

    def test_accepted_then_asked_for_a_token(self):
        result = against(after_upgrade(closing(1008, "who are you")))
        assert result.outcome is Outcome.PASS
        assert result.observations["close_code"] == 1008

    @pytest.mark.parametrize("code", [3000, 3003, 4001, 4003, 4401, 4403])
    def test_other_codes_that_ask_for_a_token(self, code):
        result = against(after_upgrade(closing(code)))
        assert (result.findings, result.observations["close_code"]) == ((), code)

    def test_a_code_of_ones_own_that_asks_for_a_token(self):
        opts = {"close_codes_without_token": [4555]}
        assert against(after_upgrade(closing(4555)), opts=opts).findings == ()
        assert only(against(after_upgrade(closing(4001)), opts=opts), "closed-early")

    def test_a_503_that_passes_by_itself(self):
        result = against(in_turn(answering(http(503)), keep()), retries=2)
        assert result.outcome is Outcome.PASS
        assert result.attempts == 2

    def test_a_restart_that_is_over_soon(self):
        result = against(in_turn(after_upgrade(closing(1012)), keep()), retries=2)
        assert result.outcome is Outcome.PASS
        assert result.attempts == 2


class TestSkip:
    def test_says_why(self):
        result = run_check(WebSocket, Service(key="frontend"))
        assert result.outcome is Outcome.SKIP
        assert result.reason == "frontend has no websocket address in the configuration"


class TestUnreachable:
    def test_connection_refused(self):
        finding = only(probe(_free_port(), retries=0), "unreachable")
        assert finding.evidence["phase"] == "connection"
        assert finding.message.endswith("the connection is refused")
        assert finding.remediation.commands[0].argv[:4] == ("gcloud", "run", "services", "describe")

    def test_a_name_that_does_not_resolve(self):
        backend = Service(key="backend", websocket="wss://nowhere.invalid/ws")
        finding = only(run_check(WebSocket, backend), "unreachable")
        assert finding.evidence["phase"] == "name resolution"
        assert finding.remediation.commands[0].argv == ("nslookup", "nowhere.invalid")

    def test_no_answer_in_time(self):
        async def silent(reader, writer):
            await until_gone(reader)

        finding = only(against(silent, opts={"timeout_s": 0.3}), "unreachable")
        assert finding.evidence["phase"] == "upgrade"
        assert "does not answer the upgrade within 0.3 s" in finding.message


class TestRefused:
    def test_not_ready(self):
        result = against(answering(http(503, "Retry-After: 10", body="starting up")))
        finding = only(result, "refused")
        assert finding.severity is Severity.ERROR
        assert "refuses the upgrade with 503" in finding.message
        assert finding.message.endswith("retry after 10 s")
        assert finding.evidence["status"] == 503
        assert finding.evidence["retry_after_s"] == 10
        assert finding.evidence["body"] == "starting up"
        assert finding.remediation.commands[0].argv == (
            "gcloud", "run", "services", "logs", "read", "netra-backend", "--limit=50",
            "--region=us-central1", "--project=netra-staging",
            "--log-filter=logName:(stderr OR stdout OR system)",
        )  # fmt: skip

    def test_cloud_run_without_a_free_instance(self):
        finding = only(against(answering(http(429, body="Rate exceeded."))), "refused")
        assert finding.bearing.shows == {Sign.NO_INSTANCE_LEFT}
        assert "Let more instances run" in finding.remediation.summary
        assert finding.remediation.docs.endswith("/max-instances")

    def test_a_limit_of_requests_is_about_who_asks(self):
        finding = only(against(answering(http(429, body="slow down"))), "refused")
        assert finding.bearing.shows == frozenset()
        assert "rate limit" in finding.remediation.summary

    @pytest.mark.parametrize("status", [200, 302, 400, 404, 426, 429, 500, 502, 504])
    def test_any_other_status(self, status):
        finding = only(against(answering(http(status))), "refused")
        assert finding.evidence["status"] == status
        assert finding.remediation.summary

    def test_a_redirect_is_named_by_its_host_and_gets_no_token(self, monkeypatch):
        monkeypatch.setenv("WS_TOKEN", TOKEN)
        elsewhere = Log()
        with server(answering(http(200), log=elsewhere)) as other:
            to = f"Location: ws://localhost:{other}/ws?token={TOKEN}"
            opts = {"token_env": "WS_TOKEN", "token_in": "header"}
            result = against(answering(http(307, to)), opts=opts)
        finding = only(result, "refused")
        assert finding.evidence["redirects_to"] == "localhost"
        assert elsewhere.count == 0
        assert TOKEN not in everything(result)

    def test_required_false_makes_it_a_warning(self):
        result = against(answering(http(503)), service={"required": False})
        assert only(result, "refused").severity is Severity.WARNING


GOOGLE_401 = (
    'Bearer error="invalid_token" error_description="The access token could not be verified"'
)


class TestUnauthorized:
    @pytest.mark.parametrize(
        ("answer", "who", "advice"),
        [
            (
                http(403, "Content-Type: text/html; charset=UTF-8", body=GOOGLE_403),
                "Cloud Run itself",
                "roles/run.invoker",
            ),
            (
                http(401, "X-Goog-IAP-Generated-Response: true", body="Invalid IAP credentials"),
                "Identity-Aware Proxy",
                "Identity-Aware Proxy",
            ),
            (
                http(403, body="<!doctype html><title>403</title>403 Forbidden"),
                "load balancer or its firewall",
                "security policy",
            ),
            (
                http(403, body="<html><h1>Blocked by corporate proxy</h1></html>"),
                "in front of the application",
                "security policy",
            ),
            (
                http(401, body='{"detail": "token required"}'),
                "the application does not accept the caller; no token is configured",
                "token_env",
            ),
            (
                http(403, body='{"detail": "no such organisation", "code": "E_FORBIDDEN"}'),
                "the application does not accept the caller",
                "token_env",
            ),
            (
                http(401, 'WWW-Authenticate: Bearer error="invalid_token"'),
                "the application does not accept the caller",
                "token_env",
            ),
            (
                http(401, f"WWW-Authenticate: {GOOGLE_401}"),
                "Cloud Run itself",
                "roles/run.invoker",
            ),
            (http(403), "closed before it was accepted", "not ready"),
            (http(403, body="Forbidden"), "closed before it was accepted", "not ready"),
        ],
    )
    def test_tells_who_refuses(self, answer, who, advice):
        finding = only(against(answering(answer), retries=2), "unauthorized")
        assert who in finding.message
        assert advice in finding.remediation.summary
        assert "allUsers" not in repr(finding.remediation)

    def test_the_page_is_quoted_without_its_markup(self):
        answer = http(403, "Content-Type: text/html", body=GOOGLE_403)
        finding = only(against(answering(answer)), "unauthorized")
        assert "<" not in finding.evidence["body"]
        assert "does not have permission" in finding.evidence["body"]


class TestClosedEarly:
    @pytest.mark.parametrize("code", [1000, 1001, 1003, 1011, 1012, 1013, 3008, 4000, 4408])
    def test_by_code(self, code):
        finding = only(against(after_upgrade(closing(code, "why"))), "closed-early")
        assert finding.evidence["close_code"] == code
        assert finding.evidence["reason"] == "why"
        assert f"closes with {code}" in finding.message

    def test_dropped(self):
        async def drop(reader, writer):
            writer.transport.abort()

        finding = only(against(after_upgrade(drop)), "closed-early")
        assert finding.evidence["close_code"] == 1006

    @pytest.mark.parametrize(
        ("code", "said"), [(1008, "1008 (policy violation)"), (3000, "3000 (unauthorized)")]
    )
    def test_with_a_token_it_means_that_it_is_not_accepted(self, monkeypatch, code, said):
        monkeypatch.setenv("WS_TOKEN", TOKEN)
        opts = {"token_env": "WS_TOKEN", "token_in": "header"}
        finding = only(against(after_upgrade(closing(code)), opts=opts), "closed-early")
        assert f"closes with {said} although a token was shown" in finding.message

    def test_a_reason_full_of_escapes_and_secrets(self):
        reason = "\x1b[31mred\x1b[0m password=hunter2 [bold]x"
        result = against(after_upgrade(closing(1011, reason)))
        assert "\x1b" not in result.findings[0].message
        assert "hunter2" not in everything(result)


class TestAfterTheUpgrade:
    def test_no_pong(self):
        finding = only(against(after_upgrade(sending()), opts={"pong_timeout_s": 0.2}), "no-pong")
        assert finding.evidence["waited_s"] == 0.2

    @pytest.mark.parametrize(
        "chunk",
        [b"\x81\x7f" + (2**30).to_bytes(8, "big"), b"\xff\x00"],
        ids=["1 GiB frame", "reserved opcode"],
    )
    def test_breaks_the_protocol(self, chunk):
        result = against(after_upgrade(sending(chunk)))
        assert only(result, "broken-protocol").message.startswith("ws://127.0.0.1")

    def test_speaks_something_else(self):
        only(against(answering(b"220 smtp.example ESMTP\r\n")), "broken-protocol")

    def test_slow(self):
        async def later(reader, writer):
            request = await read_request(reader)
            await asyncio.sleep(0.05)
            writer.write(accept(request))
            await ponging(reader, writer)

        result = against(later, opts={"max_upgrade_s": 0.01})
        assert only(result, "slow").severity is Severity.WARNING
        assert result.observations["upgrade_ms"] >= 50


class TestSubprotocol:
    @pytest.mark.parametrize(
        ("chosen", "opts", "right"),
        [
            ("a", {"subprotocols": ["a", "b"]}, True),
            ("b", {"subprotocols": ["a", "b"]}, True),
            (None, {}, True),
            (None, {"subprotocols": ["a"]}, False),
            ("b", {"subprotocols": ["a", "b"], "expected_subprotocol": "a"}, False),
            ("x", {"subprotocols": ["a"]}, False),
            ("x", {}, False),
        ],
    )
    def test_chosen_and_offered(self, chosen, opts, right):
        result = against(keep(subprotocol=chosen), opts=opts)
        assert rules(result) == ([] if right else ["websocket.wrong-subprotocol"])

    def test_is_observed(self):
        result = against(keep(subprotocol="a"), opts={"subprotocols": ["a"]})
        assert result.observations["subprotocol"] == "a"


class TestFlood:
    def test_is_told_as_such(self):
        async def flood(reader, writer):
            while True:
                writer.write(frame(1, b"x") * 1000)
                await writer.drain()

        found = only(against(after_upgrade(flood)), "broken-protocol")
        assert "floods" in found.message


class TestFirstMessage:
    EXPECTED = frame(1, b'{"type": "connection_established", "user": "x"}')

    @pytest.fixture(autouse=True)
    def _token(self, monkeypatch):
        monkeypatch.setenv("WS_TOKEN", TOKEN)

    def _with(self, greeting: bytes, *, token=True, expected="connection_established"):
        opts = {
            "expected_first_message": expected,
            "first_message_timeout_s": 0.3,
            **({"token_env": "WS_TOKEN", "token_in": "header"} if token else {}),
        }
        return against(keep(greeting=greeting), opts=opts)

    def test_the_expected_type(self):
        result = self._with(self.EXPECTED)
        assert result.outcome is Outcome.PASS
        assert result.observations["first_message"] == "connection_established"

    def test_the_expected_text(self):
        assert self._with(frame(1, b"hello"), expected="hello").outcome is Outcome.PASS

    @pytest.mark.parametrize(
        ("greeting", "found"),
        [
            (frame(1, b'{"type": "error", "message": "no session"}'), "error"),
            (frame(1, b"[" * 5000), "a text without a type"),
            (frame(1, b"hello"), "a text without a type"),
            (frame(2, b"\x00\x01"), "a binary message of 2 bytes"),
            (b"", "no message"),
        ],
    )
    def test_another_one(self, greeting, found):
        finding = only(self._with(greeting), "wrong-first-message")
        assert finding.evidence["first_message"] == found

    def test_is_not_judged_without_a_token(self):
        result = self._with(frame(1, b'{"type": "error"}'), token=False)
        assert result.outcome is Outcome.PASS
        assert result.observations["first_message"] == "error"


class TestForeignOrigin:
    OPTS = {"origin": "https://ours.example", "foreign_origin": "https://evil.example"}  # noqa: RUF012 - read only

    def _foreign(self, foreign):
        """The first to come is one of ours."""
        return against(in_turn(keep(), foreign), opts=self.OPTS)

    def test_is_sent_after_our_own(self):
        log = Log()
        against(keep(log=log), opts=self.OPTS)
        origins = [request.headers["origin"] for request in log.requests]
        assert origins == ["https://ours.example", "https://evil.example"]

    def test_let_in(self):
        finding = only(against(keep(), opts=self.OPTS), "foreign-origin-accepted")
        assert finding.evidence["origin"] == "https://evil.example"

    @pytest.mark.parametrize("foreign", [answering(http(403)), after_upgrade(closing(1008))])
    def test_refused(self, foreign):
        result = self._foreign(foreign)
        assert result.outcome is Outcome.PASS
        assert result.observations["foreign_origin"] == "refused"

    def test_an_error_is_no_refusal(self):
        result = self._foreign(answering(http(500)))
        assert result.outcome is Outcome.ERROR
        assert "cannot be told" in result.reason

    def test_without_a_token_both_may_look_alike(self):
        result = against(after_upgrade(closing(1008)), opts=self.OPTS)
        assert result.outcome is Outcome.ERROR
        assert "set token_env" in result.reason


class TestSamples:
    def test_all_work(self):
        with in_background(friendly) as port:
            result = probe(port, opts={"samples": 9, "settle_s": 0})
        assert result.outcome is Outcome.PASS
        assert result.observations["samples"] == 9
        assert result.observations["failures"] == 0

    def test_some_fail(self):
        bad = answering(http(503))
        handler = in_turn(keep(), bad, keep(), bad, after_upgrade(closing(1011)), keep())
        result = against(handler, opts={"samples": 10}, retries=2)
        finding = only(result, "failure-rate")
        assert finding.evidence["failures"] == {"refused with 503": 2, "closed with 1011": 1}
        assert finding.evidence["samples"] == 10
        assert finding.evidence["failure_ratio"] == 0.3
        assert "fails 3 of 10 upgrades" in finding.message
        assert finding.message.endswith("at most 0.1 % may")

    def test_few_enough_fail(self):
        handler = in_turn(answering(http(503)), keep())
        result = against(handler, opts={"samples": 10, "max_failure_ratio": 0.1})
        assert result.outcome is Outcome.PASS
        assert result.observations["failures"] == 1

    def test_all_fail(self):
        log = Log()
        result = against(answering(http(503), log=log), opts={"samples": 6}, retries=2)
        finding = only(result, "refused")
        assert finding.evidence["failures"] == {"refused with 503": 6}
        assert log.count == 6

    def test_no_more_are_made_than_there_is_time_for(self):
        async def silent(reader, writer):
            await until_gone(reader)

        started = time.monotonic()
        result = against(silent, opts={"samples": 200, "timeout_s": 0.4}, timeout_s=1.5)
        assert time.monotonic() - started < 5
        finding = only(result, "unreachable")
        assert 1 < finding.evidence["samples"] < 200

    @pytest.mark.parametrize("samples", [0, 201])
    def test_their_number_is_bounded(self, samples):
        with pytest.raises(msgspec.ValidationError):
            options(samples=samples)


class TestCredentials:
    @pytest.fixture(autouse=True)
    def _token(self, monkeypatch):
        monkeypatch.setenv("WS_TOKEN", TOKEN)

    def _asked_with(self, *, opts=None, path="/ws", service=None):
        log = Log()
        result = against(answering(http(404), log=log), opts=opts, path=path, service=service)
        assert TOKEN not in everything(result)
        return log.requests[0]

    def test_in_a_subprotocol_beside_others(self):
        request = self._asked_with(opts={"token_env": "WS_TOKEN", "subprotocols": ["jwt-auth"]})
        assert request.headers["sec-websocket-protocol"] == f"jwt-auth, jwt.{TOKEN}"
        assert "authorization" not in request.headers

    def test_in_a_header(self):
        request = self._asked_with(opts={"token_env": "WS_TOKEN", "token_in": "header"})
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert "sec-websocket-protocol" not in request.headers

    def test_in_the_query(self, monkeypatch):
        monkeypatch.setenv("WS_TOKEN", "a b&c=d/".replace(" ", "+"))
        opts = {"token_env": "WS_TOKEN", "token_in": "query", "token_parameter": "ticket"}
        request = self._asked_with(opts=opts, path="/ws?room=1")
        assert request.path == "/ws?room=1&ticket=a%2Bb%26c%3Dd%2F"

    def test_of_the_service(self):
        request = self._asked_with(service={"auth": "bearer", "token_env": "WS_TOKEN"})
        assert request.headers["authorization"] == f"Bearer {TOKEN}"

    def test_a_google_identity_token(self, monkeypatch):
        request = self._with_identity(monkeypatch, {})
        assert request.headers["authorization"] == "Bearer identity-for-http://127.0.0.1"

    def test_a_google_identity_token_makes_room_for_the_applications(self, monkeypatch):
        opts = {"token_env": "WS_TOKEN", "token_in": "header"}
        request = self._with_identity(monkeypatch, opts)
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert request.headers["x-serverless-authorization"].startswith("Bearer identity-for-")

    def _with_identity(self, monkeypatch, opts):
        self._give_identities(monkeypatch)
        service = {"auth": "google-id-token", "url": "http://127.0.0.1"}
        return self._asked_with(opts=opts, service=service)

    def _give_identities(self, monkeypatch):
        class Google:
            async def identity_token(self, audience):
                return f"identity-for-{audience}"

        from netra_validate.check import Context  # noqa: PLC0415 - for this one replacement

        monkeypatch.setattr(Context, "google", property(lambda _: Google()))

    def test_a_google_identity_token_goes_to_no_third_host(self, monkeypatch):
        service = {
            "url": "https://prod.example.com",
            "auth": "google-id-token",
            "audience": "https://prod.example.com",
        }
        log = Log()
        self._give_identities(monkeypatch)
        result = against(answering(http(404), log=log), service=service)
        assert result.outcome is Outcome.ERROR
        assert "no identity token is sent to 127.0.0.1" in result.reason
        assert "neither the host of url nor of audience" in result.reason
        assert log.count == 0

    @pytest.mark.parametrize(
        ("url", "audience"),
        [
            ("http://127.0.0.1:1", "https://custom.example.com"),
            ("http://127.0.0.1", "any name"),
            ("https://other.example", "http://127.0.0.1:2/path"),
            (None, "http://127.0.0.1"),
        ],
    )
    def test_a_google_identity_token_for_the_service_itself(self, monkeypatch, url, audience):
        service = {"url": url, "auth": "google-id-token", "audience": audience}
        self._give_identities(monkeypatch)
        request = self._asked_with(service=service)
        assert request.headers["authorization"] == f"Bearer identity-for-{audience}"

    def test_the_variable_is_not_set(self, monkeypatch):
        monkeypatch.delenv("WS_TOKEN")
        result = probe(1, opts={"token_env": "WS_TOKEN"})
        assert result.outcome is Outcome.ERROR
        assert "environment variable WS_TOKEN is not set" in result.reason

    @pytest.mark.parametrize(
        ("value", "reason"),
        [(f"Bearer {TOKEN}", "white space"), (f"{TOKEN}/==", "cannot travel in a subprotocol")],
    )
    def test_a_token_that_cannot_be_sent_is_not_shown(self, monkeypatch, value, reason):
        monkeypatch.setenv("WS_TOKEN", value)
        result = probe(1, opts={"token_env": "WS_TOKEN"})
        assert result.outcome is Outcome.ERROR
        assert reason in result.reason
        assert TOKEN not in everything(result)

    def test_a_newline_after_it_is_not_part_of_it(self, monkeypatch):
        monkeypatch.setenv("WS_TOKEN", f"{TOKEN}\n")
        request = self._asked_with(opts={"token_env": "WS_TOKEN", "token_in": "header"})
        assert request.headers["authorization"] == f"Bearer {TOKEN}"

    def test_never_in_clear_text_over_a_network(self):
        backend = Service(key="backend", websocket="ws://backend.example/ws")
        result = run_check(WebSocket, backend, options=options(token_env="WS_TOKEN"))
        assert result.outcome is Outcome.ERROR
        assert "not encrypted" in result.reason


class TestAddress:
    def test_a_typing_error(self):
        backend = Service(key="backend", websocket="https://h.example/ws?ticket=abcdef")
        result = run_check(WebSocket, backend)
        assert result.outcome is Outcome.ERROR
        assert "did you mean wss://h.example/ws" in result.reason
        assert "abcdef" not in result.reason


JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJuZXRyYSJ9.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"


def forms(token: str) -> list[str]:
    """What a token looks like in common encodings, alone or within a longer text."""
    data = token.encode()
    return [
        token,
        token[::-1],
        quote(token, safe=""),
        "".join(f"%{byte:02X}" for byte in data),
        data.hex(),
        "".join(f"\\u{ord(char):04x}" for char in token),
        "".join(f"&#{ord(char)};" for char in token),
        base64.b64encode(data).decode()[:-3],
        base64.b64encode(b"Bearer " + data).decode()[10:-3],
        base64.urlsafe_b64encode(b"xx" + data).decode()[3:-3],
    ]


def disguises(token: str) -> list[str]:
    """What a hostile server may make of a token."""
    data = token.encode()
    return [
        *forms(token),
        token[:14],
        token[-14:],
        token.upper(),
        json.dumps({"invalid": token}),
        base64.b64encode(b"Bearer " + data).decode(),
        base64.urlsafe_b64encode(b"xx" + data + b"yy").decode(),
    ]


def leaks(text: str, token: str) -> bool:
    """Whether ``text`` shows eight characters in a row of any form of the token."""
    lowered = text.lower()
    return any(
        form[at : at + 8].lower() in lowered
        for form in forms(token)
        for at in range(max(1, len(form) - 7))
    )


class TestHostileEcho:
    """Whatever comes back, a token does not reach a report."""

    @pytest.fixture(params=[TOKEN, JWT], ids=["opaque", "jwt"])
    def token(self, request, monkeypatch):
        monkeypatch.setenv("WS_TOKEN", request.param)
        return request.param

    def test_the_disguises_would_be_seen(self, token):
        assert all(leaks(part, token) for part in disguises(token))

    @pytest.mark.parametrize(
        ("place", "status"), [("subprotocol", 401), ("header", 403), ("query", 503)]
    )
    def test_in_the_body_of_a_refusal(self, token, place, status):
        parts = ["all of it: " + " | ".join(disguises(token)), *disguises(token)]
        opts = {"token_env": "WS_TOKEN", "token_in": place}
        with server(answering(*(http(status, body=part) for part in parts))) as port:
            for part in parts:
                result = probe(port, opts=opts, retries=0)
                assert result.findings, part
                assert not leaks(everything(result), token), part

    def test_in_the_reason_of_a_close(self, token):
        parts = [part[:120] for part in disguises(token)]
        opts = {"token_env": "WS_TOKEN", "token_in": "query"}
        with server(in_turn(*(after_upgrade(closing(1011, part)) for part in parts))) as port:
            for part in parts:
                result = probe(port, opts=opts, retries=0)
                only(result, "closed-early")
                assert not leaks(everything(result), token), part

    def test_in_the_subprotocol(self, token):
        handler = keep(subprotocol=f"jwt.{token}")
        result = against(handler, opts={"token_env": "WS_TOKEN"})
        assert result.outcome is Outcome.PASS
        assert result.observations["subprotocol"] == "[redacted]"
        assert not leaks(everything(result), token)

    @pytest.mark.parametrize("part", [slice(4), slice(7), slice(-5, None), slice(3, 9)])
    def test_in_pieces_as_a_subprotocol(self, token, part):
        result = against(keep(subprotocol=f"x{token[part]}y"), opts={"token_env": "WS_TOKEN"})
        assert only(result, "wrong-subprotocol").evidence["subprotocol"] == "[redacted]"

    def test_a_subprotocol_of_the_configuration_is_shown(self, monkeypatch):
        monkeypatch.setenv("WS_TOKEN", "chat-v2-token")
        opts = {"token_env": "WS_TOKEN", "subprotocols": ["chat-v2"]}
        result = against(keep(subprotocol="chat-v2"), opts=opts)
        assert result.outcome is Outcome.PASS
        assert result.observations["subprotocol"] == "chat-v2"

    def test_one_that_has_nothing_to_do_with_the_token_is_shown(self, token):
        result = against(keep(subprotocol="graphql-ws"), opts={"token_env": "WS_TOKEN"})
        assert token
        assert only(result, "wrong-subprotocol").evidence["subprotocol"] == "graphql-ws"

    def test_spelled_out_in_the_reason_of_a_close(self, token):
        handler = after_upgrade(closing(1011, f"no {'-'.join(token[:40])}"))
        result = against(handler, opts={"token_env": "WS_TOKEN", "token_in": "query"})
        assert only(result, "closed-early").evidence["reason"] == "no [redacted]"

    def test_who_quotes_it_is_the_application(self, token):
        echo = http(403, body=f"the token {token} is not known")
        result = against(answering(echo), opts={"token_env": "WS_TOKEN"})
        assert only(result, "unauthorized").evidence["by"] == "application"

    def test_in_a_subprotocol_that_was_not_offered(self, token):
        handler = keep(subprotocol=f"x-{token}")
        result = against(handler, opts={"token_env": "WS_TOKEN", "token_in": "header"})
        only(result, "wrong-subprotocol")
        assert not leaks(everything(result), token)

    def test_in_the_first_message(self, token):
        greeting = frame(1, json.dumps({"type": f"hello {token}"}).encode())
        opts = {
            "token_env": "WS_TOKEN",
            "token_in": "header",
            "expected_first_message": "connection_established",
        }
        result = against(keep(greeting=greeting), opts=opts)
        only(result, "wrong-first-message")
        assert not leaks(everything(result), token)

    def test_in_an_answer_that_is_no_http(self, token):
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        answers = [
            f"{token} {token}\r\n\r\n",
            f"HTTP/1.1 101 {token}\r\nUpgrade: {token}\r\nConnection: Upgrade\r\n\r\n",
            f"HTTP/1.1 101 x\r\n{upgrade}Sec-WebSocket-Accept: {token}\r\n\r\n",
        ]
        for answer in answers:
            opts = {"token_env": "WS_TOKEN", "token_in": "header"}
            result = against(answering(answer.encode()), opts=opts)
            only(result, "broken-protocol")
            assert not leaks(everything(result), token)

    def test_a_ticket_in_the_configured_address(self):
        echo = http(503, body="your ticket abc123def456 is stale")
        result = against(answering(echo), path="/ws?ticket=abc123def456&other-secret")
        assert "abc123def456" not in everything(result)
        assert result.findings[0].evidence["body"] == "your ticket [redacted] is stale"
        assert "other-secret" not in everything(result)
        assert "/ws?ticket=[redacted]" in result.findings[0].message


class TestContract:
    def test_every_rule_has_its_help_and_every_option_its_description(self):
        for rule in WebSocket.rules.values():
            assert len(rule.help) > 100
        for each in msgspec.inspect.type_info(WebSocket.Options).fields:
            assert not each.required
            assert each.type.extra_json_schema["description"], each.name

    def test_the_order_of_diagnosis(self):
        assert WebSocket.depends_on == {"health"}

    def test_every_remedy_only_looks(self):
        for handler in (
            answering(http(503)),
            answering(http(404)),
            answering(http(403, "Content-Type: text/html", body=GOOGLE_403)),
            after_upgrade(closing(1011)),
        ):
            remedy = against(handler).findings[0].remediation
            assert remedy.commands
            assert all(command.effect is Effect.READS for command in remedy.commands)

    def test_there_is_a_look_without_cloud_run(self):
        with server(answering(http(503))) as port:
            backend = Service(key="b", websocket=f"ws://127.0.0.1:{port}/ws?ticket=x")
            remedy = run_check(WebSocket, backend, retries=0).findings[0].remediation
        (curl,) = remedy.commands
        assert curl.argv[0] == "curl"
        assert curl.argv[-1] == f"http://127.0.0.1:{port}/ws"
        assert "--cacert" not in curl.argv

    def test_a_look_by_hand_trusts_the_private_authority_too(self, tmp_path):
        ca = authority()
        path = tmp_path / "ca.pem"
        ca.cert_pem.write_to_path(str(path))
        handler = answering(http(503))
        with in_background(lambda: raw(handler, tls=certificate(ca, "localhost"))) as port:
            backend = Service(key="b", websocket=f"wss://localhost:{port}/ws")
            environment = Environment(ca_file=path)
            result = run_check(WebSocket, backend, environment=environment, retries=0)
        (curl,) = result.findings[0].remediation.commands
        where = curl.argv.index("--cacert")
        assert curl.argv[where + 1] == str(path)
        assert curl.argv[-1] == f"https://localhost:{port}/ws"

    def test_importing_it_is_cheap(self):
        heavy = "{'httpx', 'grpc', 'google', 'websockets', 'starlette', 'tenacity'}"
        script = f"import sys, checks.websocket; print({heavy} & set(sys.modules))"
        done = subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == "set()"


def _free_port() -> int:
    """A port of loopback where nothing listens."""
    import socket  # noqa: PLC0415 - only here

    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return unused.getsockname()[1]
