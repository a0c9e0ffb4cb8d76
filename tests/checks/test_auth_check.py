"""The auth check against servers that are sound and servers that are not."""

from __future__ import annotations

import asyncio
import ssl
import time
from dataclasses import replace

import msgspec
import pytest
import trustme
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from http_servers import Reply, heads, page, raw, says, serving
from hypothesis import given
from hypothesis import strategies as st

from checks.auth import Auth, forging, keys, metadata
from checks.auth.key_rules import max_age_s
from checks.auth.timing import Timing
from netra_validate import Domains, Environment, Outcome, Service, Severity
from netra_validate.sandbox.tokens import encoded, public_key
from netra_validate.testing import run_check

OPENID = "/.well-known/openid-configuration"
ENVIRONMENT = Environment(
    name="staging",
    domains=Domains(
        managed=("netra.example",),
        canonical=("staging.netra.example",),
        retired={"*.staging.netra.example": "staging.netra.example"},
    ),
)
REFUSED = says({"detail": "no"}, 401)
KEYS = {"keys": [public_key("a"), public_key("b")]}
POINT = ec.derive_private_key(7, ec.SECP256R1()).public_key().public_numbers()
EC = {
    "kty": "EC",
    "crv": "P-256",
    "kid": "ec",
    "x": encoded(POINT.x.to_bytes(32, "big")),
    "y": encoded(POINT.y.to_bytes(32, "big")),
}
BARE = {name: part for name, part in public_key("a").items() if name not in {"use", "alg"}}
AGREEMENT = {"kty": "OKP", "crv": "X25519", "kid": "x", "x": encoded(b"k" * 32)}
EDWARDS = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32).public_key().public_bytes_raw()


def document(**changes):
    found = {
        "issuer": "https://staging.netra.example",
        "authorization_endpoint": "https://staging.netra.example/auth",
        "token_endpoint": "https://staging.netra.example/token",
        "jwks_uri": "https://staging.netra.example/keys",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        **changes,
    }
    return {name: value for name, value in found.items() if value is not None}


def probe(routes, *, service=None, **options):
    with serving(routes) as site:
        auth = Service(key="auth", cloud_run="netra-auth", url=service or site.url)
        result = run_check(
            Auth,
            auth,
            options=msgspec.convert(options, Auth.Options),
            environment=ENVIRONMENT,
            retries=0,
        )
    return result, site


def discovered(**changes):
    """With no keys to be asked for: they are at a host that nobody serves."""
    answer = document(jwks_uri="http://staging.netra.example/keys", **changes)
    return probe({OPENID: says(answer)}, discovery=[OPENID], issuer=answer["issuer"])[0]


def rules(result):
    return sorted(found.rule.removeprefix("auth.") for found in result.findings)


class TestSkipping:
    def test_a_service_that_is_none(self):
        result, site = probe({})
        assert (result.outcome, site.asked) == (Outcome.SKIP, [])
        assert "set discovery" in result.reason

    def test_a_service_without_an_address(self):
        result = run_check(
            Auth, Service(key="auth"), options=msgspec.convert({"login": "/login"}, Auth.Options)
        )
        assert result.outcome is Outcome.SKIP


class TestDiscovery:
    def test_the_order_of_fall_backs(self):
        routes = {"/first": page("<p>hello"), "/second": says([]), "/third": says(document())}
        result, site = probe(
            routes, discovery=["/first", "/second", "/third"], issuer=document()["issuer"]
        )
        assert "fell-back" in rules(result)
        assert site.paths()[:3] == ["/first", "/second", "/third"]
        (fell_back,) = [each for each in result.findings if each.rule == "auth.fell-back"]
        assert fell_back.severity is Severity.WARNING
        assert set(fell_back.evidence["missed"]) == {"/first", "/second"}

    def test_the_first_that_answers_ends_it(self):
        routes = {"/first": says(document()), "/second": says(document())}
        _, site = probe(routes, discovery=["/first", "/second"])
        assert "/second" not in site.paths()

    def test_nothing_is_found(self):
        result, _ = probe({"/a": Reply(404), "/b": page("<p>")}, discovery=["/a", "/b"])
        assert rules(result) == ["not-discovered"]
        assert result.findings[0].evidence["missed"]["/a"] == "404"

    def test_nobody_answers(self):
        result, _ = probe({}, service="http://localhost:1", discovery=["/a"])
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())

    def test_our_requests_are_limited(self):
        result, _ = probe({"/a": Reply(429)}, discovery=["/a"])
        assert result.outcome is Outcome.ERROR
        assert "limits" in result.reason

    @pytest.mark.parametrize(
        ("served", "reason"),
        [
            (says([1]), "JSON that is no object"),
            (says({}), "JSON without an issuer"),
            (page("<p>"), "/a: "),
        ],
    )
    def test_what_is_there_and_no_configuration_is_told(self, served, reason):
        result, _ = probe({"/a": served}, discovery=["/a"])
        (found,) = result.findings
        assert "serves no OpenID configuration that can be read at /a" in found.message
        assert reason in found.message

    @pytest.mark.parametrize("name", ["token_endpoint", "response_types_supported", "jwks_uri"])
    def test_what_is_required(self, name):
        lacks = metadata.lacking(document(**{name: None}), f"https://a.example{OPENID}")
        assert lacks == (name,)

    def test_oauth_needs_less(self):
        found = document(jwks_uri=None, subject_types_supported=None)
        address = "https://a.example/.well-known/oauth-authorization-server"
        assert metadata.lacking(found, address) == (())
        assert metadata.lacking(found, f"https://a.example{OPENID}")

    @pytest.mark.parametrize(
        ("address", "issuer"),
        [
            ("https://a.example/.well-known/openid-configuration", "https://a.example"),
            ("https://a.example/x/.well-known/openid-configuration", "https://a.example/x"),
            ("https://a.example/.well-known/oauth-authorization-server/x", "https://a.example/x"),
            ("https://a.example/auth/config", None),
        ],
    )
    def test_the_issuer_that_follows(self, address, issuer):
        assert metadata.expected_issuer(address) == issuer

    def test_another_issuer(self):
        result, _ = probe({OPENID: says(document())}, discovery=[OPENID])
        assert "wrong-issuer" in rules(result)

    def test_endpoints_at_wrong_hosts(self):
        result = discovered(
            token_endpoint="https://api.staging.netra.example/token",
            userinfo_endpoint="https://elsewhere.example/me",
            revocation_endpoint="http://[broken",
        )
        said = " ".join(found.message for found in result.findings)
        assert "retired host api.staging.netra.example" in said
        assert "elsewhere.example" in said
        assert "has a userinfo_endpoint" in said
        assert "no address" in said
        assert "expected https" in said  # the keys

    @pytest.mark.parametrize(
        "address", ["file:///etc/passwd", "javascript:alert(1)", "http://[::1", "-o/etc/x"]
    )
    def test_no_command_asks_for_whatever_is_named(self, address):
        result = discovered(token_endpoint=address)
        (found,) = [
            each for each in result.findings if each.evidence.get("endpoint") == "token_endpoint"
        ]
        assert found.remediation.commands == ()

    def test_keys_elsewhere_are_not_asked_for(self):
        result, site = probe(
            {OPENID: says(document(jwks_uri="http://localhost:1/keys"))}, discovery=[OPENID]
        )
        assert site.paths() == [OPENID]
        assert "endpoint" in rules(result)


class TestKeys:
    def read(self, *found):
        return keys.read({"keys": list(found)})

    @pytest.mark.parametrize("document", [None, [], "x", {}, {"keys": None}, {"keys": {}}])
    def test_no_set(self, document):
        assert keys.read(document) is None

    def test_good_ones(self):
        edwards = {"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": encoded(EDWARDS)}
        assert all(key.usable for key in self.read(public_key("a"), EC, edwards))

    @pytest.mark.parametrize(
        ("key", "flaw"),
        [
            (public_key("a", bits=1024), "1024 bits"),
            ({**public_key("a"), "n": "%%%"}, "base64url"),
            ({**public_key("a"), "n": "A"}, "base64url"),
            ({**public_key("a"), "n": "A" * 5000}, "base64url"),
            ({**public_key("a"), "e": "Ag"}, "no RSA key"),
            ({**public_key("a"), "e": 3}, "lacks e"),
            ({**public_key("a"), "alg": "ES256"}, "ES256"),
            ({**public_key("a"), "alg": ["RS256"]}, "algorithm"),
            ({**EC, "x": encoded(b"x")}, "32 bytes"),
            ({**EC, "crv": "P-1"}, "P-1"),
            (
                {**EC, "x": encoded(b"\1" * 32), "y": encoded(b"\2" * 32)},
                "no point of the curve P-256",
            ),
            ({**EC, "crv": "secp256k1", "alg": "ES256K"}, "no point of the curve secp256k1"),
            (
                {"kty": "OKP", "crv": "Ed25519", "x": encoded(b"\x02" + b"\0" * 31)},
                "no point of the curve Ed25519",
            ),
            ({"kty": "OKP", "crv": "X25519", "use": "sig", "x": encoded(b"k" * 32)}, "X25519"),
            ({**public_key("a"), "alg": "RSA-OAEP-256"}, "RSA-OAEP-256"),  # its use is ``sig``
            ({**EC, "key_ops": ["verify"], "alg": "ECDH-ES"}, "ECDH-ES"),
            ({"kid": "a"}, "type"),
            ("key", "object"),
        ],
    )
    def test_flawed_ones(self, key, flaw):
        (found,) = self.read(key)
        assert flaw in found.flaw
        assert not found.usable

    def test_what_is_not_judged(self):
        unknown, agreement = self.read({"kty": "PQ"}, {**EC, "use": "enc", "alg": "ECDH-ES"})
        assert (unknown.flaw, unknown.usable) == (None, False)
        assert (agreement.flaw, agreement.usable) == (None, False)

    @pytest.mark.parametrize(
        "key",
        [
            {**public_key("a"), "use": "enc", "alg": "RSA-OAEP"},
            {**BARE, "alg": "RSA1_5"},
            {**BARE, "alg": "RSA-OAEP-256"},
            {**BARE, "key_ops": ["wrapKey", "encrypt"]},
            {**BARE, "key_ops": ["wrapKey"], "alg": "RSA-OAEP-256"},
            {**EC, "alg": "ECDH-ES+A256KW"},
            {**EC, "crv": "P-1", "use": "enc"},
            {**AGREEMENT, "use": "enc", "alg": "ECDH-ES"},
            {**AGREEMENT, "key_ops": ["deriveBits"]},
            AGREEMENT,
        ],
    )
    def test_keys_to_encrypt_with_verify_nothing_and_are_no_fault(self, key):
        (found,) = self.read(key)
        assert (found.flaw, found.usable) == (None, False)

    @pytest.mark.parametrize(
        "key",
        [
            BARE,
            {**BARE, "key_ops": ["verify"]},
            {**BARE, "key_ops": "verify"},
            {**EC, "key_ops": ["sign", "verify"]},
        ],
    )
    def test_keys_that_may_verify(self, key):
        (found,) = self.read(key)
        assert found.usable

    def test_a_key_to_encrypt_with_leaks_all_the_same(self):
        (found,) = self.read({**AGREEMENT, "d": encoded(b"k" * 32)})
        assert found.leaks == ("d",)

    def test_ids(self):
        same = self.read(public_key("a"), {**public_key("b"), "kid": "a"})
        none = self.read(public_key("a"), {**public_key("b"), "kid": ""})
        assert keys.alike(same) == ("a is the id of 2 keys",)
        assert keys.alike(none) == ("key 1 has no id",)
        assert keys.alike(self.read({**public_key("a"), "kid": None})) == ()
        assert keys.alike(self.read(public_key("ec"), EC)) == ()  # of two types

    def test_a_million_keys(self):
        assert len(self.read(*[public_key("a")] * 1000)) == 100

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text(max_size=8),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(
                        ["keys", "kty", "n", "e", "crv", "x", "y", "alg", "use", "kid"]
                    ),
                    inner,
                    max_size=6,
                )
            ),
        )
    )
    def test_of_any_shape(self, document):
        found = keys.read({"keys": [document]})
        assert keys.alike(found or ()) == ()

    def served(self, tmp_path, *replies, **options):
        """The keys over TLS, since they are asked for over nothing else."""

        authority = trustme.CA()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        ca_file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(str(ca_file))
        routes = {"/keys": replies[0]}
        with serving(routes, tls=context) as site:
            routes[OPENID] = says(document(issuer=site.url, jwks_uri=f"{site.url}/keys"))
            return run_check(
                Auth,
                Service(key="auth", url=site.url),
                options=msgspec.convert({"discovery": [OPENID], **options}, Auth.Options),
                environment=Environment(domains=ENVIRONMENT.domains, ca_file=ca_file),
                retries=0,
            )

    def test_sound_keys(self, tmp_path):
        result = self.served(tmp_path, says(KEYS))
        assert result.outcome is Outcome.PASS
        assert result.observations["key_ids"] == ["a", "b"]

    def test_a_private_part_is_never_shown(self, tmp_path):
        secret = encoded(b"never to be shown" * 10)
        result = self.served(tmp_path, says({"keys": [{**public_key("a"), "d": secret}, EC]}))
        assert rules(result) == ["private-key"]
        assert result.findings[0].evidence["parts"] == ["d"]
        assert secret[:20] not in repr(result)

    def test_no_command_shows_a_private_key(self, tmp_path):
        leaking = {"keys": [{**public_key("a"), "d": encoded(b"secret" * 10)}]}
        result = self.served(tmp_path, says(leaking))
        assert rules(result) == ["no-overlap", "private-key"]
        for found in result.findings:
            (curl,) = found.remediation.commands
            assert "-I" in curl.argv
            assert "-i" not in curl.argv
        assert "sign with a new one" in result.findings[0].remediation.summary

    def test_a_symmetric_key(self, tmp_path):
        secret = encoded(b"never to be shown" * 10)
        found = {"keys": [{"kty": "oct", "kid": "h", "k": secret}, *KEYS["keys"]]}
        result = self.served(tmp_path, says(found))
        assert rules(result) == ["private-key"]
        assert secret[:20] not in repr(result)

    @pytest.mark.parametrize(
        ("reply", "rule"),
        [
            (page("<p>"), "keys-unreadable"),
            (Reply(404), "keys-unreadable"),
            (says([]), "keys-unreadable"),
            (says({"keys": []}), "no-usable-key"),
            (says({"keys": ["x"]}), "no-usable-key"),
            (says({"keys": [public_key("a")]}), "no-overlap"),
            (says({"keys": [*KEYS["keys"], {"kty": "RSA", "kid": "c"}]}), "unusable-key"),
            (says({"keys": [public_key("a"), {**EC, "kid": None}]}), "key-ids"),
        ],
    )
    def test_unsound_keys(self, tmp_path, reply, rule):
        assert rules(self.served(tmp_path, reply)) == [rule]

    def test_keys_to_encrypt_with_beside_those_that_sign(self, tmp_path):
        others = [AGREEMENT, {**BARE, "kid": "o", "alg": "RSA-OAEP-256", "key_ops": ["wrapKey"]}]
        assert rules(self.served(tmp_path, says({"keys": [*KEYS["keys"], *others]}))) == []

    def test_cached_for_ever(self, tmp_path):
        reply = says(KEYS)
        reply = Reply(200, reply.body, {**reply.headers, "cache-control": "max-age=31536000"})
        assert rules(self.served(tmp_path, reply)) == ["cached-too-long"]
        assert rules(self.served(tmp_path, reply, max_key_age_s=4e7)) == []

    @pytest.mark.parametrize(
        ("header", "age_s"),
        [
            ("public, max-age=60", 60),
            ('MAX-AGE="5"', 5),
            ("s-maxage=7", None),
            ("no-store", None),
            ("", None),
            ("max-age=" + "9" * 50, 999_999_999_999),
        ],
    )
    def test_max_age(self, header, age_s):
        assert max_age_s(header) == age_s


class TestTokens:
    def validated(self, reply, **options):
        # The servers of these tests do not read bodies, so a connection serves one POST only.
        reply = replace(reply, headers={**reply.headers, "connection": "close"})
        return probe({"/check": reply}, validate="/check", samples=0, **options)

    @pytest.mark.parametrize(
        "reply", [REFUSED, says({}, 403), says({"active": False}), says({"valid": False})]
    )
    def test_refused(self, reply):
        result, _ = self.validated(reply)
        assert (result.outcome, result.findings) == (Outcome.PASS, ())

    @pytest.mark.parametrize("said", ["maybe", "true", 1, None, []])
    def test_what_is_neither_true_nor_false_is_no_verdict(self, said):
        result, _ = self.validated(says({"valid": said}))
        assert rules(result) == ["validation-failed"]

    @pytest.mark.parametrize("reply", [says({"valid": True}), Reply(204), page("<p>welcome")])
    def test_accepted(self, reply):
        result, _ = self.validated(reply)
        assert rules(result) == ["token-accepted"]
        assert result.findings[0].severity is Severity.ERROR
        assert "no signature" in result.findings[0].message
        (look,) = result.findings[0].remediation.commands
        assert look.argv[0] == "gcloud", "without a token curl would show nothing"

    @pytest.mark.parametrize("status", [302, 400, 404, 422, 500])
    def test_no_verdict(self, status):
        result, _ = self.validated(Reply(status))
        assert rules(result) == ["validation-failed"]
        assert str(status) in result.findings[0].message

    def test_our_requests_are_limited(self):
        result, _ = self.validated(Reply(429))
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())

    def test_the_token_is_never_shown(self):
        async def echo(reader, writer):

            async for head in heads(reader):
                sent.append(head)
                token = head.lower().partition("authorization: bearer ")[2].partition("\r")[0]
                body = f"you sent {token}".encode()
                reply = Reply(500, body, {"x-token": token})
                writer.write(reply.encoded())
                await writer.drain()

        sent = []

        with raw(echo) as site:
            result = run_check(
                Auth,
                Service(key="auth", url=site.url),
                options=msgspec.convert(
                    {"validate": "/check", "validate_method": "GET"}, Auth.Options
                ),
                retries=0,
            )
        tokens = [head.partition("Bearer ")[2].partition("\r")[0] for head in sent]
        assert len(tokens) == 2
        assert rules(result) == ["validation-failed"]
        assert not [token for token in tokens if token and token in repr(result)]

    def test_how_they_are_asked(self):
        _, got = self.validated(REFUSED, validate_method="GET")
        assert all(head.startswith("GET /check") for head in got.asked)
        _, posted = self.validated(REFUSED)
        assert all(head.startswith("POST /check") for head in posted.asked)
        assert all("Bearer ey" in head for head in got.asked + posted.asked)

    def test_forged_ones(self):
        signed, unsigned = forging.forged("https://a.example", "k1").values()
        assert signed.count(".") == unsigned.count(".") == 2
        assert unsigned.endswith(".")
        assert signed != forging.forged("https://a.example", "k1")["a random signature"]


class TestTiming:
    def test_the_round_trip_is_taken_off(self):
        timing = Timing((0.120, 0.125, 0.121), (0.100, 0.101, 0.104))
        assert timing.net_ms == pytest.approx(20, abs=0.1)
        assert timing.certain_ms == pytest.approx(16, abs=0.1)
        assert timing.noise_ms == pytest.approx(4, abs=0.1)

    def test_noise_is_no_finding(self):
        assert Timing((0.120, 0.105), (0.1, 0.11)).certain_ms == 0.0

    def test_samples_are_taken_in_turn_and_observed(self):
        result, site = probe(
            {"/check": REFUSED}, validate="/check", validate_method="GET", samples=2
        )
        with_token = ["authorization" in head.lower() for head in site.asked]
        assert with_token[:2] == [True, True]  # the forged ones
        assert with_token[2:6] == [False, True, False, True]
        assert result.observations["validation_ms"] >= 0

    def test_a_slow_one_is_seen_twice(self):
        async def wire(reader, writer):

            async for head in heads(reader):
                asked.append(head)
                if "authorization" in head.lower():
                    await asyncio.sleep(1.0)  # longer than an answer takes on a busy machine
                writer.write(REFUSED.encoded())
                await writer.drain()

        asked = []
        with raw(wire) as site:
            result = run_check(
                Auth,
                Service(key="auth", url=site.url),
                options=msgspec.convert(
                    {"validate": "/c", "samples": 1, "validate_method": "GET"}, Auth.Options
                ),
            )
        assert rules(result) == ["slow-validation"]
        assert result.findings[0].severity is Severity.WARNING
        assert len(asked) == 2 + 2 * 2


class TestLogin:
    def led(self, location, status=302, **options):
        return probe(
            {"/login": Reply(status, headers={"location": location})}, login="/login", **options
        )[0]

    def test_a_canonical_host(self):
        to = (
            "https://accounts.google.com/auth?redirect_uri=https%3A%2F%2Fstaging.netra.example%2Fcb"
        )
        result = self.led(to + "&state=never-shown")
        assert result.outcome is Outcome.PASS
        assert result.observations["redirect"] == "https://staging.netra.example/cb"
        assert "never-shown" not in repr(result)

    @pytest.mark.parametrize(
        "host",
        [
            "https://api.staging.netra.example/cb",
            "http://staging.netra.example/cb",
            "https://staging.netra.example.evil.example/cb",
            "https://[broken",
            "cb",
        ],
    )
    def test_another_address(self, host):
        assert rules(self.led(f"https://p.example/?redirect_uri={host}")) == ["redirect-host"]

    def test_a_host_of_the_options(self):
        to = "https://p.example/?redirect_uri=https://other.example/cb"
        assert self.led(to, hosts=["other.example"]).outcome is Outcome.PASS

    @pytest.mark.parametrize(
        ("location", "status"),
        [("https://p.example/", 302), ("x", 200), ("", 500), ("https://[", 302)],
    )
    def test_no_redirect_to_the_provider(self, location, status):
        assert rules(self.led(location, status)) == ["login-failed"]

    @pytest.mark.parametrize(
        ("location", "says"),
        [
            ("javascript:alert(1)", "302 to a javascript: address"),
            ("", "302 without a Location"),
            ("/home", "302 to itself without a redirect_uri"),
        ],
    )
    def test_where_it_leads_instead(self, location, says):
        (found,) = self.led(location).findings
        assert f"answers a login with {says}" in found.message

    def test_a_million_fields(self):
        to = "https://p.example/?" + "a=1&" * 2000
        assert rules(self.led(to)) == ["login-failed"]


def test_hostile_documents_take_no_time():
    big = {f"x{number}_endpoint": "https://e.example/" for number in range(1500)}
    started = time.perf_counter()
    result = discovered(**big)
    assert time.perf_counter() - started < 5
    assert result.findings
