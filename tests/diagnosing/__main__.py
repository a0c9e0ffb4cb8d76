"""`python tests/diagnosing` prints the table; with `--record`, the evidence is written anew."""

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent))

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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--record", action="store_true")
    parser.add_argument("scenario", nargs="*", help="record these only")
    given = parser.parse_args()
    runs = ScenarioRuns()
    try:
        if given.record:
            _record(runs, given.scenario)
        print(*table.markdown(table.scores(runs.planned(), evidence.load())), sep="\n")
    finally:
        runs.close()


main()
