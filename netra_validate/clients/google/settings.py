"""What a revision gives to its program: an account, variables and secrets. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from netra_validate.clients.google.messages import segment, short
from netra_validate.clients.google.revisions import DEFAULT_PORT, Serving

if TYPE_CHECKING:
    from google.cloud import run_v2


@dataclass(frozen=True, slots=True, order=True)
class SecretUse:
    """A version of a secret that a revision reads."""

    project: str
    """Id or number."""
    secret: str
    version: str
    """A number, an alias or ``latest``; empty where the revision names none."""
    used_as: str
    """``variable JWT_SECRET`` or ``volume keys``."""

    @property
    def name(self) -> str:
        """The secret's whole name."""
        return f"projects/{self.project}/secrets/{self.secret}"


@dataclass(frozen=True, slots=True)
class Variable:
    """An environment variable of one container."""

    name: str
    container: str
    value: str | None = field(repr=False)
    """Never to be shown; None where it comes from a secret."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one revision gives to its program."""

    serving: Serving
    account: str
    """E-mail address of the service account; empty where the revision does not say."""
    containers: int = 1
    port: int = DEFAULT_PORT
    """On which it takes requests."""
    variables: tuple[Variable, ...] = ()
    secrets: tuple[SecretUse, ...] = ()

    @property
    def revision(self) -> str:
        """Its short name."""
        return self.serving.target.name


def settings(
    serving: Serving, source: run_v2.Revision | run_v2.RevisionTemplate, project: str
) -> Settings:
    """From a revision, or from the template that it was made from.

    Args:
        serving: which one it is.
        source: the message.
        project: of the service; secrets are there where their name says nothing else
            (``SecretKeySelector.secret``, Run v2).
    """
    return Settings(
        serving,
        source.service_account,
        len(source.containers),
        _port(source),
        tuple(_variables(source)),
        secret_uses(source, project),
    )


def _port(source: run_v2.Revision | run_v2.RevisionTemplate) -> int:
    """That of the container that takes requests: it alone has one (``Container.ports``, Run v2)."""
    told = (port.container_port for each in source.containers for port in each.ports)
    return next((port for port in told if port), DEFAULT_PORT)


def secret_uses(
    source: run_v2.Revision | run_v2.RevisionTemplate, project: str
) -> tuple[SecretUse, ...]:
    """The secrets of a revision, or of a template; the arguments as of :func:`settings`."""
    return tuple(sorted({*_from_variables(source, project), *_from_volumes(source, project)}))


def plain_variables(source: run_v2.Revision | run_v2.RevisionTemplate) -> tuple[str, ...]:
    """The names of the variables whose values stand in the revision itself."""
    names = {each.name for each in _variables(source) if each.value is not None}
    return tuple(sorted(names))


def _variables(source: run_v2.Revision | run_v2.RevisionTemplate) -> Iterator[Variable]:
    for container in source.containers:
        for each in container.env:
            plain = "value_source" not in each
            yield Variable(each.name, container.name, each.value if plain else None)


def _from_variables(
    source: run_v2.Revision | run_v2.RevisionTemplate, project: str
) -> Iterator[SecretUse]:
    for container in source.containers:
        for each in container.env:
            ref = each.value_source.secret_key_ref
            if ref.secret:
                yield _use(ref.secret, ref.version, f"variable {each.name}", project)


def _from_volumes(
    source: run_v2.Revision | run_v2.RevisionTemplate, project: str
) -> Iterator[SecretUse]:
    """Without items, a volume holds the latest version (``SecretVolumeSource.items``, Run v2)."""
    for volume in source.volumes:
        if not volume.secret.secret:
            continue
        for version in [item.version for item in volume.secret.items] or ["latest"]:
            yield _use(volume.secret.secret, version, f"volume {volume.name}", project)


def _use(named: str, version: str, used_as: str, project: str) -> SecretUse:
    return SecretUse(segment(named, "projects") or project, short(named), version, used_as)
