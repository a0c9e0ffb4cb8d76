"""One door for text that came from outside: secrets out, control characters out, length bounded.

Bodies, headers, log lines, file names and API messages are written by strangers. They pass through
here when a finding or an observation is *built*, so that no report and no terminal ever meets the
raw text. Escaping for one format (XML, Markdown, annotations) stays with the renderer of that
format.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

MAX_TEXT: Final = 500
"""Characters that one message or one evidence value may have; enough for a sentence and a URL."""

_MAX_BITS: Final = 256
"""Of a whole number; identifiers and byte counts have 64."""

_LONGEST: Final = 8 * MAX_TEXT
"""Characters that patterns look at: the sender decides how long a text is, not our time."""

MAX_ITEMS: Final = 50
"""Entries that one list or table of evidence may have."""

REDACTED: Final = "[redacted]"

_TELLING_PART: Final = 8
"""Characters of a secret's beginning that are too many to show."""

_KEY: Final = (
    r"(?:pass(?:word|wd|phrase)?|pwd|secret|token|(?:api|access|private|secret|account)[_-]?key"
    r"|credentials?|authorization|cookie)"
)
"""Words that announce a secret wherever they stand before a value, also at the end of others."""

_QUERY_KEY: Final = (
    r"(?:ticket|code|state|sig|(?:x-\w{1,20}-)?signature|session|session_?id|auth|key)"
)
"""Words that announce one in a query string only: elsewhere they are plain English."""

_QUOTED: Final = r"[bru]{0,2}(?:\"(?:[^\"\\]|\\.)++\"?|'(?:[^'\\]|\\.)++'?)"
"""A string as JSON, YAML or Python has it, also without its end."""

_SCHEME: Final = (
    r"(?:token|bearer|basic|digest|api-?key|key|jwt|oauth|negotiate|ntlm|sharedkey"
    r"|aws4-hmac-sha256)"
)
"""Of an Authorization header; any other one is taken for the secret itself."""

_NO_NAME: Final = r"(?!(?:[a-z0-9]{1,15}-){2,8}[a-z0-9]{1,15}(?![\w-]))"
"""Not what resources are called, as in ``sk-storefront-backend-prod``: small words with hyphens. A
key has capital letters, or a part that is longer than a word."""

_TOKENS: Final = (
    # PEM blocks, also when cut off before their end.
    (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*KEY-----|\Z)", re.DOTALL),
    # JSON web tokens; `jwt.<token>` is how a token travels in a WebSocket subprotocol.
    (r"\beyJ[\w-]{4,}+\.[\w-]{4,}(?:\.[\w-]*)?", 0),
    (r"(?<=\bjwt\.)[\w.~+/=-]{8,}", re.IGNORECASE),
    # Google: API keys, OAuth access and refresh tokens, client secrets.
    (r"\bAIza[\w-]{30,}", 0),
    (r"\bya29\.[\w.-]{10,}", 0),
    (r"\b1//[\w-]{20,}", 0),
    (r"\bGOCSPX-[\w-]{10,}", 0),
    # GitHub, GitLab, Slack, Stripe, OpenAI and Anthropic, AWS, npm, PyPI,
    # SendGrid, Hugging Face, Docker.
    (r"\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bgl(?:pat|dt|rt|ptt|cbt)-[\w.-]{10,}", 0),
    (r"\bxox[abeoprs]-[\w-]{10,}", 0),
    (r"(?P<key>\bhooks\.slack\.com/\w{1,20}/)[^\s\"'<>]+", re.IGNORECASE),
    (rf"\b{_NO_NAME}(?:[sr]k[_-](?:live|test|proj|ant)[_-][\w-]{{10,}}|sk-[\w-]{{20,}})", 0),
    (r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b", 0),
    (rf"\bnpm_\w{{30,}}|\b{_NO_NAME}pypi-[\w-]{{30,}}", 0),
    (r"\bSG\.[\w-]{10,}\.[\w-]{10,}|\bhf_\w{20,}|\bdckr_[po]at_[\w-]{10,}", 0),
    # Authorization headers.
    (r"(?P<key>\bbearer(?:\s++|\s*+:\s*+|%20|\+))[\w.~+/=-]{6,}", re.IGNORECASE),
    (r"(?<=\bbasic )\s*[A-Za-z0-9+/=]{8,}", re.IGNORECASE),
    # user:password@ in any URL or DSN. One that holds a slash is told from a port with a path.
    (r"(?<=://)(?!\[)[^\s/@:]{0,100}:(?!\d{1,5}/)[^\s\"'<>,]{1,200}(?=@)", 0),
    (r"(?<=://)[^\s/@:]*:[^\s/]+(?=@)", 0),
)
"""Secrets that are known by what they look like."""

_ANNOUNCED: Final = (
    # The whole of these two headers.
    (
        (
            rf"(?P<key>authorization\s*+:\s*+)(?:{_SCHEME}(?:\s++|%20))?"
            r"[^\s;,\"'<>]{6,}"
        ),
        re.IGNORECASE,
    ),
    (
        r"(?P<key>cookie\s*+:\s*+)[^\s=;,\"']{1,100}=[^\s;]*+(?:;\s*+[^\s=;,\"']{1,100}=[^\s;]*+)*",
        re.IGNORECASE,
    ),
    # Values of telling keys in quotes: "password": "x", 'api_key': b'x', "pwd": 12345; also where
    # JSON stands in a string of JSON.
    (
        (
            rf"(?P<key>{_KEY}\\*+[\"']\s*+[:=]\s*+)"
            rf"(?:{_QUOTED}|\\++[\"'][^\"'\\]*+|\d{{4,}})"
        ),
        re.IGNORECASE,
    ),
    # Quoted values of bare keys: password = "x", as programs have it.
    (rf"(?P<key>{_KEY}\s*+[:=]\s*+){_QUOTED}", re.IGNORECASE),
    # Bare values of telling keys: password=x, ?ticket=x, also encoded for a URL.
    (rf"(?P<key>{_KEY}\s*+(?:=|%3D)\s*+)[^\s&;,\"'<>]+", re.IGNORECASE),
    (
        rf"(?P<key>(?:[?&]|%3F|%26)(?:amp;)?{_QUERY_KEY}(?:=|%3D))[^\s&\"'<>]+",
        re.IGNORECASE,
    ),
    (r"(?P<key>signature=)[^\s&;,\"'<>]{16,}", re.IGNORECASE),
    # password: x, where a word of plain English is lost at worst; token: x, if it is no short one.
    (r"(?P<key>(?:pass(?:word|wd|phrase)|pwd)\s*+:\s*+)(?!//)[^\s&;,\"'<>]+", re.IGNORECASE),
    (
        (
            r"(?P<key>(?:(?<=\w)pass|secret|token|(?:api|access|private|secret|account)[_-]?key)"
            r"\s*+:\s++)(?!//)[^\s&;,\"'<>]{6,}"
        ),
        re.IGNORECASE,
    ),
)
"""Secrets that are known by what stands before them."""


def _compiled(*patterns: tuple[str, int]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern, flags) for pattern, flags in patterns)


_SHAPES: Final = _compiled(*_TOKENS)
_SECRETS: Final = _compiled(*_TOKENS, *_ANNOUNCED)

_CLUES: Final = (
    "begin ", "eyj", "jwt.", "aiza", "ya29.", "1//", "gocspx-", "ghp_", "gho_", "ghu_", "ghs_",
    "ghr_", "github_pat_", "glpat-", "gldt-", "glrt-", "glptt-", "glcbt-", "xox", "hooks.slack.com",
    "sg.", "hf_", "dckr_", "sk-", "sk_", "rk-", "rk_", "akia", "asia", "npm_", "pypi-",
    "bearer", "basic", "@", "?", "&", "pass", "pwd", "secret", "token", "key", "credential",
    "authorization", "cookie", "signature", "%3f", "%26",
)  # fmt: skip
"""In small letters: a text that has none of these matches no pattern. Looking for them takes a
fifteenth of the time, and most texts have none."""


def text(value: object, *, secrets: Iterable[str] = (), limit: int = MAX_TEXT) -> str:
    """``value`` as one bounded line without secrets and without control characters.

    Args:
        value: anything; it is turned into text first.
        secrets: exact values that are known to be secret, such as a token read from the
            environment. Values shorter than four characters are ignored: they would eat words.
        limit: the most characters that come back; a longer text ends in ``…``.
    """
    raw = value if isinstance(value, str) else str(value)
    cleaned = _without_controls(raw[: limit * 8])
    is_cut = len(raw) > limit * 8 or cleaned.endswith("…")
    for secret in secrets:
        if len(secret) >= 4:  # noqa: PLR2004 - see the docstring
            cleaned = cleaned.replace(secret, REDACTED)
            cleaned = _without_beginning(cleaned, secret) if is_cut else cleaned
    cleaned = _redacted(cleaned, _SECRETS)
    cleaned = " ".join(cleaned.split())
    return _bounded(cleaned, limit)


def word(raw: str) -> str:
    """``raw`` as one word of a command: nothing but control characters out, and nothing cut.

    A name that looks like a secret, or a long list, is of no use in any other form. What is a
    secret all the same is for the second lock (:func:`last`).
    """
    return _without_controls(raw)


def last(raw: str, *, argument: bool = False) -> str:
    """``raw`` as a renderer may have it: bounded, without what looks like a secret, else as it is.

    The second lock: what was built as it should be comes through unchanged.

    Args:
        raw: any text of a report.
        argument: it is one word of a command, whose options may be called like secrets:
            ``--secret=NAME``.
    """
    patterns = _SHAPES if argument and raw.startswith("--") else _SECRETS
    return _bounded(_redacted(_bounded(raw, _LONGEST), patterns), _LONGEST)


def is_cut(raw: str) -> bool:
    """Whether :func:`last` would cut it: as a word of a command, it would say something else."""
    return len(raw) > _LONGEST


def value(item: object, *, secrets: Iterable[str] = ()) -> object:
    """``item`` for a report: scalars kept, text scrubbed, lists and tables bounded and scrubbed."""
    secrets = tuple(secrets)
    if item is None or isinstance(item, bool):
        return item
    if isinstance(item, int):
        # As its own type: a subclass may spell itself as anything. More digits than Python turns
        # into text (sys.set_int_max_str_digits) are nothing that anybody reads.
        return int(item) if int(item).bit_length() <= _MAX_BITS else "a number too long to show"
    if isinstance(item, float):
        # JSON has neither NaN nor infinity.
        return round(item, 6) if math.isfinite(item) else str(item)
    if isinstance(item, Mapping):
        pairs = list(item.items())[:MAX_ITEMS]
        return table(dict(pairs), secrets=secrets)
    if isinstance(item, list | tuple):
        return [value(entry, secrets=secrets) for entry in item[:MAX_ITEMS]]
    if isinstance(item, set | frozenset):
        return [value(entry, secrets=secrets) for entry in sorted(item, key=str)[:MAX_ITEMS]]
    return text(item, secrets=secrets)


def table(items: Mapping[str, object], *, secrets: Iterable[str] = ()) -> dict[str, object]:
    """A table of evidence or observations, scrubbed."""
    known = tuple(secrets)
    return {
        text(key, secrets=known): REDACTED
        if isinstance(entry, str) and _TELLING.fullmatch(str(key))
        else value(entry, secrets=known)
        for key, entry in items.items()
    }


def is_telling(name: str) -> bool:
    """Whether a name announces a secret: ``db_password``, ``WS_TOKEN``."""
    return _TELLING.fullmatch(name) is not None


def _without_beginning(cut: str, secret: str) -> str:
    """A text that was cut, without the beginning of ``secret`` that stands at its end."""
    shortened = cut.removesuffix("…")
    for size in range(min(len(secret), len(shortened)), _TELLING_PART - 1, -1):
        if shortened.endswith(secret[:size]):
            return shortened[:-size] + REDACTED + cut[len(shortened) :]
    return cut


def _bounded(raw: str, limit: int) -> str:
    return raw if len(raw) <= limit else f"{raw[: limit - 1]}…"


def _redacted(raw: str, patterns: Iterable[re.Pattern[str]]) -> str:
    # Beyond ASCII, ignoring case has rules of its own: a long s is an s.
    if raw.isascii():
        lowered = raw.lower()
        if not any(clue in lowered for clue in _CLUES):
            return raw
    for pattern in patterns:
        raw = pattern.sub(_redact, raw)
    return raw


def _redact(match: re.Match[str]) -> str:
    key = match.groupdict().get("key")
    return f"{key or ''}{REDACTED}"


def _without_controls(raw: str) -> str:
    """Every control, format (bidirectional overrides too) and surrogate character a space."""
    if raw.isascii() and raw.isprintable():
        return raw
    raw = _ESCAPES.sub("", raw)
    unprintable = _UNPRINTABLE
    return "".join(" " if unicodedata.category(char) in unprintable else char for char in raw)


_TELLING: Final = re.compile(rf"[\w-]*{_KEY}", re.IGNORECASE)

_ESCAPES: Final = re.compile(
    # CSI sequences, OSC strings up to their end, and the two-character escapes (ECMA-48).
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\].{0,500}?(?:\x07|\x1b\\)|\x1b[@-Z\\-_]"
)

_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
