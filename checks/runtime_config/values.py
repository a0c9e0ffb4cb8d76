"""What is wrong with a value, told without showing any of it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Final

from checks.runtime_config import meant
from netra_validate.hostnames import normal

_ON: Final = frozenset({"1", "true", "yes", "on"})

_PLACEHOLDER: Final = re.compile(
    r"(?i)"
    r"replace[_-]?(?:me|with|this)(?![a-z])|change[_-]?me(?![a-z])|(?<![a-z])your[_-][a-z_-]+[_-]here"
    r"|<your[^<>]*>"
    r"|://[^\s/@:]*:<[^<>@\s]+>@"
    r"|^\s*(?:todo|tbd|fixme|x{3,}|placeholder|dummy|none-yet)\s*$"
)
_BRACKETED: Final = re.compile(r"\s*<(?![^<>\s@]+@[^<>\s@]+>)[^<>]+>\s*")
"""What stands in angle brackets, as placeholders do. ``<noreply@netra.dev>`` is how mail writes an
address (RFC 5322, section 3.4)."""
_MARK: Final = re.compile(
    r"(?i)\s*<(?:"
    r"/[a-z][\w.:-]*\s*|[a-z][\w.:-]*\s*/|br|hr|![^<>]*|\?xml[^<>]*"
    r"|\|[^<>]*\||\uff5c[^<>]*\uff5c|s|pad|unk|[bes]os"
    r")>\s*"
)
"""What is whole as it stands in angle brackets: markup that has no content, and the marks of
language models, ``<|im_end|>`` and those with which SentencePiece and its followers begin, end and
fill a text. None of them is a word that asks for a value."""
_UNFILLED: Final = re.compile(r"\s*(?:\$\{\w+\}|\{\{[^{}]*\}\})\s*")
"""A template that nobody filled in. What is in ``$(NAME)`` is for the program to look up."""
_RESERVED: Final = re.compile(
    r"(?i)(?P<user>(?<![\w.+%/:@-])[\w.+%-]+@(?:[\w-]+\.)*)?(?<![\w-])example\.(?:com|net|org)(?![\w-])"
)
"""Domains that nobody can have (RFC 2606, section 3), with the user before one in a mail address,
which the user of an address with a scheme is not."""
_LOCAL: Final = re.compile(
    r"(?i)(?<![\w.-])(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?![\w-]|\.\w)"
)
_HOST: Final = re.compile(
    r"(?i)(?<![\w.*%-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z][a-z0-9-]*[a-z0-9](?![\w-]|\.\w)"
)
_MAIL: Final = re.compile(r"[\w.+%-]@$")
_ANNOUNCED: Final = re.compile(
    r"(?i)(?:^|_)(?:password|passwd|pwd|secret|secret_key|api_?key|private_key|signing_key"
    r"|encryption_key|access_key|fernet_key|token|credentials?)$"
)
"""The end of the name: ``PASSWORD_MIN_LENGTH`` announces none."""
_PUBLIC: Final = re.compile(
    r"(?i)(?:(?:next|nuxt|expo)_public|vite|react_app)_.*(?:key|token)"
    r"|(?:.*_)?(?:public|publishable|firebase(?:_web)?)_(?:api_?)?key"
)
"""Keys that everybody may read: a build tool puts them into the page, or they only say whose
project it is, as those of Firebase do: https://nextjs.org/docs/app/guides/environment-variables,
https://vite.dev/guide/env-and-mode, https://firebase.google.com/docs/projects/api-keys.
Passwords and secrets under such a name are still none to show."""
_KEPT: Final = re.compile(r"(?i)secret|private|signing|encryption|fernet")
_WITH_PASSWORD: Final = re.compile(
    r"(?i)[a-z][a-z0-9+.-]*://[^\s/@:]*:"
    r"(?!(?:\$\(\w+\)|\$\{\w+\}|(?-i:\$[A-Z][A-Z0-9_]*)|\{+\s*\w*\s*\}+|%s|%\(\w+\)s)@)"
    r"[^\s/@]+@"
)
"""With a password itself, and not with a name to put one in for."""
_NO_SECRET: Final = re.compile(
    r"(?is)\s*(?:/.*|[a-z]:\\.*|projects/.*|-?\d{1,8}(?:\.\d+)?"
    r"|(?:berglas|sm|gs|secretmanager|vault|op|secret|file)://.*|gcp-secret-?manager:.*"
    r"|\$\(\w+\)|true|false|none|null|nil|on|off|yes|no|enabled|disabled|unset|unused)?\s*"
)
"""Paths, names of secrets, numbers and switches. Programs look up such a name when they start:
https://github.com/GoogleCloudPlatform/berglas, https://developer.1password.com/docs/cli/secret-references."""
_PUBLISHED: Final = re.compile(r"pk_(?:live|test)_\w+")
"""Stripe's publishable keys: https://docs.stripe.com/keys."""

_WORDS: Final = {
    "production": "production",
    "prod": "production",
    "live": "production",
    "staging": "staging",
    "stage": "staging",
    "stg": "staging",
    "development": "development",
    "dev": "development",
    "local": "development",
    "test": "test",
    "testing": "test",
    "qa": "test",
}
"""Words for environments that everybody takes for one, and what they mean."""


def is_on(value: str) -> bool:
    """Whether a flag is on."""
    return value.strip().lower() in _ON


def is_placeholder(name: str, value: str) -> bool:
    """Whether it stands for a value that nobody put in."""
    if _PLACEHOLDER.search(value) is not None:
        return True
    if _BRACKETED.fullmatch(value) is not None and not _is_mark(name, value):
        return True
    if _UNFILLED.fullmatch(value) is not None:
        return not meant.is_template(name)
    found = list(_RESERVED.finditer(value))
    return bool(found) and not meant.may_be_reserved(name, [each["user"] or "" for each in found])


def _is_mark(name: str, value: str) -> bool:
    """Whether it is there to be found in a text or put into one, in whatever brackets."""
    return _MARK.fullmatch(value) is not None or meant.is_special_token(name)


def names_this_machine(value: str) -> bool:
    """Whether it holds an address of the container itself."""
    return _LOCAL.search(value) is not None


def has_surrounding_space(name: str, value: str) -> bool:
    """Whether white space is around it that is not meant. Texts of several lines may end in one."""
    bare = value.strip()
    return bare != value and "\n" not in bare and not meant.is_text_with_space(name, value)


def hosts(value: str) -> Iterator[str]:
    """Every host that it names, but for those of e-mail addresses."""
    for match in _HOST.finditer(value):
        before = value[: match.start()]
        word = re.split(r"[\s,;\"']", before)[-1]
        if not (_MAIL.search(before) and "://" not in word):
            yield normal(match[0])


def is_plain_secret(name: str, value: str) -> bool:
    """Whether the name announces a secret, or an address holds a password, and it stands there."""
    if _WITH_PASSWORD.search(value):
        return True
    public = _PUBLIC.fullmatch(name) is not None and _KEPT.search(name) is None
    public = public or _PUBLISHED.fullmatch(value.strip()) is not None
    public = public or _is_mark(name, value)
    announced = _ANNOUNCED.search(name) is not None and not public
    return announced and _NO_SECRET.fullmatch(value) is None


def is_other_environment(value: str, expected: str) -> bool:
    """Whether it is a word for another environment than ``expected``, a word for one as well."""
    wanted, told = _WORDS.get(expected.lower()), value.strip().lower()
    if wanted is None:
        return False
    return _WORDS.get(told, wanted) != wanted


def matches(name: str, patterns: tuple[str, ...]) -> bool:
    """Whether a variable is one of these, by name or pattern; capitals make no difference."""
    return any(fnmatchcase(name.upper(), pattern.upper()) for pattern in patterns)
