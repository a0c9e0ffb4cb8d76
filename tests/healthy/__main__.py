"""Many environments in which nothing is wrong, judged by all checks.

uv run python -m tests.healthy --count 10000 --seed 1

An *environment* is one configuration of 1 to 6 services with, as drawn, a database, a connector, a
load balancer, hosts, certificates, accounts, secrets, logs, measurements and a repository of its
own. Project, region, time zone and clocks are drawn, and so is what a newer version of the APIs may
tell, leave out or put into another order. Each is loaded from its TOML and judged by the real
engine with every registered check, through the real clients: gRPC, REST over HTTP, TLS and
WebSocket on loopback, a real PostgreSQL, git and files for the repository. Servers and run share
one process, which is what makes it fast. What counts as a false alarm is every finding, and every
probe that could not be verified; only notes of oddities that were drawn on purpose are right, such
as a marker that is used nowhere.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent))

from alarms import Judging, alarms
from hypothesis import HealthCheck, Phase, given, seed, settings
from staged import Environment
from varied import environments

_BATCH = 100
"""Environments that Hypothesis draws from one seed: what it remembers of them grows with them."""


def main() -> int:
    parser = argparse.ArgumentParser(description="Judge healthy environments drawn at random")
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--show", type=int, default=5, help="false alarms of each kind to show")
    asked = parser.parse_args()
    warnings.simplefilter("error", UserWarning)  # such as proto-plus gives of what it does not know
    counted: Counter[str] = Counter()
    done = 0
    began, processor = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder, Judging(Path(folder)) as judging:
        while done < asked.count:
            number = asked.seed * 1_000_000 + done
            done += _batch(judging, number, min(_BATCH, asked.count - done), counted, asked.show)
            print(_told(done, counted, began, processor), flush=True)
    return 1 if counted else 0


def _batch(judging: Judging, number: int, size: int, counted: Counter[str], most_shown: int) -> int:
    done = 0

    @seed(number)
    @settings(
        max_examples=size, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(environments())
    def every(environment: Environment) -> None:
        nonlocal done
        done += 1
        for alarm in alarms(judging.report(environment), environment.notes):
            counted[alarm.kind] += 1
            if counted[alarm.kind] <= most_shown:
                print(f"seed {number}, environment {done}: {alarm.text}", flush=True)

    every()
    return done


def _told(done: int, counted: Counter[str], began: float, processor: float) -> str:
    wall, used = time.perf_counter() - began, time.process_time() - processor
    found = ", ".join(f"{kind} {number}" for kind, number in counted.most_common()) or "none"
    return f"{done} environments, false alarms: {found}; {wall:.0f} s, processor {used:.0f} s"


if __name__ == "__main__":
    sys.exit(main())
