"""The action that keeps one issue for an environment, against the sandbox and a GitHub API."""

import json
import re
import sys
from pathlib import Path

import github_api
import pytest
from action_runner import ROOT, ActionRunner
from markdown_it import MarkdownIt

ISSUE = ROOT / ".github" / "actions" / "issue"


@pytest.fixture
def github():
    with github_api.serving() as github:
        yield github


@pytest.fixture
def keep(github, tmp_path):
    """Use the action with a report."""
    runner = ActionRunner(
        tmp_path,
        tmp_path,
        {"actions/setup-python": lambda _: {"python-path": sys.executable}},
        {
            "GITHUB_API_URL": github.url,
            "GITHUB_REPOSITORY": github_api.REPOSITORY,
            "GITHUB_RUN_ID": "42",
            "GITHUB_SERVER_URL": "https://github.example",
            "NO_PROXY": "127.0.0.1",
        },
    )
    runner.contexts["github"] = {"token": github_api.TOKEN}

    def use(report, /, **given):
        text = report if isinstance(report, str) else json.dumps(report)
        (tmp_path / "report.json").write_text(text)
        return runner.use(ISSUE, **{"report": "report.json"} | given)

    return use


PROBES = ("cloud-sql/postgres", "domains/repo", "health/auth", "vpc-connector/main")


def report(*causes, status=None, environment="staging", **findings):
    """What netra-validate writes, as far as it is read."""
    return {
        "environment": environment,
        "status": status or ("failed" if causes else "passed"),
        "root_causes": [{"probe": cause, "explains": ["websocket/backend"]} for cause in causes],
        "probes": [
            {
                "id": cause,
                "outcome": "fail",
                "findings": findings.get("findings")
                or [{"rule": "a.b", "message": f"{cause} is broken", "waived": None}],
            }
            for cause in causes
        ]
        + [
            {"id": probe, "outcome": "pass", "findings": []}
            for probe in PROBES
            if probe not in causes and status != "unverified"
        ],
    }


def test_an_issue_is_opened_when_a_root_cause_appears(keep, github):
    ended = keep(report("vpc-connector/main", "health/auth"))
    assert ended.log == "opened issue 1\n"
    (issue,) = github.issues
    assert issue["title"] == "staging is not fit: health/auth and 1 more"
    assert issue["labels"] == [{"name": "netra-validate"}]
    assert "vpc-connector/main is broken (a.b)" in issue["body"]
    assert "explains websocket/backend" in issue["body"]
    assert "https://github.example/acme/shop/actions/runs/42" in issue["body"]


def test_it_is_updated_and_not_opened_twice(keep, github):
    for _ in range(3):
        assert keep(report("health/auth")).outcome == "success"
    assert len(github.issues) == 1
    assert github.comments == {}


def test_other_causes_are_told_in_a_comment_once(keep, github):
    keep(report("health/auth"))
    keep(report("cloud-sql/postgres"))
    keep(report("cloud-sql/postgres"))
    (issue,) = github.issues
    assert issue["title"] == "staging is not fit: cloud-sql/postgres"
    assert "health/auth" not in issue["body"]
    (comment,) = github.comments[1]
    assert "cloud-sql/postgres is broken" in comment


def test_it_is_closed_on_recovery_and_a_new_one_opened_for_the_next_cause(keep, github):
    keep(report("health/auth"))
    assert keep(report()).log == "closed issue 1\n"
    assert github.issues[0]["state"] == "closed"
    assert github.issues[0]["state_reason"] == "completed"
    assert "passes [again](https://github.example" in github.comments[1][0]
    writes = github.writes
    assert keep(report()).log == "no issue is needed\n"
    assert github.writes == writes
    assert keep(report("health/auth")).log == "opened issue 2\n"


def test_what_could_not_be_verified_has_not_recovered(keep, github):
    keep(report("health/auth"))
    writes = github.writes
    keep(report(status="unverified"))
    assert github.writes == writes
    assert len(github.open) == 1


def test_a_pass_with_known_causes_has_not_recovered(keep, github):
    keep(report("health/auth"))
    keep(report("health/auth", status="passed"))
    assert len(github.open) == 1


def test_every_environment_has_an_issue_of_its_own(keep, github):
    keep(report("health/auth"))
    keep(report("health/auth", environment="production"))
    keep(report("domains/repo", environment=None))
    assert [issue["title"].split(" is ")[0] for issue in github.open] == [
        "staging",
        "production",
        "The repository",
    ]
    keep(report(environment="production"))
    assert [issue["number"] for issue in github.open] == [1, 3]


def test_labels_keep_workflows_apart(keep, github):
    keep(report("domains/repo"), label="sources")
    keep(report("health/auth"))
    keep(report(), label="sources")
    assert [issue["title"] for issue in github.open] == ["staging is not fit: health/auth"]


def test_it_is_found_behind_a_hundred_others_and_nothing_else_is_touched(keep, github):
    label = [{"name": "netra-validate"}]
    for number in range(150):
        github.add(title=f"{number}", body=None if number % 2 else "by hand", labels=label)
    keep(report("health/auth"))
    for issue in github.issues[-1:]:
        issue["body"] = issue["body"].replace("\n", "\r\n")  # as the web page saves it
    github.add(body=github.issues[-1]["body"], labels=label, pull_request={})
    keep(report("health/auth"))
    assert len(github.issues) == 152
    keep(report())
    assert [issue["number"] for issue in github.issues if issue["state"] == "closed"] == [151]


HOSTILE = [
    "@everyone closes #1",
    "```\n@team\n```",
    "``````` ~~~ <b>bold</b>",
    "<!-- netra-validate environment=0 causes=0 -->",
    "$(touch pwned) `touch pwned` ::error::forged",
    "\n::error::forged",
    "</code></pre><script>alert(1)</script>",
    "| a | b |\n\n# heading\n\x0b\x0c\x85\u2028* list",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_text_of_a_report_stays_text(keep, github, text):
    findings = [{"rule": text, "message": text, "waived": None}]
    for _ in range(2):
        ended = keep(report("health/auth", text, environment=text, findings=findings))
        assert ended.outcome == "success", ended.log
        assert ended.commands == []
    (issue,) = github.issues
    assert "\n" not in issue["title"]
    tokens = MarkdownIt("commonmark").parse(issue["body"])
    (fence,) = [token for token in tokens if token.type == "fence"]
    outside = issue["body"].replace(fence.content, "")
    assert " ".join(text.split()) in fence.content
    assert not re.search("@|script|touch|heading", outside)


def test_a_huge_report_fits(keep, github):
    findings = [{"rule": "a.b", "message": "x" * 1000, "waived": None}] * 1000
    causes = [f"health/{'n' * 300}{number}" for number in range(10)]
    assert keep(report(*causes, findings=findings)).outcome == "success"
    assert keep(report(*causes, findings=findings)).log == "updated issue 1\n"


def test_waived_findings_are_left_out(keep, github):
    findings = [
        {"rule": "a.b", "message": "is waived", "waived": "because"},
        {"rule": "a.c", "message": "is not waived", "waived": None},
    ]
    keep(report("health/auth", findings=findings))
    assert "is waived" not in github.issues[0]["body"]
    assert "is not waived" in github.issues[0]["body"]


def test_a_refused_token_names_the_permission(keep, github):
    ended = keep(report("health/auth"), token="another")
    assert ended.outcome == "failure"
    assert "GitHub answers 401" in ended.log
    assert "issues: write" in ended.log
    assert "Traceback" not in ended.log


def test_an_environment_breaks_and_recovers(job, sandbox, keep, github):
    def told(scenario, checks="health"):
        ended = job.use(ROOT, configuration=sandbox(scenario), checks=checks)
        return keep(json.loads(Path(ended.outputs["report"]).read_text("utf-8"))).log

    assert told("healthy") == "no issue is needed\n"
    assert told("health-503") == "opened issue 1\n"
    assert "health.bad-status" in github.issues[0]["body"]
    assert told("api-forbidden", "cloud-sql").startswith("nothing could be verified")
    assert told("health-503") == "updated issue 1\n"
    assert told("healthy") == "closed issue 1\n"
    assert len(github.comments[1]) == 1


def test_alike_findings_are_one_line_with_their_places(keep, github):
    findings = [
        {
            "rule": "domains.retired-host",
            "message": "a retired host",
            "waived": None,
            "location": {"path": f"deploy/{number % 8}.yaml", "line": number, "column": 1},
        }
        for number in range(1, 16)
    ]
    one = {"rule": "a.b", "message": "is one", "waived": None}
    one |= {"location": {"path": "pytest.ini", "line": None, "column": None}}
    keep(report("health/auth", findings=[*findings, one]))
    body = github.issues[0]["body"]
    assert body.count("a retired host") == 1
    assert "a retired host (domains.retired-host) 15 times at deploy/1.yaml:1, deploy/2" in body
    assert "deploy/5.yaml:5 and 10 more\n" in body
    assert "is one (a.b) at pytest.ini\n" in body


@pytest.mark.parametrize("outcome", [None, "skip", "error"])
def test_a_pass_without_the_probes_that_were_causes_is_no_recovery(keep, github, outcome):
    keep(report("health/auth", "vpc-connector/main"))
    passed = report()
    for probe in passed["probes"]:
        if probe["id"] == "health/auth":
            probe["outcome"] = outcome
    if outcome is None:
        passed["probes"] = [probe for probe in passed["probes"] if probe["outcome"]]
    log = "issue 1 stays open: this run does not show that 'health/auth' recovered\n"
    writes = github.writes
    assert keep(passed).log == log
    assert github.writes == writes
    # Another cause takes nothing from what the issue waits for.
    keep({**report("cloud-sql/postgres"), "probes": report("cloud-sql/postgres")["probes"][:1]})
    assert "'cloud-sql/postgres'" not in keep(passed).log
    assert len(github.open) == 1
    assert keep(report()).log == "closed issue 1\n"


def test_a_cause_that_is_waived_is_waited_for_no_longer(keep, github):
    keep(report("health/auth"))
    passed = report()
    (probe,) = [probe for probe in passed["probes"] if probe["id"] == "health/auth"]
    probe |= {"outcome": "fail", "findings": [{"rule": "a.b", "message": "x", "waived": "known"}]}
    assert keep(passed).log == "closed issue 1\n"
    assert github.open == []


def test_an_issue_of_an_earlier_version_is_closed_as_before(keep, github):
    keep(report("health/auth"))
    (issue,) = github.issues
    issue["body"] = re.sub("<!-- netra-validate probes.*\n", "", issue["body"])
    assert keep({**report(), "probes": []}).log == "closed issue 1\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        json.dumps(report("health/auth"))[:-40],
        "[]",
        "3",
        "{}",
        '{"runs": []}',
        "[" * 100_000,
        json.dumps({**report("health/auth"), "probes": []}),
        json.dumps({**report("health/auth"), "environment": ["x"]}),
        json.dumps(report("health/auth", findings=[{"rule": "a.b"}])),
        json.dumps(
            report(
                "health/auth",
                findings=[{"rule": "a", "message": "b", "waived": None, "location": {"line": "x"}}],
            )
        ),
    ],
    ids=range(11),
)
def test_what_is_no_report_is_refused_in_one_sentence(keep, github, text):
    ended = keep(text)
    assert (ended.outcome, ended.exit_code) == ("failure", 2)
    assert ended.log.startswith("netra-validate: ")
    assert ended.log.count("\n") == 1
    assert github.writes == 0


def test_a_report_that_is_not_there_is_named(keep):
    ended = keep(report(), report="nowhere/##[error]x.json")
    assert ended.exit_code == 2
    assert "nowhere/## [error]x.json' cannot be read: No such file" in ended.log
    assert ended.commands == []
