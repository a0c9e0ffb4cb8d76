"""Install the netra-validate that this file is part of, in an environment of its own.

What it depends on has the versions and hashes of ``.ci/constraints.txt``, and is never built from
source. Nothing of the job's own Python is used or changed. A second use in the same job finds what
the first has installed.
"""

# ruff: noqa: INP001 - a script, of no package
from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONSTRAINTS = ROOT / ".ci" / "constraints.txt"


def main() -> None:
    """Install, and tell the steps that follow which Python has it."""
    environment = folder_of(ROOT)
    python = program(environment, "python")
    done = environment / "netra-validate-is-installed"
    if not done.exists():
        venv.create(environment, clear=True, with_pip=True)
        install(python, program(environment, "uv"))
        done.touch()
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as outputs:
        outputs.write(f"python={python}\n")


def folder_of(root: Path) -> Path:
    """Where the version that lies at ``root`` is installed: two versions may serve one job."""
    name = hashlib.sha256(bytes(root)).hexdigest()[:12]
    return Path(os.environ["RUNNER_TEMP"]) / "netra-validate" / name


def program(environment: Path, name: str) -> Path:
    """Where a virtual environment has a program."""
    windows = os.name == "nt"
    return environment / ("Scripts" if windows else "bin") / (f"{name}.exe" if windows else name)


def install(python: Path, uv: Path) -> None:
    """Install uv with pip, since pip cannot hold a folder's dependencies to hashes, and uv can."""
    pip = (python, "-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    call(*pip, "--require-hashes", "--only-binary=:all:", "-r", HERE / "uv.txt")
    pinned = ("--constraint", CONSTRAINTS, "--build-constraint", CONSTRAINTS)
    binaries = ("--only-binary", ":all:", "--no-binary", "netra-validate")
    call(uv, "pip", "install", "--quiet", "--python", python, *pinned, *binaries, ROOT)


def call(*command: str | Path) -> None:
    """Run a command in the folder of this version, where no settings of the job's project apply."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=ROOT, env=clean, check=False)  # noqa: S603 - made above
    if done.returncode:
        sys.exit(f"netra-validate: installing failed with exit code {done.returncode}")


if __name__ == "__main__":
    main()
