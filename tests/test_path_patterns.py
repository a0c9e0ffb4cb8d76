"""Patterns of paths, with git as the oracle."""

import subprocess

import pytest

from netra_validate import path_patterns

IGNORE_PATTERNS = [
    "*.py", "a", "a/", "/a", "a/b", "a/*", "a/**", "**/b", "a/**/c.py", "b?py", "[ab].py",
    "[!a].py", "**", "c.py", "/c.py", "*", "a/b/", "d e", "**/b/**",
]  # fmt: skip


@pytest.mark.parametrize("pattern", IGNORE_PATTERNS)
def test_patterns_mean_what_git_says_they_mean(tmp_path, pattern):
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    names = ["a/b/c.py", "a/x.py", "c.py", "x/a/b", "x/b/y.txt", "a.py", "b.py", "d e", "x/a.py"]
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / ".git/info/exclude").write_text(pattern + "\n")
    command = ["git", "ls-files", "-o", "-i", "-z", "--exclude-from", ".git/info/exclude"]
    out = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout.decode()
    matching = {name for name in names if path_patterns.matches(name, (pattern,))}
    assert matching == set(out.split("\0")) - {""}
