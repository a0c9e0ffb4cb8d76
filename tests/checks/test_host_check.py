"""The host check against servers that are well, ill, or somebody else's."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
import trustme
from gcloud_commands import problem
from http_servers import Reply, raw, serving

from checks.host import HostCheck, judging
from checks.host.front import is_secure, max_age_s
from checks.host.remedies import Remedies
from netra_validate import Environment, Host, LoadBalancer, Outcome, Severity, Sign, Topology
from netra_validate.clients.hosts.certificates import Certificate
from netra_validate.clients.hosts.handshake import Handshake
from netra_validate.model import Effect
from netra_validate.testing import run_check

HERE = "127.0.0.1"
NOW = datetime(2026, 1, 31, tzinfo=UTC)
AUTHORITY = trustme.CA(organization_name="tests")
HSTS = {"strict-transport-security": "max-age=31536000; includeSubDomains"}
WELL = {"/": Reply(200, b"well", HSTS)}
BALANCED = Host(key="front", name="staging.example.com", load_balancer="main")
TOPOLOGY = Topology((BALANCED, LoadBalancer(key="main", url_map="map")))
STAGING = Environment(project="netra-staging")


@pytest.fixture(scope="module")
def ca_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("authority") / "ca.pem"
    AUTHORITY.cert_pem.write_to_path(str(path))
    return path


def tls(leaf=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (leaf or AUTHORITY.issue_cert(HERE)).configure_cert(context)
    return context


def probe(site, ca_file, *, name=HERE, secure=True, **options):
    options.setdefault("http_port", 0)
    return run_check(
        HostCheck,
        Host(key="front", name=name, port=site.port, tls=secure),
        options=HostCheck.Options(**options),
        environment=Environment(project="netra-staging", ca_file=ca_file),
        retries=0,
    )


def rules(result):
    findings = getattr(result, "findings", result)
    for found in findings:
        for command in found.remediation.commands:
            assert command.effect is Effect.READS
            if command.argv[0] == "gcloud":
                assert problem(command.argv) is None
            else:
                assert command.argv[0] in {"nslookup", "curl"}
    return [found.rule.removeprefix("host.") for found in findings]


class TestServers:
    def test_a_good_one_passes_on_what_was_seen(self, ca_file):
        with serving(WELL, tls=tls()) as site:
            result = probe(site, ca_file)
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        seen = result.observations
        assert (seen["addresses"], seen["connected"]) == ([HERE], [HERE])
        assert (seen["tls"], seen["https"], seen["certificate_names"]) == ("TLSv1.3", 200, [HERE])
        assert seen["issuer"] == "tests"

    def test_a_certificate_for_another_name_lists_its_names(self, ca_file):
        leaf = AUTHORITY.issue_cert("staging.example.com", "*.staging.example.com")
        with serving(WELL, tls=tls(leaf)) as site:
            result = probe(site, ca_file)
        assert rules(result) == ["wrong-name"]
        looked = result.findings[0].remediation.commands[0].argv
        assert (looked[:3], "-v" in looked) == (("curl", "-sS", "-I"), True), (
            "openssl s_client would wait for somebody to type"
        )
        assert looked[-1] == f"https://{HERE}:{urlsplit(site.url).port}/"
        assert "for staging.example.com, *.staging.example.com" in result.findings[0].message

    def test_a_private_authority_that_is_not_named(self):
        with serving(WELL, tls=tls()) as site:
            result = probe(site, None)
        assert rules(result) == ["untrusted"]
        assert "(tests)" in result.findings[0].message

    def test_everything_that_is_wrong_is_told_at_once(self, ca_file):
        past = datetime.now(UTC) - timedelta(days=3)
        leaf = AUTHORITY.issue_cert(
            "other.example", not_before=past - timedelta(days=9), not_after=past
        )
        with serving(WELL, tls=tls(leaf)) as site:
            result = probe(site, ca_file)
        assert rules(result) == ["expired", "wrong-name"]

    def test_a_port_without_tls(self, ca_file):
        with serving(WELL) as site:
            result = probe(site, ca_file)
        assert rules(result) == ["tls-failed"]

    def test_without_tls_a_connection_is_enough(self, ca_file):
        with serving(WELL) as site:
            result = probe(site, ca_file, secure=False)
        assert (result.outcome, result.findings) == (Outcome.PASS, ())

    def test_a_service_that_hangs_has_a_good_host(self, ca_file):
        with serving({"/": Reply(200, delay_s=3)}, tls=tls()) as site:
            result = probe(site, ca_file, timeout_s=1.0)
        assert result.outcome is Outcome.PASS
        assert "gives no answer" in result.observations["https"]

    def test_nobody_listens(self, ca_file):
        with socket.socket() as taken:
            taken.bind((HERE, 0))
            host = Host(key="front", name=HERE, port=taken.getsockname()[1])
            result = run_check(HostCheck, host, retries=0)
        assert rules(result) == ["no-connection"]

    def test_a_name_without_address(self):
        result = run_check(HostCheck, Host(key="gone", name="api.netra.invalid"))
        assert rules(result) == ["not-resolved"]
        assert result.findings[0].message == "api.netra.invalid does not resolve"

    def test_a_name_for_documents_is_skipped(self):
        result = run_check(HostCheck, Host(key="doc", name="Staging.Netra.example."))
        assert result.outcome is Outcome.SKIP
        assert "RFC 6761" in result.reason

    @pytest.mark.parametrize(
        ("header", "expected"),
        [
            (None, ["no-hsts"]),
            ("includeSubDomains", ["no-hsts"]),
            ("max-age=0", ["no-hsts"]),
            ("max-age=86399", ["no-hsts"]),
            ('includeSubDomains; max-age="86400"', []),
        ],
    )
    def test_hsts(self, ca_file, header, expected):
        headers = {} if header is None else {"strict-transport-security": header}
        with serving({"/": Reply(200, headers=headers)}, tls=tls()) as site:
            result = probe(site, ca_file)
        assert rules(result) == expected
        assert result.outcome is Outcome.PASS

    @pytest.mark.parametrize(
        ("reply", "expected"),
        [
            (Reply(200), ["no-redirect"]),
            (Reply(301, headers={"location": "http://127.0.0.1/"}), ["no-redirect"]),
            (Reply(301, headers={"location": "https://elsewhere.example/"}), ["no-redirect"]),
            (Reply(301, headers={"location": "/login"}), ["no-redirect"]),
            (Reply(308, headers={"location": "https://127.0.0.1/"}), []),
            (Reply(404), []),
            (Reply(503), []),
        ],
    )
    def test_the_way_from_http(self, ca_file, reply, expected):
        with serving(WELL, tls=tls()) as site, serving({"/": reply}) as plain:
            result = probe(site, ca_file, http_port=plain.port)
            assert plain.paths() == ["/"]
        assert rules(result) == expected
        assert result.observations["http"] == reply.status

    def test_a_closed_port_for_http_is_fine(self, ca_file):
        with socket.socket() as taken, serving(WELL, tls=tls()) as site:
            taken.bind((HERE, 0))
            result = probe(site, ca_file, http_port=taken.getsockname()[1])
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        assert "refused" in result.observations["http"]

    def test_it_asks_little(self, ca_file):
        with serving(WELL, tls=tls()) as site:
            probe(site, ca_file)
            assert site.paths() == ["/"]
            assert site.connections == 2


def certificate(days=90.0, *, since=-90.0, name="staging.example.com", fingerprint="aa"):
    day = timedelta(days=1)
    return Certificate(fingerprint, (name,), "tests", NOW + since * day, NOW + days * day)


def judged(*tried, host=BALANCED, **options):
    check = HostCheck(HostCheck.Options(**options))
    remedies = Remedies(BALANCED, STAGING, TOPOLOGY)
    return list(judging.judge(check, host, tried, remedies, NOW))


def good(address="192.0.2.1", **what):
    return Handshake(address, version="TLSv1.3", certificate=certificate(**what))


class TestJudging:
    @pytest.mark.parametrize(
        ("days", "severity"),
        [(31, None), (29.9, Severity.WARNING), (7.1, Severity.WARNING), (6.9, Severity.ERROR)],
    )
    def test_days_that_are_left(self, days, severity):
        found = judged(good(days=days))
        assert [each.severity for each in found] == ([severity] if severity else [])
        assert rules(found) == (["expiring"] if severity else [])

    @pytest.mark.parametrize(
        ("life", "days", "severity"),
        [
            (6.67, 6.5, None), (6.67, 2.3, None), (6.67, 2.1, Severity.WARNING),
            (6.67, 0.6, Severity.WARNING), (6.67, 0.4, Severity.ERROR),
            (47, 46, None), (47, 15.8, None), (47, 15.5, Severity.WARNING),
            (47, 3.8, Severity.WARNING), (47, 3.5, Severity.ERROR),
            (90, 30.1, None), (90, 29.9, Severity.WARNING), (90, 6.9, Severity.ERROR),
            (398, 30.1, None), (398, 29.9, Severity.WARNING), (398, 6.9, Severity.ERROR),
        ],
    )  # fmt: skip
    def test_a_short_life_is_not_at_its_end_all_the_time(self, life, days, severity):
        found = judged(good(days=days, since=days - life))
        assert [each.severity for each in found] == ([severity] if severity else [])

    @pytest.mark.parametrize(("days", "said"), [(2.1, "in 2 days"), (1.9, "in 45 hours")])
    def test_little_time_is_told_in_hours(self, days, said):
        (found,) = judged(good(days=days))
        assert found.message.endswith(said)

    def test_options_hold_for_short_lives_too(self):
        short = good(days=5, since=-1)
        assert judged(short, warning_days=80)[0].severity is Severity.WARNING
        assert judged(short, warning_days=80, error_days=80)[0].severity is Severity.ERROR

    @pytest.mark.parametrize(("days", "sign"), [(-1, Sign.TLS_ENDED), (2, Sign.TLS_ENDS)])
    def test_a_load_balancer_may_be_behind_what_it_presents(self, days, sign):
        (behind,) = judged(good(days=days))
        assert behind.bearing.shows == {sign}
        (alone,) = judged(
            good(days=days), host=msgspec.structs.replace(BALANCED, load_balancer=None)
        )
        assert alone.bearing.shows == frozenset()
        assert alone.bearing.explains == behind.bearing.explains
        assert (behind.bearing.since is None) is (days > 0)

    def test_limits_are_options(self):
        assert judged(good(days=20), warning_days=10) == []
        assert judged(good(days=20), error_days=21)[0].severity is Severity.ERROR

    def test_one_dead_address_of_two_is_an_error(self):
        dead = Handshake("192.0.2.2", "connection", "the connection is refused")
        (found,) = judged(good(), dead)
        assert rules([found]) == ["no-connection"]
        assert "staging.example.com at 192.0.2.2" in found.message

    def test_what_this_machine_has_no_way_to_is_no_fault(self):
        far = Handshake("2001:db8::1", "connection", "there is no route", from_here=False)
        assert judged(good(), far) == []
        assert judging.facts([good(), far])["no_way_from_here"] == ["2001:db8::1"]

    def test_addresses_with_different_certificates(self):
        found = judged(good(), good("192.0.2.2", fingerprint="bb"))
        assert rules(found) == ["addresses-disagree"]
        assert found[0].severity is Severity.NOTE

    def test_the_same_fault_at_two_addresses_is_told_once(self):
        assert rules(judged(good(days=1), good("192.0.2.2", days=1))) == ["expiring"]

    def test_self_signed(self):
        bad = Handshake("192.0.2.1", "TLS", "why", code=18, certificate=certificate())
        assert rules(judged(bad)) == ["self-signed"]

    def test_old_versions_alone(self):
        said = Handshake("192.0.2.1", "TLS", "why", reason="TLSV1_ALERT_PROTOCOL_VERSION")
        seen = Handshake("192.0.2.1", "TLS", "why", version="TLSv1.1")
        assert rules(judged(said)) == rules(judged(seen)) == ["old-tls"]

    @pytest.mark.parametrize(
        ("code", "rule"), [(10, "expired"), (9, "untrusted"), (23, "untrusted")]
    )
    def test_another_certificate_of_the_chain(self, code, rule):
        bad = Handshake("192.0.2.1", "TLS", "why", code=code, certificate=certificate())
        assert rules(judged(bad)) == [rule]

    def test_one_that_cannot_be_read(self):
        bad = Handshake("192.0.2.1", "TLS", "why", code=62)
        (found,) = judged(bad)
        assert rules([found]) == ["wrong-name"]
        assert "no host" in found.message


def test_what_nobody_here_can_reach_is_not_verified(ca_file, monkeypatch):
    far = Handshake("2001:db8::1", "connection", "there is no route", from_here=False)

    class Nowhere:
        async def addresses(self, _name):
            return ("2001:db8::1",)

        async def handshake(self, *_where):
            return far

    monkeypatch.setattr("netra_validate.check.Context.hosts", Nowhere())
    result = run_check(HostCheck, Host(key="front", name="staging.example.com"))
    assert (result.outcome, result.findings) == (Outcome.ERROR, ())
    assert "no way to" in result.reason


def test_max_age():
    assert max_age_s("Max-Age=5 ; preload") == 5
    assert max_age_s("max-age=many") is None
    assert max_age_s("x-max-age=5") is None


@pytest.mark.parametrize(
    ("target", "secure"),
    [
        ("https://staging.example.com/x", True),
        ("https://STAGING.example.com:8443/x", True),
        ("https://staging.example.com:9/x", False),
        ("https://staging.example.com:99999/x", False),
        ("http://staging.example.com/x", False),
    ],
)
def test_is_secure(target, secure):
    host = Host(key="front", name="staging.example.com", port=8443)
    assert is_secure(urlsplit(target), host) is secure


def test_a_flood_in_place_of_a_handshake_does_not_hang_it(ca_file):
    async def floods(_reader, writer):
        while True:
            writer.write(b"x" * 65536)
            await writer.drain()

    with raw(floods) as site:
        assert rules(probe(site, ca_file)) == ["tls-failed"]


def test_its_declaration_loads_nothing_heavy():
    program = "import sys, checks.host, checks.load_balancer\nassert 'asyncio' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
