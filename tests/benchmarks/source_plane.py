"""Both source checks on a large generated tree, beside one ``git grep -c`` over the same tree."""

from __future__ import annotations

import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from measuring import Row, command, in_turns

FILES = 20_000
FILE_SIZE = 20_000  # bytes: 400 MB in all
ROUNDS = 5
MARKERS = ("slow", "integration", "smoke", "network")

CONFIGURATION = """
[environments.staging.domains]
managed = ["netra.example"]
canonical = ["staging.netra.example"]
[environments.staging.domains.retired]
"*.staging.netra.example" = "staging.netra.example"
"""


def measure() -> Iterator[Row]:
    """Both by the clock and by processor time, which a busy machine does not stretch as much."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as bytecode:
        root = Path(folder)
        generate(root)
        # As where the tool is installed: its modules are compiled once and for all.
        compiled = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        compiled["PYTHONPYCACHEPREFIX"] = bytecode
        ours = partial(
            command, sys.executable, "-m", "netra_validate", "run", "--plane", "source",
            "-o", "json", cwd=root, env=compiled, expect=(1,),
        )  # fmt: skip
        grep = partial(command, "git", "grep", "-c", "staging.netra.example", cwd=root)
        taken, beside = in_turns(ours, grep, ROUNDS)
        what = f"domains and pytest-markers on {FILES} files beside `git grep -c`"
        yield Row(what, taken, beside, "at most 3×")  # noqa: RUF001
        spent = min(_spent(ours) for _ in range(ROUNDS))
        beside = min(_spent(grep) for _ in range(ROUNDS))
        yield Row("the same, processor time of all processes", spent, beside, "at most 3×")  # noqa: RUF001


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
    markers = ", ".join(f'"{name}: as it says"' for name in MARKERS)
    (root / "pyproject.toml").write_text(
        f'[tool.pytest.ini_options]\naddopts = "--strict-markers"\nmarkers = [{markers}]\n'
    )
    (root / "netra-validate.toml").write_text(CONFIGURATION)
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
