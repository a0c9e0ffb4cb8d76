"""What the shell and gcloud's own configuration say of the project and the region."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from netra_validate.guessing.facts import Facts, Found, valid

PROJECT_VARIABLES: Final = (
    "CLOUDSDK_CORE_PROJECT",
    "GOOGLE_CLOUD_PROJECT",
    "CLOUDSDK_PROJECT",
    "GCLOUD_PROJECT",
    "GCP_PROJECT",
)
"""gcloud's own, the client libraries', and what google-github-actions/auth sets beside them."""

REGION_VARIABLES: Final = (
    "CLOUDSDK_RUN_REGION",
    "CLOUDSDK_COMPUTE_REGION",
    "GOOGLE_CLOUD_REGION",
    "GOOGLE_CLOUD_LOCATION",
)

_CONFIGURATION_NAME: Final = re.compile(r"[a-z][-a-z0-9]*")
"""``_VALID_CONFIG_NAME_REGEX`` of gcloud; nothing else may become part of a path."""

_LARGEST: Final = 65_536
"""Bytes of gcloud's files that are read; they have a few hundred."""


def facts(variables: Mapping[str, str], home: Path) -> Facts:
    """What is said outside of the repository, in the order in which gcloud would ask."""
    name, properties = _active_properties(variables, home)
    origin = f"the gcloud configuration {name!r}"
    projects = [*_of_variables("project", PROJECT_VARIABLES, variables)]
    regions = [*_of_variables("region", REGION_VARIABLES, variables)]
    if project := valid("project", properties.get("core/project")):
        projects.append(Found(project, origin))
    regions += [
        Found(region, origin)
        for key in ("run/region", "compute/region")
        if (region := valid("region", properties.get(key)))
    ]
    return Facts(projects=tuple(projects), regions=tuple(regions))


def _of_variables(
    kind: str, names: tuple[str, ...], variables: Mapping[str, str]
) -> Iterator[Found]:
    for name in names:
        if value := valid(kind, variables.get(name)):
            yield Found(value, f"${name}")


def _active_properties(variables: Mapping[str, str], home: Path) -> tuple[str, dict[str, str]]:
    """The name of gcloud's active configuration, and its properties as ``section/name``.

    Read as gcloud reads them (googlecloudsdk/core/config.py and named_configs.py): the folder
    ``CLOUDSDK_CONFIG``, in it ``active_config``, and ``configurations/config_NAME``.
    """
    folder = config_folder(variables, home)
    name = variables.get("CLOUDSDK_ACTIVE_CONFIG_NAME") or _read(folder / "active_config").strip()
    name = name if _CONFIGURATION_NAME.fullmatch(name) else "default"
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    try:
        parser.read_string(_read(folder / "configurations" / f"config_{name}"))
    except configparser.Error:
        return name, {}
    return name, {
        f"{section}/{key}": value
        for section in parser.sections()
        for key, value in parser.items(section)
        if value is not None
    }


def config_folder(variables: Mapping[str, str], home: Path) -> Path:
    """Where gcloud keeps its configuration."""
    if named := variables.get("CLOUDSDK_CONFIG"):
        return Path(named)
    if os.name == "nt" and (roaming := variables.get("APPDATA")):
        return Path(roaming) / "gcloud"
    return home / ".config" / "gcloud"


def _read(path: Path) -> str:
    """A small file; nothing where there is none."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(_LARGEST).decode("utf-8", "replace")
    except OSError:
        return ""
