"""All source checks on large trees, beside one ``git grep -c`` over the same tree.

One tree is generated: tests, markers, hosts, no coroutines. The other is what people wrote: the
packages that are installed here, as often as it takes.
"""

from __future__ import annotations

import os
import random
import resource
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from measuring import Row, command, in_turns

FILES = 20_000
FILE_SIZE = 20_000  # bytes: 400 MB in all
ROUNDS = 3
MARKERS = ("slow", "integration", "smoke", "network")

CONFIGURATION = """
[environments.staging.domains]
managed = ["netra.example"]
canonical = ["staging.netra.example"]
[environments.staging.domains.retired]
"*.staging.netra.example" = "staging.netra.example"
[checks.single-definition]
single = ["WebSocketManager", "HTTPError"]
[checks.single-definition.budgets]
"*Manager" = 100000
"""


def measure() -> Iterator[Row]:
    """Both by the clock and by processor time, which a busy machine does not stretch as much."""
    with tempfile.TemporaryDirectory() as bytecode:
        for what, fill, codes in (("generated", generate, (1,)), ("real", copy_installed, (0, 1))):
            with tempfile.TemporaryDirectory() as folder:
                fill(Path(folder))
                yield from _measure(what, Path(folder), Path(bytecode), codes)


def _measure(what: str, root: Path, bytecode: Path, codes: Sequence[int]) -> Iterator[Row]:
    # As where the tool is installed: its modules are compiled once and for all.
    compiled = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    compiled["PYTHONPYCACHEPREFIX"] = str(bytecode)
    grep = partial(command, "git", "grep", "-c", "staging.netra.example", cwd=root, expect=(0, 1))
    beside = min(_spent(grep) for _ in range(ROUNDS))
    for checks, aim in ((("domains", "pytest-markers"), "at most 3×"), ((), "at most 6×")):
        ours = partial(
            command, sys.executable, "-m", "netra_validate", "run", *checks, "--plane", "source",
            "--timeout", "300s", "--deadline", "600s", "-o", "json", cwd=root, env=compiled,
            expect=codes,
        )  # fmt: skip
        named = " and ".join(checks) or "all checks"
        taken, meanwhile = in_turns(ours, grep, ROUNDS)
        yield Row(f"{named}, {FILES} {what} files, `git grep -c`", taken, meanwhile, aim)
        spent = min(_spent(ours) for _ in range(ROUNDS))
        yield Row("  the same, processor time of all processes", spent, beside, aim)


def _spent(work: Callable[[], object]) -> float:
    """Seconds of processor time that the processes of ``work`` take."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def generate(root: Path, seed: int = 1) -> None:
    """A repository of Python files: most are tests, some name hosts, few are at fault."""
    chance = random.Random(seed)
    words = [f"{chance.choice('abcdefgh')}{chance.randrange(10**6):06d}" for _ in range(2000)]
    for number in range(FILES):
        path = root / f"package_{number // 200:03d}" / f"test_{number:05d}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(_content(chance, words, number), encoding="utf-8")
    _configure(root)
    _commit(root)


def copy_installed(root: Path) -> None:
    """A repository of the Python files of all packages that are installed, over and over."""
    installed = Path(sysconfig.get_path("purelib"))
    files = sorted(path.relative_to(installed) for path in installed.rglob("*.py"))
    for number in range(FILES):
        copy, index = divmod(number, len(files))
        path = root / f"copy_{copy}" / files[index]
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(installed / files[index], path)
    _configure(root)
    _commit(root)


def _configure(root: Path) -> None:
    markers = ", ".join(f'"{name}: as it says"' for name in MARKERS)
    (root / "pyproject.toml").write_text(
        f'[tool.pytest.ini_options]\naddopts = "--strict-markers"\nmarkers = [{markers}]\n'
    )
    (root / "netra-validate.toml").write_text(CONFIGURATION)


def _commit(root: Path) -> None:
    for words_of_git in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "generated"]):
        subprocess.run(
            ["git", "-c", "user.name=b", "-c", "user.email=b@example.org", *words_of_git],
            cwd=root,
            check=True,
        )


def _content(chance: random.Random, words: list[str], number: int) -> str:
    lines = ["import pytest", ""]
    if number % 20 == 0:
        lines.append('URL = "https://staging.netra.example/health"')
    if number % 400 == 0:
        lines.append('OLD = "https://api.staging.netra.example/health"')
    size = 0
    while size < FILE_SIZE:
        marker = "slwo" if number % 1000 == 0 else chance.choice(MARKERS)
        block = [f"@pytest.mark.{marker}", f"def test_{chance.choice(words)}_{size}():"]
        block += [
            f"    {chance.choice(words)} = {' + '.join(chance.choices(words, k=8))}"
            for _ in range(12)
        ]
        lines += block
        size += sum(map(len, block)) + len(block)
    return "\n".join(lines) + "\n"
