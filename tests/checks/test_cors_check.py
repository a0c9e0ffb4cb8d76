"""The CORS check against policies of every kind, over real preflights."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager

import msgspec
import pytest
from http_servers import Reply, heads, raw

from checks.cors import Cors, origins
from checks.cors.preflights import Permission, read
from netra_validate import Domains, Environment, Outcome, Service, Severity
from netra_validate.clients.http import Headers, HttpResponse
from netra_validate.signs import of_status
from netra_validate.testing import run_check

OURS = ("https://app.netra.example", "https://www.netra.example")
ENVIRONMENT = Environment(domains=Domains(canonical=("app.netra.example", "www.netra.example")))


def allowing(
    *,
    only=OURS,
    star=False,
    credentials="true",
    methods="",
    headers=None,
    vary="Origin",
    status=204,
):
    """A policy: from an origin to an answer."""

    def answer(origin):
        found = {"vary": vary} if vary else {}
        if only is not None and origin not in only:
            return Reply(400, headers=found)
        found["access-control-allow-origin"] = "*" if star else origin
        if credentials:
            found["access-control-allow-credentials"] = credentials
        found["access-control-allow-methods"] = methods
        found["access-control-allow-headers"] = (
            "Authorization, Content-Type" if headers is None else headers
        )
        return Reply(status, headers=found)

    return answer


@contextmanager
def answering(policy, asked):
    async def wire(reader, writer):
        async for head in heads(reader):
            lines = dict(
                line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line
            )
            asked.append((head.split()[0], lines))
            writer.write(policy(lines["origin"]).encoded())
            await writer.drain()

    with raw(wire) as site:
        yield site.url


def probe(policy, *others, environment=ENVIRONMENT, **options):
    """The first policy is that of the service, the others are those of services beside it."""
    asked = []
    with ExitStack() as stack:
        urls = [stack.enter_context(answering(each, asked)) for each in (policy, *others)]
        service, *beside = (
            Service(key=f"s{number}", url=url, checks={"cors": {"path": "/api"}})
            for number, url in enumerate(urls)
        )
        result = run_check(
            Cors,
            service,
            options=msgspec.convert({"path": "/api", **options}, Cors.Options),
            environment=environment,
            resources=beside,
            retries=0,
        )
    return result, asked


def rules(result):
    return sorted(found.rule.removeprefix("cors.") for found in result.findings)


class TestSkipping:
    def test_no_path(self):
        result, asked = probe(allowing(), path=None)
        assert (result.outcome, asked) == (Outcome.SKIP, [])

    def test_no_origins(self):
        result, asked = probe(allowing(), environment=Environment())
        assert (result.outcome, asked) == (Outcome.SKIP, [])

    def test_no_address(self):
        options = msgspec.convert({"path": "/api"}, Cors.Options)
        result = run_check(Cors, Service(key="s"), options=options, environment=ENVIRONMENT)
        assert result.outcome is Outcome.SKIP


class TestAsking:
    def test_a_sound_policy(self):
        result, asked = probe(allowing())
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        assert result.observations["allowed"] == list(OURS)
        assert "null" in result.observations["refused"]
        assert {method for method, _ in asked} == {"OPTIONS"}
        assert len(asked) == 8
        _, lines = asked[0]
        assert lines["access-control-request-method"] == "post"
        assert lines["access-control-request-headers"] == "authorization,content-type"
        assert not any("authorization" in lines or "cookie" in lines for _, lines in asked)

    def test_look_alikes(self):
        options = msgspec.convert({"foreign": ["https://evil.example"]}, Cors.Options)
        assert set(origins.refused(options, OURS)) == {
            "https://evil.example",
            "null",
            "https://app.netra.example.attacker.example",
            "https://attackerapp.netra.example",
            "http://app.netra.example",
            "https://app.netra.example:8443",
        }

    def test_what_is_ours_is_no_look_alike(self):
        options = msgspec.convert({}, Cors.Options)
        ours = ("https://a.example", "http://a.example")
        assert "http://a.example" not in origins.refused(options, ours)

    def test_more_origins_than_may_be_asked_for(self):
        result, asked = probe(allowing(), max_origins=1)
        assert result.outcome is Outcome.ERROR
        assert "1 of 2 origins" in result.reason
        assert len(asked) == 7

    @pytest.mark.parametrize("origin", ["app.example", "https://a.example/path", "https://u@a.b"])
    def test_what_is_no_origin(self, origin):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"origins": [origin]}, Cors.Options)

    def test_a_service_that_gives_no_answer(self):
        options = msgspec.convert({"path": "/api"}, Cors.Options)
        service = Service(key="s", url="http://localhost:1")
        result = run_check(Cors, service, options=options, environment=ENVIRONMENT, retries=0)
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())

    def test_our_requests_are_limited(self):
        result, _ = probe(lambda _: Reply(429))
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())


class TestJudging:
    def test_nobody_may_ask(self):
        result, _ = probe(allowing(only=()))
        assert rules(result) == ["origin-refused"]
        assert result.findings[0].evidence["origins"] == list(OURS)

    @pytest.mark.parametrize("status", [302, 401, 403, 404])
    def test_a_preflight_has_to_succeed(self, status):
        assert rules(probe(allowing(status=status))[0]) == ["origin-refused"]

    @pytest.mark.parametrize("status", [500, 502, 503])
    def test_an_error_of_the_server_says_nothing_about_origins(self, status):
        result, _ = probe(lambda _: Reply(status))
        (found,) = result.findings
        assert rules(result) == ["preflight-fails"]
        assert found.message == f"s0 answers {status} to a preflight"
        assert found.bearing.shows == of_status(status)
        assert "leave the list of origins as it is" in found.remediation.summary

    def test_another_origin_is_sent_back(self):
        def first(origin):
            return allowing()(OURS[0]) if origin in OURS else Reply(400)

        result, _ = probe(first)
        assert rules(result) == ["origin-refused"]
        assert result.findings[0].evidence["origins"] == [OURS[1]]

    def test_without_the_headers(self):
        result, _ = probe(allowing(headers="content-type"))
        assert rules(result) == ["request-refused"]
        assert result.findings[0].evidence["not_allowed"] == ["authorization"]

    def test_without_the_method(self):
        assert rules(probe(allowing(methods="GET"), method="PUT")[0]) == ["request-refused"]
        assert rules(probe(allowing(methods="GET, PUT"), method="PUT")[0]) == []
        assert rules(probe(allowing(methods="GET"), method="POST")[0]) == []

    @pytest.mark.parametrize("said", ["", "True", "1"])
    def test_without_credentials(self, said):
        assert rules(probe(allowing(credentials=said))[0]) == ["credentials"]
        assert rules(probe(allowing(credentials=said), credentials=False)[0]) == []

    def test_credentials_that_nobody_needs(self):
        assert rules(probe(allowing(), credentials=False)[0]) == ["credentials"]

    def test_whoever_asks(self):
        result, _ = probe(allowing(only=None))
        assert rules(result) == ["foreign-origin"]
        assert result.findings[0].severity is Severity.ERROR
        assert "null" in result.findings[0].evidence["origins"]

    @pytest.mark.parametrize(
        "trick", ["null", "https://app.netra.example.attacker.example", "http://app.netra.example"]
    )
    def test_one_look_alike(self, trick):
        result, _ = probe(allowing(only=(*OURS, trick)))
        assert rules(result) == ["foreign-origin"]
        assert result.findings[0].evidence["origins"] == [trick]

    def test_everyone_without_credentials_is_a_warning(self):
        policy = allowing(only=None, star=True, credentials="")
        result, _ = probe(policy, credentials=False)
        assert rules(result) == ["foreign-origin"]
        assert result.findings[0].severity is Severity.WARNING

    def test_a_wildcard_with_credentials(self):
        assert rules(probe(allowing(only=None, star=True))[0]) == ["wildcard-credentials"]

    def test_a_cache_may_mix_them_up(self):
        result, _ = probe(allowing(vary=""))
        assert rules(result) == ["no-vary"]
        assert result.outcome is Outcome.PASS

    def test_a_wildcard_does_not_cover_authorization(self):
        answer = HttpResponse(
            url="https://a.example",
            status=200,
            headers=Headers([("access-control-allow-headers", "*")]),
            body=b"",
            truncated=False,
            latency_s=0.1,
        )
        found = read("https://b.example", answer)
        assert found.missing("GET", ["Authorization", "X-Any"]) == ("authorization",)

    def test_two_headers_are_none(self):
        found = Permission(
            origin="https://a",
            status=200,
            allow_origin="https://a, https://a",
            credentials=False,
            methods=frozenset(),
            headers=frozenset(),
            varies=True,
        )
        assert not found.allows


class TestAgreement:
    def test_another_service_allows_it(self):
        result, _ = probe(allowing(only=OURS[:1]), allowing())
        assert rules(result) == ["disagrees"]
        assert result.findings[0].evidence["allowed_by"] == ["s1"]

    def test_no_service_allows_it(self):
        result, _ = probe(allowing(only=OURS[:1]), allowing(only=OURS[:1]))
        assert rules(result) == ["origin-refused"]

    def test_others_are_asked_only_where_it_matters(self):
        _, asked = probe(allowing(), allowing())
        assert len(asked) == 8


def test_answers_of_any_kind_are_shown_safely():
    def hostile(origin):
        return Reply(
            200,
            headers={
                "access-control-allow-origin": origin,
                "access-control-allow-credentials": "true",
                "access-control-allow-headers": "\x1b[31m," * 500,
            },
        )

    result, _ = probe(hostile)
    assert "\x1b" not in repr(result.observations)
    assert "request-refused" in rules(result)
