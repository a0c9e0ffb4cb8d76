"""What every command by hand of every rule has to keep to: it looks, and shows no secret."""

import re
import shlex
from itertools import pairwise

import gcloud_commands
import powershell_words
import shown_fields
from remedy_rules import LOOKS, SECRET_HEADERS

from netra_validate.by_hand import filled, placeholders
from netra_validate.shell import quoted

SAMPLES = {
    "account": "backend@staging.iam.gserviceaccount.com",
    "address": "203.0.113.7",
    "backend_service": "backend-service",
    "certificate": "staging-certificate",
    "connector": "staging-connector",
    "database": "netra",
    "db_host": "10.20.0.3",
    "db_port": "5432",
    "db_user": "reader",
    "sslmode": "require",
    "endpoint": "https://staging.example.com/health",
    "execution": "migration-abc",
    "file": "tests/test_chat.py",
    "group": "backend-neg",
    "health_check": "backend-check",
    "host": "staging.example.com",
    "instance": "staging-postgres",
    "job": "migration",
    "name": "smoke",
    "network": "staging-vpc",
    "operation": "00000000-0000-4000-8000-000000000099",
    "origin": "https://app.example.com",
    "port": "443",
    "project": "netra-staging",
    "region": "us-central1",
    "revision": "netra-backend-00042-abc",
    "secret": "jwt-key",
    "service": "netra-backend",
    "url": "https://staging.example.com",
    "url_map": "staging-map",
    "version": "3",
    "websocket": "https://api-staging.example.com/ws",
}
"""A value for every placeholder."""

NEVER = re.compile(
    r"--quiet|--impersonate|--account|access-token|identity-token|key-string|^access$"
    r"|password",
    re.IGNORECASE,
)
"""Words of a command that asks nobody, is somebody else, or shows a secret."""

OPTIONS = {
    "curl": {
        "-sS", "-g", "-i", "-I", "-N", "-G", "-X", "-H", "-o", "-v", "-w", "--http1.1",
        "--max-time", "--data-urlencode", "--resolve", "--tlsv1.2", "--tls-max", "--tlsv1.3",
    },
    "git": {"-n", "-l", "-o", "-w", "-E", "-F", "-e", "--", "--oneline", "--no-index"},
    "nslookup": set(),
    "pg_isready": {"--host", "--port", "--timeout"},
    "psql": set(),
    "python": {"-c", "-m", "-X", "--markers", "--collect-only", "-q", "--strict-markers"},
}  # fmt: skip
"""The other programmes, none of which changes anything with these options."""

SUBCOMMANDS = {"git": {"grep", "log"}}
VALUES = {
    ("curl", "-X"): {"OPTIONS"},
    ("curl", "-o"): {"/dev/null"},
    ("curl", "--tls-max"): {"1.2"},
    ("python", "-c"): {
        "import sys; open(sys.argv[1]).read()",
        "import datetime; print(datetime.datetime.now(datetime.timezone.utc))",
    },
    ("python", "-m"): {"ast", "pytest"},
    ("python", "-X"): {"utf8"},
}
"""What these options may say."""


def faults(argv, real_problem=lambda argv: None):
    """What is wrong with a command, one sentence each.

    Args:
        argv: as a rule has it, with its placeholders.
        real_problem: says what the real ``gcloud`` has against a command.
    """
    yield from (f"{{{name}}} has no sample" for name in placeholders([argv]) - SAMPLES.keys())
    (made,) = filled([argv], SAMPLES)
    yield from (f"{word} has a brace left" for word in made if re.search(r"(?<!%)\{[a-z]", word))
    yield from (f"{word} is never to be said" for word in made if NEVER.search(word))
    if tuple(shlex.split(quoted(made))) != made:
        yield "a POSIX shell reads something else"
    first = "curl.exe" if made[0] == "curl" else made[0]
    nowhere = ["NUL" if word == "/dev/null" else word for word in made[1:]]
    if powershell_words.split(quoted(made, shell="powershell")) != [first, *nowhere]:
        yield "PowerShell reads something else"
    yield from _of_gcloud(made, real_problem) if made[0] == "gcloud" else _of_other(made)


def _of_gcloud(argv, real_problem):
    path = gcloud_commands.path_of([word for word in argv[1:] if not word.startswith("-")])
    if path.split()[-1:] and path.split()[-1] not in LOOKS:
        yield f"{path} is not known to look"
    yield from (f"{path} shows {field}" for field in shown_fields.shown(path, argv))
    for problem in (gcloud_commands.problem(argv), real_problem(argv)):
        if problem is not None:
            yield problem


def _of_other(argv):
    if argv[0] not in OPTIONS:
        yield f"{argv[0]} is no known programme, or waits for what is typed"
        return
    if argv[0] == "curl" and not {"-sS", "--max-time"} <= set(argv):
        yield "curl is to be quiet but for errors, and to end"
    if argv[1] not in SUBCOMMANDS.get(argv[0], {argv[1]}):
        yield f"{argv[1]} is not known to look"
    for before, word in pairwise(argv):
        if word not in VALUES.get((argv[0], before), {word}):
            yield f"{before} {word} is not allowed"
        if before == "-H" and SECRET_HEADERS.match(word):
            yield "it carries a credential"
        value = before in {"-H", "-w", "-e", "-X", "-E"}
        if word.startswith("-") and not value and not _is_allowed(argv[0], word):
            yield f"{word} is not allowed"


def _is_allowed(programme, word):
    if programme == "psql":
        # One statement, in the read-only half of SQL.
        return re.fullmatch(r"--command=(select|show) [^;]*", word) is not None
    if programme == "pg_isready":
        return word.partition("=")[0] in OPTIONS[programme]
    return word in OPTIONS[programme]
