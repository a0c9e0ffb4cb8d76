"""The frontend check against pages that load, that do not, and that were made to take time."""

from __future__ import annotations

import time

import msgspec
import pytest
from http_servers import Reply, page, says, serving
from hypothesis import given
from hypothesis import strategies as st

from checks.frontend import Frontend, graphql, markup, named_hosts
from checks.frontend.types import fits
from netra_validate import Domains, Environment, Outcome, Service
from netra_validate.clients.http import Headers, HttpResponse
from netra_validate.testing import run_check

DOMAINS = Domains(
    managed=("netra.example",),
    canonical=("app.netra.example",),
    retired={"old.netra.example": "app.netra.example"},
)
HOME = "https://app.netra.example/"


def file(content, media_type, status=200):
    return Reply(status, content.encode(), {"content-type": media_type})


SCRIPT = file('BUILD="1a"', "text/javascript")
STYLE = file("a{}", "text/css; charset=utf-8")


def probe(routes, **options):
    with serving(routes) as site:
        result = run_check(
            Frontend,
            Service(key="web", url=site.url),
            options=msgspec.convert(options, Frontend.Options),
            environment=Environment(domains=DOMAINS),
            retries=0,
        )
    return result, site


def loaded(html, **routes):
    return probe({"/": page(html), **{f"/{name}": each for name, each in routes.items()}}, page="/")


def rules(result):
    return sorted(found.rule.removeprefix("frontend.") for found in result.findings)


def named(html, address=HOME):
    return [(asset.kind, asset.url) for asset in markup.read(html, address).assets]


class TestMarkup:
    @pytest.mark.parametrize(
        ("html", "kind", "path"),
        [
            ('<script src="/a.js"></script>', "script", "a.js"),
            ("<SCRIPT SRC=a.js></SCRIPT>", "script", "a.js"),
            ("<script type='module' src='a.js'></script>", "script", "a.js"),
            ('<link rel="stylesheet" href="a.css">', "style", "a.css"),
            ('<link rel="preload stylesheet" href=a.css as=style>', "style", "a.css"),
            ('<link href="a.js" rel="modulepreload"/>', "script", "a.js"),
            ('<link rel="shortcut icon" href="a.ico">', "image", "a.ico"),
            ("<link rel=preload as=font href=a.woff2 crossorigin>", "font", "a.woff2"),
            ('<img alt=">" src="a.png">', "image", "a.png"),
            ('<script src="a.js?x=1&amp;y=2#z"></script>', "script", "a.js?x=1&y=2"),
            ('<!-- <img src="no"> --><img src="a.png">', "image", "a.png"),
            ('<script>"<img src=no>"</script><img src="a.png">', "image", "a.png"),
            ('<base href="/sub/"><base href="/no/"><img src="a.png">', "image", "sub/a.png"),
        ],
    )
    def test_what_is_named(self, html, kind, path):
        assert named(html) == [(kind, HOME + path)]

    @pytest.mark.parametrize(
        "html",
        [
            '<img src="data:image/png;base64,AAAA">',
            '<script src="javascript:alert(1)"></script>',
            '<script type="application/ld+json" src="a.json"></script>',
            '<link rel="canonical" href="/a">',
            '<link rel="alternate stylesheet" href="a.css">',
            '<img src="http://[broken">',
            f'<img src="/{"a" * 3000}">',
            "<imgs src=a>",
            "<img src=a",
            "<!-- <img src=a>",
            "<script><img src=a>",
        ],
    )
    def test_what_is_not_loaded(self, html):
        assert named(html) == []

    def test_candidates(self):
        html = '<img srcset="a.png 1x, b.png 2x" src="a.png">'
        assert [url for _, url in named(html)] == [f"{HOME}a.png", f"{HOME}b.png"]

    def test_its_own_scripts(self):
        found = markup.read("<script>one</script><script type=text/plain>no</script>", HOME)
        assert found.inline == "one"

    @pytest.mark.parametrize(
        "html",
        [
            "<div>" * 200_000,
            "<a " * 300_000,
            "<img " * 200_000,
            "<link rel=" * 100_000,
            "<!--" * 250_000,
            "<script>" * 120_000,
            "<img " + "a=b " * 250_000,
            "<img a='" * 120_000,
            "<" * 1_000_000,
            "<script x" * 100_000,
        ],
        ids=lambda html: html[:10],
    )
    def test_a_megabyte_made_to_take_time(self, html):
        started = time.perf_counter()
        named(html)
        assert time.perf_counter() - started < 10

    @given(
        st.lists(
            st.sampled_from(
                [
                    "<script",
                    "</script>",
                    "<img",
                    "<link",
                    "<base",
                    "src=",
                    "href=",
                    "rel=icon",
                    "http://[",
                    '"',
                    ">",
                    "<!--",
                    "-->",
                    "a",
                    "//",
                    "\\",
                    "&#0;",
                    "=",
                    "/",
                    "'",
                ]
            ),
            max_size=40,
        ).map("".join)
    )
    def test_of_any_shape(self, html):
        for asset in markup.read(html, HOME).assets:
            assert asset.url.startswith(("http://", "https://"))


class TestAssets:
    def test_a_page_that_loads(self):
        html = '<script src="/a"></script><link rel=stylesheet href="/b">'
        result, site = loaded(html, a=SCRIPT, b=STYLE)
        assert (result.outcome, result.findings) == (Outcome.PASS, ())
        assert result.observations["assets"] == 2
        assert sorted(site.paths()) == ["/", "/a", "/b"]

    @pytest.mark.parametrize("reply", [Reply(404), Reply(301), says({}), Reply(500)])
    def test_no_page(self, reply):
        assert rules(probe({"/": reply}, page="/")[0]) == ["page"]

    @pytest.mark.parametrize("reply", [Reply(404), Reply(500), Reply(302)])
    def test_a_missing_one(self, reply):
        result, _ = loaded('<script src="/a.js?v=1"></script>', **{"a.js?v=1": reply})
        assert rules(result) == ["asset-missing"]
        assert "/a.js" in result.findings[0].message

    def test_one_that_has_moved(self):
        moved = Reply(302, headers={"location": "/b"})
        result, _ = loaded('<script src="/a"></script>', a=moved, b=SCRIPT)
        assert result.findings == ()

    def test_the_page_in_place_of_a_script(self):
        result, _ = loaded('<script src="/a.js"></script>', **{"a.js": page("<p>")})
        assert rules(result) == ["asset-type"]
        assert "text/html for a script" in result.findings[0].message

    def test_others_are_not_asked(self):
        html = '<script src="https://cdn.example/a.js"></script><img src="http://localhost:1/a">'
        result, site = loaded(html)
        assert result.findings == ()
        assert result.observations["assets_elsewhere"] == 2
        assert site.paths() == ["/"]

    def test_ten_thousand(self):
        html = "".join(f'<img src="/{number}.png">' for number in range(10_000))
        result, site = probe({"/": page(html)}, page="/", max_assets=5)
        assert len(site.asked) == 6
        assert result.findings[0].evidence["count"] == 5
        assert "9995 assets" in result.reason

    def test_what_was_not_loaded_is_not_good(self):
        image = file("", "image/png")
        html = '<img src="/a"><img src="/b">'
        result, _ = probe({"/": page(html), "/a": image, "/b": image}, page="/", max_assets=1)
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())

    def test_our_requests_are_limited(self):
        result, _ = loaded('<img src="/a">', a=Reply(429))
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())

    @pytest.mark.parametrize(
        ("kind", "media_type", "good"),
        [
            ("script", "application/javascript", True),
            ("script", "text/plain", False),
            ("script", "", False),
            ("style", "text/css", True),
            ("image", "image/x-icon", True),
            ("image", "text/html", False),
            ("font", "font/woff2", True),
            ("font", "text/html", False),
            ("manifest", "application/manifest+json", True),
        ],
    )
    def test_types(self, kind, media_type, good):
        assert fits(kind, media_type) is good


class TestBuilds:
    def test_a_pattern_that_takes_too_long_is_told_and_hides_nothing_else(self):
        endless = file("a" * 200_000 + "!", "text/javascript")
        html = '<script src="/a.js"></script><img src="/gone.png">'
        routes = {"/": page(html), "/a.js": endless}
        result, _ = probe(routes, page="/", asset_build="(a+)+$")
        assert "the pattern of asset_build took longer" in str(result)
        assert rules(result) == ["asset-missing"]

    HTML = '<meta name="build" content="{}"><script src="/a"></script>'

    def built(self, in_page, in_script, health=None):
        options = {"page_build": 'content="([^"]*)"', "asset_build": 'BUILD="([^"]*)"'}
        routes = {
            "/": page(self.HTML.format(in_page)),
            "/a": file(f'BUILD="{in_script}"', "text/javascript"),
        }
        if health is not None:
            options["health_build"] = "/live"
            routes["/live"] = health
        return probe(routes, page="/", **options)[0]

    def test_the_same(self):
        result = self.built("1a", "1a", says({"build": "1a"}))
        assert result.findings == ()
        assert result.observations["builds"] == ["1a"]

    def test_another_script(self):
        result = self.built("1a", "2b")
        assert rules(result) == ["build-mismatch"]
        assert "1a in the page" in result.findings[0].message

    def test_another_server(self):
        assert rules(self.built("1a", "1a", says({"build": "2b"}))) == ["build-mismatch"]

    @pytest.mark.parametrize("health", [says({}), says([]), says({"build": {}}), page("<p>")])
    def test_a_server_that_does_not_say(self, health):
        assert rules(self.built("1a", "1a", health)) == ["build-unknown"]

    def test_a_page_that_does_not_say(self):
        assert rules(self.built("", "1a")) == ["build-unknown"]
        assert rules(self.built("1a", "")) == ["build-unknown"]

    @pytest.mark.parametrize("pattern", ["(", "none", "(a)(b)"])
    def test_patterns_that_find_nothing(self, pattern):
        with pytest.raises(msgspec.ValidationError, match="page_build"):
            msgspec.convert({"page_build": pattern}, Frontend.Options)


class TestHosts:
    def settings(self, text, html="<p>"):
        routes = {"/": page(html), "/config.js": file(text, "text/javascript")}
        return probe(routes, page="/", runtime_config="/config.js")[0]

    def test_canonical_ones(self):
        result = self.settings('api="https://app.netra.example", cdn="https://cdn.example"')
        assert result.findings == ()
        assert result.observations["hosts_named"] == ["app.netra.example"]

    @pytest.mark.parametrize(
        ("text", "host"),
        [
            ('"https://old.netra.example/x"', "old.netra.example"),
            (r'"wss:\/\/OLD.netra.example\/ws"', "old.netra.example"),
            ("host: old.netra.example.", "old.netra.example"),
            ("https://other.netra.example:8443", "other.netra.example"),
            ('"http://localhost:8000"', "localhost"),
            ('"http://127.0.0.1:8000"', "127.0.0.1"),
        ],
    )
    def test_wrong_ones(self, text, host):
        result = self.settings(text)
        assert rules(result) == ["host"]
        assert result.findings[0].evidence["hosts"] == [host]

    def test_inside_the_page(self):
        html = "<script>window.__ENV={api:'https://old.netra.example'}</script>"
        assert rules(self.settings("", html)) == ["host"]

    def test_only_the_host_is_shown(self):
        result = self.settings('key="s3cret-value";api="https://u:pw@old.netra.example/s3cret"')
        assert rules(result) == ["host"]
        assert "s3cret" not in repr(result)

    @pytest.mark.parametrize("reply", [Reply(404), page("<p>")])
    def test_no_settings(self, reply):
        result, _ = probe({"/config.js": reply}, runtime_config="/config.js")
        assert rules(result) == ["runtime-config"]

    @pytest.mark.parametrize("text", ["a" * 1_000_000, "a." * 500_000, "a-" * 500_000])
    def test_a_megabyte_made_to_take_time(self, text):
        started = time.perf_counter()
        named_hosts.named(text)
        assert time.perf_counter() - started < 10


class TestGraphql:
    def fault(self, body, status=200):
        return graphql.fault(
            HttpResponse(
                "https://a.example",
                status,
                Headers(),
                body.encode(),
                truncated=False,
                latency_s=0.1,
            )
        )

    def test_a_root_type(self):
        assert self.fault('{"data": {"__typename": "Query"}}') is None

    @pytest.mark.parametrize(
        ("body", "status", "says"),
        [
            ('{"errors": [{"message": "Unknown type"}]}', 200, "Unknown type"),
            ('{"errors": "broken"}', 200, "broken"),
            ('{"errors": [[]], "data": {"__typename": "Query"}}', 200, "error"),
            ('{"data": {"__typename": "Query"}}', 500, "500"),
            ('{"data": null}', 200, "without a type"),
            ("[]", 200, "no object"),
            ("<p>", 404, "404"),
            ("", 200, "empty"),
        ],
    )
    def test_anything_else(self, body, status, says):
        assert says in self.fault(body, status)

    def test_it_is_asked(self):
        result, site = probe(
            {"/graphql": says({"data": {"__typename": "Query"}})}, graphql="/graphql"
        )
        assert result.outcome is Outcome.PASS
        assert site.asked[0].startswith("POST /graphql")

    def test_our_requests_are_limited(self):
        result, _ = probe({"/graphql": Reply(429)}, graphql="/graphql")
        assert (result.outcome, result.findings) == (Outcome.ERROR, ())


class TestSkipping:
    def test_nothing_is_configured(self):
        result, site = probe({})
        assert (result.outcome, site.asked) == (Outcome.SKIP, [])

    def test_no_address(self):
        options = msgspec.convert({"page": "/"}, Frontend.Options)
        assert run_check(Frontend, Service(key="web"), options=options).outcome is Outcome.SKIP
