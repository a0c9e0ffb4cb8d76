"""Names, addresses and handshakes, against real servers on loopback."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from datetime import UTC, datetime

import pytest
import trustme
from http_servers import Reply, raw, serving

from netra_validate import NotFound, Offline, TimedOut
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.hosts.certificates import covers, from_der
from netra_validate.threads import run_to_end
from netra_validate.topology import Environment

HERE = "127.0.0.1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    made = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    made.cert_pem.write_to_path(str(path))
    return made, path


def served_by(leaf):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


def ask(question, tmp_path, *, ca_file=None, seconds=5.0, retries=0):
    """What ``question(hosts)`` comes to, asked by one probe."""

    async def asked():
        clients = Clients(Environment(ca_file=ca_file), tmp_path)
        try:
            return await question(clients.hosts(Budget.lasting(seconds, retries=retries)))
        finally:
            await clients.close()

    return run_to_end(asked())


class TestCovers:
    @pytest.mark.parametrize(
        ("names", "host"),
        [
            (["staging.example.com"], "Staging.Example.com."),
            (["*.example.com"], "a.example.com"),
            (["x.example.com", "*.example.com"], "b.example.com"),
            (["192.0.2.1"], "192.0.2.1"),
            (["0:0:0:0:0:0:0:1"], "::1"),
            (["xn--bcher-kva.example"], "bücher.example"),
        ],
    )
    def test_yes(self, names, host):
        assert covers(names, host)

    @pytest.mark.parametrize(
        ("names", "host"),
        [
            (["*.example.com"], "example.com"),
            (["*.example.com"], "api.staging.example.com"),
            (["*.staging.example.com"], "staging.example.com"),
            (["staging.example.com"], "api.staging.example.com"),
            (["a*.example.com"], "ab.example.com"),
            (["192.0.2.1"], "192.0.2.10"),
            (["*.2.1"], "192.0.2.1"),
            ([], "example.com"),
        ],
    )
    def test_no(self, names, host):
        assert not covers(names, host)


class TestAddresses:
    def test_of_this_machine(self, tmp_path):
        assert HERE in ask(lambda hosts: hosts.addresses("localhost"), tmp_path)

    def test_a_number_is_its_own(self, tmp_path):
        assert ask(lambda hosts: hosts.addresses(HERE), tmp_path) == (HERE,)

    @pytest.mark.parametrize("name", ["api.netra.invalid", "INVALID.invalid.", "a" * 70 + ".com"])
    def test_what_resolves_nowhere(self, tmp_path, name):
        with pytest.raises(NotFound):
            ask(lambda hosts: hosts.addresses(name), tmp_path)

    def test_a_resolver_that_cannot_now_is_no_answer(self, tmp_path, monkeypatch):
        def fails(*_args, **_more):
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

        monkeypatch.setattr(socket, "getaddrinfo", fails)
        with pytest.raises(Offline, match="cannot be resolved at the moment") as raised:
            ask(lambda hosts: hosts.addresses("example.com"), tmp_path, retries=1)
        assert raised.value.attempts == 2

    def test_each_name_is_asked_once(self, tmp_path, monkeypatch):
        asked = []
        real = socket.getaddrinfo

        def noted(name, *args, **more):
            asked.append(name)
            return real(name, *args, **more)

        monkeypatch.setattr(socket, "getaddrinfo", noted)

        async def twice(hosts):
            return await asyncio.gather(hosts.addresses("localhost"), hosts.addresses("LocalHost"))

        ask(twice, tmp_path)
        assert asked == ["localhost"]


class TestHandshake:
    def test_a_good_one(self, tmp_path, authority):
        made, path = authority
        with raw(answer_nothing, tls=served_by(made.issue_cert(HERE, "localhost"))) as site:
            found = ask(lambda it: it.handshake(HERE, site.port, HERE), tmp_path, ca_file=path)
        assert found.is_trusted
        assert found.version == "TLSv1.3"
        assert set(found.certificate.names) == {HERE, "localhost"}
        assert len(found.certificate.fingerprint) == 64
        assert found.certificate.not_after > datetime.now(UTC)

    def test_one_for_another_host_is_read(self, tmp_path, authority):
        made, path = authority
        with raw(answer_nothing, tls=served_by(made.issue_cert("other.example"))) as site:
            found = ask(lambda it: it.handshake(HERE, site.port, HERE), tmp_path, ca_file=path)
        assert (found.phase, found.code, found.version) == ("TLS", 64, None)
        assert found.certificate.names == ("other.example",)
        assert not found.certificate.covers(HERE)

    def test_one_that_nobody_vouches_for(self, tmp_path):
        leaf = trustme.CA(organization_name="nobody").issue_cert(HERE)
        with raw(answer_nothing, tls=served_by(leaf)) as site:
            found = ask(lambda it: it.handshake(HERE, site.port, HERE), tmp_path)
        assert found.code in {19, 20}
        assert found.certificate.issuer == "nobody"

    def test_a_port_that_speaks_something_else(self, tmp_path):
        async def greets(_reader, writer):
            writer.write(b"220 mail.example ESMTP\r\n" * 8)
            await writer.drain()

        with raw(greets) as site:
            found = ask(lambda it: it.handshake(HERE, site.port, HERE), tmp_path)
        assert (found.phase, found.is_connected, found.code) == ("TLS", True, None)
        assert found.version is None

    def test_silence_ends_with_the_budget(self, tmp_path):
        async def waits(reader, _writer):
            await reader.read()

        with raw(waits) as site:

            async def one(hosts):
                return await hosts.handshake(HERE, site.port, HERE)

            try:
                found = ask(one, tmp_path, seconds=0.5)
            except TimedOut as error:
                pytest.fail(f"it should have said what it saw: {error}")
        assert (found.phase, found.is_connected) == ("TLS", True)
        assert "completes no TLS handshake within" in found.why

    def test_nobody_listens(self, tmp_path):
        with socket.socket() as taken:
            taken.bind((HERE, 0))
            port = taken.getsockname()[1]
            found = ask(lambda it: it.handshake(HERE, port, HERE), tmp_path)
            plain = ask(lambda it: it.connection(HERE, port, HERE), tmp_path)
        assert (found.phase, found.why) == ("connection", "the connection is refused")
        assert found.from_here
        assert plain.phase == "connection"

    def test_without_tls_a_connection_will_do(self, tmp_path):
        with raw(answer_nothing) as site:
            found = ask(lambda it: it.connection(HERE, site.port, HERE), tmp_path)
        assert found.is_trusted
        assert found.certificate is None

    def test_each_address_is_tried_once(self, tmp_path, authority):
        made, path = authority
        with raw(answer_nothing, tls=served_by(made.issue_cert(HERE))) as site:

            async def twice(hosts):
                asked = [hosts.handshake(HERE, site.port, HERE) for _ in range(2)]
                return await asyncio.gather(*asked)

            first, second = ask(twice, tmp_path, ca_file=path)
            # To the client a handshake has ended before the server is told of it.
            until = time.monotonic() + 10
            while not site.connections and time.monotonic() < until:
                time.sleep(0.01)
            assert site.connections == 1
        assert first is second


def test_a_front_page_is_asked_once_and_not_followed(tmp_path):
    moved = Reply(301, headers={"location": "https://elsewhere.example/"})
    with serving({"/": moved}) as site:

        async def twice(hosts):
            return await asyncio.gather(*(hosts.front(f"{site.url}/", 2.0) for _ in range(2)))

        first, second = ask(twice, tmp_path)
        assert site.paths() == ["/"]
    assert first is second
    assert first.status == 301


@pytest.mark.parametrize("der", [b"", b"no certificate", b"\x30\x82\xff\xff" + b"\0" * 40])
def test_what_is_no_certificate_is_none(der):
    assert from_der(der) is None


async def answer_nothing(reader, _writer):
    """Wait for the other side to go."""
    await reader.read()
