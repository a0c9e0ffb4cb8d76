import json
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netra_validate import scrub

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"sent {JWT} to", JWT),
        ("subprotocol jwt.c2VjcmV0LXRva2Vu offered", "c2VjcmV0LXRva2Vu"),
        ("Authorization: Bearer abc.DEF-123~x", "abc.DEF-123~x"),
        ("Authorization: Basic dXNlcjpodW50ZXIy", "dXNlcjpodW50ZXIy"),
        ('db_password = "hunter2 too"', "hunter2"),
        ("api_key: 'hunter2',", "hunter2"),
        ("postgres://app:p@ss:w0rd@10.0.0.3/db", "p@ss:w0rd"),
        ("password=hunter2 host=x", "hunter2"),
        ('{"db_password": "hun ter\\"2", "a": 1}', "hun ter"),
        ("{'api_key': 'zzzzzzzz'}", "zzzzzzzz"),
        ("GET /ws?ticket=abcdef123 HTTP", "abcdef123"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv", "AIzaSyA1234567890"),
        ("ya29.a0AfH6SMBx1234567890", "a0AfH6SMBx"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123456789", "ghp_abc"),
        ("xoxb-1234567890-abcdefghij", "1234567890-abc"),
        ("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----", "MIIEow"),
        ("-----BEGIN PRIVATE KEY-----\nMIIEow", "MIIEow"),
        ("Authorization: Token abcdef0123456789", "abcdef0123456789"),
        ("authorization: abcdef0123456789", "abcdef0123456789"),
        ("Cookie: session=abcdef; x=yz", "abcdef"),
        ("Cookie: session=abcdef; x=yz", "yz"),
        ("Set-Cookie: __Host-sid=abcdef0123456; Path=/", "abcdef0123456"),
        ("https://s/o?X-Goog-Signature=4f2a0b", "4f2a0b"),
        ("https://s/o?a=b&X-Amz-Signature=4f2a0b", "4f2a0b"),
        ("https://s/o?X-Goog-Credential=me%40p%2F2026", "me%40p"),
        ("https://s/o%3Fsig%3D4f2a0b", "4f2a0b"),
        ("glpat-abcdefghij0123456789", "abcdefghij"),
        ("sk-abcdefghijklmnopqrstuvwx", "abcdefghij"),
        ("sk-proj-one-two-Abcdefghij", "Abcdefghij"),
        ("sk-live-abcdefghij0123456789", "abcdefghij"),
        ("SG.abcdefghij012345.abcdefghij0123456789", "abcdefghij"),
        ("hf_abcdefghijklmnopqrstuvwxyz01234567", "abcdefghij"),
        ("dckr_pat_abcdefghij0123456789", "abcdefghij"),
        ("https://hooks.slack.com/services/T0000/B0000/xyzzy", "xyzzy"),
        ("AccountName=a;AccountKey=abcdef0123==", "abcdef0123"),
        ("password: abc", "abc"),
        ("password:abc", "abc"),
        ("dbpass: hunter22", "hunter22"),
        ("SECRET_KEY: hunter22x", "hunter22x"),
        ("secret_key = hunter2", "hunter2"),
        ('{"passwd":12345678}', "12345678"),
        ('{"token": 123456789012}', "123456789012"),
        ("{'password': b'hunter2'}", "hunter2"),
        (r'"{\"password\": \"hunter2\"}"', "hunter2"),
        ("x?y=z%26token%3Dabcdef123", "abcdef123"),
        ("Bearer: abcdefgh", "abcdefgh"),
        ("?h=Bearer%20abcdefgh", "abcdefgh"),
        ("mysql://root:p@ss/word@h/db", "word"),
        ("mysql://root:p@ss/word@h/db", "p@ss"),
    ],
)
def test_a_secret_does_not_come_through(text, secret):
    assert secret not in scrub.text(text)
    assert scrub.REDACTED in scrub.text(text)


@pytest.mark.parametrize(
    "text",
    [
        "staging-connector is ERROR, expected READY",
        "status code=503 after 2.1 s",
        "https://staging.netra.example/health answers 503",
        "projects/p/locations/us-central1/connectors/c",
        "network default/staging-vpc, 2–3 × e2-micro",  # noqa: RUF001 - as the tool writes
        "wss://api-staging.netra.example/ws: upgrade refused with 503",
        "no tests found; basic checks passed",
        "set token_env in the environment, or --secret of gcloud",
        "secret netra-db is missing; cookie: none",
        "the authorization code flow ends in health.unauthorized",
        "http://127.0.0.1:8080/users/a@b.example answers 404",
        "http://[::1]:8080/users/a@b.example answers 404",
        "pass: 3, bypass: no, token: none, secret: yes",
        '{"tokens": 4096, "max_token": 12}',
        "sk-storefront-backend-prod is not there",
        "sk-storefront-backend-prod-00042-abc=100",
        "pypi-mirror-frontend-production-00042-abc",
    ],
)
def test_plain_text_comes_through_as_it_is(text):
    assert scrub.text(text) == text


def test_a_known_value_does_not_come_through():
    assert "s3cr3t-value" not in scrub.text("echo s3cr3t-value!", secrets=["s3cr3t-value"])


@pytest.mark.parametrize("kept", [8, 20, 39])
def test_a_known_value_does_not_come_through_where_it_was_cut(kept):
    secret = "Sup3rS3cretTok3n-abcdefghij0123456789XYZ"
    built = scrub.text("x" * (scrub.MAX_TEXT - 1 - kept) + secret + "!")
    assert built.endswith(f"x{secret[:kept]}…")
    cleaned = scrub.text(built, secrets=[secret])
    assert secret[:8] not in cleaned
    assert "x[reda" in cleaned


def test_a_known_value_is_not_shown_by_the_bound_on_what_is_looked_at():
    secret = "Sup3rS3cretTok3n-abcdefghij0123456789XYZ"
    raw = "password=" + "x" * (scrub.MAX_TEXT * 8 - 30) + " " + secret
    assert scrub.text(raw, secrets=[secret]) == "password=[redacted] [redacted]"


def test_a_text_that_was_not_cut_may_end_as_a_known_value_begins():
    assert scrub.text("it is in postgres", secrets=["postgres-secret"]) == "it is in postgres"
    assert scrub.text("it is in post…", secrets=["postgres-secret"]) == "it is in post…"


def test_a_telling_key_hides_its_value():
    assert scrub.table({"token": "abc", "token_ms": 3}) == {"token": scrub.REDACTED, "token_ms": 3}


@given(st.text(max_size=2000))
def test_nothing_that_a_terminal_obeys_comes_through(text):
    cleaned = scrub.text(text)
    assert len(cleaned) <= scrub.MAX_TEXT
    assert not any(unicodedata.category(char) in {"Cc", "Cf", "Cs"} for char in cleaned)
    assert cleaned == scrub.text(cleaned) or scrub.REDACTED in cleaned


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=50) | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=60)
        | st.dictionaries(st.text(max_size=20), inner, max_size=60)
        | st.tuples(inner, inner)
    ),
    max_leaves=20,
)


@given(values)
def test_every_value_can_be_written_as_json(value):
    json.loads(json.dumps(scrub.value(value), allow_nan=False))


REPEATED = [
    *scrub._CLUES,
    *("a-", "-", '"', "'", "=", ":", " ", "\\", "://", "://a:", "eyJ-", "a@", "%3d", "SG.a"),
    *("password:", "password=", 'password"', "Cookie:a=b;", "cookie:", "Authorization: ", "b'"),
    *("-----BEGIN PRIVATE KEY", "hooks.slack.com/a", "bearer ", "secret_", "signature="),
]


@pytest.mark.parametrize("piece", REPEATED)
def test_no_text_takes_the_square_of_its_length(piece):
    longest = [(piece * 4000)[:4000], (f"{piece} " * 4000)[:4000], "x://" + (piece * 4000)[:3996]]
    began = time.process_time()
    for text in longest:
        scrub.text(text)
        scrub.last(text)
    assert time.process_time() - began < 6 * 0.05


def test_a_long_text_costs_no_more_than_a_short_one():
    assert scrub.text("a" * 10_000_000).endswith("…")


PIECES = st.sampled_from(
    [
        *scrub._CLUES,
        *map(str.upper, scrub._CLUES),
        "=",
        ":",
        " ",
        "://",
        '"',
        "x" * 40,
        "\u017f",
        "-",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join))
def test_looking_for_clues_first_changes_nothing(text):
    expected = text
    for pattern in scrub._SECRETS:
        expected = pattern.sub(scrub._redact, expected)
    assert scrub.last(text) == expected


@given(st.lists(PIECES, max_size=12).map("".join))
def test_what_was_scrubbed_comes_through_the_second_lock_unchanged(text):
    once = scrub.text(text)
    assert scrub.last(once) == once


def test_a_word_of_a_command_loses_nothing_but_what_no_terminal_is_to_see():
    name = "--to-revisions=backend-00041-token=100," + "x" * 2 * scrub.MAX_TEXT
    assert scrub.word(name) == name
    assert scrub.word("a\x1b[31mb\u202e\n") == "ab  "
