"""The client for source trees, on real trees, with the real git and without."""

import asyncio
import codecs
import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from netra_validate.clients.source import MAX_BYTES, Source
from netra_validate.clients.source import git as git_client
from netra_validate.clients.source.contents import Wanted, held

posix = pytest.mark.skipif(os.name != "posix", reason="pipes, links and sockets of POSIX")


def write(root, **files):
    for name, content in files.items():
        put(root, name, content)


def put(root, name, content=""):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def git(root, *arguments):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(
        ["git", "-c", "core.fsmonitor=", *arguments],
        cwd=root, env=clean, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def tree(tmp_path):
    root = tmp_path / "tree"
    root.mkdir()
    return root


@pytest.fixture
def repository(tree):
    git(tree, "init", "-q")
    return tree


def ask(root, question):
    """The answer of a source that is closed afterwards."""

    async def answer():
        source = Source(root)
        try:
            return await question(source)
        finally:
            source.close()

    return asyncio.run(answer())


def listed(root):
    return ask(root, lambda source: source.listing())


def containing(root, *needles):
    return dict(ask(root, lambda source: source.containing(needles)))


# Listing


def test_git_lists_what_is_tracked_and_what_is_not_ignored(repository):
    put(repository, ".gitignore", "ignored.txt\nbuild/\n")
    for name in ("tracked.txt", "new.txt", "ignored.txt", "build/out.txt", "kept/deep/file.txt"):
        put(repository, name)
    put(repository, "ignored-yet-tracked.log")
    git(repository, "add", "tracked.txt")
    put(repository, ".gitignore", "ignored.txt\nbuild/\n*.log\n")
    git(repository, "add", "-f", "ignored-yet-tracked.log")
    listing = listed(repository)
    assert listing.by == "git"
    assert listing.note is None
    assert listing.files == (
        ".gitignore",
        "ignored-yet-tracked.log",
        "kept/deep/file.txt",
        "new.txt",
        "tracked.txt",
    )


def test_what_is_tracked_and_deleted_is_not_listed(repository):
    put(repository, "gone.txt")
    put(repository, "here.txt")
    git(repository, "add", ".")
    (repository / "gone.txt").unlink()
    assert listed(repository).files == ("here.txt",)


def test_a_conflicted_file_is_listed_once(repository):
    put(repository, "both.txt", "x")
    sha = subprocess.run(
        ["git", "hash-object", "-w", "both.txt"], cwd=repository, check=True, capture_output=True
    ).stdout.decode()
    lines = "".join(f"100644 {sha.strip()} {stage}\tboth.txt\n" for stage in (1, 2, 3))
    subprocess.run(
        ["git", "update-index", "--index-info"], cwd=repository, input=lines.encode(), check=True
    )
    assert listed(repository).files == ("both.txt",)


def test_a_folder_inside_the_work_tree_lists_its_own_files(repository):
    put(repository, "above.txt")
    put(repository, "inside/one.txt")
    git(repository, "add", ".")
    put(repository, "inside/two.txt")
    assert listed(repository / "inside").files == ("one.txt", "two.txt")


def test_submodules_and_nested_repositories_are_named_and_not_entered(repository):
    for name in ("module", "nested"):
        put(repository, f"{name}/file.txt")
        git(repository / name, "init", "-q")
    fake = "1" * 40
    git(repository, "update-index", "--add", "--cacheinfo", f"160000,{fake},module")
    put(repository, "own.txt")
    listing = listed(repository)
    assert listing.files == ("own.txt",)
    assert listing.nested == ("module", "nested")


def test_without_git_the_folder_is_walked_past_what_tools_wrote(tree):
    put(tree, "src/a.py")
    put(tree, "node_modules/x/index.js")
    put(tree, "src/__pycache__/a.pyc")
    put(tree, "env-of-mine/pyvenv.cfg")
    put(tree, "env-of-mine/lib/x.py")
    put(tree, "cache/CACHEDIR.TAG")
    put(tree, "cache/y.txt")
    listing = listed(tree)
    assert (listing.by, listing.files) == ("folder", ("src/a.py",))
    assert listing.note == "not a git repository"


def test_without_the_programme_git_the_folder_is_walked(repository, monkeypatch):
    put(repository, "a.txt")
    monkeypatch.setenv("PATH", "")
    listing = listed(repository)
    assert (listing.by, listing.files) == ("folder", ("a.txt",))
    assert "git cannot be run" in listing.note


def test_an_ignored_folder_that_was_asked_for_is_walked(repository):
    put(repository, ".gitignore", "out/\n")
    put(repository, "out/a.txt")
    listing = listed(repository / "out")
    assert (listing.by, listing.files) == ("folder", ("a.txt",))


def test_a_broken_repository_is_walked(repository):
    put(repository, "a.txt")
    put(repository, ".git/config", "[[[")
    listing = listed(repository)
    assert (listing.by, listing.files) == ("folder", ("a.txt",))
    assert listing.note


def test_an_owner_that_git_does_not_trust_is_explained(repository, monkeypatch):
    put(repository, "a.txt")
    # git's own switch for its tests of this very thing (t/t0033-safe-directory.sh).
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setattr(git_client, "_KEPT", (*git_client._KEPT, "GIT_TEST_"))
    listing = listed(repository)
    assert (listing.by, listing.files) == ("folder", ("a.txt",))
    assert "safe.directory" in listing.note


def test_a_folder_that_is_not_there_has_no_files(tmp_path):
    listing = listed(tmp_path / "nowhere")
    assert listing.files == ()
    assert listing.unreadable == (".",)


@posix
@pytest.mark.parametrize("by", ["git", "folder"])
def test_links_pipes_and_sockets_are_not_files(tree, tmp_path, by):
    if by == "git":
        git(tree, "init", "-q")
    put(tmp_path, "outside/secret.txt", "needle")
    put(tree, "real/file.txt", "needle")
    (tree / "to-file").symlink_to("real/file.txt")
    (tree / "real/circle").symlink_to(tree)
    (tree / "self").symlink_to("self")
    (tree / "outside").symlink_to(tmp_path / "outside")
    (tree / "passwd").symlink_to("/etc/passwd")
    os.mkfifo(tree / "pipe")
    server = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(tree)  # the path of a socket may have 107 bytes only
    server.bind("socket")
    os.chdir(here)
    listing = listed(tree)
    server.close()
    assert (listing.by, listing.files) == (by, ("real/file.txt",))
    assert containing(tree, "needle") == {"needle": ("real/file.txt",)}


@posix
def test_a_tracked_file_behind_a_link_that_replaced_its_folder_is_outside(repository, tmp_path):
    put(tmp_path, "outside/a.txt", "needle")
    put(repository, "folder/a.txt", "needle")
    git(repository, "add", ".")
    shutil.rmtree(repository / "folder")
    (repository / "folder").symlink_to(tmp_path / "outside")
    put(repository, "b.txt")
    assert listed(repository).files == ("b.txt",)
    assert containing(repository, "needle") == {"needle": ()}


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="its file systems take UTF-8 only")
@pytest.mark.parametrize("by", ["git", "folder"])
def test_names_of_any_bytes_are_listed_and_read(tree, by):
    if by == "git":
        git(tree, "init", "-q")
    names = (b"caf\xe9.txt", "naïve ☃.txt".encode(), b"new\nline.txt", b'"quoted".txt')
    for name in names:
        (tree / os.fsdecode(name)).write_text("needle")
    expected = tuple(sorted(map(os.fsdecode, names)))
    assert listed(tree).files == expected
    assert containing(tree, "NEEDLE") == {"NEEDLE": expected}


def test_the_listing_is_asked_for_once(repository):
    put(repository, "a.txt")

    async def twice(source):
        first, second = await asyncio.gather(source.listing(), source.listing())
        put(repository, "b.txt")
        return first is second is await source.listing()

    assert ask(repository, twice)


def test_one_who_loses_interest_does_not_take_the_listing_along(repository):
    put(repository, "a.txt")

    async def interrupted(source):
        first = asyncio.ensure_future(source.listing())
        await asyncio.sleep(0)
        first.cancel()
        return await source.listing()

    assert ask(repository, interrupted).files == ("a.txt",)


# git must not run what the repository brings along


HOSTILE = """
[core]
    fsmonitor = "touch {mark}"
    hooksPath = {hooks}
    pager = "touch {mark}"
    sshCommand = "touch {mark}"
    askPass = "touch {mark}"
[pager]
    ls-files = "touch {mark}"
    grep = "touch {mark}"
[diff "evil"]
    textconv = "touch {mark}; cat"
    command = "touch {mark}"
[filter "evil"]
    clean = "touch {mark}; cat"
    smudge = "touch {mark}; cat"
    process = "touch {mark}"
    required = true
[alias]
    ls-files = "!touch {mark}"
    grep = "!touch {mark}"
[color]
    ui = always
    grep = always
[grep]
    patternType = perl
    lineNumber = true
    column = true
    fullName = true
[submodule]
    recurse = true
"""


@posix
def test_nothing_that_the_repository_configures_is_run(repository, tmp_path):
    mark = tmp_path / "ran"
    hooks = tmp_path / "hooks"
    for name in ("post-index-change", "fsmonitor-watchman", "query-watchman"):
        put(hooks, name, f"#!/bin/sh\ntouch {mark}\n").chmod(0o755)
    put(repository, ".gitattributes", "* diff=evil filter=evil\n")
    put(repository, "sub/a.txt", "a needle here")
    with (repository / ".git/config").open("a") as config:
        config.write(HOSTILE.format(mark=mark, hooks=hooks))
    assert containing(repository / "sub", "needle") == {"needle": ("a.txt",)}
    assert listed(repository).by == "git"
    assert not mark.exists()
    # The configuration does run what it says where nobody takes care.
    subprocess.run(["git", "ls-files", "-o"], cwd=repository, check=False, capture_output=True)
    assert mark.exists()


def test_the_surroundings_of_a_hook_do_not_point_elsewhere(repository, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    put(elsewhere, "wrong.txt")
    git(elsewhere, "init", "-q")
    put(repository, "right.txt", "needle")
    monkeypatch.setenv("GIT_DIR", str(elsewhere / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(elsewhere))
    monkeypatch.setenv("GIT_INDEX_FILE", str(elsewhere / "index"))
    monkeypatch.setenv("GIT_PREFIX", "x/")
    monkeypatch.setenv("GIT_LITERAL_PATHSPECS", "1")
    assert listed(repository).files == ("right.txt",)
    assert containing(repository, "needle") == {"needle": ("right.txt",)}


def test_settings_of_the_user_reach_git():
    inherited = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CEILING_DIRECTORIES": "/x",
        "GIT_DIR": "/y",
        "A": "b",
    }
    given_on = git_client.environment(inherited)
    assert given_on["GIT_CONFIG_COUNT"] == "1"
    assert given_on["GIT_CEILING_DIRECTORIES"] == "/x"
    assert given_on["A"] == "b"
    assert "GIT_DIR" not in given_on


def fake_git(tmp_path, monkeypatch, script):
    real = shutil.which("git")
    put(tmp_path, "bin/git", f"#!/bin/sh\nREAL={real}\n{script}\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")


@posix
def test_a_git_that_hangs_is_ended_and_the_folder_walked(repository, tmp_path, monkeypatch):
    put(repository, "a.txt")
    fake_git(tmp_path, monkeypatch, "sleep 600 & echo $! > $0.pid; wait")
    monkeypatch.setattr(git_client, "LIST_S", 0.3)
    listing = listed(repository)
    assert (listing.by, listing.files) == ("folder", ("a.txt",))
    assert listing.note == "git did not answer within 0.3 s"
    child = int((tmp_path / "bin/git.pid").read_text())
    # It was killed with its group, which the kernel carries out in its own time.
    deadline = time.monotonic() + 5
    while is_running(child) and time.monotonic() < deadline:
        pass
    assert not is_running(child)


def is_running(process):
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


@posix
@pytest.mark.parametrize(
    "script",
    [
        'case "$*" in *" grep "*) echo "error: a: Permission denied" >&2; exit 1;; esac',
        'case "$*" in *" grep "*) exit 128;; esac',
    ],
)
def test_a_search_that_git_is_not_sure_of_is_made_without_it(
    repository, tmp_path, monkeypatch, script
):
    put(repository, "a.txt", "needle")
    fake_git(tmp_path, monkeypatch, f'{script}\nexec $REAL "$@"')
    assert containing(repository, "needle") == {"needle": ("a.txt",)}


@posix
def test_folders_that_git_may_not_open_are_named(repository, tmp_path, monkeypatch):
    put(repository, "a.txt")
    warning = "warning: could not open directory 'closed/deep/': Permission denied"
    fake_git(tmp_path, monkeypatch, f'echo "{warning}" >&2\nexec $REAL "$@"')
    listing = listed(repository)
    assert (listing.files, listing.unreadable) == (("a.txt",), ("closed/deep",))


# Searching


@pytest.mark.parametrize("by", ["git", "folder"])
def test_each_needle_is_found_in_its_files_whatever_its_case(tree, by):
    if by == "git":
        git(tree, "init", "-q")
    put(tree, "a.txt", "An Api.Example and more")
    put(tree, "b.txt", "API.EXAMPLE")
    put(tree, "c.txt", "apixexample api-example")
    put(tree, "d.txt", b"\x00binary api.example\xff")
    put(tree, "e.txt", b"caf\xe9 \\api[ ap\xc3\xa9")
    put(tree, "empty.txt")
    assert containing(tree, "api.example", "\\api[", "nothing", "apé") == {
        "api.example": ("a.txt", "b.txt", "d.txt"),
        "\\api[": ("e.txt",),
        "nothing": (),
        "apé": ("e.txt",),
    }


@pytest.mark.parametrize("by", ["git", "folder"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_wide_encodings_are_searched(tree, by, encoding):
    if by == "git":
        git(tree, "init", "-q")
    put(tree, "wide.txt", "\ufeffsome API.example\r\n".encode(encoding))
    put(tree, "other.txt", "\ufeffelse\n".encode(encoding))
    assert containing(tree, "api.example") == {"api.example": ("wide.txt",)}


@pytest.mark.parametrize("by", ["git", "folder"])
@pytest.mark.parametrize("size", [2**20, 2**20 - 3, MAX_BYTES + 5])
def test_a_needle_across_pieces_and_beyond_the_bound_is_found(tree, by, size):
    if by == "git":
        git(tree, "init", "-q")
    put(tree, "long.txt", b"x" * (size - 4) + b"needle" + b"y" * 10)
    put(tree, "plain.txt", b"x" * size)
    assert containing(tree, "needle") == {"needle": ("long.txt",)}
    oversized = ("long.txt", "plain.txt") if size > MAX_BYTES else ()
    assert listed(tree).oversized == oversized


def test_the_working_tree_counts_and_not_the_index(repository):
    for name in ("assumed.txt", "skipped.txt", "changed.txt"):
        put(repository, name, "old")
    git(repository, "add", ".")
    git(repository, "update-index", "--assume-unchanged", "assumed.txt")
    git(repository, "update-index", "--skip-worktree", "skipped.txt")
    for name in ("assumed.txt", "skipped.txt", "changed.txt"):
        put(repository, name, "new")
    assert containing(repository, "new", "old") == {
        "new": ("assumed.txt", "changed.txt", "skipped.txt"),
        "old": (),
    }


OVERLAPPING = st.text(st.sampled_from("abAB. "), min_size=1, max_size=5)


@settings(max_examples=40, deadline=None)
@given(
    needles=st.lists(OVERLAPPING, min_size=1, max_size=6, unique_by=str.lower),
    texts=st.lists(st.text(st.sampled_from("abAB. \n"), max_size=30), min_size=1, max_size=8),
)
@example(needles=["from a", "a_b"], texts=["from a_b", "from a", "a_b"])
@example(needles=["ab", "bb", "abb"], texts=["abb", "ab", "bb", "xabbb"])
def test_needles_that_overlap_are_all_found_by_git(tmp_path_factory, needles, texts):
    root = tmp_path_factory.mktemp("overlap")
    git(root, "init", "-q")
    for number, text in enumerate(texts):
        put(root, f"{number}.txt", text)
    assert containing(root, *needles) == {
        needle: tuple(
            f"{number}.txt" for number, text in enumerate(texts) if needle.lower() in text.lower()
        )
        for needle in needles
    }


def matching(root, *patterns, among="*.py"):
    shown = ask(root, lambda source: source.matching(patterns, among=among))
    return shown and ({match: set(names) for match, names in shown.matches.items()}, shown.unasked)


def test_perl_patterns_are_shown_with_what_they_matched(repository):
    put(repository, "a\nb.py", b"one1 One2\0 \xff one3\r\n")
    put(repository, "deep/c.py", "one\n1 one1")
    put(repository, "d.txt", "one4")
    put(repository, "e.py", "one5")
    put(repository, ".gitignore", "e.py")
    assert matching(repository, rb"one\d", rb"one$") == (
        {b"one1": {"a\nb.py", "deep/c.py"}, b"one3": {"a\nb.py"}, b"one": {"deep/c.py"}},
        frozenset(),
    )


def test_what_git_does_not_search_is_said(repository):
    put(repository, "assumed.py", "one1")
    git(repository, "add", ".")
    git(repository, "update-index", "--assume-unchanged", "assumed.py")
    put(repository, "assumed.py", "two2")
    put(repository, "long.py", b"one1" * (MAX_BYTES // 4 + 1))
    put(repository, "short.py", "one1")
    assert matching(repository, rb"one\d") == (
        {b"one1": {"short.py"}},
        {"assumed.py", "long.py"},
    )


def test_patterns_that_git_cannot_search_for_are_not_answered(tree):
    put(tree, "a.py", "one")
    assert matching(tree, b"one") is None
    git(tree, "init", "-q")
    assert matching(tree, b"one(") is None


def test_an_oversized_file_is_not_left_to_git(repository, monkeypatch):
    put(repository, "long.txt", b"x" * MAX_BYTES + b"needle")
    asked = []
    original = git_client.Git.matches

    async def noted(self, needles, *, without):
        asked.append(without)
        return await original(self, needles, without=without)

    monkeypatch.setattr(git_client.Git, "matches", noted)
    assert containing(repository, "needle") == {"needle": ("long.txt",)}
    assert asked == [(), ("long.txt",)]


def test_who_asks_at_the_same_time_shares_one_pass(repository, monkeypatch):
    put(repository, "a.txt", "one two three")
    asked = []
    original = git_client.Git.matches

    async def counted(self, needles, *, without):
        asked.append(needles)
        return await original(self, needles, without=without)

    monkeypatch.setattr(git_client.Git, "matches", counted)

    async def together(source):
        await source.listing()
        first = await asyncio.gather(source.containing(["one", "two"]), source.containing(["two"]))
        again = await source.containing(["one"])
        later = await source.containing(["three"])
        return [*first, again, later]

    found = ask(repository, together)
    assert found == [
        {"one": ("a.txt",), "two": ("a.txt",)},
        {"two": ("a.txt",)},
        {"one": ("a.txt",)},
        {"three": ("a.txt",)},
    ]
    assert len(asked) == 2


def test_what_was_replaced_since_the_listing_is_unreadable(tree):
    put(tree, "a.txt", "needle")
    put(tree, "b.txt", "needle")

    async def raced(source):
        await source.listing()
        (tree / "a.txt").unlink()
        (tree / "a.txt").mkdir()
        found = await source.containing(["needle"])
        return found, source.unreadable, source.bytes("c.txt"), source.text("a.txt")

    found, unreadable, missing, folder = ask(tree, raced)
    assert found == {"needle": ("b.txt",)}
    assert unreadable == ("a.txt",)
    assert missing == b""
    assert folder == ""


@posix
def test_what_became_a_link_or_a_pipe_since_the_listing_is_not_opened(tree, tmp_path):
    outside = put(tmp_path, "secret.txt", "needle")
    for name in ("link.txt", "pipe.txt"):
        put(tree, name)

    async def raced(source):
        await source.listing()
        for name in ("link.txt", "pipe.txt"):
            (tree / name).unlink()
        (tree / "link.txt").symlink_to(outside)
        os.mkfifo(tree / "pipe.txt")
        await source.containing(["needle"])
        return source.unreadable, source.bytes("link.txt"), source.bytes("pipe.txt")

    assert ask(tree, raced) == (("link.txt", "pipe.txt"), b"", b"")


def test_closing_ends_a_search_under_way(tree):
    put(tree, "a.txt", "needle")

    async def closed():
        source = Source(tree)
        asking = asyncio.ensure_future(source.containing(["needle"]))
        await asyncio.sleep(0)
        source.close()
        with pytest.raises(asyncio.CancelledError):
            await asking

    asyncio.run(closed())


@given(
    before=st.binary(max_size=30),
    needle=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12),
    others=st.lists(st.text(min_size=1, max_size=8).filter(str.isascii), max_size=4),
    after=st.binary(max_size=30),
)
def test_a_file_holds_what_its_bytes_hold(tmp_path_factory, before, needle, others, after):
    data = before + needle.encode() + after
    path = tmp_path_factory.getbasetemp() / "held.bin"
    path.write_bytes(b"-" + data)
    wanted = Wanted([needle, *others])
    expected = {text for text in wanted.needles if text.encode().lower() in data.lower()}
    assert held(str(path), wanted) >= {needle}
    assert held(str(path), wanted) - expected <= {text for text in wanted.needles if "-" in text}
    assert expected <= held(str(path), wanted)


# Reading


def test_no_more_than_the_bound_is_read(tree):
    put(tree, "large.txt", b"x" * (MAX_BYTES + 10))
    assert len(Source(tree).bytes("large.txt")) == MAX_BYTES


def test_a_file_that_is_named_is_read_listed_or_not(tree):
    put(tree, ".gitignore", ".env\n")
    put(tree, ".env", b"A=1")
    source = Source(tree)
    assert source.named(".env") == b"A=1"
    assert source.named("nothing/of/it") is None
    assert source.unreadable == ()


@posix
def test_a_file_that_is_named_is_inside_and_no_link(tree, tmp_path_factory):
    outside = put(tmp_path_factory.mktemp("outside"), "a.txt", "secret")
    (tree / "link").symlink_to(outside)
    (tree / "folder").symlink_to(outside.parent)
    (tree / "inside").mkdir()
    for path in ("link", "folder/a.txt", "inside", "../a.txt", "inside/..", str(outside)):
        with pytest.raises(OSError, match="no regular file"):
            Source(tree).named(path)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.txt", "naïve\r\n".encode(), "naïve\r\n"),
        ("a.txt", codecs.BOM_UTF8 + "naïve".encode(), "naïve"),
        ("a.txt", "naïve".encode("latin-1"), "naïve"),
        ("a.txt", "\ufeffnaïve ☃".encode("utf-16-le"), "naïve ☃"),
        ("a.txt", "\ufeffnaïve ☃".encode("utf-16-be"), "naïve ☃"),
        ("a.txt", codecs.BOM_UTF16_LE + b"a\0b", "a\ufffd"),
        ("a.py", "# coding: cp1251\n'привет'".encode("cp1251"), "# coding: cp1251\n'привет'"),
        ("a.py", "# coding: latin-1\n'naïve'".encode(), "# coding: latin-1\n'naÃ¯ve'"),
        ("a.txt", "# coding: cp1251\n'п'".encode("cp1251"), "# coding: cp1251\n'ï'"),
        ("a.py", b"# coding: no-such-thing\n'\xe9'", "# coding: no-such-thing\n'é'"),
        ("a.py", b"# coding: unicode_escape\n'\xe9\\x'", "# coding: unicode_escape\n'é\\x'"),
        ("a.py", b"# coding: zlib\n'\xe9'", "# coding: zlib\n'é'"),
    ],
)
def test_text_is_decoded_as_the_file_asks_for(tree, name, data, expected):
    put(tree, name, data)
    assert Source(tree).text(name) == expected


@pytest.mark.parametrize(
    ("data", "binary"),
    [
        (b"", False),
        (b"plain", False),
        (b"a\0b", True),
        (b"x" * 7999 + b"\0", True),
        (b"x" * 8000 + b"\0", False),
        ("\ufeffwide".encode("utf-16-le"), False),
        ("wide".encode("utf-16-le"), True),
    ],
)
def test_binary_is_what_git_calls_binary(tree, data, binary):
    put(tree, "file", data)
    assert Source(tree).binary("file") is binary
