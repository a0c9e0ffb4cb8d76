"""The command ``fix`` as a user runs it, on repositories of git."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from configparser import ConfigParser
from pathlib import Path

import pytest
from command import netra_validate

CONFIGURATION = """\
default_environment = "staging"
[environments.staging]
project = "netra-staging"
region = "us-central1"
[environments.staging.services.backend]
url = "https://staging.netra.example"
websocket = "wss://api-staging.netra.example/ws"
[environments.staging.domains]
managed = ["netra.example"]
canonical = ["staging.netra.example", "api-staging.netra.example"]
[environments.staging.domains.retired]
"api.staging.netra.example" = "api-staging.netra.example"
"*.staging.netra.example" = "staging.netra.example"
"""
RETIRED = "api.staging.netra.example"
SUCCESSOR = "api-staging.netra.example"


def git(root, *arguments, data=None):
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false",
         *arguments],
        cwd=root, check=True, capture_output=True, input=data,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path):
    def make(files, *, configuration=CONFIGURATION, committed=True):
        root = tmp_path / "repository"
        for name, content in {"netra-validate.toml": configuration, **files}.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if committed:
            git(root, "init", "-q")
            git(root, "add", "-A")
            git(root, "commit", "-q", "-m", "start")
        return root

    return make


def fix(root, *arguments, **given):
    return netra_validate("fix", *arguments, cwd=root, **given)


def test_it_shows_what_it_would_do_and_does_it(repository):
    root = repository({"a.py": f'A = "https://{RETIRED}/x"\n', "b.md": "x.netra.example\n"})
    shown = fix(root)
    assert shown.returncode == 1, shown.stderr
    assert shown.stdout == (
        "diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1 @@\n"
        f'-A = "https://{RETIRED}/x"\n+A = "https://{SUCCESSOR}/x"\n'
    )
    assert "1 file to be edited; --write does it" in shown.stderr
    assert "it is not known which host is meant: b.md:1" in shown.stderr
    assert RETIRED in (root / "a.py").read_text()
    done = fix(root, "--write")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "a.py: 1 edit\n"
    assert "1 file written" in done.stderr
    assert (root / "a.py").read_text() == f'A = "https://{SUCCESSOR}/x"\n'
    again = fix(root)
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to edit" in again.stderr
    assert fix(root, "--write").returncode == 0


def test_the_diff_in_a_pipe_is_what_git_applies(repository):
    latin = f"# größe\nhost = {RETIRED}\n".encode("latin-1")
    root = repository(
        {"sp ace/ü.txt": f"{RETIRED}\r\nlast {RETIRED}", "latin.txt": latin, "empty.txt": ""}
    )
    shown = fix(root, text=False)
    git(root, "apply", "-", data=shown.stdout)
    assert (root / "sp ace/ü.txt").read_bytes() == f"{SUCCESSOR}\r\nlast {SUCCESSOR}".encode()
    assert (root / "latin.txt").read_bytes() == latin.replace(RETIRED.encode(), SUCCESSOR.encode())
    assert fix(root, "--allow-dirty").returncode == 0


def test_colour_on_request_and_none_in_a_pipe(repository):
    root = repository({"a.txt": f"{RETIRED}\n"})
    assert "\x1b" not in fix(root).stdout
    assert f"\x1b[31m-{RETIRED}\x1b[m" in fix(root, "--color", "always").stdout


def test_uncommitted_changes_are_left_alone_unless_told_otherwise(repository):
    root = repository({"a.txt": f"{RETIRED}\n", "b.txt": f"{RETIRED}\n"})
    (root / "b.txt").write_text(f"mine {RETIRED}\n")
    (root / "new.txt").write_text(f"{RETIRED}\n")
    shown = fix(root)
    assert "without --allow-dirty: 2 files left alone" in shown.stderr
    done = fix(root, "--write")
    assert done.returncode == 1
    assert done.stdout == "a.txt: 1 edit\n"
    told = "has uncommitted changes (--allow-dirty edits it all the same)"
    assert f"2 files left alone: each {told}: b.txt, new.txt" in done.stderr
    assert (root / "b.txt").read_text() == f"mine {RETIRED}\n"
    assert fix(root, "--write", "--allow-dirty").returncode == 0
    assert (root / "b.txt").read_text() == f"mine {SUCCESSOR}\n"
    assert (root / "new.txt").read_text() == f"{SUCCESSOR}\n"


def test_outside_of_git_there_is_no_way_back(repository):
    root = repository({"a.txt": f"{RETIRED}\n"}, committed=False)
    limit = {"GIT_CEILING_DIRECTORIES": str(root.parent)}
    done = fix(root, "--write", environ=limit)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a.txt left alone: it is in no git repository, so there is no way back" in done.stderr
    assert fix(root, "--write", "--allow-dirty", environ=limit).returncode == 0
    assert (root / "a.txt").read_text() == f"{SUCCESSOR}\n"


def test_waived_and_allowed_findings_are_not_touched(repository):
    waiver = (
        '\n[[waivers]]\nrule = "domains.*"\nresource = "repo"\nreason = "r"\nowner = "o"\n'
        "expires = 2999-12-31\n"
    )
    root = repository({"a.txt": f"{RETIRED}\n"}, configuration=CONFIGURATION + waiver)
    done = fix(root, "--write")
    assert done.returncode == 0
    assert "1 finding left alone, since waived" in done.stderr
    assert (root / "a.txt").read_text() == f"{RETIRED}\n"


def test_markers_and_hosts_are_mended_together(repository):
    root = repository(
        {
            "pytest.ini": "[pytest]\naddopts = --strict-markers\nmarkers =\n  slow: s\n",
            "test_it.py": f"import pytest\nx = [pytest.mark.zebra, '{RETIRED}']\n",
        }
    )
    only = fix(root, "pytest-markers")
    assert "+  zebra\n" in only.stdout
    assert RETIRED not in only.stdout
    assert fix(root, "--write").returncode == 0
    assert netra_validate("run", "--plane", "source", cwd=root).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["domain"], "there is no check 'domain'; did you mean 'domains'?"),
        (
            ["health"],
            "the check 'health' has no fixes; those that have: ",
        ),
        (["--timeout", "x"], "--timeout"),
    ],
)
def test_what_cannot_be_asked_for_is_told(repository, arguments, complaint):
    done = fix(repository({}), *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr


def test_what_could_not_be_looked_at_is_no_success(tmp_path):
    (tmp_path / "netra-validate.toml").write_text("[environments.x]\n")
    done = fix(tmp_path, "domains")
    assert done.returncode == 3
    assert "domains/repo was skipped: no managed domains are configured" in done.stderr


def test_secrets_do_not_come_along_with_the_diff(repository):
    text = f"password = hunter2hunter2\nurl = https://me:hunter2hunter2@{RETIRED}/\n"
    root = repository({"settings.env": text})
    shown = fix(root)
    assert "hunter2" not in shown.stdout + shown.stderr
    assert "secrets are masked in 2 lines of the diff" in shown.stderr
    assert fix(root, "--write").returncode == 0
    assert (root / "settings.env").read_text() == text.replace(RETIRED, SUCCESSOR)


@pytest.mark.parametrize(
    "content",
    [
        "[tool]\npytest.ini_options.markers = [ # first\n]\n",
        '[tool.pytest.ini_options]\nmarkers = """\nslow\n"""\n',
        "[tool.pytest.ini_options]\nmarkers = '''slow'''\n",
        '[tool.pytest.ini_options]\nmarkers = "slow\\nfast"\n',
    ],
)
def test_a_list_in_a_form_that_is_not_edited_is_named_and_no_success(repository, content):
    test = "import pytest\n@pytest.mark.zebra\ndef test_it(): pass\n"
    root = repository({"pyproject.toml": content, "test_it.py": test})
    ended = fix(root, "pytest-markers")
    reason = "the list of markers is written in a form that is not edited here: test_it.py:2"
    assert f"unregistered: 1 finding not mended here, for {reason}" in ended.stderr
    assert ended.returncode == 1
    assert fix(root, "pytest-markers", "--write").returncode == 1


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_links_out_of_the_tree_are_not_followed(repository, tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text(f"{RETIRED}\n")
    root = repository({"a.txt": f"{RETIRED}\n"})
    (root / "link.txt").symlink_to(outside)
    (root / "folder").symlink_to(tmp_path)
    assert fix(root, "--write").returncode == 0
    assert outside.read_text() == f"{RETIRED}\n"


MANY = {
    "app/{n}.py": 'URL = "https://{r}/v1"\nWS = f"wss://ws.staging.netra.example/ws?x={{1}}"\n',
    "app/re_{n}.py": "import re\nHOST = re.compile(r'^https://api\\.staging\\.netra\\.example/')\n",
    "web/{n}.ts": "export const api = `https://{r}:8443/${{path}}`;\nconst h = '{R}';\n",
    "deploy/{n}.yaml": "env:\n  - name: URL\n    value: https://{r}/ # why\n  - {r}\n",
    "data/{n}.json": '{{"url": "https:\\/\\/{r}\\/", "list": ["{r}", "x"]}}\n',
    "docs/{n}.md": "See [it](https://{r}/docs), or `{r}`. At {r}: more.\n",
    "etc/{n}.toml": "url = 'https://{r}'\n[a]\nhosts = ['{r}']\n",
    "etc/{n}.env": "export API_URL=https://{r}\nNEXT=https%3A%2F%2Fapi%2Estaging.netra.example%2F\n",
    "etc/{n}.ini": "[x]\nurl = https://{r}/\n",
    "etc/{n}/Dockerfile": "ARG API=https://{r}\nHEALTHCHECK CMD curl -f https://{r}/health\n",
    "etc/{n}.conf": "server {{\n  proxy_pass https://{r}:8443;\n  return 301 https://{r}$uri;\n}}\n",
    "crlf/{n}.txt": "{r}\r\n{r}",
}  # fmt: skip


def test_a_repository_of_many_spellings_is_mended_as_a_careful_person_would(repository):
    files = {
        name.format(n=n): content.format(n=n, r=RETIRED, R=RETIRED.upper())
        for n in range(12)
        for name, content in MANY.items()
    }
    root = repository(files)
    done = fix(root, "--write")
    assert done.returncode == 0, done.stderr
    assert f"{len(files)} files written" in done.stderr
    for name, before in files.items():
        text = (root / name).read_bytes().decode()
        assert RETIRED not in text.lower()
        assert text.count("\n") == before.count("\n")
        assert text.count("\r") == before.count("\r")
        _parse(name, text)
    assert (root / "app/0.py").read_text() == (
        f'URL = "https://{SUCCESSOR}/v1"\nWS = f"wss://{SUCCESSOR}/ws?x={{1}}"\n'
    )
    assert "api-staging\\.netra\\.example" in (root / "app/re_0.py").read_text()
    assert (root / "web/0.ts").read_text().endswith(f"'{SUCCESSOR.upper()}';\n")
    assert "Fapi-staging.netra.example%2F" in (root / "etc/0.env").read_text()
    assert f"proxy_pass https://{SUCCESSOR}:8443;" in (root / "etc/0.conf").read_text()
    verdict = netra_validate("run", "domains", "-o", "json", cwd=root)
    assert verdict.returncode == 0, verdict.stdout
    again = fix(root)
    assert (again.returncode, again.stdout) == (0, "")


def _parse(name, text):
    if name.endswith(".py"):
        ast.parse(text)
    elif name.endswith(".json"):
        json.loads(text)
    elif name.endswith(".toml"):
        tomllib.loads(text)
    elif name.endswith(".ini"):
        ConfigParser().read_string(text)


def test_no_line_of_a_file_is_a_command_of_the_workflow(repository):
    lines = f"::error::forged\n##[error]forged\nhost = '{RETIRED}'\n::warning::forged\n"
    root = repository({"a.txt": lines})
    done = fix(root, environ={"GITHUB_ACTIONS": "true"})
    first, *_, last = done.stdout.splitlines()
    token = first.removeprefix("::stop-commands::")
    assert len(token) == 32
    assert last == f"::{token}::"
    git(root, "apply", data=done.stdout.encode())
    assert (root / "a.txt").read_text() == lines.replace(RETIRED, SUCCESSOR)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device here")
def test_a_full_disk_is_a_sentence(repository):
    root = repository({"a.py": f'A = "https://{RETIRED}/x"\n'})
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "netra_validate", "fix"],
            cwd=root,
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert done.returncode == 2
    told = done.stderr.splitlines()
    assert told[-1] == b"netra-validate: stdout: cannot be written: No space left on device"
