"""Keep one issue for an environment: open while it has a root cause, closed on recovery.

An issue is known by its label and by the last line of its body, which names the environment and
its root causes in digests. What a report says is untrusted: it stands in a fenced block, where
GitHub sees neither mentions nor markup.

https://docs.github.com/en/rest/issues/issues
"""

# ruff: noqa: INP001 - a script, of no package

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LONGEST = 60_000
"""Characters of the report that a text carries. GitHub takes 65 536 in all."""
TITLE = 200
"""Characters of a title. GitHub takes 256."""
PAGE = 100
"""Issues in one answer, at most."""
PATIENCE_S = 30.0
"""Seconds for one answer."""


@dataclass(frozen=True)
class Repository:
    """The issues of a repository, over GitHub's REST API."""

    url: str
    token: str
    label: str

    def open_issues(self) -> Iterator[dict[str, Any]]:
        """Those with our label, the oldest first. Pull requests are issues too, and left out."""
        query = {"labels": self.label, "state": "open", "direction": "asc", "per_page": PAGE}
        page, full = 1, True
        while full:
            asked = urllib.parse.urlencode(query | {"page": page})
            found = self._ask("GET", f"?{asked}")
            yield from (issue for issue in found if "pull_request" not in issue)
            page, full = page + 1, len(found) == PAGE

    def create(self, title: str, body: str) -> int:
        """Open an issue and give its number. GitHub makes the label where there is none."""
        made = self._ask("POST", "", {"title": title, "body": body, "labels": [self.label]})
        return int(made["number"])

    def update(self, number: int, **fields: str) -> None:
        """Change an issue."""
        self._ask("PATCH", f"/{number}", fields)

    def comment(self, number: int, body: str) -> None:
        """Say something below an issue; people who follow it are told."""
        self._ask("POST", f"/{number}/comments", {"body": body})

    def _ask(self, method: str, path: str, document: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 - JSON
        request = urllib.request.Request(  # noqa: S310 - the runner's own address
            f"{self.url}/issues{path}",
            method=method,
            data=None if document is None else json.dumps(document).encode(),
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": "netra-validate",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - as above
            return json.load(answer)


def main() -> None:
    """Do what the report asks for, and say what was done."""
    report = json.loads(Path(os.environ["REPORT"]).read_text("utf-8"))
    variables = {name: os.environ[f"GITHUB_{name}"] for name in ("API_URL", "REPOSITORY")}
    url = "{API_URL}/repos/{REPOSITORY}".format_map(variables)
    repository = Repository(url, os.environ["TOKEN"], os.environ["LABEL"])
    try:
        done = keep(repository, report, run_url(os.environ))
    except urllib.error.HTTPError as error:
        hint = "; the job needs the permission issues: write" if error.code in {401, 403} else ""
        sys.exit(f"netra-validate: GitHub answers {error.code} to {error.url}{hint}")
    except OSError as error:
        sys.exit(f"netra-validate: GitHub cannot be reached: {error}")
    sys.stdout.write(f"{done}\n")


def run_url(variables: Mapping[str, str]) -> str:
    """The page of this run."""
    return "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}".format_map(
        variables
    )


def keep(repository: Repository, report: Mapping[str, Any], run: str) -> str:
    """Bring the issue of the report's environment up to date, and say how."""
    known = re.escape(marker(report, None)).replace("CAUSES", "[0-9a-f]+") + r"\s*\Z"
    issues = [one for one in repository.open_issues() if re.search(known, one["body"] or "")]
    if report["root_causes"] or report["status"] == "failed":
        return tell(repository, report, run, issues[0] if issues else None)
    if report["status"] == "passed":
        return close(repository, run, [issue["number"] for issue in issues])
    return "nothing could be verified, so that no issue is opened or closed"


def tell(
    repository: Repository, report: Mapping[str, Any], run: str, issue: Mapping[str, Any] | None
) -> str:
    """Open the issue, or update it; a comment says when the causes are others than before."""
    title, body = title_of(report), body_of(report, run)
    if issue is None:
        return f"opened issue {repository.create(title, body)}"
    number = issue["number"]
    if not (issue["body"] or "").rstrip().endswith(marker(report, causes_of(report))):
        repository.comment(number, f"The root causes are others [now]({run}):\n\n{block(report)}")
    repository.update(number, title=title, body=body)
    return f"updated issue {number}"


def close(repository: Repository, run: str, numbers: list[int]) -> str:
    """Close the issues, where there are any."""
    for number in numbers:
        repository.comment(number, f"All that was looked at passes [again]({run}).")
        repository.update(number, state="closed", state_reason="completed")
    return f"closed issue {', '.join(map(str, numbers))}" if numbers else "no issue is needed"


def causes_of(report: Mapping[str, Any]) -> list[str]:
    """Ids of the probes that nothing else explains."""
    return sorted(cause["probe"] for cause in report["root_causes"])


def name_of(report: Mapping[str, Any]) -> str:
    """What people call what was examined."""
    return line(report["environment"] or "The repository")


def title_of(report: Mapping[str, Any]) -> str:
    """One line that names the first root cause."""
    causes = causes_of(report)
    more = f" and {len(causes) - 1} more" if len(causes) > 1 else ""
    first = f": {line(causes[0])}" if causes else ""
    return f"{name_of(report)} is not fit{first}"[: TITLE - len(more)] + more


def body_of(report: Mapping[str, Any], run: str) -> str:
    """What is wrong, where to read more, and the marker."""
    return (
        "netra-validate finds this environment not fit to deploy to or to use:\n\n"
        f"{block(report)}\n\n"
        f"[The last run that saw it]({run}) has the whole report in its summary. "
        "This issue is kept up to date, and closed on recovery.\n\n"
        f"{marker(report, causes_of(report))}\n"
    )


def marker(report: Mapping[str, Any], causes: list[str] | None) -> str:
    """The line by which the issue is found again; without causes, a pattern for any."""
    environment = digest(report["environment"])
    found = "CAUSES" if causes is None else digest(causes)
    return f"<!-- netra-validate environment={environment} causes={found} -->"


def digest(value: object) -> str:
    """A short name for a value, in which nothing of it can be read."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:16]


def block(report: Mapping[str, Any]) -> str:
    """Root causes, their findings and what follows from them, as a fenced block of plain text.

    The fence is longer than any run of backticks in it: https://spec.commonmark.org/0.31.2/#fenced-code-blocks
    """
    text = "\n".join(lines_of(report))
    if len(text) > LONGEST:
        text = text[:LONGEST] + " …"
    fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`+", text))])
    return f"{fence}text\n{text}\n{fence}"


def lines_of(report: Mapping[str, Any]) -> Iterator[str]:
    """What the block says."""
    probes = {probe["id"]: probe for probe in report["probes"]}
    yield name_of(report)
    for cause in report["root_causes"]:
        yield ""
        yield line(cause["probe"])
        for found in probes[cause["probe"]]["findings"]:
            if found["waived"] is None:
                yield f"  {line(found['message'])} ({line(found['rule'])})"
        if cause["explains"]:
            yield f"  explains {line(', '.join(cause['explains']))}"


def line(text: str) -> str:
    """Text on one line."""
    return " ".join(text.split())


if __name__ == "__main__":
    main()
