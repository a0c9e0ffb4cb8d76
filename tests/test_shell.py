import os
import shlex
import shutil
import subprocess

import powershell_words
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from powershell_words import CURLY

from netra_validate.model import Command, Effect, Remediation
from netra_validate.shell import assigned, cautions, neighbours, quoted
from netra_validate.terminal import shell_of

WORDS = st.lists(
    st.text(st.characters(categories=["L", "N", "P", "S"], include_characters=" ")), min_size=1
)

AWKWARD = [
    "gcloud", "it's", 'say "so"', "a b", "", "$HOME", "`date`", "$(date)", "a;b", "a|b", "a&b",
    "*", "~", "!x", "#x", "{a,b}", "<x>", "(x)", "[x]", "a\\b", "%PATH%", "^", "@x", "é", CURLY,
    '--log-filter=resource.labels.revision_name="backend-00001-abc"', "--to-revisions=a=50,b=50",
    "--member=serviceAccount:a@b.iam.gserviceaccount.com", "-x.y", "--", "--%", "-", "1kb", "=x",
]  # fmt: skip
"""Words that shells do something with where they are not quoted."""

PLAIN = ["printf", "%s\\0"]


@given(st.lists(st.text(st.characters(categories=["L", "N", "P", "S"])), min_size=1))
def test_a_shell_reads_back_what_was_quoted(argv):
    assert shlex.split(quoted(argv)) == argv


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("--command=select 'a'", "\"--command=select 'a'\""),
        ("it's $HOME", "'it'\"'\"'s $HOME'"),
        ("it's over!", "'it'\"'\"'s over!'"),
        ('"a"', "'\"a\"'"),
        ("a b", "'a b'"),
    ],
)
def test_single_quotes_stand_in_double_ones_where_nothing_else_would_mean_anything(word, shown):
    assert quoted([word]) == shown
    assert shlex.split(shown) == [word]


def test_nowhere_has_a_name_of_its_own_on_windows():
    argv = ["curl", "-o", "/dev/null", "https://a.example/dev/null"]
    assert quoted(argv, shell="powershell") == "curl.exe -o NUL 'https://a.example/dev/null'"
    assert quoted(argv) == "curl -o /dev/null https://a.example/dev/null"


@pytest.mark.parametrize("shell", ["bash", "dash", "zsh"])
def test_a_real_shell_passes_on_what_was_quoted(shell):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        [shell, "-c", quoted([*PLAIN, *AWKWARD])],
        capture_output=True,
        check=True,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    assert done.stdout.decode().split("\0")[:-1] == AWKWARD


def test_a_real_powershell_passes_on_what_was_quoted():
    shell = shutil.which("pwsh")
    if shell is None:
        pytest.skip("pwsh is not installed")
    line = quoted([*PLAIN, *AWKWARD], shell="powershell")
    done = subprocess.run([shell, "-NoProfile", "-Command", line], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == AWKWARD


@given(WORDS)
@example(["gcloud", *AWKWARD])
def test_powershell_reads_back_what_was_quoted(argv):
    argv = ["gcloud", *argv]
    assert powershell_words.split(quoted(argv, shell="powershell")) == argv


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (
            ("gcloud", "run", "services", "describe", "backend", "--region=us-central1"),
            "gcloud run services describe backend --region=us-central1",
        ),
        (("gcloud", "--to-revisions=a=50,b=50"), "gcloud '--to-revisions=a=50,b=50'"),
        (("echo", "it's \u2018so"), "echo 'it''s \u2018\u2018so'"),
        (("my tool", "x"), "& 'my tool' x"),
        (("curl", "-i", "https://a.b/c"), "curl.exe -i 'https://a.b/c'"),
        (("git", "-x.y"), "git '-x.y'"),
        ((), ""),
    ],
)
def test_a_command_for_powershell(argv, line):
    assert quoted(argv, shell="powershell") == line


def test_no_mark_gets_out_of_its_quotes():
    assert quoted(["a\nb", "\x1b[31m", "\udcff;x"]) == "'a b' ' [31m' '\ufffd;x'"
    assert quoted(["x", "a\nb", "\udcff;x"], shell="powershell") == "x 'a b' '\ufffd;x'"
    assert quoted(["é"], unicode=False) == r"'\xe9'"


@pytest.mark.parametrize(
    ("system", "environ", "shell"),
    [
        ("posix", {}, "posix"),
        ("nt", {}, "powershell"),
        ("nt", {"SHELL": "/usr/bin/bash"}, "posix"),
        ("nt", {"MSYSTEM": "MINGW64"}, "posix"),
    ],
)
def test_the_shell_is_the_usual_one_of_the_system(system, environ, shell):
    assert shell_of(environ, system) == shell


def test_neighbours_are_named_by_where_they_stand():
    remedy = Remediation("Do.", tuple(Command((name,)) for name in "abcd"))
    assert neighbours(remedy, remedy.commands[1]) == {
        ("a",): "the command above",
        ("c",): "the command below",
    }
    assert neighbours(remedy, remedy.commands[0]) == {("b",): "the command below"}


def test_what_acts_says_what_to_know_before():
    act = Command(("a",), Effect.CHANGES, None, "It is gone", "It may hurt", ("r/a", "r/b"))
    assert list(cautions(act)) == [
        ("risk", "It may hurt"),
        ("needs", "r/a and r/b"),
        ("no undo", "It is gone"),
    ]
    assert [*cautions(Command(("a",), Effect.RESTARTS, ("b",), risk="x"))] == [("risk", "x")]
    assert [*cautions(Command(("a",), roles=("r/a",)))] == []


@pytest.mark.parametrize(
    ("shell", "value", "line"),
    [
        ("posix", "/a b", "export A='/a b'"),
        ("posix", "http://127.0.0.1:1/", "export A=http://127.0.0.1:1/"),
        ("powershell", "it's", "$env:A = 'it''s'"),
    ],
)
def test_a_variable_is_set_as_the_shell_has_it(shell, value, line):
    assert assigned("A", value, shell) == line
