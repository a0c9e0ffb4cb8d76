"""The table of requirements as Markdown, each scenario run once.

uv run python tests/requirements            # every row
uv run python tests/requirements A17 05     # some
"""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path

sys.path.insert(1, str(Path(__file__).resolve().parent.parent))

from rows import ROWS, Row, Said
from scenario_runs import ScenarioRuns
from seen import seen


def main() -> None:
    wanted = set(sys.argv[1:])
    print("| # | asked | scenario | rule | seen |\n|---|---|---|---|---|")
    with closing(ScenarioRuns()) as runs:
        for row in ROWS:
            if not wanted or row.id in wanted:
                for line in _lines(row, runs):
                    print(line, flush=True)


def _lines(row: Row, runs: ScenarioRuns) -> list[str]:
    cells = [_cells(said, runs) for said in row.said]
    cells += [("", "", f"`{test.rpartition('::')[2]}`") for test in row.tests]
    first = [(row.id, row.asked)] + [("", "")] * (len(cells) - 1)
    return [
        f"| {' | '.join(_plain(each) for each in (*head, *tail))} |"
        for head, tail in zip(first, cells, strict=True)
    ]


def _cells(said: Said, runs: ScenarioRuns) -> tuple[str, str, str]:
    rule = f"`{said.rule}`" if said.rule else "(none)"
    return f"`{said.scenario}`", rule, seen(said, runs.report(said.scenario))


def _plain(text: str) -> str:
    """One cell: a message may hold what divides cells."""
    return " ".join(text.split()).replace("|", "\\|")


if __name__ == "__main__":
    main()
