"""The commands of a report that was read: those that this program makes, and no others. Pure.

A report may come from anywhere, and what stands in it under *Look* is pasted. So a command is taken
over where its programme, its verb and its flags are those of a remedy of ours; what it does to the
environment, which role it takes and which fields it shows are derived again.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import Final

from netra_validate import projections, roles, scrub, second_lock
from netra_validate.model import Command, Effect
from netra_validate.recorded import document
from netra_validate.recorded.other_programmes import of_other

Argv = tuple[str, ...]

_PLACES: Final = frozenset({"--project", "--region", "--global"})

_BINDING: Final = frozenset({"--member", "--role", "--condition"})

_ACTS: Final[Mapping[Argv, frozenset[str]]] = {
    ("run", "services", "update"): frozenset({
        "--add-cloudsql-instances", "--remove-cloudsql-instances", "--vpc-connector",
        "--clear-vpc-connector", "--vpc-egress", "--min-instances", "--max-instances", "--timeout",
        "--concurrency", "--memory", "--cpu", "--port", "--execution-environment", "--ingress",
        "--service-account", "--remove-env-vars", "--no-traffic", "--tag", "--cpu-boost",
        "--no-cpu-boost", "--container",
    }),
    ("run", "services", "update-traffic"): frozenset({"--to-revisions", "--to-latest"}),
    ("run", "services", "add-iam-policy-binding"): _BINDING,
    ("run", "services", "remove-iam-policy-binding"): _BINDING,
    ("run", "jobs", "execute"): frozenset(),
    ("secrets", "add-iam-policy-binding"): _BINDING,
    ("secrets", "remove-iam-policy-binding"): _BINDING,
    ("secrets", "versions", "enable"): frozenset({"--secret"}),
    ("secrets", "versions", "disable"): frozenset({"--secret"}),
    ("projects", "add-iam-policy-binding"): _BINDING,
    ("projects", "remove-iam-policy-binding"): _BINDING,
    ("sql", "instances", "patch"): frozenset({
        "--activation-policy", "--network", "--authorized-networks",
        "--clear-authorized-networks", "--ssl-mode", "--storage-auto-increase",
        "--no-storage-auto-increase", "--storage-size", "--backup-start-time", "--tier",
    }),
    ("compute", "networks", "vpc-access", "connectors", "create"): frozenset({
        "--subnet", "--subnet-project", "--network", "--range", "--machine-type",
        "--min-instances", "--max-instances",
    }),
    ("compute", "networks", "vpc-access", "connectors", "update"): frozenset({
        "--max-instances", "--machine-type",
    }),
    ("compute", "networks", "vpc-access", "connectors", "delete"): frozenset(),
    ("compute", "backend-services", "update"): frozenset({"--timeout"}),
}  # fmt: skip
"""The commands of remedies that change something, and of their undo, with their flags."""

_LOOKS: Final[Mapping[Argv, frozenset[str]]] = {
    ("certificate-manager", "certificates"): frozenset({"describe"}),
    ("certificate-manager", "maps", "entries"): frozenset({"list"}),
    ("compute", "backend-services"): frozenset({"describe", "get-health", "list"}),
    ("compute", "firewall-rules"): frozenset({"list"}),
    ("compute", "forwarding-rules"): frozenset({"list"}),
    ("compute", "health-checks"): frozenset({"describe", "list"}),
    ("compute", "network-endpoint-groups"): frozenset(
        {"describe", "list", "list-network-endpoints"}
    ),
    ("compute", "networks"): frozenset({"describe", "list"}),
    ("compute", "networks", "peerings"): frozenset({"list"}),
    ("compute", "networks", "subnets"): frozenset({"describe", "list"}),
    ("compute", "networks", "vpc-access", "connectors"): frozenset({"describe", "list"}),
    ("compute", "networks", "vpc-access", "operations"): frozenset({"list"}),
    ("compute", "security-policies"): frozenset({"list"}),
    ("compute", "ssl-certificates"): frozenset({"describe", "list"}),
    ("compute", "target-https-proxies"): frozenset({"list"}),
    ("compute", "url-maps"): frozenset({"describe", "list"}),
    ("iam", "service-accounts"): frozenset({"list"}),
    ("logging",): frozenset({"read"}),
    ("projects",): frozenset({"get-iam-policy"}),
    ("run", "jobs"): frozenset({"describe", "list"}),
    ("run", "jobs", "executions"): frozenset({"describe", "list"}),
    ("run", "jobs", "logs"): frozenset({"read"}),
    ("run", "revisions"): frozenset({"describe", "list"}),
    ("run", "services"): frozenset({"describe", "get-iam-policy", "list"}),
    ("run", "services", "logs"): frozenset({"read"}),
    ("secrets",): frozenset({"get-iam-policy", "list"}),
    ("secrets", "versions"): frozenset({"list"}),
    ("sql", "instances"): frozenset({"describe", "list"}),
    ("sql", "operations"): frozenset({"describe", "list"}),
    ("sql", "users"): frozenset({"list"}),
}
"""The groups of commands that only read, each with its verbs."""

_LOOKING: Final = frozenset(
    {"--instance", "--job", "--limit", "--log-filter", "--map", "--network",
     "--service"}
)  # fmt: skip
"""The flags of those."""

_VALUES: Final[Mapping[str, frozenset[str]]] = {
    "--condition": frozenset({"None"}),
    "--ingress": frozenset({"internal", "internal-and-cloud-load-balancing"}),
    "--ssl-mode": frozenset({"ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}),
}
"""What these flags say in a remedy: nothing that lets more people in."""

_OPENS: Final = re.compile(r"allUsers|allAuthenticatedUsers|roles/(?:owner|editor)")
"""What no remedy says of anybody."""

_WIDEST: Final = 8
"""Bits that a network has at least that an instance lets in."""

_NAME: Final = re.compile(r"[A-Za-z0-9][\w.:/@-]*", re.ASCII)
"""What stands behind a verb: a name, or the path of one."""

_FORMAT: Final = re.compile(r"--format=yaml\((.*)\)")


def restored(command: document.Command) -> Command | None:
    """The command as this program makes it; None where it makes none such.

    Args:
        command: as a report has it.
    """
    argv = _own(command.argv)
    undo = None if command.undo is None else _own(command.undo)
    if argv is None or (undo is None and command.undo is not None):
        return None
    effect = _effect(argv, command.effect)
    if effect is Effect.READS:
        return Command(argv, roles=roles.needed(argv, effect) if command.roles else ())
    return Command(
        argv,
        effect,
        undo,
        _sentence(command.no_undo),
        _sentence(command.risk),
        roles.needed(argv, effect) if command.roles else (),
    )


def _sentence(text: str | None) -> str | None:
    return None if text is None else scrub.text(text)


def _own(argv: Sequence[str]) -> Argv | None:
    """The words without what a terminal would obey; None where they are none of ours."""
    if any(map(scrub.is_cut, argv)):
        return None
    words = second_lock.words(tuple(map(scrub.word, argv)))
    if words[0] == "gcloud":
        return _of_gcloud(words[1:])
    return words if of_other(words) else None


def _of_gcloud(words: Argv) -> Argv | None:
    given = tuple(word for word in words if not word.startswith("-"))
    flags = tuple(word for word in words if word.startswith("-"))
    path = _path(given)
    if path is None or not _are_names(path, given[len(path) :]):
        return None
    if path in _ACTS:
        allowed = all(_may_act(each, _ACTS[path]) for each in flags)
        return ("gcloud", *words) if allowed else None
    kept = tuple(word for word in words if not word.startswith("--format=") or _is_plain(word))
    if not all(_may_look(each, path) for each in flags):
        return None
    return ("gcloud", *projections.bounded(kept))


def _path(given: Argv) -> Argv | None:
    """Groups and verb of a command that a remedy has."""
    for length in range(len(given), 0, -1):
        path = given[:length]
        if path in _ACTS or path[-1] in _LOOKS.get(path[:-1], ()):
            return path
    return None


def _are_names(path: Argv, names: Argv) -> bool:
    # Behind `logging read` stands a filter.
    return len(names) <= 1 and (path == ("logging", "read") or all(map(_NAME.fullmatch, names)))


def _may_act(word: str, allowed: frozenset[str]) -> bool:
    flag, _, value = word.partition("=")
    if flag not in allowed | _PLACES or _OPENS.search(word):
        return False
    if flag == "--authorized-networks":
        return not any(map(_is_wide, value.split(",")))
    return value in _VALUES.get(flag, {value})


def _may_look(word: str, path: Argv) -> bool:
    flag = word.partition("=")[0]
    return flag in _LOOKING | _PLACES or (flag == "--format" and path in projections.SHOWN)


def _is_plain(word: str) -> bool:
    """Whether a projection names nothing but fields that this program asks for."""
    told = _FORMAT.fullmatch(word)
    return told is not None and set(told[1].split(",")) <= projections.FIELDS


def _is_wide(network: str) -> bool:
    try:
        return ipaddress.ip_network(network, strict=False).prefixlen < _WIDEST
    except ValueError:
        return True


def _effect(argv: Argv, told: Effect) -> Effect:
    """What it does: whether it acts at all is not a matter of what a report says."""
    if argv[0] == "gcloud":
        given = tuple(word for word in argv[1:] if not word.startswith("-"))
        acts = _path(given) in _ACTS
    else:
        acts = any("pg_terminate_backend" in word for word in argv)
    if not acts:
        return Effect.READS
    return Effect.RESTARTS if told is Effect.READS else told
