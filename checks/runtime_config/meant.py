"""What the name of a variable says its value is meant to be, where that looks like a fault. Pure.

A value is judged by its name only where the name leaves no doubt: ``HOST=127.0.0.1`` is a fault,
``HEALTHCHECK_BIND=127.0.0.1:9000`` is none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final


def _word(*words: str) -> re.Pattern[str]:
    """Whole words of a name."""
    return re.compile(rf"(?i)(?:^|_)(?:{'|'.join(words)})(?:_|$)")


def _ending(*words: str) -> re.Pattern[str]:
    """The last word of a name."""
    return re.compile(rf"(?i)(?:^|_)(?:{'|'.join(words)})$")


_TEMPLATES: Final = _word("templates?", "tpl", "formats?", "fmt", "patterns?", "layouts?")
_LISTS: Final = re.compile(
    r"(?i)(?:allow|deny|block|white|black|safe)_?(?:ed_)?(?:list|domain|email|ip)"
)
_FOR_TESTS: Final = _word(
    "tests?", "testing", "smoke", "synthetic", "qa", "e2e", "canary", "demo", "samples?",
    "examples?", "fake", "probe", "uptime", "schema", "namespace"
)  # fmt: skip
_TESTER: Final = re.compile(
    r"(?i)(?:^|[^a-z])(?:tests?|tester|smoke|synthetic|qa|e2e|canary|demo|bot|probe)(?:[^a-z]|$)"
)
_MAILED: Final = _word(
    "e?mails?", "mailto", "contact", "support", "alerts?", "notify", "from", "to", "cc", "bcc",
    "sender", "recipients?", "reply", "admins?", "owners?", "smtp"
)  # fmt: skip
_PAGES: Final = _word("docs?", "documentation", "help", "faq", "terms", "privacy", "imprint")
_TEXTS: Final = _ending(
    "prefix", "suffix", "separator", "sep", "delimiter", "joiner", "indent", "prompt", "greeting",
    "banner", "subject", "title", "label", "message", "text", "format", "template"
)  # fmt: skip
_TO_A_PLACE: Final = re.compile(
    r"(?i)\s*(?:/|[a-z][a-z0-9+.-]*://|[\w-]+(?:\.[\w-]+)+(?:[:/]\S*)?\s*$)"
)
_BIND: Final = _word("bind", "listen", "listener")
_ASIDE: Final = _word(
    "health", "healthcheck", "health_check", "metrics", "prometheus", "admin", "management", "mgmt",
    "debug", "pprof", "internal", "status", "sidecar", "statsd", "rpc", "ipc"
)  # fmt: skip
_PORT: Final = re.compile(r":(\d{1,5})\s*$")
_SPECIAL_TOKENS: Final = _ending(
    "(?:bos|eos|sos|unk|sep|pad|cls|mask)_tokens?", "stop_(?:sequences?|strings?|words?|tokens)"
)
_RECALLED: Final = re.compile(
    r"(?i)(?:^|_)(?:legacy|old|retired|deprecated|obsolete|former|previous)_(?:\w+_)?"
    r"(?:hosts?|hostnames?|domains?|alias(?:es)?|redirects?)$"
    r"|(?:^|_)redirects?_from(?:_\w+)?$"
)


def is_template(name: str) -> bool:
    """Whether it holds a template that the program fills in."""
    return _TEMPLATES.search(name) is not None


def may_be_reserved(name: str, users: Iterable[str]) -> bool:
    """Whether a domain that RFC 2606 keeps for examples is right.

    So it is in lists of domains, for users that only tests have, and in the names of users to whom
    no mail goes.

    Args:
        name: of the variable.
        users: what stands before each such domain, with ``@``; empty where that is none of a user.
    """
    if _LISTS.search(name) or _FOR_TESTS.search(name):
        return True
    return all(
        each and (_TESTER.search(each) is not None or not _MAILED.search(name)) for each in users
    )


def is_special_token(name: str) -> bool:
    """Whether it holds a mark that a language model reads, such as ``</s>`` or ``[PAD]``.

    https://huggingface.co/docs/transformers/main_classes/tokenizer names them so.
    """
    return _SPECIAL_TOKENS.search(name) is not None


def is_link_for_people(name: str) -> bool:
    """Whether nothing but a link on a page hangs on it."""
    return _PAGES.search(name) is not None


def is_text_with_space(name: str, value: str) -> bool:
    """Whether it is put before, after or between other text, so that a space at its end is meant.

    A line's end is not, and the beginning of an address has none.
    """
    own = _TEXTS.search(name) is not None and _TO_A_PLACE.match(value) is None
    return own and not any(each in value for each in "\r\n")


def is_listened_on(name: str, value: str, port: int) -> bool:
    """Whether the program listens there itself, for what is beside it and not for requests.

    Args:
        name: of the variable.
        value: of it.
        port: on which the container takes requests; there it has to listen on all addresses
            (https://cloud.google.com/run/docs/container-contract#port).
    """
    if _BIND.search(name) is None:
        return False
    told = _PORT.search(value)
    return int(told[1]) != port if told else _ASIDE.search(name) is not None


def is_recalled(name: str, value: str) -> bool:
    """Whether it holds hosts that are of the past, to know them by and not to call them."""
    return _RECALLED.search(name) is not None and "://" not in value
