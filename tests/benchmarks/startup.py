"""``--help`` and ``list`` beside importing the two libraries that they stand on."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from functools import partial

from measuring import Row, command, in_turns

ROUNDS = 15


def measure() -> Iterator[Row]:
    bare = partial(command, sys.executable, "-c", "import typer, rich")
    with tempfile.TemporaryDirectory() as folder:
        for word in ("--help", "list"):
            ours = partial(command, sys.executable, "-m", "netra_validate", word, cwd=folder)
            taken, beside = in_turns(ours, bare, ROUNDS)
            yield Row(f"{word} beside `import typer, rich`", taken, beside, "at most 3×")
