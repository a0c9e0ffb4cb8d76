"""Ratios to something real, measured side by side in one run.

    uv run python tests/benchmarks            # all of them
    uv run python tests/benchmarks startup    # one

Machines differ and are shared; a ratio between two things that alternate on the same machine says
more than seconds. Nothing here is a test: no number fails a build.
"""

from __future__ import annotations

import importlib
import os
import sys

BENCHMARKS = ("startup", "healthy_demo", "whole_demo", "source_plane", "many_services")


def main() -> None:
    # As on a user's machine: every start but the first finds compiled modules.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    names = sys.argv[1:] or BENCHMARKS
    print(f"{'what':64} {'ours':>10} {'beside it':>10} {'ratio':>7}  aim")
    for name in names:
        for row in importlib.import_module(name).measure():
            print(row, flush=True)


if __name__ == "__main__":
    main()
