"""Which commands of other programmes than ``gcloud`` remedies have. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

Argv = tuple[str, ...]

_ADDRESS: Final = re.compile(r"https?://[^\s\"'`<>\\]+")
_HOST: Final = re.compile(r"[\w.-]*\w[\w.-]*|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*", re.ASCII)
_FILE: Final = re.compile(r"[^-].*")

_CURL: Final = frozenset({"-i", "-I", "-N", "-g", "-s", "-sS", "-v", "--http1.1"})
"""Options of ``curl`` without a value."""

_WITH_VALUE: Final[Mapping[str, re.Pattern[str]]] = {
    "--cacert": _FILE,
    "--max-time": re.compile(r"\d+(?:\.\d+)?"),
    "--resolve": re.compile(r"[^\s:]+:\d+:\S+"),
    "-H": re.compile(
        r"(?![\w-]*(?:authorization|cookie|token|api-?key|secret))[\w-]+: .+", re.IGNORECASE
    ),
    "-X": re.compile(r"GET|HEAD|OPTIONS"),
    # A query for nothing, as of a server that may speak GraphQL. With @, curl sends a file.
    "-d": re.compile(r'\{"query": ?"\{ ?__typename ?\}"\}'),
}
"""Those with one, and what it looks like. None sends a credential or changes anything."""

_SEARCH: Final = frozenset({"--untracked", "-r", "-n", "-F", "-i", "-I"})

_QUERY: Final = re.compile(r"select [^;]+")
_CALL: Final = re.compile(r"(\w+)\s*\(")
_KNOWN: Final = frozenset(
    {"cardinality", "count", "min", "now", "pg_backend_pid", "pg_blocking_pids",
     "pg_terminate_backend", "using"}
)  # fmt: skip
"""What stands before a parenthesis in the queries of remedies."""

_CONNECTION: Final = re.compile(
    r"(?:^|\s)(?:host|port|dbname|user|sslmode|sslrootcert)=(?:'(?:[^'\\]|\\.)*'|[^\s']*)"
)


def of_other(argv: Argv) -> bool:
    """Whether a remedy has such a command.

    Args:
        argv: programme and arguments, of which there is at least the first.
    """
    words = argv[1:]
    match argv[0]:
        case "curl":
            return _is_request(words)
        case "nslookup":
            return len(words) == 1 and _is_host(words[0])
        case "psql":
            return _is_query(words)
        case "git":
            return words[:1] == ("grep",) and _is_search(words[1:])
        case "grep":
            return _is_search(words)
        case "pytest":
            return words == ("--markers",)
        case "python":
            return words[:2] == ("-m", "py_compile") and len(words[2:]) == 1 and words[2][:1] != "-"
    return False


def _is_host(word: str) -> bool:
    return not word.startswith("-") and _HOST.fullmatch(word) is not None


def _is_request(words: Argv) -> bool:
    """One address, and options that send nothing but a request."""
    left = list(_beside_options(words))
    return len(left) == 1 and left[0] is not None and _ADDRESS.fullmatch(left[0]) is not None


def _beside_options(words: Argv) -> Iterator[str | None]:
    """What is no option that is known, nor its value; None for an option that is not allowed."""
    rest = iter(words)
    for word in rest:
        if word in _WITH_VALUE:
            value = next(rest, "")
            if _WITH_VALUE[word].fullmatch(value) is None:
                yield None
        elif word not in _CURL:
            yield word


def _is_search(words: Argv) -> bool:
    """``-e`` and what is looked for, after options that change nothing; a folder perhaps."""
    if "-e" not in words:
        return False
    at = words.index("-e")
    return set(words[:at]) <= _SEARCH and words[at + 2 :] in {(), (".",)}


def _is_query(words: Argv) -> bool:
    """Where to, without a password, and one query that calls nothing but what remedies call."""
    *place, option, query = ("", "", *words)[-max(len(words), 2) :]
    if option != "-c" or len(place) > 1 or not _QUERY.fullmatch(query):
        return False
    if any(_CONNECTION.sub("", each).strip() for each in place):
        return False
    calls = set(_CALL.findall(query))
    return calls <= _KNOWN and not re.search(r"\binto\b", query, re.IGNORECASE)
