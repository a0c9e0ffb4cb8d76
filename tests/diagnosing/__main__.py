"""`python tests/diagnosing` prints the table of root causes.

With `--record`, the evidence of scenarios is written anew first. With `--live N`, so many pairs are
run for real instead, with `--incidents N` sets of three or four scenarios; where expectation,
composition and run do not agree, all three are printed.
"""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent))

import live
import scenario_evidence as evidence
import table
from scenario_runs import ScenarioRuns

from netra_validate.sandbox import SCENARIOS


def _record(runs, names):
    seen = evidence.load() if evidence.FILE.exists() and names else {}
    for name in names or SCENARIOS:
        seen[name] = evidence.of(runs.report(name))
    kept = {name: seen[name] for name in SCENARIOS if name in seen}
    lines = (
        f"{json.dumps(name)}: {json.dumps(told, sort_keys=True)}" for name, told in kept.items()
    )
    evidence.FILE.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")


def _live(runs, cases):
    agree = done = 0
    for seen in live.judged(runs, cases):
        done += 1
        agree += seen.agrees
        if not seen.agrees:
            print(*seen.lines, sep="\n", flush=True)
        if done % 25 == 0 or done == len(cases):
            print(f"{done} of {len(cases)} run for real, {agree} agree", flush=True)
    return agree == done


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--live", type=int, default=0, metavar="N", help="run N pairs for real")
    parser.add_argument("--incidents", type=int, default=0, metavar="N", help="and N incidents")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("scenario", nargs="*", help="record these only")
    given = parser.parse_args()
    runs = ScenarioRuns()
    try:
        if given.record:
            _record(runs, given.scenario)
        if given.live or given.incidents:
            cases = live.pairs(given.live, given.seed) + live.incidents(given.incidents, given.seed)
            return 0 if _live(runs, cases) else 1
        print(*table.markdown(table.scores(runs.planned(), evidence.load())), sep="\n")
        return 0
    finally:
        runs.close()


if __name__ == "__main__":
    sys.exit(main())
