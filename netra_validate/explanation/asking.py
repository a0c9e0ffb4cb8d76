"""What a command by hand needs beside its names: an authority to trust, a token, a password. Pure.

No token and no password is ever in a command. A note says which variable holds it, as the
configuration names it, or which command mints it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from netra_validate.by_hand import Argv
from netra_validate.explanation.naming import Known, is_ours
from netra_validate.model import Finding, ProbeResult
from netra_validate.shell import quoted
from netra_validate.terminal import Shell
from netra_validate.topology import Database, Service

_TRUST: Final = {"curl": "--cacert", "openssl": "-CAfile"}
"""How each programme is told of an authority."""

_LEFT_OPEN: Final = re.compile(r"(?:(?:https://)?\{[a-z_]+\}(?::\{[a-z_]+\})?)(?:/.*)?")
"""An address of which nobody knows the host: whoever fills it in knows where a token goes."""

_OF_A_PERSON: Final = "since only a service account gets a token for one"

_FILE: Final = re.compile(r"[\w/.~:\\][\w/.~:\\ -]*")


def authority(found: Finding | None, known: Known | None) -> str | None:
    """The file of a private authority: the environment's, else that of the finding's remedy."""
    if known is not None:
        ca_file = known.environment.ca_file
        return None if ca_file is None else str(ca_file)
    remedy = None if found is None else found.remediation
    for command in () if remedy is None else remedy.commands:
        for flag, word in pairwise(command.argv):
            if flag == _TRUST["curl"] and _FILE.fullmatch(word):
                return word
    return None


def trusting(commands: Iterable[Argv], ca_file: str | None) -> Iterator[Argv]:
    """The commands, with the private authority of the environment where it has one."""
    for argv in commands:
        flag = _TRUST.get(argv[0])
        if ca_file is None or flag is None:
            yield argv
            continue
        # openssl takes its subcommand first.
        first = 2 if argv[0] == "openssl" else 1
        yield (*argv[:first], flag, ca_file, *argv[first:])


def notes(
    commands: Sequence[Argv], known: Known | None, probe: ProbeResult, shell: Shell
) -> Iterator[tuple[str, str]]:
    """What is to be added by whoever runs them: a sentence, and the words to paste."""
    programmes = {argv[0] for argv in commands}
    resource = None if known is None else known.resource(probe)
    # A report may name any address: a token goes to the service's own.
    asked = {argv[-1] for argv in commands if argv[0] == "curl"}
    is_safe = all(_LEFT_OPEN.fullmatch(each) or is_ours(each, resource) for each in asked)
    if "curl" in programmes and isinstance(resource, Service) and is_safe:
        yield from _of_token(resource, shell)
    if "psql" in programmes and isinstance(resource, Database):
        yield from _of_database(resource, shell)


def _of_token(service: Service, shell: Shell) -> Iterator[tuple[str, str]]:
    if service.auth == "bearer" and service.token_env is not None:
        yield (
            "The service wants a token; add to curl:",
            f'-H "Authorization: Bearer {_variable(service.token_env, shell)}"',
        )
    elif service.auth == "google-id-token":
        yield "The service wants an identity token; add to curl:", _minted((), shell)
        if service.audience:
            yield (
                f"Where it looks for its audience, and {_OF_A_PERSON}, do it as one:",
                _minted((f"--audiences={service.audience}",), shell),
            )


def _minted(flags: Argv, shell: Shell) -> str:
    """The header with the token that ``gcloud`` mints.

    Cloud Run takes a person's, which is for ``gcloud`` itself
    (https://cloud.google.com/run/docs/authenticating/developers): ``--audiences`` is refused with
    the credentials of a person (``surface/auth/print_identity_token.py`` of the Cloud SDK).
    """
    minting = quoted(("gcloud", "auth", "print-identity-token", *flags), shell=shell)
    return f'-H "Authorization: Bearer $({minting})"'


def _of_database(database: Database, shell: Shell) -> Iterator[tuple[str, str]]:
    if database.dsn_env is not None:
        yield (
            "The configuration has a DSN; put it in place of the first argument of psql:",
            f'"{_variable(database.dsn_env, shell)}"',
        )
    elif database.password_env is not None:
        yield f"psql asks for the password; the variable {database.password_env} holds it", ""


def _variable(name: str, shell: Shell) -> str:
    return f"$env:{name}" if shell == "powershell" else f"${name}"
