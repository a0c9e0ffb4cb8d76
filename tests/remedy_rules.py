"""What every remedy of every check has to keep to, whoever made it and for what."""

import ipaddress
import re
import shlex

import gcloud_commands
import powershell_words
import shown_fields

from netra_validate.model import Effect
from netra_validate.recorded.commands import restored
from netra_validate.recorded.document import Command as Document
from netra_validate.scrub import REDACTED
from netra_validate.shell import quoted

LOOKS = {"describe", "list", "read", "get-iam-policy", "list-network-endpoints", "get-health"}
"""Last words of the commands of gcloud that only read."""

ACTS = {
    ("run", "services", "update"): {
        "--add-cloudsql-instances", "--remove-cloudsql-instances", "--vpc-connector",
        "--clear-vpc-connector", "--vpc-egress", "--min-instances", "--max-instances", "--timeout",
        "--concurrency", "--memory", "--cpu", "--port", "--execution-environment", "--ingress",
        "--service-account", "--remove-env-vars", "--no-traffic", "--tag", "--cpu-boost",
        "--no-cpu-boost", "--container",
    },
    ("run", "jobs", "execute"): set(),
    ("run", "services", "update-traffic"): {"--to-revisions", "--to-latest"},
    ("run", "services", "add-iam-policy-binding"): {"--member", "--role", "--condition"},
    ("run", "services", "remove-iam-policy-binding"): {"--member", "--role", "--condition"},
    ("secrets", "add-iam-policy-binding"): {"--member", "--role", "--condition"},
    ("secrets", "remove-iam-policy-binding"): {"--member", "--role", "--condition"},
    ("secrets", "versions", "enable"): {"--secret"},
    ("secrets", "versions", "disable"): {"--secret"},
    ("projects", "add-iam-policy-binding"): {"--member", "--role", "--condition"},
    ("projects", "remove-iam-policy-binding"): {"--member", "--role", "--condition"},
    ("sql", "instances", "patch"): {
        "--activation-policy", "--network", "--authorized-networks",
        "--clear-authorized-networks", "--ssl-mode", "--storage-auto-increase",
        "--no-storage-auto-increase", "--storage-size", "--backup-start-time", "--tier",
    },
    ("compute", "networks", "vpc-access", "connectors", "create"): {
        "--subnet", "--subnet-project", "--network", "--range", "--machine-type",
        "--min-instances", "--max-instances",
    },
    ("compute", "networks", "vpc-access", "connectors", "update"): {
        "--max-instances", "--machine-type",
    },
    ("compute", "networks", "vpc-access", "connectors", "delete"): set(),
    ("compute", "backend-services", "update"): {"--timeout", "--global"},
}  # fmt: skip
"""The commands that may change something, undo included, each with the flags that it may have.

A remedy that needs another one is to be thought about, and to be entered here by hand.
"""

OF_CONTAINERS = {"--container", "--remove-env-vars"}
"""Flags of ``gcloud run services update`` that may follow ``--container``."""

TRAFFIC = ("run", "services", "update-traffic")

PLACES = {"--project", "--region"}

VALUES = {
    "--ssl-mode": {"ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"},
    "--ingress": {"internal", "internal-and-cloud-load-balancing"},
    "--condition": {"None"},
}
"""What these flags may say: nothing that lets more people in."""

NEVER = re.compile(
    r"(?<![\d.])0\.0\.0\.0/|::/0|allUsers|allAuthenticatedUsers|unauthenticated|invoker-iam-check"
    r"|--quiet|--impersonate|access-token|identity-token|insecure"
    r"|roles/(owner|editor)$",
)
"""Words of a command that opens a network, switches a check off, or shows a secret."""

OTHERS = {
    "curl": {
        "-i",
        "-I",
        "-N",
        "-g",
        "-s",
        "-sS",
        "-X",
        "-H",
        "-d",
        "--http1.1",
        "--max-time",
        "--cacert",
        "--resolve",
        "-v",
    },
    "nslookup": set(),
    "git": {"--untracked", "-n", "-F", "-i", "-e"},
    "grep": {"-r", "-n", "-F", "-i", "-I", "-e"},
    "psql": {"-c"},
    "pytest": {"--markers"},
    "python": {"-m"},
}
"""The other programmes, none of which changes anything with these options."""

QUERIES = re.compile(r"select [^;]+")
"""What psql may be told: one query, so that nothing comes after it."""

ENDS = "pg_terminate_backend"
"""The only function of a query that changes something."""

SECRET_HEADERS = re.compile("authorization|cookie|token|api-?key", re.IGNORECASE)


def faults(remedy, real_problem=lambda argv: None):
    """What is wrong with a remedy, one sentence each.

    Args:
        remedy: of a finding.
        real_problem: says what the real ``gcloud`` has against a command.
    """
    yield from _of_summary(remedy)
    yield from _of_order(remedy.commands)
    if any(each.relies_on for each in remedy.commands) and not remedy.unmoved:
        yield f"{remedy.summary!r} has nothing to say where no traffic is to move"
    for command in remedy.commands:
        yield from _of_command(command)
        yield from _of_reading(command)
        for argv in filter(None, (command.argv, command.undo)):
            yield from (f"{' '.join(argv)}: {each}" for each in _of_words(argv, real_problem))


def _of_summary(remedy):
    if not remedy.summary[:1].isupper() or remedy.summary.endswith("."):
        yield f"{remedy.summary!r} is no sentence without its full stop"
    if any(_is_gcloud(command) for command in remedy.commands) and not remedy.docs:
        yield f"{remedy.summary!r} has no documentation"
    if remedy.docs is not None and not remedy.docs.startswith("https://"):
        yield f"{remedy.docs} is no address"


def _of_order(commands):
    """First what looks, then what changes."""
    reads = [command.effect is Effect.READS for command in commands]
    if reads != sorted(reads, reverse=True):
        yield "a command that looks comes after one that changes"
    if reads and not reads[0]:
        yield "nothing looks before something changes"


def _of_reading(command):
    """Whether a report that has the command still has it when it is read back."""
    named = {name: getattr(command, name) for name in Document.__struct_fields__}
    read = restored(Document(**named))
    if read is None:
        yield f"{' '.join(command.argv)} is not known to netra_validate/recorded/commands.py"
    elif (read.argv, read.effect, read.undo) != (command.argv, command.effect, command.undo):
        yield f"{' '.join(command.argv)} is read back as {' '.join(read.argv)}, {read.effect}"


def _of_command(command):
    acts = command.effect is not Effect.READS
    line = " ".join(command.argv)
    if acts != _is_act(command.argv):
        yield f"{line} is said to be one that {command.effect}"
    if _is_gcloud(command) and not command.roles:
        yield f"{line} names no role"
    if not acts and (command.undo or command.no_undo or command.risk):
        yield f"{line} only reads, and has more to say"
    if acts and (command.undo is None) != bool(command.no_undo):
        yield f"{line} has neither an undo nor a reason why there is none, or both"
    moves, to_old, to_new = _path(command.argv) == TRAFFIC, command.relies_on, command.built_on
    if (moves and not (to_old or to_new)) or (to_old and not moves):
        yield f"{line} moves traffic, or is said to, and does not tell to which revision"
    if acts and not command.risk:
        yield f"{line} has no risk"
    for sentence in filter(None, (command.risk, command.no_undo)):
        if not sentence[0].isupper() or sentence.endswith("."):
            yield f"{sentence!r} is no sentence without its full stop"


def _is_act(argv):
    if argv[0] == "psql":
        return any(ENDS in word for word in argv)
    return _path(argv) in ACTS


def _of_words(argv, real_problem):
    """What is wrong with the words of a command or of an undo."""
    yield from (f"{word} is not all of it" for word in argv if "…" in word or REDACTED in word)
    if tuple(shlex.split(quoted(argv))) != argv:
        yield "a POSIX shell reads something else"
    first = "curl.exe" if argv[0] == "curl" else argv[0]
    if powershell_words.split(quoted(argv, shell="powershell")) != [first, *argv[1:]]:
        yield "PowerShell reads something else"
    if argv[0] != "gcloud":
        yield from _of_other(argv)
        return
    path = _path(argv)
    if path not in ACTS and path[-1:] and path[-1] not in LOOKS:
        yield "it is neither known to look nor allowed to change"
    after_container = False
    for word in argv[1:]:
        flag, _, value = word.partition("=")
        after_container = after_container or flag == "--container"
        if after_container and flag not in OF_CONTAINERS:
            yield f"{flag} is none of a container"
        if NEVER.search(word):
            yield f"{word} is never to be said"
        if flag == "--format" and " ".join(path) not in shown_fields.BEARING:
            yield f"{word} is never to be said"
        if path in ACTS and flag.startswith("-") and flag not in ACTS[path] | PLACES:
            yield f"{flag} is not allowed"
        if path in ACTS and flag in VALUES and value not in VALUES[flag]:
            yield f"{word} is not allowed"
        if path in ACTS and flag == "--authorized-networks":
            yield from (f"{each} is wide" for each in value.split(",") if _is_wide(each))
    yield from (f"it shows {field}" for field in shown_fields.shown(" ".join(path), argv))
    for problem in (gcloud_commands.problem(argv), real_problem(argv)):
        if problem is not None:
            yield problem


def _of_other(argv):
    if argv[0] not in OTHERS:
        yield f"{argv[0]} is no known programme"
        return
    for number, word in enumerate(argv[1:], 1):
        value = argv[number - 1] in {"-H", "-d", "-e", "-X", "-c", "-connect", "-servername"}
        if word.startswith("-") and not value and word not in OTHERS[argv[0]]:
            yield f"{word} is not allowed"
        if argv[number - 1] == "-X" and word not in {"GET", "HEAD", "OPTIONS"}:
            yield f"{word} may change something"
        if argv[number - 1] == "-c" and not QUERIES.fullmatch(word):
            yield f"{word} is no query"
        if argv[0] == "psql" and re.search(r"password\s*=|://", word):
            yield "a password may be on the command line"
        if argv[number - 1] == "-H" and SECRET_HEADERS.match(word):
            yield "it carries a credential"


def _path(argv):
    """The words of a command without the names in it."""
    words = [word for word in argv[1:] if not word.startswith("-")] if argv[0] == "gcloud" else []
    return tuple(gcloud_commands.path_of(words).split())


def _is_gcloud(command):
    return command.argv[0] == "gcloud"


def _is_wide(network):
    return ipaddress.ip_network(network, strict=False).prefixlen == 0
