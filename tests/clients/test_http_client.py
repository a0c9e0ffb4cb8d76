"""The HTTP client against servers that behave and servers that do not."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import itertools
import ssl
import time
import tracemalloc
import zlib
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import psutil
import pytest
import trustme
from http_servers import Reply, heads, raw, says, serving
from hypothesis import given
from hypothesis import strategies as st

from netra_validate.clients.budget import Budget
from netra_validate.clients.errors import (
    ClientError,
    ProtocolError,
    TimedOut,
    Unreachable,
)
from netra_validate.clients.http import Headers, Http, HttpPool, HttpResponse
from netra_validate.clients.http.address import parse
from netra_validate.clients.politeness import Politeness

OK = says({"status": "ok"})


def fetch(url, *, budget_s=10.0, retries=0, ca_file=None, method="GET", **options):
    async def once():
        pool = HttpPool(Politeness(4), ca_file=ca_file)
        try:
            http = Http(pool, Budget.lasting(budget_s, retries=retries))
            return await http.request(method, url, **options)
        finally:
            await pool.close()

    return asyncio.run(once())


def failure(kind, url, **options):
    with pytest.raises(ClientError) as caught:
        fetch(url, **options)
    assert type(caught.value) is kind, caught.value
    return caught.value


def refused_port():
    with raw(lambda *_: asyncio.sleep(0)) as site:
        return site.port


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority, tmp_path_factory):
    file = tmp_path_factory.mktemp("authority") / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    return file


def server_context(authority, *names, **options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names, **options).configure_cert(context)
    return context


class TestAnswers:
    def test_is_read_whole(self):
        with serving({"/health": says({"a": 1}, status=201)}) as site:
            response = fetch(f"{site.url}/health")
        assert (response.status, response.json(), response.truncated) == (201, {"a": 1}, False)
        assert response.media_type == "application/json"
        assert (response.attempts, response.first) == (1, None)
        assert 0 < response.latency_s < 5

    def test_names_itself(self):
        with serving({"/": OK}) as site:
            fetch(f"{site.url}/")
        assert "\r\nUser-Agent: netra-validate/" in site.asked[0]

    def test_sends_the_token(self):
        with serving({"/": OK}) as site:
            fetch(f"{site.url}/", token="abc")
        assert "\r\nAuthorization: Bearer abc\r\n" in site.asked[0]

    def test_does_not_follow_redirects(self):
        with serving({"/": Reply(302, headers={"location": "/elsewhere"})}) as site:
            response = fetch(f"{site.url}/", token="abc")
        assert (response.status, response.headers["Location"]) == (302, "/elsewhere")
        assert site.paths() == ["/"]

    @pytest.mark.parametrize("location", ["https://[", "javascript:x", "//", "https://h:x/", "\\"])
    def test_does_not_read_where_they_lead(self, location):
        with serving({"/": Reply(301, headers={"location": location})}) as site:
            assert fetch(f"{site.url}/").headers["location"] == location

    def test_remembers_no_cookies(self):
        async def twice(url):
            pool = HttpPool(Politeness(4))
            http = Http(pool, Budget.lasting(10))
            await http.get(url)
            await http.get(url)
            await pool.close()

        with serving({"/": Reply(headers={"set-cookie": "session=1; path=/"})}) as site:
            asyncio.run(twice(f"{site.url}/"))
        assert len(site.asked) == 2
        assert site.connections == 1
        assert "cookie" not in "".join(site.asked).lower()

    def test_head_of_a_compressed_page(self):
        headers = {"content-encoding": "gzip", "content-length": "100"}
        with serving({"/": Reply(headers=headers)}) as site:
            assert fetch(f"{site.url}/", method="HEAD").body == b""


class TestTrust:
    def test_a_private_authority(self, authority, ca_file):
        context = server_context(authority, "localhost")
        with serving({"/": OK}, tls=context) as site:
            assert fetch(f"{site.url}/", ca_file=ca_file).status == 200

    def test_an_unknown_authority(self, authority):
        with serving({"/": OK}, tls=server_context(authority, "localhost")) as site:
            error = failure(Unreachable, f"{site.url}/", retries=2)
        assert error.phase == "TLS"
        assert "authority" in error.message
        assert f"localhost:{site.port}" in error.message
        assert error.attempts == 1

    def test_a_name_that_is_not_covered(self, authority, ca_file):
        with serving({"/": OK}, tls=server_context(authority, "other.example")) as site:
            error = failure(Unreachable, f"{site.url}/", ca_file=ca_file)
        assert error.phase == "TLS"
        assert "does not cover this name" in error.message

    def test_an_expired_certificate(self, authority, ca_file):
        past = datetime.now(UTC) - timedelta(days=1)
        with serving({"/": OK}, tls=server_context(authority, "localhost", not_after=past)) as site:
            error = failure(Unreachable, f"{site.url}/", ca_file=ca_file)
        assert "expired" in error.message

    def test_a_port_that_speaks_no_tls(self):
        async def plain(reader, writer):
            await reader.read(1)
            writer.write(Reply(400).encoded())
            await writer.drain()

        with raw(plain) as site:
            error = failure(Unreachable, f"https://localhost:{site.port}/")
        assert error.phase == "TLS"

    def test_a_port_that_speaks_only_tls(self, authority):
        with serving({"/": OK}, tls=server_context(authority, "localhost")) as site:
            error = failure(Unreachable, f"http://localhost:{site.port}/")
        assert error.phase == "request"

    def test_a_handshake_that_never_ends(self):
        with raw(lambda *_: asyncio.sleep(60)) as site:
            error = failure(Unreachable, f"https://localhost:{site.port}/", timeout_s=0.2)
        assert error.phase == "TLS"
        assert "within 0.2 s" in error.message

    def test_an_authority_that_is_none(self, tmp_path):
        error = failure(ClientError, "https://localhost:1/", ca_file=tmp_path / "missing.pem")
        assert "missing.pem" in error.message


class TestNoAnswer:
    def test_refused(self):
        port = refused_port()
        error = failure(Unreachable, f"http://localhost:{port}/", retries=1)
        assert (error.phase, error.attempts) == ("connection", 2)
        assert error.message == f"localhost:{port}: the connection is refused"

    def test_a_name_that_does_not_exist(self):
        error = failure(Unreachable, "https://nothing.invalid/", retries=0)
        assert error.phase == "name resolution"
        assert "nothing.invalid" in error.message

    def test_hangs(self):
        with raw(lambda *_: asyncio.sleep(60)) as site:
            error = failure(TimedOut, f"{site.url}/", timeout_s=0.2, retries=1)
        assert error.attempts == 2
        assert "no answer within 0.2 s" in error.message

    def test_hangs_up(self):
        async def hang_up(reader, _writer):
            await reader.readline()

        with raw(hang_up) as site:
            error = failure(Unreachable, f"{site.url}/")
        assert error.phase == "request"

    def test_one_byte_at_a_time_ends_in_time(self):
        async def drip(reader, writer):
            await anext(heads(reader))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)

        with raw(drip) as site:
            started = time.monotonic()
            error = failure(TimedOut, f"{site.url}/", timeout_s=0.4)
        assert time.monotonic() - started < 10
        assert "does not complete its answer within 0.4 s" in error.message

    def test_the_budget_bounds_the_timeout(self):
        with raw(lambda *_: asyncio.sleep(60)) as site:
            started = time.monotonic()
            failure(TimedOut, f"{site.url}/", budget_s=0.4, timeout_s=60, retries=2)
        assert time.monotonic() - started < 10

    def test_a_crowded_host_is_an_error_of_its_own(self):
        async def crowd(url):
            pool = HttpPool(Politeness(1))
            http = Http(pool, Budget.lasting(0.6, retries=0))
            try:
                return await asyncio.gather(
                    *(http.get(url, timeout_s=60) for _ in range(2)), return_exceptions=True
                )
            finally:
                await pool.close()

        with raw(lambda *_: asyncio.sleep(60)) as site:
            errors = asyncio.run(crowd(f"{site.url}/"))
        assert [type(error) for error in errors] == [TimedOut, TimedOut]
        assert "was not asked" in errors[1].message


class TestHostileAnswers:
    """Memory and time are ours to bound."""

    @staticmethod
    def growth_of(url, **options):
        tracemalloc.start()
        before = psutil.Process().memory_info().rss
        try:
            response = fetch(url, **options)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert psutil.Process().memory_info().rss - before < 64 * 2**20
        assert peak < 8 * 2**20
        return response

    def test_a_body_of_one_gibibyte(self):
        async def flood(reader, writer):
            await anext(heads(reader))
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n")
            for _ in range(2**14):
                writer.write(b"x" * 2**16)
                await writer.drain()

        with raw(flood) as site:
            response = self.growth_of(f"{site.url}/")
        assert (len(response.body), response.truncated) == (65536, True)
        with pytest.raises(ProtocolError, match="goes on after 65536 bytes"):
            response.json()

    def test_a_gzip_bomb(self):
        bomb = gzip.compress(gzip.compress(bytes(2**28), 1), 9)
        bomb = gzip.decompress(bomb)
        headers = {"content-encoding": "gzip"}
        with serving({"/": Reply(body=bomb, headers=headers)}) as site:
            response = self.growth_of(f"{site.url}/")
        assert (len(response.body), response.truncated) == (65536, True)

    def test_a_million_empty_gzip_members(self):
        body = gzip.compress(b"") * 50_000
        headers = {"content-encoding": "gzip"}
        with serving({"/": Reply(body=body, headers=headers)}) as site:
            response = self.growth_of(f"{site.url}/")
        assert (response.body, response.truncated) == (b"", True)

    def test_a_header_of_one_mebibyte(self):
        with serving({"/": Reply(headers={"x-long": "a" * 2**20})}) as site:
            error = failure(ProtocolError, f"{site.url}/")
        assert "headers without end" in error.message

    def test_endless_interim_answers(self):
        async def interim(reader, writer):
            await anext(heads(reader))
            while True:
                writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100)
                await writer.drain()
                await asyncio.sleep(0)

        with raw(interim) as site:
            error = failure(ProtocolError, f"{site.url}/")
        assert "more than 20 interim answers" in error.message

    def test_as_many_interim_answers_as_a_server_may_have_reason_for(self):
        early = b"HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n"

        async def hints(reader, writer):
            async for _ in heads(reader):
                for piece in (early * 7 + early[:9], early[9:] + early * 12, OK.encoded()):
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0.01)  # so that they are read one by one

        async def twice(url):
            pool = HttpPool(Politeness(4))
            http = Http(pool, Budget.lasting(10))
            found = [await http.get(url), await http.get(url)]
            await pool.close()
            return found

        with raw(hints) as site:
            assert [each.status for each in asyncio.run(twice(f"{site.url}/"))] == [200, 200]
        assert site.connections == 1

    def test_a_body_that_looks_like_interim_answers(self):
        body = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 100
        with serving({"/": Reply(body=body)}) as site:
            assert fetch(f"{site.url}/").body == body

    def test_half_an_answer(self):
        async def half(reader, writer):
            await anext(heads(reader))
            writer.write(b'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"status":')
            await writer.drain()

        with raw(half) as site:
            error = failure(ProtocolError, f"{site.url}/")
        assert "breaks off" in error.message

    @pytest.mark.parametrize(
        "answer",
        [b"SSH-2.0-OpenSSH_9.6\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x00" * 50 + b"\r\n\r\n"],
    )
    def test_no_http(self, answer):
        async def other(reader, writer):
            await anext(heads(reader))
            writer.write(answer)
            await writer.drain()

        with raw(other) as site:
            error = failure(ProtocolError, f"{site.url}/")
        assert "does not answer in HTTP" in error.message


class TestCompression:
    @pytest.mark.parametrize(
        ("coding", "encoded"),
        [
            ("gzip", gzip.compress(b"hello", mtime=0)),
            ("GZIP", gzip.compress(b"hel", mtime=0) + gzip.compress(b"lo", mtime=0) + b"\0\0"),
            ("deflate", zlib.compress(b"hello")),
            ("deflate", zlib.compress(b"hello", wbits=-15)),
            ("identity", b"hello"),
        ],
    )
    def test_is_undone(self, coding, encoded):
        with serving({"/": Reply(body=encoded, headers={"content-encoding": coding})}) as site:
            assert fetch(f"{site.url}/").body == b"hello"

    @pytest.mark.parametrize(
        ("coding", "encoded", "message"),
        [
            ("br", b"x", "which nobody asked for"),
            ("gzip, gzip", b"x", "which nobody asked for"),
            ("gzip", b"not gzip", "cannot be decompressed"),
            ("gzip", gzip.compress(b"hello" * 100, mtime=0)[:-12], "breaks off"),
        ],
    )
    def test_refuses(self, coding, encoded, message):
        with serving({"/": Reply(body=encoded, headers={"content-encoding": coding})}) as site:
            assert message in failure(ProtocolError, f"{site.url}/").message

    def test_an_exact_fit_is_not_truncated(self):
        with serving({"/": Reply(body=b"x" * 100)}) as site:
            assert not fetch(f"{site.url}/", max_body=100).truncated
            assert fetch(f"{site.url}/", max_body=99).truncated


class TestRetries:
    @pytest.mark.parametrize("status", [502, 503, 504])
    def test_what_may_pass_is_asked_again(self, status):
        with serving({"/": [Reply(status), OK]}) as site:
            response = fetch(f"{site.url}/", retries=2)
        assert (response.status, response.attempts) == (200, 2)
        assert response.first is not None
        assert (response.first.status, response.first.error) == (status, None)

    def test_what_does_not_pass_comes_back(self):
        with serving({"/": Reply(503)}) as site:
            response = fetch(f"{site.url}/", retries=2)
        assert (response.status, response.attempts) == (503, 3)

    def test_a_hang_up_counts_as_a_first_attempt(self):
        count = itertools.count()

        async def second_time_lucky(reader, writer):
            await anext(heads(reader))
            if next(count):
                writer.write(OK.encoded())
                await writer.drain()

        with raw(second_time_lucky) as site:
            response = fetch(f"{site.url}/", retries=2)
        assert response.first is not None
        assert response.first.status is None
        assert "hangs up" in (response.first.error or "")

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 500])
    def test_what_does_not_pass_by_itself_is_final(self, status):
        with serving({"/": Reply(status)}) as site:
            assert fetch(f"{site.url}/", retries=2).status == status
        assert len(site.asked) == 1

    def test_retries_can_be_left_out(self):
        with serving({"/": Reply(503)}) as site:
            assert fetch(f"{site.url}/", retries=2, retry=False).attempts == 1
        assert len(site.asked) == 1

    def test_waits_as_long_as_asked(self):
        limited = Reply(429, headers={"retry-after": "1"})
        with serving({"/": [limited, OK]}) as site:
            started = time.monotonic()
            assert fetch(f"{site.url}/", retries=1).status == 200
        assert time.monotonic() - started >= 1

    def test_does_not_wait_longer_than_it_lives(self):
        limited = Reply(429, headers={"retry-after": "600"})
        with serving({"/": limited}) as site:
            started = time.monotonic()
            assert fetch(f"{site.url}/", retries=2).status == 429
        assert time.monotonic() - started < 5
        assert len(site.asked) == 1

    def test_a_rate_limit_without_a_time_is_final(self):
        with serving({"/": Reply(429)}) as site:
            fetch(f"{site.url}/", retries=2)
        assert len(site.asked) == 1


class TestPoliteness:
    def test_few_at_once(self):
        busy, most = 0, 0

        async def watch(reader, writer):
            nonlocal busy, most
            async for _ in heads(reader):
                busy += 1
                most = max(most, busy)
                await asyncio.sleep(0.01)
                busy -= 1
                writer.write(OK.encoded())
                await writer.drain()

        async def many(url):
            pool = HttpPool(Politeness(3))
            http = Http(pool, Budget.lasting(10))
            await asyncio.gather(*(http.get(url) for _ in range(12)))
            await pool.close()

        with raw(watch) as site:
            asyncio.run(many(f"{site.url}/"))
        assert most == 3
        assert site.connections == 3

    def test_connections_are_kept_however_many_there_are(self):
        async def rounds(url):
            pool = HttpPool(Politeness(40))
            http = Http(pool, Budget.lasting(10))
            for _ in range(3):
                await asyncio.gather(*(http.get(url) for _ in range(40)))
            await pool.close()

        with serving({"/": Reply(body=b"x", delay_s=0.05)}) as site:
            asyncio.run(rounds(f"{site.url}/"))
        assert len(site.asked) == 120
        assert site.connections < 60

    def test_a_pool_can_be_closed_twice(self):
        async def twice():
            pool = HttpPool(Politeness(1))
            with pool.client(parse("https://host.example/")):
                pass
            await pool.close()
            await pool.close()

        asyncio.run(twice())


class TestBadAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "", "nope", "/health", "//host/", "ftp://host/", "https://", "https:///path",
            "https://ho st/", "https://host:99999/", "https://host:0/", "https://host:port/",
            "https://[::1/", "https://a..b/", f"https://{'a' * 64}.example/", "https://-a.example/",
            f"https://{'a.' * 130}example/", "https://host\\path", "https://host/\0",
            "https://host/\r\nX: y", "https://xn--\u0661.com/", "https://a%00b/", "https://.host/",
            "https://host/" + "a" * 9000, "https://\ud800.example/", "https://a*b/",
        ],
    )  # fmt: skip
    def test_are_refused_with_a_sentence(self, url):
        error = failure(ClientError, url)
        assert "address" in error.message or "host" in error.message or "port" in error.message

    def test_a_password_is_not_repeated(self):
        error = failure(ClientError, "https://user:hunter2@host.example/")
        assert "hunter2" not in error.message

    @given(st.text(max_size=60))
    def test_nothing_but_our_own_error_comes_out(self, text):
        for url in (text, f"https://{text}", f"https://host.example/{text}"):
            with contextlib.suppress(ClientError):
                assert parse(url).host

    @pytest.mark.parametrize(
        ("url", "name", "loopback"),
        [
            ("http://[::1]:8080/", "[::1]:8080", True),
            ("http://127.1.2.3/", "127.1.2.3", True),
            ("https://App.Localhost./", "app.localhost.", True),
            ("https://10.0.0.1/", "10.0.0.1", False),
            ("https://localhost.example/", "localhost.example", False),
        ],
    )
    def test_names_and_loopback(self, url, name, loopback):
        address = parse(url)
        assert (address.name, address.is_loopback) == (name, loopback)

    def test_an_internationalised_name_is_understood(self):
        assert "xn--bcher-kva.invalid" in failure(Unreachable, "https://bücher.invalid/").message


class TestSecrets:
    @pytest.mark.parametrize("token", ["line\nbreak", "newline\n", "ünicode", "", "a\x00b"])
    def test_a_token_that_no_header_can_carry(self, token):
        error = failure(ClientError, "https://host.invalid/", token=f"s3cret{token}\r")
        assert "Authorization" in error.message
        assert "s3cret" not in error.message

    def test_no_token_in_the_clear(self):
        error = failure(ClientError, "http://host.invalid/", token="s3cret")
        assert "plain http" in error.message
        error = failure(ClientError, "http://host.invalid/", headers={"authorization": "s3cret"})
        assert "plain http" in error.message

    def test_headers_do_not_show_values(self):
        assert "s3cret" not in repr(Headers([("Set-Cookie", "s3cret")]))


TOKEN = "Sup3rS3cretTok3n-abcdefghij0123456789XYZ"


class TestEchoes:
    """What a server sends back of a token is gone before anything is cut or judged."""

    @staticmethod
    def fetched(reply, **options):
        with serving({"/": reply}) as site:
            return fetch(f"{site.url}/", **(options or {"token": TOKEN}))

    @pytest.mark.parametrize(
        "options",
        [
            {"token": TOKEN},
            {"headers": {"authorization": f"Bearer {TOKEN}"}},
            {"headers": {"X-Serverless-Authorization": TOKEN}},
            {"headers": {"X-Api-Key": TOKEN}},
        ],
    )
    def test_in_the_body(self, options):
        response = self.fetched(Reply(body=f"{'y' * 45} {TOKEN}".encode()), **options)
        assert response.text() == f"{'y' * 45} [redacted]"

    @pytest.mark.parametrize("form", [TOKEN[:-1], TOKEN[::-1], TOKEN.encode().hex()])
    def test_in_a_document(self, form):
        response = self.fetched(
            says({"status": f"{'x' * 40} {form}", "dependencies": {form: "ok"}})
        )
        assert response.json() == {
            "status": f"{'x' * 40} [redacted]",
            "dependencies": {"[redacted]": "ok"},
        }

    def test_in_headers(self):
        location = f"https://{TOKEN.lower()}.example.com/{TOKEN}"
        headers = {"location": location, "content-type": f"application/{TOKEN}"}
        response = self.fetched(Reply(302, headers=headers))
        assert response.headers["location"] == "https://[redacted].example.com/[redacted]"
        assert response.media_type == "application/[redacted]"

    def test_in_an_error(self):
        headers = {"content-encoding": "a" * 30 + TOKEN}
        with serving({"/": Reply(body=b"{}", headers=headers)}) as site:
            error = failure(ProtocolError, f"{site.url}/", token=TOKEN)
        assert "a[redacted]'" in error.message

    def test_at_the_end_of_a_body_that_is_too_long(self):
        response = self.fetched(Reply(body=b"[1, " + TOKEN.encode()), token=TOKEN, max_body=20)
        assert (response.body, response.truncated) == (b"[1, [redacted]", True)

    def test_where_none_was_sent_nothing_is_looked_for(self):
        response = self.fetched(Reply(body=TOKEN.encode()), headers={"accept": TOKEN})
        assert response.text() == TOKEN

    def test_a_short_one_changes_no_answer(self):
        assert self.fetched(says({"status": "healthy"}), token="healthy").json()["status"] == (
            "healthy"
        )


class TestProxies:
    def test_loopback_never_goes_through_one(self, monkeypatch):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{refused_port()}")
        with serving({"/": OK}) as site:
            assert fetch(f"{site.url}/").status == 200
            assert fetch(f"http://127.0.0.1:{site.port}/").status == 200

    def test_other_hosts_do(self, monkeypatch):
        with serving({"http://service.invalid/": OK}) as site:
            monkeypatch.setenv("HTTP_PROXY", site.url)
            assert fetch("http://service.invalid/").status == 200

    def test_a_proxy_that_refuses(self, monkeypatch):
        async def no(reader, writer):
            await anext(heads(reader))
            writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            await writer.drain()

        with raw(no) as site:
            monkeypatch.setenv("HTTPS_PROXY", site.url)
            error = failure(Unreachable, "https://service.invalid/")
        assert "proxy" in error.message

    @pytest.mark.parametrize("proxy", ["socks9://x", "socks5://x:1", "http://[::1"])
    def test_one_that_cannot_be_used(self, monkeypatch, proxy):
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        error = failure(ClientError, "https://service.invalid/")
        assert "proxy" in error.message


def answer(body, content_type="application/json", **headers):
    pairs = [("Content-Type", content_type), *headers.items()]
    return HttpResponse("https://h/", 200, Headers(pairs), body, truncated=False, latency_s=0.1)


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "message"),
        [
            (b"", "empty"),
            (b"  \n", "empty"),
            (b'{"a":', "no JSON"),
            (b"<html>", "no JSON"),
            (b'{"a": NaN}', "no JSON"),
            (b"[-Infinity]", "no JSON"),
            (b"9" * 5000, "no JSON"),
            (b"[" * 60_000, "nested too deeply"),
            (b'{"a":' * 12_000, "nested too deeply"),
            (b'{"a": "\xff"}', "no JSON"),
            (b"\xff\xfe{", "no JSON"),
        ],
    )
    def test_no_json(self, body, message):
        with pytest.raises(ProtocolError, match=message):
            answer(body).json()

    @pytest.mark.parametrize(
        "body",
        [
            b'\xef\xbb\xbf{"a": "\xc3\xa4"}',
            '{"a": "ä"}'.encode("utf-16"),
            '{"a": "ä"}'.encode("utf-16-be"),
            b'{"a": "x", "a": "\xc3\xa4"}',
        ],
    )
    def test_json_of_any_unicode(self, body):
        assert answer(body).json() == {"a": "ä"}

    @given(st.binary(max_size=200))
    def test_any_bytes(self, body):
        response = answer(body)
        assert isinstance(response.text(), str)
        with contextlib.suppress(ProtocolError):
            response.json()

    @pytest.mark.parametrize(
        "content_type",
        ["", "text/plain", "text/plain; charset=rot13", "text/plain; charset=zlib", ";;=",
         "text/plain; charset=idna", "text/plain; charset*=utf-8''%FF", "x; charset=\xe4"],
    )  # fmt: skip
    def test_odd_charsets(self, content_type):
        assert answer(b"h\xc3\xa4", content_type).text() == "hä"

    def test_a_named_charset(self):
        assert answer(b"h\xe4", "text/plain; charset=ISO-8859-1").text() == "hä"


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("10", 10.0), (" 7 ", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-1", None),
            ("9" * 400, None), ("1.5", None), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
            ("Wed, 21 Oct 99999 07:28:00 GMT", None), ("٣", None),
        ],
    )  # fmt: skip
    def test_seconds_and_dates(self, value, seconds):
        assert answer(b"", **{"retry-after": value}).retry_after_s == seconds

    def test_a_date_ahead(self):
        ahead = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
        found = answer(b"", **{"retry-after": ahead}).retry_after_s
        assert found is not None
        assert 97 < found <= 100

    @given(st.text(max_size=40))
    def test_any_text(self, value):
        found = answer(b"", **{"retry-after": value}).retry_after_s
        assert found is None or found >= 0
