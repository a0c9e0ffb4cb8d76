"""What is written in the place of a retired host, and where nothing is: exactly the host."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checks.domains import Domains as Check
from checks.domains.examination import examine
from checks.domains.policy import Policy
from checks.domains.replacing import mends, respelled
from netra_validate import Domains, Environment, Repository, Service
from netra_validate.fixing.editing import applied, compatible, edits
from netra_validate.testing import run_check

CONFIGURED = Domains(
    managed=("netra.example", "bücher.example"),
    canonical=("staging.netra.example", "api-staging.netra.example", "neu.bücher.example"),
    retired={
        "api.staging.netra.example": "api-staging.netra.example",
        "*.staging.netra.example": "staging.netra.example",
        "old-api.netra.example": "api-staging.netra.example",
        "api.other.test": "staging.netra.example",
        "first.netra.example": "second.netra.example",
        "second.netra.example": "staging.netra.example",
        "ring.netra.example": "rang.netra.example",
        "rang.netra.example": "ring.netra.example",
        "alt.bücher.example": "neu.bücher.example",
    },
)
ENVIRONMENT = Environment(name="staging", domains=CONFIGURED)
BACKEND = Service(
    key="backend",
    url="https://staging.netra.example",
    websocket="wss://api-staging.netra.example/ws",
    cloud_run="netra-backend",
)
RETIRED = "api.staging.netra.example"
SUCCESSOR = "api-staging.netra.example"
SERVED = "what it is asked for may be served there all the same"
NAMED = "its line names the host to use as well"


def mended(text, path="a.txt", services=(BACKEND,)):
    """The text after every edit that the check proposes for it."""
    policy = Policy(CONFIGURED, services)
    examined = examine(path, text, policy.lexicon, policy)
    lines = text.split("\n")
    found = mends(examined, text, policy)
    for (_, mention), mend in sorted(found.items(), key=lambda item: -item[0][1].column):
        if not mend.reason:
            line, start = lines[mention.line - 1], mention.column - 1
            lines[mention.line - 1] = line[:start] + mend.text + line[start + len(mention.raw) :]
    return "\n".join(lines)


def reasons(text, path="a.txt", services=(BACKEND,)):
    policy = Policy(CONFIGURED, services)
    found = mends(examine(path, text, policy.lexicon, policy), text, policy)
    return [mend.reason for mend in found.values()]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"https://{RETIRED}/x", f"https://{SUCCESSOR}/x"),
        (f"HTTPS://{RETIRED}:8443/X?y=1#z", f"HTTPS://{SUCCESSOR}:8443/X?y=1#z"),
        (f"see {RETIRED}. Then", f"see {SUCCESSOR}. Then"),
        (f"{RETIRED}.", f"{SUCCESSOR}."),
        ("API.STAGING.NETRA.EXAMPLE:443", "API-STAGING.NETRA.EXAMPLE:443"),
        ("Api.Staging.Netra.Example", "api-staging.Netra.Example"),
        (r"^https://api\.staging\.netra\.example$", r"^https://api-staging\.netra\.example$"),
        (r"api\\.staging\\.netra\\.example", r"api-staging\\.netra\\.example"),
        ("api[.]staging[.]netra[.]example", "api-staging[.]netra[.]example"),
        (r"api.staging\.netra\.example", r"api-staging\.netra\.example"),
        (r"old\-api\.netra\.example", r"api\-staging\.netra\.example"),
        ("%3A%2F%2Fapi.staging%2Enetra%2eexample%2F", "%3A%2F%2Fapi-staging%2Enetra%2eexample%2F"),
        ("%252F%252Fapi%252Estaging%252Enetra.example", "%252F%252Fapi-staging%252Enetra.example"),
        (r'"https:\/\/api.staging.netra.example\/"', r'"https:\/\/api-staging.netra.example\/"'),
        (r'"\u002Fapi\u002Estaging.netra.example"', r'"\u002Fapi-staging.netra.example"'),
        (r"api\x2estaging\x2Enetra\x2eexample", r"api-staging\x2Enetra\x2eexample"),
        ("api&#46;staging&#x2E;netra&period;example", "api-staging&#x2E;netra&period;example"),
        ("a.b.staging.netra.example", "staging.netra.example"),
        ("https://api.other.test/x", "https://staging.netra.example/x"),
        (r"https:\/\/api\.other\.test", r"https:\/\/staging\.netra\.example"),
        ("first.netra.example", "staging.netra.example"),
        ("https://someone:pw@api.staging.netra.example/", f"https://someone:pw@{SUCCESSOR}/"),
        ("${HOST:-api.staging.netra.example}", f"${{HOST:-{SUCCESSOR}}}"),
        ("請訪問api.staging.netra.example查看", f"請訪問{SUCCESSOR}查看"),
        (f"\x1b[36m{RETIRED}\x1b[0m", f"\x1b[36m{SUCCESSOR}\x1b[0m"),
        (r"'\napi.staging.netra.example'", rf"'\n{SUCCESSOR}'"),
        ("alt.bücher.example", "neu.bücher.example"),
        ("ALT.BÜCHER.EXAMPLE", "NEU.BÜCHER.EXAMPLE"),
        ("alt.xn--bcher-kva.example", "neu.xn--bcher-kva.example"),
        # What serves the WebSockets, whatever the pattern says.
        ("wss://ws.staging.netra.example/ws", f"wss://{SUCCESSOR}/ws"),
        ("wss://ws.staging.netra.example/feed", f"wss://{SUCCESSOR}/feed"),
        ("wss://staging.netra.example/ws/v2", f"wss://{SUCCESSOR}/ws/v2"),
        (f"a {RETIRED}, b auth.staging.netra.example", f"a {SUCCESSOR}, b staging.netra.example"),
        # Keys elsewhere, strings, and what only looks like a key.
        (f'    url="https://{RETIRED}",', f'    url="https://{SUCCESSOR}",'),
        (f'HOSTS = ["{RETIRED}", "x"]', f'HOSTS = ["{SUCCESSOR}", "x"]'),
        (f'"""{RETIRED}"""', f'"""{SUCCESSOR}"""'),
        (f'"https://" + "{RETIRED}"', f'"https://" + "{SUCCESSOR}"'),
        (f"``x``, ``{RETIRED}``", f"``x``, ``{SUCCESSOR}``"),
        (f'(`x` or "{RETIRED}")', f'(`x` or "{SUCCESSOR}")'),
        (f"at {RETIRED}: it", f"at {SUCCESSOR}: it"),
        (f'if host == "{RETIRED}":', f'if host == "{SUCCESSOR}":'),
        (f'"https://{RETIRED}/a": 1', f'"https://{SUCCESSOR}/a": 1'),
    ],
)  # fmt: skip
def test_the_successor_is_written_as_the_host_was(before, after):
    assert mended(before) == after
    assert mended(f"x\n{before}\ny") == f"x\n{after}\ny"
    assert mended(after) == after


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("https://${X}.staging.netra.example", "a part of the host is only known later"),
        ("*.staging.netra.example", "a part of the host is only known later"),
        (r"(api|auth)\.staging\.netra\.example", "a part of the host is only known later"),
        (".api.staging.netra.example", "it is the end of hosts"),
        ("ops@api.staging.netra.example", "it is a mail address, or an account on the host"),
        ("git@api.staging.netra.example:x", "it is a mail address, or an account on the host"),
        (f"{RETIRED} -> {SUCCESSOR}", NAMED),
        (f"listen {RETIRED}; proxy_pass {SUCCESSOR};", NAMED),
        (f'"{RETIRED}": 1', "it is the key of a mapping"),
        (f'  "{RETIRED}" => 1', "it is the key of a mapping"),
        (f'{{\\"{RETIRED}\\": 1}}', "it is the key of a mapping"),
        ('"api." + "old-api.netra.example"', "it is a part of a string that is put together"),
        ('sub + "old-api.netra.example"', "it is a part of a string that is put together"),
        ('    + "old-api.netra.example"', "it is a part of a string that is put together"),
        ('"my-" "old-api.netra.example"', "it is a part of a string that is put together"),
        ("api.staging.netr%61.example", "it is spelled in an unusual way"),
        ("https://api。staging。netra。example/", "it is spelled in an unusual way"),
        ("api.stag\u00ading.netra.example", "it is spelled in an unusual way"),
        ("\uff41pi.staging.netra.example", "it is spelled in an unusual way"),
        ("ring.netra.example", "it is not clear which host serves this"),
        ("https://staging.netra.example/ws", SERVED),
        ("wss://staging.netra.example/other", SERVED),
        ("https://api-staging.netra.example/x", SERVED),
    ],
)  # fmt: skip
def test_what_has_more_than_one_right_answer_is_left_to_people(text, reason):
    assert reasons(text) == [reason]
    assert mended(text) == text


GIVEN_UP = "the text around it speaks of what is given up"


@pytest.mark.parametrize(
    "text",
    [
        f'DEPRECATED_HOSTS = ["{RETIRED}"]',
        f"LEGACY_URL=https://{RETIRED}",
        f"{RETIRED} is retired.",
        f"do not use {RETIRED}",
        f'assert "{RETIRED}" not in hosts',
        f'if url != "https://{RETIRED}":',
        f'self.assertNotIn("{RETIRED}", hosts)',
        f'expect(url).not.toContain("{RETIRED}")',
        f"server_name {RETIRED};",
        f"    ServerAlias {RETIRED}",
        f"RewriteCond %{{HTTP_HOST}} ^{RETIRED}$",
        f'RETIRED_HOSTS = [\n\n    "{RETIRED}",\n]',
        f"deprecated:\n  - {RETIRED}\n",
        f'def test_it_rejects_what_is_old():\n    check("{RETIRED}")',
    ],
)
def test_a_host_that_is_spoken_of_as_given_up_keeps_its_name(text):
    assert reasons(text) == [GIVEN_UP]


@pytest.mark.parametrize(
    "text",
    [
        "legacy.staging.netra.example",
        f"redirect_uri=https://{RETIRED}/callback",
        f"# retired are others\nhost = {RETIRED}",
        f"deprecated:\n  - x\nhosts:\n  - {RETIRED}",
    ],
)
def test_other_words_and_other_blocks_say_nothing(text):
    assert reasons(text) == [""]


TWICE = "its list would name the host to use twice"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"- {RETIRED}\n- {SUCCESSOR}\n", [TWICE]),
        (f'  "{SUCCESSOR}",\n  "{RETIRED}"\n', [TWICE]),
        ("- a.staging.netra.example\n- b.staging.netra.example\n", ["", TWICE]),
        (f"- {RETIRED}\n- {RETIRED}\n", ["", ""]),
        (f"- {RETIRED}/a\n- {SUCCESSOR}/b\n", [""]),
        (f"url: {RETIRED}\nurl: {SUCCESSOR}\n", [""]),
        (f"- {RETIRED}\n{'- x' * 1}\n" + "\n" * 40 + f"- {SUCCESSOR}\n", [""]),
    ],
)
def test_a_list_does_not_come_to_hold_an_entry_twice(text, expected):
    assert reasons(text) == expected


@pytest.mark.parametrize("path", ["CHANGELOG.md", "docs/history", "a/b.log", "Release-Notes.txt"])
def test_a_record_of_what_was_is_not_rewritten(path):
    assert reasons(RETIRED, path) == ["it stands in a record of what was"]
    assert reasons(RETIRED, "changes/new.md") == [""]


@pytest.mark.parametrize("path", ["a.yaml", "b.yml", "c.toml", "d.ini"])
def test_an_unquoted_key_is_one_where_files_have_them(path):
    text = f"  {RETIRED}: on\n- {RETIRED} = on\n"
    assert set(reasons(text, path)) == {"it is the key of a mapping"}
    assert reasons(text, "notes.md") == ["", ""]
    assert reasons(f"url: {RETIRED}\n", path) == [""]


def test_two_hosts_that_serve_websockets_leave_the_choice_to_people():
    other = Service(
        key="chat", url="https://staging.netra.example", websocket="wss://c.netra.example/ws"
    )
    text = "wss://ws.staging.netra.example/ws"
    assert reasons(text, services=(BACKEND, other)) == ["it is not clear which host serves this"]


DOT_FORMS = st.sampled_from(
    [
        *(".", "\\.", "\\\\.", "[.]", "%2E", "%2e", "%252E"),
        *("\\u002e", "\\x2E", "&#46;", "&#x2e;", "&period;"),
    ]
)


@given(DOT_FORMS, st.sampled_from([str.lower, str.upper, str.title]))
def test_the_successor_is_found_in_the_spelling_of_the_host(dot, case):
    raw = dot.join(map(case, RETIRED.split(".")))
    written = respelled(raw, RETIRED, SUCCESSOR)
    assert written.lower() == dot.lower().join(SUCCESSOR.split("."))
    policy = Policy(CONFIGURED, (BACKEND,))
    text = f"https://{written}/"
    assert dict(examine("a.txt", text, policy.lexicon, policy).hosts) == {SUCCESSOR: 1}


TEXTS = st.lists(
    st.sampled_from(
        [f"https://{RETIRED}/x ", "old-api.netra.example, ", f"{SUCCESSOR} ", "ü", "\n", "\r\n",
         "wss://q.staging.netra.example/ws ", r"api\.staging\.netra\.example ", "İ", "\x0c",
         "\r", "\u2028",
         '"', "+ ", "@", "# netra-validate: allow ", "\N{OLD ITALIC LETTER A}",
         "\t", "pr-${N}.staging.netra.example "]
    )
).map("".join)  # fmt: skip


@given(TEXTS, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]))
def test_nothing_fixable_is_left_and_nothing_else_has_changed(tmp_path_factory, text, encoding):
    root = tmp_path_factory.mktemp("tree")
    data = text.encode(encoding, "replace")
    (root / "a.txt").write_bytes(data)
    before = _run(root)
    proposed = [found.fix for found in before.findings if found.fix is not None]
    kept, clashing = compatible(proposed)
    assert not clashing
    made = edits("a.txt", data, [each for fix in kept for each in fix.replacements])
    after = applied(data, made)
    (root / "a.txt").write_bytes(after)
    assert not [found for found in _run(root).findings if found.fix is not None]
    pieces, last = [], 0
    for edit in made:
        assert b"example" in data[edit.start : edit.end].replace(b"\0", b"").lower()
        pieces.append(data[last : edit.start])
        last = edit.end
    position = 0
    for piece in (*pieces, data[last:]):
        position = after.index(piece, position) + len(piece)


def _run(root):
    return run_check(Check, Repository(root=root), environment=ENVIRONMENT, resources=(BACKEND,))


def test_a_finding_carries_its_fix_or_the_reason_why_there_is_none(tmp_path):
    (tmp_path / "a.py").write_text(f'A = "{RETIRED}"\nB = ".{RETIRED}"\nC = "x.netra.example"\n')
    sure, unsure, unknown = _run(tmp_path).findings
    (edit,) = sure.fix.replacements
    assert (edit.path, edit.line, edit.column, edit.end_line, edit.end_column, edit.text) == (
        "a.py", 1, 6, 1, 6 + len(RETIRED), SUCCESSOR,
    )  # fmt: skip
    assert sure.fix.summary == f"Replace {RETIRED} by {SUCCESSOR}"
    assert "not_fixed" not in sure.evidence
    assert unsure.fix is None
    assert unsure.evidence["not_fixed"] == "it is the end of hosts"
    assert Check().unfixed(unsure) == "it is the end of hosts"
    assert unknown.fix is None
    assert Check().unfixed(unknown) == "it is not known which host is meant"


def test_what_is_allowed_and_what_cannot_be_named_or_decoded_has_no_fix(tmp_path):
    (tmp_path / "allowed.py").write_text(f'A = "{RETIRED}"  # netra-validate: allow\n')
    (tmp_path / "wide.txt").write_bytes(f"see {RETIRED}".encode("utf-16-le"))
    (tmp_path / "new\nline.txt").write_text(RETIRED)
    wide, odd = sorted(_run(tmp_path).findings, key=lambda found: found.location.path, reverse=True)
    assert (wide.location.path, wide.fix) == ("wide.txt", None)
    assert odd.fix is None
    assert odd.evidence["not_fixed"] == "the name of the file cannot be shown"


def test_every_rule_without_a_fix_says_why(tmp_path):
    (tmp_path / "a.txt").write_text(
        "http://staging.netra.example x.netra.example https://netra-backend-abc-uc.a.run.app"
    )
    said = {found.rule: Check().unfixed(found) for found in _run(tmp_path).findings}
    assert said == {
        "domains.insecure-scheme": "it is not known whether TLS is spoken there",
        "domains.unknown-host": "it is not known which host is meant",
        "domains.direct-address": "audiences and the like have to name it",
    }
