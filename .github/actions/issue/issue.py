"""Keep one issue for an environment: open while it has a root cause, closed on recovery.

An issue is known by its label and by the last line of its body, which names the environment and
its root causes in digests. A line above it names the probes that were causes: it is closed only
once each of them came to its end without a failure. What a report says is untrusted: it stands in a
fenced block, where GitHub sees neither mentions nor markup.

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

LONGEST = 50_000
"""Characters of the report that a text carries. GitHub takes 65 536 in all."""
TITLE = 200
"""Characters of a title. GitHub takes 256."""
PAGE = 100
"""Issues in one answer, at most."""
ALIKE = 5
"""Places of findings that say the same; the others are counted."""
WATCHED = 6_000
"""Characters of the names of probes that an issue waits for; they stand in twice as many."""
ENDED = frozenset({"pass", "warn"})
"""Outcomes of a probe that came to its end and found nothing that fails."""
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
    try:
        report = read(Path(os.environ["REPORT"]))
    except UnreadableError as error:
        sys.stderr.write(f"netra-validate: {error}\n")
        sys.exit(2)
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


class UnreadableError(Exception):
    """The file is no report of netra-validate."""


def read(path: Path) -> dict[str, Any]:
    """The report in a file.

    Raises:
        UnreadableError: there is none, or not all of it.
    """
    name = plain(str(path))
    try:
        report = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is cut off or no JSON"
        raise UnreadableError(f"the report {name} cannot be read: {why}") from None
    try:
        complete = is_report(report)
    except (AttributeError, KeyError, TypeError, ValueError):
        complete = False
    if not complete:
        raise UnreadableError(f"{name} is no JSON report of netra-validate")
    return dict(report)


def is_report(report: Mapping[str, Any]) -> bool:
    """Whether everything is there that is read below; some of what is not raises."""
    said = [report["status"], report["environment"] or ""]
    probes = {probe["id"]: probe for probe in report["probes"]}
    said += [*probes, *(probe["outcome"] for probe in probes.values())]
    said += [found["waived"] or "" for probe in probes.values() for found in probe["findings"]]
    for cause in report["root_causes"]:
        said += [cause["probe"], *cause["explains"]]
        for found in probes[cause["probe"]]["findings"]:
            said += [found["message"], found["rule"], place_of(found), found["waived"] or ""]
    return all(isinstance(one, str) for one in said)


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
        return recovered(repository, report, run, issues)
    return "nothing could be verified, so that no issue is opened or closed"


def tell(
    repository: Repository, report: Mapping[str, Any], run: str, issue: Mapping[str, Any] | None
) -> str:
    """Open the issue, or update it; a comment says when the causes are others than before."""
    before = (issue["body"] or "") if issue else ""
    title, body = title_of(report), body_of(report, run, before)
    if issue is None:
        return f"opened issue {repository.create(title, body)}"
    number = issue["number"]
    if not before.rstrip().endswith(marker(report, causes_of(report))):
        repository.comment(number, f"The root causes are others [now]({run}):\n\n{block(report)}")
    repository.update(number, title=title, body=body)
    return f"updated issue {number}"


def recovered(
    repository: Repository, report: Mapping[str, Any], run: str, issues: list[dict[str, Any]]
) -> str:
    """Close the issues whose probes are all well; say why the others stay open."""
    unseen = {issue["number"]: waiting(issue["body"] or "", report) for issue in issues}
    said = [stays_open(number, probes) for number, probes in unseen.items() if probes]
    numbers = [number for number, probes in unseen.items() if not probes]
    if numbers or not said:
        said.insert(0, close(repository, run, numbers))
    return "\n".join(said)


def close(repository: Repository, run: str, numbers: list[int]) -> str:
    """Close the issues, where there are any."""
    for number in numbers:
        repository.comment(number, f"All that was looked at passes [again]({run}).")
        repository.update(number, state="closed", state_reason="completed")
    return f"closed issue {', '.join(map(str, numbers))}" if numbers else "no issue is needed"


def stays_open(number: int, probes: list[str]) -> str:
    """Why an issue is not closed."""
    more = f" and {len(probes) - ALIKE} more" if len(probes) > ALIKE else ""
    names = ", ".join(map(plain, probes[:ALIKE]))
    return f"issue {number} stays open: this run does not show that {names}{more} recovered"


def plain(text: str) -> str:
    """Text for the log, in which nothing is a command of the workflow."""
    return ascii(text).replace("##[", "## [")


def waiting(body: str, report: Mapping[str, Any]) -> list[str]:
    """The probes named in an issue that this report does not show to be well."""
    well = {probe["id"] for probe in report["probes"] if is_well(probe)}
    return [probe for probe in watched(body) if probe not in well]


def is_well(probe: Mapping[str, Any]) -> bool:
    """Whether a probe came to its end, and somebody answers for all that it found, if anything."""
    waived = [found["waived"] is not None for found in probe["findings"]]
    answered_for = probe["outcome"] == "fail" and probe.get("reason") is None and all(waived)
    return probe["outcome"] in ENDED or answered_for


def watched(body: str) -> list[str]:
    """The probes that an issue names as causes; none in one that is older than this."""
    found = re.findall(r"(?m)^<!-- netra-validate probes=([0-9a-f]*) -->\s*$", body)
    if not found:
        return []
    try:
        names = json.loads(bytes.fromhex(found[-1]))
    except ValueError:
        return []
    return [name for name in names if isinstance(name, str)] if isinstance(names, list) else []


def watching(causes: list[str]) -> str:
    """The line that names the probes: in hexadecimal digits, which nothing can end or begin."""
    names = json.dumps(causes)
    while len(names) > WATCHED:
        causes = causes[: len(causes) // 2]
        names = json.dumps(causes)
    return f"<!-- netra-validate probes={names.encode().hex()} -->"


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


def body_of(report: Mapping[str, Any], run: str, before: str) -> str:
    """What is wrong, where to read more, and the markers.

    Args:
        report: what was seen.
        run: the page of this run.
        before: the body as it was; what it waits for is not forgotten where it was not seen again.
    """
    probes = list(dict.fromkeys([*causes_of(report), *waiting(before, report)]))
    return (
        "netra-validate finds this environment not fit to deploy to or to use:\n\n"
        f"{block(report)}\n\n"
        f"[The last run that saw it]({run}) has the whole report in its summary. "
        "This issue is kept up to date, and closed on recovery.\n\n"
        f"{watching(probes)}\n{marker(report, causes_of(report))}\n"
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
        yield from findings_of(probes[cause["probe"]])
        if cause["explains"]:
            yield f"  explains {line(', '.join(cause['explains']))}"


def findings_of(probe: Mapping[str, Any]) -> Iterator[str]:
    """A line for each sentence that the findings say, with where they say it."""
    places: dict[str, list[str]] = {}
    for found in probe["findings"]:
        if found["waived"] is None:
            said = f"  {line(found['message'])} ({line(found['rule'])})"
            places.setdefault(said, []).append(place_of(found))
    for said, found_at in places.items():
        named = [place for place in dict.fromkeys(found_at) if place]
        more = f" and {len(named) - ALIKE} more" if len(named) > ALIKE else ""
        count = f" {len(found_at)} times" if len(found_at) > 1 else ""
        where = f" at {', '.join(named[:ALIKE])}{more}" if named else ""
        yield f"{said}{count}{where}"


def place_of(found: Mapping[str, Any]) -> str:
    """File and line of a finding; empty for one about what runs."""
    location = found.get("location")
    if not location:
        return ""
    at = f":{int(location['line'])}" if location.get("line") is not None else ""
    return f"{line(location['path'])}{at}"


def line(text: str) -> str:
    """Text on one line."""
    return " ".join(text.split())


if __name__ == "__main__":
    main()
