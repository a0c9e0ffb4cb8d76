"""A token that a server sends back is found in its disguises, and nothing else is."""

from __future__ import annotations

import base64
import html
import json
import re
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netra_validate.redaction import Redaction, knowing

TOKEN = "Sup3rS3cretTok3n-abcdefghij0123456789XYZ"
KNOWN = Redaction([TOKEN])

PLAIN = st.text(max_size=20)
TOKENS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=4, max_size=60)


def written(token: str) -> dict[str, str]:
    data = token.encode()
    return {
        "plain": token,
        "lower": token.lower(),
        "upper": token.upper(),
        "reversed": token[::-1],
        "without its last": token[:-1],
        "without its first": token[1:],
        "the beginning": token[:9],
        "a part": token[20:30],
        "hyphens": "-".join(token),
        "spaces": " ".join(token),
        "hex": data.hex(),
        "hex with colons": data.hex(":"),
        "base64": base64.b64encode(data).decode(),
        "base64 of more": base64.b64encode(b"xy" + data + b"!").decode(),
        "base64 for URLs": base64.urlsafe_b64encode(b"x" + data).decode(),
        "base32": base64.b32encode(data).decode(),
        "base32 of more": base64.b32encode(b"abc" + data).decode(),
        "in a URL": quote(token, safe=""),
        "percent": "".join(f"%{byte:02X}" for byte in data),
        "JSON": "".join(f"\\u{ord(char):04x}" for char in token),
        "HTML": "".join(f"&#{ord(char)};" for char in token),
        "HTML, hexadecimal": "".join(f"&#x{ord(char):X};" for char in token),
    }


def shares(text: str, part: str) -> bool:
    """Whether eight letters and digits in a row of ``part`` are in ``text``."""
    bare, shown = (re.sub("[^a-z0-9]", "", each.lower()) for each in (part, text))
    return any(bare[at : at + 8] in shown for at in range(len(bare) - 7))


class TestText:
    @pytest.mark.parametrize("form", written(TOKEN).values(), ids=written(TOKEN))
    def test_a_disguise_is_seen_through(self, form):
        cleaned = KNOWN.text(f"before {form} after")
        assert cleaned.startswith("before ")
        assert cleaned.endswith(" after")
        assert "[redacted]" in cleaned
        assert not shares(cleaned.removeprefix("before ").removesuffix(" after"), form)

    @pytest.mark.parametrize(
        "text",
        [
            "Database connectivity failed: 503, retry später",
            '{"status": "healthy", "version": "1.4.2", "at": "2025-01-02T03:04:05.678901Z"}',
            "Sup3rS3",
            "",
        ],
    )
    def test_other_text_is_left_alone(self, text):
        assert KNOWN.text(text) == text

    def test_without_secrets_nothing_is_known(self):
        assert Redaction([]).text(TOKEN) == TOKEN

    @pytest.mark.parametrize("token", ["hunter2", "a!b@c#d$", "!!!!!!!!!!"])
    def test_a_token_with_few_letters_is_only_found_whole(self, token):
        assert Redaction([token]).text(f"<{token}>") == "<[redacted]>"

    def test_one_of_three_characters_would_eat_words(self):
        assert Redaction(["the"]).text("the other") == "the other"

    def test_of_two_tokens_both_are_taken_out(self):
        both = Redaction([TOKEN, "another-t0ken-of-ours"])
        assert both.text(f"{TOKEN}|another-t0ken-of-ours|") == "[redacted]|[redacted]|"

    @given(before=PLAIN, token=TOKENS, after=PLAIN)
    def test_no_token_survives_anywhere(self, before, token, after):
        cleaned = Redaction([token]).text(before + token + after)
        assert token not in cleaned.replace("[redacted]", "")

    def test_the_same_secrets_are_learned_once(self):
        assert knowing((TOKEN,)) is knowing((TOKEN,))


class TestDocument:
    def test_json_stays_json(self):
        found = {"status": f"bad {TOKEN}", TOKEN: [1, True, None, 1.5, {"a": TOKEN[::-1]}]}
        assert json.loads(KNOWN.document(json.dumps(found))) == {
            "status": "bad [redacted]",
            "[redacted]": [1, True, None, 1.5, {"a": "[redacted]"}],
        }

    @pytest.mark.parametrize("every", [1, 2, 3, 5])
    def test_escapes_hide_nothing(self, every):
        escaped = "".join(
            f"\\u{ord(char):04x}" if at % every == 0 else char for at, char in enumerate(TOKEN)
        )
        assert json.loads(KNOWN.document(f'{{"a": "{escaped}!"}}')) == {"a": "[redacted]!"}

    def test_a_number_may_be_a_token(self):
        assert Redaction(["123456789012"]).document("[123456789012, 12]") == '["[redacted]", 12]'

    def test_what_parsing_drops_is_looked_at_too(self):
        cleaned = KNOWN.document(f'{{"a": "{TOKEN}", "a": "x"}}')
        assert cleaned == '{"a": "[redacted]", "a": "x"}'

    @pytest.mark.parametrize("text", ['{"a" : "b"}', "no json", "NaN", "[" * 50_000, "9" * 5000])
    def test_what_holds_no_token_is_left_as_it_came(self, text):
        assert KNOWN.document(text) == text

    def test_what_is_no_json_is_text(self):
        assert KNOWN.document(f"<p>{html.escape(TOKEN)}</p>") == "<p>[redacted]</p>"


class TestBody:
    @pytest.mark.parametrize(
        "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
    )
    def test_json_in_any_encoding_stays_json(self, encoding):
        raw = json.dumps({"says": f"für {TOKEN}"}, ensure_ascii=False).encode(encoding)
        assert json.loads(KNOWN.body(raw)) == {"says": "für [redacted]"}

    def test_bytes_of_no_encoding_come_through(self):
        assert KNOWN.body(b"\xff\xfe\xfd " + TOKEN.encode() + b"\x80") == (
            b"\xff\xfe\xfd [redacted]\x80"
        )

    @given(st.binary(max_size=200))
    def test_whatever_comes_without_a_token_is_left_as_it_came(self, raw):
        assert KNOWN.body(raw) == raw

    def test_the_largest_body_takes_no_time_worth_the_name(self):
        raw = json.dumps({f"key {at}": "x" * 40 for at in range(1200)}).encode()
        started = time.process_time()
        assert KNOWN.body(raw) == raw
        assert time.process_time() - started < 0.5
