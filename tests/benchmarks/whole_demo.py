"""All checks at once on a healthy sandbox, beside the slowest probe and all imports of the run."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator

from measuring import Row

from netra_validate.sandbox import launch

ROUNDS = 5

RUN = """
import sys
from pathlib import Path
from netra_validate import config, registry
from netra_validate.plan import Limits, plan
from netra_validate.threads import run_to_end
from netra_validate.validation import validate
"""

BOTH = """
import json
file = Path(sys.argv[1])
planned = plan(registry.load(), config.load(file), "sandbox", file.parent)
before = set(sys.modules)
cold = run_to_end(validate(planned, Limits()))
names = [name for name in sys.modules if name not in before]
warm = run_to_end(validate(planned, Limits()))
slowest = max(warm.probes, key=lambda probe: probe.duration_s)
print(json.dumps([cold.duration_s, slowest.duration_s, slowest.id, names]))
"""

IMPORTS = """
import importlib, time
from contextlib import suppress
started = time.perf_counter()
for name in sys.stdin.read().split():
    with suppress(ImportError):  # made by another module while it is imported
        importlib.import_module(name)
print(time.perf_counter() - started)
"""


def measure() -> Iterator[Row]:
    with launch(["healthy"]) as sandbox:
        _round(str(sandbox.config_path))  # compiles what is imported
        rounds = [_round(str(sandbox.config_path)) for _ in range(ROUNDS)]
    together = statistics.median(each[0] for each in rounds)
    beside = statistics.median(each[1] for each in rounds)
    yield Row(f"all checks beside {rounds[-1][2]} and imports", together, beside, "at most 1.3×")


def _round(config: str) -> tuple[float, float, str]:
    """All at once; the slowest probe of a second run and the imports of the first; that probe."""
    cold, slowest, probe, names = json.loads(_python(RUN + BOTH, config))
    return cold, slowest + float(_python(RUN + IMPORTS, given=" ".join(names))), probe


def _python(program: str, *arguments: str, given: str = "") -> str:
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        input=given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
