"""The check of domains: exactly the hosts that a text names, and what is right about them."""

import asyncio
import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from checks.domains import Domains as Check
from checks.domains import search
from checks.domains.examination import examine
from checks.domains.lexicon import Lexicon
from checks.domains.mentions import MOST_PLACES, read
from checks.domains.options import Allow
from checks.domains.policy import Policy
from netra_validate import (
    Context,
    Domains,
    Environment,
    Outcome,
    Repository,
    Service,
    Severity,
    config,
)
from netra_validate.clients import Clients
from netra_validate.clients.budget import Budget
from netra_validate.clients.source.git import Git
from netra_validate.hostnames import names as pattern_names
from netra_validate.testing import run_check

CONFIGURED = Domains(
    managed=("netra.example",),
    canonical=("staging.netra.example", "api-staging.netra.example"),
    retired={
        "api.staging.netra.example": "api-staging.netra.example",
        "*.staging.netra.example": "staging.netra.example",
        "*.old.staging.netra.example": "api-staging.netra.example",
    },
    allowed=("pr-*.staging.netra.example", "kept.old.staging.netra.example", "*.dev.netra.example"),
)
ENVIRONMENT = Environment(name="staging", domains=CONFIGURED)
BACKEND = Service(
    key="backend",
    url="https://staging.netra.example",
    websocket="wss://api-staging.netra.example/ws",
    cloud_run="netra-backend",
)
WEB = "staging.netra.example"
SOCKETS = "api-staging.netra.example"
RETIRED = "api.staging.netra.example"


def put(root, name, content=""):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def run(root, *, options=None, environment=ENVIRONMENT, services=(BACKEND,), timeout_s=60.0):
    return run_check(
        Check,
        Repository(root=root),
        options=options,
        environment=environment,
        resources=services,
        timeout_s=timeout_s,
    )


def places(result):
    """Rule, host, line and column of every finding."""
    return [
        (f.rule.removeprefix("domains."), f.evidence["host"], f.location.line, f.location.column)
        for f in result.findings
    ]


def judged(text, path="a.txt", configured=CONFIGURED, services=(BACKEND,)):
    """Rule, host and replacement of every fault in a text."""
    policy = Policy(configured, services)
    examined = examine(path, text, policy.lexicon, policy)
    return [(fault.rule, fault.host, fault.replacement) for fault, _ in examined.faults]


def hosts(text):
    lexicon = Lexicon(("netra.example",), (WEB, SOCKETS, RETIRED))
    return [mention.host for mention in read(text, lexicon).mentions]


# Which host a text names


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://api.staging.netra.example/x", RETIRED),
        ("HTTPS://API.Staging.NETRA.Example:8443", RETIRED),
        ("api.staging.netra.example.", RETIRED),
        ("See api.staging.netra.example. Then", RETIRED),
        ("https%3A%2F%2Fapi.staging%2Enetra%2eexample%2Fpath", RETIRED),
        ("redirect=https%253A%252F%252Fapi%252Estaging.netra.example", RETIRED),
        (r'"https:\/\/api.staging.netra.example\/x"', RETIRED),
        (r'"https:\u002F\u002Fapi.staging.netra.example"', RETIRED),
        (r'"https:\x2f\x2Fapi.staging.netra.example"', RETIRED),
        (r"api\.staging\.netra\.example", RETIRED),
        (r"api\\.staging\\.netra\\.example", RETIRED),
        (r"^https?://api\-staging\.netra\.example$", SOCKETS),
        ("api[.]staging[.]netra[.]example", RETIRED),
        (r"'\napi.staging.netra.example'", RETIRED),
        (r"'\tstaging.netra.example'", WEB),
        (r"\bapi\.staging\.netra\.example\b", RETIRED),
        (r"\\staging.netra.example\share", WEB),
        (r"C:\certificates\staging.netra.example", WEB),
        ("\x1b[36mapi.staging.netra.example\x1b[0m", RETIRED),
        (r"\033[1;36mapi.staging.netra.example", RETIRED),
        ("<loc>api.staging.netra.example</loc>", RETIRED),
        ("**api.staging.netra.example**", RETIRED),
        ("_api.staging.netra.example_", RETIRED),
        ("${GREEN}api.staging.netra.example", RETIRED),
        ("${HOST:-api.staging.netra.example}", RETIRED),
        ("api.staging.netra.example${PATH}", RETIRED),
        (r"(?:www\.)?api\.staging\.netra\.example", RETIRED),
        ("請訪問api.staging.netra.example查看", RETIRED),
        ("-Hapi.staging.netra.example", "hapi.staging.netra.example"),
        ("*.staging.netra.example", "*.staging.netra.example"),
        (r".*\.staging\.netra\.example", "*.staging.netra.example"),
        (r"[^.]+\.staging\.netra\.example", "*.staging.netra.example"),
        (r"\w+\.staging\.netra\.example", "*.staging.netra.example"),
        (r"(api|auth)\.staging\.netra\.example", "*.staging.netra.example"),
        ("https://${ENV}.netra.example", "*.netra.example"),
        ("https://$ENV.netra.example", "*.netra.example"),
        ("{env}.netra.example", "*.netra.example"),
        ("{{ env }}.netra.example", "*.netra.example"),
        ("$(env).netra.example", "*.netra.example"),
        ("<env>.netra.example", "*.netra.example"),
        ("%s.netra.example", "*.netra.example"),
        ("%(env)s.netra.example", "*.netra.example"),
        ("pr-${N}.staging.netra.example", "pr-*.staging.netra.example"),
        (".staging.netra.example", WEB),
        ("git@staging.netra.example:x", WEB),
        ("netra.example", "netra.example"),
        # The other full stops of UTS 46, and those that end a sentence.
        ("https://api。staging。netra。example/", RETIRED),
        ("api\uff0estaging\uff0enetra\uff0eexample", RETIRED),
        ("api\uff61staging\uff61netra\uff61example", RETIRED),
        ("https://api。staging.netra.example/", RETIRED),
        ("https://api.staging.netra。example/", RETIRED),
        ("https://api%E3%80%82staging.netra%EF%BC%8Eexample/", RETIRED),
        (r"api\u3002staging\uFF0Enetra\uff61example", RETIRED),
        ("請訪問api.staging.netra.example。API", RETIRED),
        ("API。api.staging.netra.example。", RETIRED),
        # Entities and escapes, of the dots and of the letters.
        ("https://api&#46;staging&#x2E;netra&period;example&#47;x", RETIRED),
        ("api&amp;#46;staging.netra&#046;example", RETIRED),
        ("https&colon;&sol;&sol;api.staging.netra.example", RETIRED),
        (r"https://api\56staging\056netra\56example", RETIRED),
        (r"api\x2estaging\x2Enetra\x2eexample", RETIRED),
        (r"api\u{2e}staging\u{002E}netra\U0000002eexample", RETIRED),
        ("https://%61pi.staging.netra.example/", RETIRED),
        ("https://api.staging.netr%61.example/", RETIRED),
        (r"https://api.staging.netr\u0061.example/", RETIRED),
        (r"https://api.staging.netr\x61.example/", RETIRED),
        ("https://api.staging.netr&#97;.example/", RETIRED),
        # What browsers leave out, and fullwidth letters.
        ("https://api.stag\u00ading.netra.example/", RETIRED),
        ("api.staging.netr\u00ada.example", RETIRED),
        ("api.\u200bstaging.\u200bnetra.\u200bexample", RETIRED),
        ("api.staging.netra\u2060.example", RETIRED),
        ("api.staging.netra&shy;.example", RETIRED),
        ("https://\uff41\uff50\uff49.staging.netra.example/", RETIRED),
        # The user of an address, and the beginning of the next sentence.
        ("https://someone:secret@api.staging.netra.example/", RETIRED),
        ("https://staging.netra.example@api.staging.netra.example/", RETIRED),
        ("api.staging.netra.example@", RETIRED),
        ("See api.staging.netra.example.Next", RETIRED),
        ("See api.staging.netra.example.Next, then", RETIRED),
    ],
)
def test_one_host_is_read_as_a_browser_would(text, host):
    assert hosts(text) == [host]
    assert hosts(f"before {text} behind\n") == [host]
    assert hosts(f"{text}\n{text}") == [host, host]


@pytest.mark.parametrize(
    "text",
    [
        "xnetra.example",
        "x-netra.example",
        "netra.example.evil.com",
        "staging.netra.example.evil.com",
        "staging.netra.example-mirror.com",
        "staging.netra.examples",
        "staging.netra.example2",
        "staging_netra_example",
        "stagingXnetraXexample",
        "netra-example",
        "_dmarc.netra.example",
        "netra . example",
        "netra.\nexample",
        f"{'a' * 64}.netra.example",
        "a." * 130 + "netra.example",
        "https://api.staging.netra.example@evil.com/",
        "https://api.staging.netra.example:secret@evil.com/",
        "https://someone@api.staging.netra.example@evil.com/",
        "staging.netra.example.Evil.com",
        "staging.netra.example.Next/",
        "staging.netra.example.next",
        "STAGING.NETRA.EXAMPLE.Evil",
        "staging.netra&#46;example&#46;evil&#46;com",
        "",
    ],
)
def test_what_is_no_managed_host_is_not_named(text):
    assert hosts(text) == []


LONG = "api.staging.netrasystems.example"


@pytest.mark.parametrize(
    "text",
    [
        "https://api.staging.netra%73ystems.example/",
        r"https://api.staging.netr\u0061systems.example/",
        "https://api.staging.netra%73%79%73%74%65%6d%73%2e%65%78%61%6d%70%6c%65/",
        "api.staging.netra\u00adsystems.example",
        "api.staging.netra&shy;systems.example",
        "https://api.staging.%6eetrasystems.example/",
        r"https://api.staging.\x6e\x65\x74\x72asystems.example/",
    ],
)
def test_a_domain_is_found_though_its_own_letters_are_spelled_otherwise(text):
    lexicon = Lexicon(("netrasystems.example",))
    found = read(f"netrasystems {text} netrasystems.example\n", lexicon).mentions
    assert [mention.host for mention in found] == [LONG, "netrasystems.example"]


@pytest.mark.parametrize("managed", ["bücher.example", "xn--bcher-kva.example", "BÜCHER.example."])
@pytest.mark.parametrize(
    "text", ["api.bücher.example", "API.BÜCHER.example", "api.xn--bcher-kva.example"]
)
def test_names_in_letters_of_any_script_are_compared_in_ascii(managed, text):
    configured = Domains(managed=(managed,), canonical=("app.bücher.example",))
    expected = ("unknown-host", "api.xn--bcher-kva.example", "")
    assert judged(f"https://{text} app.bücher.example", configured=configured) == [expected]


def test_letters_of_other_scripts_belong_to_a_host_where_a_known_one_has_them():
    configured = Domains(managed=("netra.example",), canonical=("büro.netra.example",))
    assert judged("büro.netra.example", configured=configured) == []
    assert judged("xn--bro-hoa.netra.example", configured=configured) == []


@pytest.mark.parametrize("managed", [(), ("",), (".",), ("*",), ("*.",)])
def test_an_empty_domain_names_nothing(managed):
    configured = Domains(managed=managed, retired={"": "x.example", "*": "y.example"})
    assert judged(f"https://{RETIRED} .. a.b", configured=configured) == []


def test_a_domain_of_one_label_has_hosts():
    configured = Domains(managed=("internal",))
    assert judged("http://db.internal:80 internal", configured=configured) == [
        ("unknown-host", "db.internal", ""),
        ("insecure-scheme", "db.internal", "https"),
    ]


LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, max_size=3).map(lambda labels: ".".join([*labels, "netra.example"]))
SPELLINGS = st.sampled_from(
    [
        str,
        str.upper,
        str.title,
        lambda host: host.replace(".", "%2E"),
        lambda host: host.replace(".", "%2e", 1),
        lambda host: host.replace(".", r"\."),
        lambda host: host.replace(".", r"\\."),
        lambda host: host.replace(".", "[.]"),
        lambda host: host.replace(".", r"\u002e"),
        lambda host: host.replace("-", r"\-"),
        lambda host: host.replace(".", "&#46;"),
        lambda host: host.replace(".", "\uff0e"),
        lambda host: host.replace(".", "\u200b."),
    ]
)
BEFORE = st.sampled_from(
    ["", " ", '"', "'", "(", "=", ">", "|", ",", ";", "//", "https://", "wss://", "`", "«", "é ",
     "https://user:secret@", "mailto:someone@", r"https:\/\/", "https%3A%2F%2F", "%20", "\t",
     "${X} ", "# ", "[text](https://", "100% ", "☃", "\U0001d518", "İ",
     "{'host': '", r"\/", "&host=", "@"]
)  # fmt: skip
BEHIND = st.sampled_from(
    ["", " ", '"', "'", ")", ":443", ":443/x", "/", "/path?x=y", "?q", "#f", ".", ". ", ",", ";",
     "%2Fpath", r"\/path", "\t", "<", "`", "]", "…", "}", "é", "${PATH}", "$", "'}", "|", "&a=b"]
)  # fmt: skip
BETWEEN = st.sampled_from(["\n", "\r\n", " \n\n", " ", "  # note\n", "\n\\\n"])


PLANTED = st.lists(st.tuples(BETWEEN, BEFORE, HOSTS, SPELLINGS, BEHIND), max_size=6)


@given(planted=PLANTED, decoys=st.booleans())
@example(planted=[("\n", "\u0130", "staging.netra.example", str, "")], decoys=True)
def test_planted_hosts_are_found_where_they_stand(planted, decoys):
    text, expected = "", []
    for between, before, host, spelling, behind in planted:
        decoy = "notnetra.example netra.example.org netra-example netra " if decoys else ""
        text += decoy + between + before
        # Counted by hand, with nothing but the text so far.
        expected.append((host, text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1))
        text += spelling(host) + behind + " "
    found = read(text, Lexicon(("netra.example",))).mentions
    assert [(m.host, m.line, m.column) for m in found] == expected


@given(HOSTS, st.sampled_from(["http", "https", "ws", "wss"]), st.booleans(), st.integers(1, 65535))
def test_an_address_is_taken_apart_as_by_urlsplit(host, scheme, user, port):
    address = f"{scheme}://{'me:pw@' if user else ''}{host.upper()}:{port}/ws/x?y"
    parts = urlsplit(address)
    for spelled in (address, quote(address, safe=""), json.dumps(address).replace("/", r"\/")):
        (mention,) = read(f"x = {spelled} ", Lexicon(("netra.example",))).mentions
        assert (mention.host, mention.scheme) == (parts.hostname, parts.scheme)
        assert mention.path == parts.path
        assert not mention.mail


@given(st.text(st.sampled_from("netra.example$ {}()[]*\\%2es/:@_-<>\n+?.é"), max_size=300))
def test_any_text_is_read_to_its_end(text):
    for mention in read(text + " a.netra.example", Lexicon(("netra.example",))).mentions:
        assert mention.host.endswith("netra.example")
        assert 1 <= mention.line <= text.count("\n") + 1


@pytest.mark.parametrize(
    "hostile",
    [
        "$a" * 200,
        "${" * 200,
        "(" * 200,
        "[a" * 200,
        "*." * 200,
        r"\w+" * 200,
        "a-" * 200,
        "{a}" * 99,
    ],
)
def test_hostile_text_costs_no_more_than_plain_text(hostile):
    started = time.process_time()
    read(f"{hostile}.netra.example " * 200, Lexicon(("netra.example",)))
    # Where backtracking explodes this takes for ever; it takes about 0.1 s.
    assert time.process_time() - started < 5


# Which rule it breaks


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # The most specific entry decides.
        (RETIRED, ("retired-host", RETIRED, SOCKETS)),
        ("auth.staging.netra.example", ("retired-host", "auth.staging.netra.example", WEB)),
        ("a.b.staging.netra.example", ("retired-host", "a.b.staging.netra.example", WEB)),
        ("x.old.staging.netra.example", ("retired-host", "x.old.staging.netra.example", SOCKETS)),
        ("kept.old.staging.netra.example", None),
        ("pr-12.staging.netra.example", None),
        ("pr-${N}.staging.netra.example", None),
        ("https://${X}.staging.netra.example", ("retired-host", "*.staging.netra.example", WEB)),
        (WEB, None),
        ("a.dev.netra.example", None),
        ("dev.netra.example", ("unknown-host", "dev.netra.example", "")),
        # What cannot be known is not called unknown.
        ("{env}.netra.example", None),
        ("someone@mail.netra.example", None),
        ("someone@api.staging.netra.example", ("retired-host", RETIRED, SOCKETS)),
        ("https://someone@mail.netra.example", ("unknown-host", "mail.netra.example", "")),
        (".cookies.netra.example", None),
        ("netra.example", None),
        ("https://www.netra.example", None),
        # Roles.
        (f"https://{WEB}/health", None),
        (f"wss://{SOCKETS}/ws", None),
        (f"https://{SOCKETS}/ws", None),
        (f"wss://{WEB}/ws", ("wrong-role", WEB, SOCKETS)),
        (f"https://{WEB}/ws", ("wrong-role", WEB, SOCKETS)),
        (f"{WEB}/ws/room", ("wrong-role", WEB, SOCKETS)),
        (f"https://{WEB}/wsx", None),
        (f"https://{SOCKETS}/health", ("wrong-role", SOCKETS, WEB)),
        # TLS.
        (f"http://{WEB}", ("insecure-scheme", WEB, "https")),
        (f"ws://{SOCKETS}/ws", ("insecure-scheme", SOCKETS, "wss")),
        (f"HTTP%3A%2F%2F{WEB}", ("insecure-scheme", WEB, "https")),
        ("http://x.dev.netra.example", None),
        (f"http://{RETIRED}", ("retired-host", RETIRED, SOCKETS)),
        # Cloud Run's own addresses.
        (
            "https://netra-backend-abc123xyz9-uc.a.run.app/x",
            ("direct-address", "netra-backend-abc123xyz9-uc.a.run.app", WEB),
        ),
        (
            "netra-backend-123456789012.us-central1.run.app",
            ("direct-address", "netra-backend-123456789012.us-central1.run.app", WEB),
        ),
        (
            "v2---netra-backend-abc123xyz9-uc.a.run.app",
            ("direct-address", "v2---netra-backend-abc123xyz9-uc.a.run.app", WEB),
        ),
        ("https://other-abc123xyz9-uc.a.run.app", None),
        ("https://netra-backend.example.run.app", None),
        ("my-netra-backend-abc123xyz9-uc.a.run.app", None),
        ("*.run.app", None),
    ],
)
def test_a_host_is_judged(text, expected):
    assert judged(text) == ([expected] if expected else [])


def test_a_retired_host_outside_of_the_managed_domains_is_found():
    configured = Domains(managed=("netra.example",), retired={"old.test": "netra.example"})
    assert judged("https://old.test https://new.test", configured=configured) == [
        ("retired-host", "old.test", "netra.example")
    ]


def test_names_of_the_configuration_are_compared_as_hosts_are():
    configured = Domains(managed=("*.Netra.Example.",), canonical=("STAGING.netra.example.",))
    assert judged("staging.netra.example other.netra.example", configured=configured) == [
        ("unknown-host", "other.netra.example", "")
    ]


def test_a_retired_pattern_outside_of_the_managed_domains_is_found():
    configured = Domains(retired={"old-*.netra.test": "netra.example"})
    assert judged("old-1.netra.test new.netra.test", configured=configured) == [
        ("retired-host", "old-1.netra.test", "netra.example")
    ]


def test_a_service_that_is_reached_directly_by_intent_is_no_finding():
    service = Service(
        key="a", cloud_run="netra-a", url="https://netra-a-123456.us-central1.run.app"
    )
    assert judged("https://netra-a-abc123-uc.a.run.app", services=[service]) == []


def test_without_services_there_are_no_roles_and_no_direct_addresses():
    text = f"wss://{WEB}/ws netra-backend-abc123xyz9-uc.a.run.app"
    assert judged(text, services=[]) == []


@pytest.mark.parametrize(
    ("pattern", "host", "expected"),
    [
        ("*.x.example", "a.x.example", True),
        ("*.x.example", "a.b.x.example", True),
        ("*.x.example", "x.example", False),
        ("*.x.example", "*.x.example", True),
        ("pr-*.x.example", "pr-1.x.example", True),
        ("pr-*.x.example", "pr-1.b.x.example", False),
        ("pr-1.x.example", "pr-*.x.example", False),
        ("X.Example.", "x.example", True),
        ("x.example", "xyexample", False),
    ],
)
def test_patterns_name_hosts(pattern, host, expected):
    assert pattern_names(pattern, host) is expected


# What may name it all the same


@pytest.mark.parametrize(
    ("comment", "left"),
    [
        ("# netra-validate: allow", 0),
        ("// netra-validate:allow[domains.retired-host]", 0),
        ("<!-- netra-validate: allow [other.rule, domains.retired-host] -->", 0),
        ("# netra-validate: allow[domains]", 0),
        ("# netra-validate: allow[domains.unknown-host]", 1),
        ("# netra-validate: allow[pytest-markers]", 1),
        ("# netra-validate: allowed", 1),
        ("# netra-validate: allow-list", 1),
        ("(netra-validate: allow)", 0),
        ("# netra-validate: allow until May", 0),
        ("# netra-validate: allow[]", 1),
        ("# netra-validate: allow[ , ]", 1),
        ("# netra-validate: allow[domains.retired-host", 1),
        ("# netra-validate: allow[domains.unknown-host\\n]", 1),
        ("# netra-validate: allow(domains.retired-host)", 1),
        ("# netra-validate: allow: domains.retired-host", 1),
        ("# netra-validate: allow[domains.retired-host, see below]", 1),
        ("# netra-validate: allow[domains.retired_host]", 1),
        ("# netra-validate: allow[a.b] # netra-validate: allow[domains]", 0),
        ("", 1),
    ],
)
def test_a_comment_allows_its_line(comment, left):
    assert len(judged(f"x\n{RETIRED} {comment}\n\n")) == left
    assert len(judged(f"{comment}\n{RETIRED}\n{comment}\n")) == 1


@pytest.mark.parametrize(
    ("comment", "expected"),
    [
        ("allow[]", "its list of rules is empty, so it allows nothing"),
        ("allow[x", "its list of rules is not in closed brackets, so it allows nothing"),
        ("allow[not a rule]", "its list holds what is no rule, so it allows nothing"),
        ("allow[domains.retired_host]", "it names a rule that this check does not have"),
    ],
)
def test_a_comment_that_is_not_understood_is_told(tmp_path, comment, expected):
    put(tmp_path, "a.txt", f"# netra-validate: {comment}\n{RETIRED} # netra-validate: {comment}\n")
    told = [f for f in run(tmp_path).findings if f.rule == "domains.unclear-comment"]
    assert [f.message for f in told] == [f"`netra-validate: allow` is unclear here: {expected}"]
    assert (told[0].location.path, told[0].location.line) == ("a.txt", 2)
    assert [f.rule for f in run(tmp_path).findings].count("domains.retired-host") == 1


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_line_ends_in_each_of_three_ways(tmp_path, end):
    lines = ["# netra-validate: allow", f"  {RETIRED}", "", f"{RETIRED} # netra-validate: allow"]
    put(tmp_path, "a.txt", end.join(lines))
    assert places(run(tmp_path)) == [("retired-host", RETIRED, 2, 3)]


PYPROJECT = f"""
text = \"\"\"
[tool.netra-validate] \\\"\"\"
\"\"\"
literal = \'\'\'
[tool.netra-validate]\'\'\'
[project]
name = "x"
urls = [
    "https://{RETIRED}/a", # ] [tool.netra-validate]
    ["[tool.netra-validate]"],
    [
[[]]]
]
[tool.netra-validate.environments.staging.domains.retired]
"{RETIRED}" = "{SOCKETS}"
[[tool.netra-validate.waivers]] # [project]
reason = "{RETIRED}"
more = [
    "{RETIRED}",
    ["{RETIRED}"]
]
[tool."netra-validate".checks.domains]
x = "{RETIRED}"
[tool.netra-validate-other]
host = "{RETIRED}"
"""


def test_of_a_pyproject_only_our_tables_are_exempt(tmp_path):
    put(tmp_path, "pyproject.toml", PYPROJECT)
    put(tmp_path, "sub/pyproject.toml", f'[tool.netra-validate]\nx = "{RETIRED}"\n')
    expected = [("pyproject.toml", PYPROJECT[: PYPROJECT.index("https")].count("\n") + 1)]
    expected += [("pyproject.toml", PYPROJECT.count("\n")), ("sub/pyproject.toml", 2)]
    assert [(f.location.path, f.location.line) for f in run(tmp_path).findings] == expected
    put(tmp_path, "pyproject.toml", f'[tool.netra-validate]\nx = "{RETIRED}"')
    assert [f.location.path for f in run(tmp_path).findings] == ["sub/pyproject.toml"]
    put(tmp_path, "pyproject.toml", f'[tool.netra-validate]\nx = "{RETIRED}"\nno toml\n')
    assert len(run(tmp_path).findings) == 2


CONFIGURATION = f"""
[environments.staging.domains]
managed = ["netra.example"]
retired = {{ "{RETIRED}" = "{SOCKETS}" }}
[environments.staging.services.web]
url = "https://{WEB}"
"""


@pytest.mark.parametrize(
    ("used", "found"),
    [
        ("netra-validate.toml", ["ci/netra-validate.toml", "deploy/checks.toml"]),
        ("deploy/checks.toml", ["ci/netra-validate.toml", "netra-validate.toml"]),
    ],
)
def test_only_the_configuration_in_use_is_exempt(tmp_path, used, found):
    for name in ("netra-validate.toml", "ci/netra-validate.toml", "deploy/checks.toml"):
        put(tmp_path, name, CONFIGURATION)
    configuration = config.load(tmp_path / used)
    topology = configuration.topology("staging", tmp_path)

    async def findings():
        clients = Clients(ENVIRONMENT, tmp_path, per_host=1)
        try:
            context = Context(ENVIRONMENT, topology, clients, Budget.lasting(10))
            return [f async for f in Check().run(Repository(root=tmp_path), context)]
        finally:
            await clients.close()

    retired = [f for f in asyncio.run(findings()) if f.rule == "domains.retired-host"]
    assert sorted(f.location.path for f in retired) == found


TOOL = {"name": "netra-validate", "version": "1.0"}
SARIF_RUN = {"tool": {"driver": {"name": "netra-validate"}}, "results": [RETIRED]}


@pytest.mark.parametrize(
    ("name", "document", "exempt"),
    [
        ("a.json", {"schema_version": 1, "tool": TOOL, "probes": [{"x": RETIRED}]}, True),
        ("a.sarif", {"version": "2.1.0", "runs": [SARIF_RUN]}, True),
        ("a.sarif.json", {"version": "2.1.0", "runs": [SARIF_RUN, SARIF_RUN]}, True),
        ("a.txt", {"schema_version": 1, "tool": TOOL, "probes": [{"x": RETIRED}]}, False),
        ("package.json", {"name": "netra-validate", "x": RETIRED}, False),
        ("a.lock.json", {"packages": [{"name": "netra-validate"}], "x": RETIRED}, False),
        ("a.json", {"schema_version": 1, "tool": {"name": "netra-validate"}, "x": RETIRED}, False),
        ("a.json", {"schema_version": 1, "x": {"tool": TOOL, "probes": []}, "y": RETIRED}, False),
        ("a.json", [{"schema_version": 1, "tool": TOOL, "probes": [RETIRED]}], False),
        ("a.sarif", {"version": "2.1.0", "runs": [], "x": ["netra-validate", RETIRED]}, False),
        (
            "a.sarif",
            {
                "version": "2.1.0",
                "runs": [SARIF_RUN, {"tool": {"driver": {"name": "x"}}, "x": RETIRED}],
            },
            False,
        ),
    ],
)
def test_a_report_of_ours_is_known_by_its_shape(tmp_path, name, document, exempt):
    put(tmp_path, name, json.dumps(document, indent=2))
    assert (run(tmp_path).findings == ()) is exempt
    put(tmp_path, name, json.dumps(document, indent=2) + "x")
    assert run(tmp_path).findings


def test_files_are_excluded_and_allowed_by_glob_rule_and_host(tmp_path):
    for name in ("a.py", "b.backup", "docs/list.md", "docs/deep/list.md", "tests/t.py"):
        put(tmp_path, name, f"{RETIRED}\nother.netra.example\n")
    options = Check.Options(
        exclude=("*.backup",),
        allow=(
            Allow(path="docs/**", rules=("retired-host",)),
            Allow(path="tests/", rules=("domains.unknown-host",), hosts=("*.netra.example",)),
            Allow(hosts=("nothing.netra.example",)),
        ),
    )
    result = run(tmp_path, options=options)
    assert sorted((f.location.path, f.rule) for f in result.findings) == [
        ("a.py", "domains.retired-host"),
        ("a.py", "domains.unknown-host"),
        ("docs/deep/list.md", "domains.unknown-host"),
        ("docs/list.md", "domains.unknown-host"),
        ("tests/t.py", "domains.retired-host"),
    ]
    assert result.observations["excluded_files"] == 1
    assert result.observations["allowed_mentions"] == 3
    assert result.observations["files"] == 4


# The whole check


def test_a_retired_host_fails_with_its_place_and_its_replacement(tmp_path):
    put(tmp_path, "src/client.py", f'x = 1\r\nURL = "é https://{RETIRED}/a?token=hush"\r\n')
    result = run(tmp_path)
    assert result.outcome is Outcome.FAIL
    (finding,) = result.findings
    assert finding.rule == "domains.retired-host"
    assert finding.severity is Severity.ERROR
    assert finding.message == f"`{RETIRED}` is retired; use `{SOCKETS}`"
    assert finding.evidence == {"host": RETIRED, "replacement": SOCKETS}
    assert finding.identity == f"src/client.py:{RETIRED}"
    assert (finding.location.path, finding.location.line) == ("src/client.py", 2)
    assert finding.location.column == len('URL = "é https://') + 1
    assert finding.remediation.summary == f"Replace {RETIRED} by {SOCKETS}"
    assert "hush" not in repr(result)


@pytest.mark.parametrize("by", ["git", "folder"])
def test_the_command_of_a_remedy_finds_the_place(tmp_path, by):
    if by == "git":
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    put(tmp_path, "a.txt", f"{RETIRED} https://${{X}}.staging.netra.example http://{WEB}\n")
    result = run(tmp_path)
    assert len(result.findings) == 3
    for finding in result.findings:
        (command,) = finding.remediation.commands
        found = subprocess.run(command.argv, cwd=tmp_path, check=True, capture_output=True)
        assert b"a.txt:1:" in found.stdout


def test_a_clean_tree_passes_on_what_was_seen(tmp_path):
    put(tmp_path, "a.txt", f"https://{WEB} wss://{SOCKETS}/ws and https://{WEB}/x")
    put(tmp_path, "b.txt", "nothing")
    result = run(tmp_path)
    assert result.outcome is Outcome.PASS
    assert result.findings == ()
    assert result.observations == {
        "files": 2,
        "listed_by": "folder",
        "files_with_hosts": 1,
        "hosts": {WEB: 2, SOCKETS: 1},
        "not_by_git": "not a git repository",
    }


NAMING = [
    RETIRED,
    RETIRED.upper(),
    "https://api%2Estaging%2Enetra%2Eexample",
    r"api\.staging\.netra\.example",
    "api[.]staging[.]netra[.]example",
    "api&#46;staging&#46;netra&#46;example",
    "api。staging。netra。example",
    "api\uff0estaging\uff0enetra\uff0eexample",
    "api\uff61staging\uff61netra\uff61example",
    "api.staging.netra\u200b.example",
    "api.staging.netra\u00ad.example",
    r"api.staging.netr\u0061.example",
    "api.staging.netr%61.example",
    "api.staging.netr&#x61;.example",
    f"\ufeff{RETIRED}".encode("utf-16-le"),
    f"\ufeff{RETIRED}".encode("utf-32-be"),
    RETIRED.encode("utf-16-le"),
    f"x\r\n{RETIRED}".encode("utf-16-be"),
    b"caf\xe9 " + RETIRED.encode(),
    "old.ü.test",
    "OLD.Ü.TEST",
    "old.xn--tda.test",
    "netra-backend-abc123xyz9-uc.a.run.app",
    "api.staging.%6eetrasystems.example",
    "api.staging.netra%73ystems.example",
    "db.internal",
]


@pytest.mark.parametrize("by", ["git", "folder"])
def test_every_file_that_names_a_host_is_read(tmp_path, by):
    if by == "git":
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    for number, text in enumerate(NAMING):
        put(tmp_path, f"{number:03}.txt", text)
    put(tmp_path, "other.txt", "netra netrasystems internally run.it\n")
    configured = Domains(
        managed=("netra.example", "netrasystems.example", "internal"),
        retired={**CONFIGURED.retired, "old.ü.test": "x.example"},
    )
    result = run(tmp_path, environment=Environment(name="staging", domains=configured))
    assert result.reason is None
    assert result.observations["listed_by"] == by
    named = [f.location.path for f in result.findings]
    assert named == [f"{number:03}.txt" for number in range(len(NAMING))]


def test_an_empty_tree_verifies_nothing(tmp_path):
    result = run(tmp_path)
    assert result.outcome is Outcome.ERROR


def test_without_domains_it_is_skipped(tmp_path):
    put(tmp_path, "a.txt", RETIRED)
    result = run(tmp_path, environment=Environment())
    assert result.outcome is Outcome.SKIP
    assert result.reason == "no managed domains are configured"


def test_every_kind_of_text_is_read_and_binaries_are_not(tmp_path):
    put(tmp_path, "utf16.txt", f"\ufeffone\r\n {RETIRED}\r\n".encode("utf-16-le"))
    put(tmp_path, "latin1.txt", b"caf\xe9 " + RETIRED.encode())
    put(tmp_path, "bom.txt", b"\xef\xbb\xbf" + RETIRED.encode())
    put(tmp_path, "late-nul.txt", b"x" * 9000 + b"\n\0 " + RETIRED.encode())
    put(tmp_path, "binary.bin", b"\0" + RETIRED.encode())
    put(tmp_path, "wide.bin", b"\1\0\2\0" + RETIRED.encode("utf-16-le"))
    put(tmp_path, "unmarked.txt", f"one\n {RETIRED}\n".encode("utf-16-be"))
    assert [
        (f.location.path, f.location.line, f.location.column) for f in run(tmp_path).findings
    ] == [
        ("bom.txt", 1, 1),
        ("late-nul.txt", 2, 3),
        ("latin1.txt", 1, 6),
        ("unmarked.txt", 2, 2),
        ("utf16.txt", 2, 2),
    ]


def test_one_line_of_thirty_megabytes_is_read_to_its_end(tmp_path):
    line = b'"text \\" more", ' * 2_000_000 + RETIRED.encode() * 1
    put(tmp_path, "data.json", line)
    (finding,) = run(tmp_path).findings
    assert finding.location.column == line.find(RETIRED.encode()) + 1


@pytest.mark.parametrize("by", ["git", "folder"])
def test_one_monstrous_file_does_not_cost_the_others(tmp_path, monkeypatch, by):
    if by == "git":
        subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    # Patterns of which one stands in every line and the others nowhere take git minutes.
    monkeypatch.setattr(search, "_PATIENCE_S", 0.2)
    with (tmp_path / "large.log").open("wb") as large:
        for _ in range(33):
            large.write(b"x" * 2**20)
    with (tmp_path / "sparse.bin").open("wb") as sparse:
        sparse.truncate(2**30)
    put(tmp_path, "crowded.json", f'"https://{RETIRED}/x",\n' * 100_000)
    put(tmp_path, "other.txt", RETIRED)
    result = run(tmp_path)
    assert result.outcome is Outcome.FAIL
    retired = [f.location.path for f in result.findings if f.rule == "domains.retired-host"]
    # What stands just behind the last place that is looked at is seen as well.
    assert MOST_PLACES < len(retired) < MOST_PLACES + 10
    assert retired[-1] == "other.txt"
    unread = [f for f in result.findings if f.rule == "domains.unread"]
    assert [f.message for f in unread] == [
        "1 file examined only in part: too large (large.log)",
        "1 file examined only in part: too many hosts (crowded.json)",
    ]
    assert result.observations["oversized_files"] == 2
    options = Check.Options(exclude=("*.log", "*.json", "other.txt"))
    assert run(tmp_path, options=options).outcome is Outcome.PASS


def test_what_the_repository_says_of_threads_is_not_heeded(tmp_path):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "config", "grep.threads", "99999999"], cwd=tmp_path, check=True)
    for number in range(100):
        put(tmp_path, f"{number}.txt", RETIRED)

    async def searched():
        with ThreadPoolExecutor(1) as executor:
            return await Git(os.fspath(tmp_path), executor).matches((b"netra.",), without=())

    assert len(asyncio.run(searched())[b"netra."]) == 100


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_no_silent_pass(tmp_path):
    put(tmp_path, "secret.txt", RETIRED).chmod(0)
    put(tmp_path, "other.txt", "text")
    assert [f.rule for f in run(tmp_path).findings] == ["domains.unread"]


def test_a_file_that_is_gone_when_it_is_read_is_no_silent_pass(tmp_path, monkeypatch):
    put(tmp_path, "a.txt", RETIRED)
    put(tmp_path, "b.txt", "text")
    real = os.open

    def refuse(path, *arguments, **options):
        if str(path).endswith("a.txt"):
            raise PermissionError(13, "Permission denied")
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", refuse)
    result = run(tmp_path)
    (finding,) = result.findings
    assert finding.rule == "domains.unread"
    assert finding.message == "1 file could not be read (a.txt)"
    assert result.outcome is Outcome.WARN
    assert run(tmp_path, options=Check.Options(exclude=("a.txt",))).outcome is Outcome.PASS


@pytest.mark.skipif(os.name != "posix", reason="names of any bytes")
def test_a_strange_name_reaches_no_report_as_it_is(tmp_path):
    put(tmp_path, os.fsdecode(b"caf\xe9\n\x1b[31m.txt"), RETIRED)
    (finding,) = run(tmp_path).findings
    assert finding.location.path.isprintable()
    assert finding.location.path.startswith("caf\N{REPLACEMENT CHARACTER}")
    json.dumps(finding.identity).encode()


def test_ten_thousand_findings_are_cheap(tmp_path):
    line = f'"https://{RETIRED}/x"\n'
    for number in range(100):
        put(tmp_path, f"f{number}.txt", line * 100)
    started = time.process_time()
    result = run(tmp_path)
    assert len(result.findings) == 10_000
    # 0.6 s on a slow core; building each finding anew took more than 2 s.
    assert time.process_time() - started < 4
    assert places(result)[0] == ("retired-host", RETIRED, 1, 10)
