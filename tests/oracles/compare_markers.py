"""Compares the check ``pytest-markers`` with a real pytest, file by file, on public projects.

    python -m tests.oracles.compare_markers attrs==25.3.0 click==8.2.1 …

Each source distribution is fetched with pip and looked at twice: as it is, and with the markers of
its configuration taken away, so that there is something to refuse. A virtual environment gets
pytest, the project where it installs, and those plug-ins that it declares. Then the real pytest
collects with ``--strict-markers``, and both verdicts are laid side by side.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from checks.pytest_markers import PytestMarkers
from checks.pytest_markers.configuration import NAMES
from checks.pytest_markers.known_plugins import MARKERS_OF, normalised
from checks.pytest_markers.requirements import Requirements, declared_in, declares
from netra_validate import Repository, Severity
from netra_validate.testing import run_check

HERE = Path(__file__).parent
_MARKERS = re.compile(r"(?m)^markers(\s*[=:])")


@dataclass
class Comparison:
    """How the two verdicts on one tree compare."""

    project: str
    variant: str
    agreed_accepted: int = 0
    agreed_refused: int = 0
    not_imported: Counter[str] = field(default_factory=Counter)
    """Files that the real pytest could not import or skipped, by the reason."""
    explained: list[str] = field(default_factory=list)
    differing: list[str] = field(default_factory=list)

    @property
    def compared(self) -> int:
        """Files on which both had a verdict."""
        agreed = self.agreed_accepted + self.agreed_refused
        return agreed + len(self.explained) + len(self.differing)

    def line(self) -> str:
        """One row of the table."""
        return (
            f"{self.project:<24} {self.variant:<12} compared {self.compared:>4}  accepted "
            f"{self.agreed_accepted:>4}  refused {self.agreed_refused:>4}  explained "
            f"{len(self.explained):>3}  differing {len(self.differing):>3}  not imported "
            f"{sum(self.not_imported.values()):>3}"
        )


def fetch(requirement: str, folder: Path) -> Path:
    """The unpacked source distribution of ``name==version``."""
    archives = folder / "archives"
    subprocess.run(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:",
         "--dest", archives / requirement, requirement],
        check=True,
    )  # fmt: skip
    (archive,) = (archives / requirement).iterdir()
    target = folder / requirement
    if archive.suffix == ".zip":
        zipfile.ZipFile(archive).extractall(target)
    else:
        with tarfile.open(archive) as opened:
            opened.extractall(target, filter="data")
    (tree,) = target.iterdir()
    return tree


def without_markers(tree: Path) -> Path:
    """A copy of the tree whose configuration registers nothing."""
    copy = tree.with_name(f"{tree.name}-bare")
    shutil.copytree(tree, copy, symlinks=True)
    for name in NAMES:
        path = copy / name
        if path.is_file():
            text = path.read_text(encoding="utf-8")
            path.write_text(_MARKERS.sub(r"not_markers\1", text), encoding="utf-8")
    return copy


def requirements_of(tree: Path) -> Requirements:
    """What the project declares, by the check's own reading."""
    found = Requirements()
    for path in tree.rglob("*"):
        relative = path.relative_to(tree).as_posix()
        if path.is_file() and declares(relative):
            found |= declared_in(relative, path.read_text(encoding="utf-8", errors="replace"))
    return found


def environment_for(tree: Path, folder: Path) -> Path:
    """The Python of a virtual environment with pytest, the project and the plug-ins it declares."""
    where = folder / f"venv-{tree.name}"
    python = where / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet"]
    plugins = requirements_of(tree).names & MARKERS_OF.keys()
    subprocess.run([sys.executable, "-m", "venv", where], check=True)
    subprocess.run([*install, "pytest", *sorted(plugins)], check=True)
    # Where it does not build, its sources are put on the path and the rest is stubbed.
    subprocess.run([*install, tree], check=False, capture_output=True)
    return python


def ask_pytest(tree: Path, python: Path) -> dict[str, object]:
    """What the real pytest says of each file that it collects."""
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        environment = os.environ | {
            "MARKER_ORACLE_REPORT": report.name,
            "PYTHONPATH": os.pathsep.join(map(str, (HERE, *_sources(tree, python)))),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        done = subprocess.run(
            # Only what would keep it from starting without the project's own environment is
            # overridden.
            [python, "-m", "pytest", "-p", "marker_oracle", "--strict-markers", "--collect-only",
             "-q", "-p", "no:cacheprovider", "-o", "addopts=", "-o", "required_plugins=",
             "-o", "filterwarnings=", "-W", "ignore", "--continue-on-collection-errors"],
            cwd=tree, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        text = Path(report.name).read_text(encoding="utf-8")
    if not text:
        raise SystemExit(f"{tree}: {done.stdout[-2000:]}{done.stderr[-2000:]}")
    return json.loads(text)


def _sources(tree: Path, python: Path) -> tuple[Path, ...]:
    """What to put on the path of a project that could not be installed."""
    listed = subprocess.run(
        [python, "-m", "pip", "list", "--format=freeze"], capture_output=True, text=True, check=True
    ).stdout
    name = normalised(tree.name.rpartition("-")[0].removesuffix("-bare"))
    installed = any(normalised(line.partition("==")[0]) == name for line in listed.splitlines())
    return () if installed else (tree / "src", tree)


def ask_check(tree: Path) -> tuple[frozenset[str], frozenset[tuple[str, str]]]:
    """The files that the check says pytest refuses, and every use that it says anything about."""
    options = PytestMarkers.Options(unused=False)
    result = run_check(PytestMarkers, Repository(root=tree), options=options, timeout_s=300)
    if result.trace:
        raise SystemExit(result.trace)
    uses = [found for found in result.findings if found.rule == "pytest-markers.unregistered"]
    refused = {
        found.location.path
        for found in uses
        if found.location is not None
        and found.severity is Severity.ERROR
        and "looked_up" not in found.evidence
    }
    spoken = {
        (found.location.path, str(found.evidence["name"])) for found in uses if found.location
    }
    return frozenset(refused), frozenset(spoken)


def compare(project: str, variant: str, tree: Path, python: Path) -> Comparison:
    """Both verdicts on one tree, side by side."""
    result = Comparison(project, variant)
    told = ask_pytest(tree, python)
    refused, spoken = ask_check(tree)
    raised = list(_raised(told, tree))
    for path, verdict in sorted(told["files"].items()):
        real = verdict == "refused"
        if not real and verdict != "accepted":
            result.not_imported[verdict[:100]] += 1
        elif real == (path in refused):
            result.agreed_refused += real
            result.agreed_accepted += not real
        elif real and any(use in spoken for use in raised if use[0] != path):
            result.explained.append(f"{path}: refused for a module that it imports")
        else:
            result.differing.append(f"{path}: pytest {verdict}, the check {path in refused}")
    return result


def _raised(told: dict[str, object], tree: Path) -> Iterator[tuple[str, str]]:
    for entry in told["refused"]:
        where = Path(str(entry["raised_in"]))
        if where.is_relative_to(tree):
            yield where.relative_to(tree).as_posix(), str(entry["name"])


def main(projects: list[str]) -> int:
    """Compare on each project; 1 if anything differs."""
    differing = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for project in projects:
            tree = fetch(project, folder)
            python = environment_for(tree, folder)
            for variant, root in (("as it is", tree), ("no markers", without_markers(tree))):
                found = compare(project, variant, root.resolve(), python)
                differing += len(found.differing)
                sys.stdout.write(f"{found.line()}\n")
                for text in (*found.explained[:5], *found.differing):
                    sys.stdout.write(f"    {text}\n")
                for reason, count in found.not_imported.most_common(6):
                    sys.stdout.write(f"    {count} not imported: {reason}\n")
                sys.stdout.flush()
    return int(differing > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
