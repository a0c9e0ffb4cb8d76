"""What git knows of a tree, asked in a way that runs nothing but git.

A repository brings its own configuration, and that can name programs: ``core.fsmonitor``,
``core.hooksPath``, a pager, a transport (git-config(1)). A tree that is only to be read must not
get to run them, so every such key is overridden on the command line, which has the last word.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, Final, Generic, TypeVar

LIST_S: Final = 30.0
"""Seconds for a listing; one of 46 000 files takes 0.1 s with a warm cache."""

SEARCH_S: Final = 60.0
"""Seconds for one search; 1 GB takes 1 s with a warm cache and some 10 s from a slow disk."""

_NOTHING_FOREIGN: Final = tuple(
    part
    for setting in (
        "core.fsmonitor=",  # before git 2.36 the word "false" would be the name of a program
        f"core.hooksPath={os.devnull}",
        "core.pager=cat",
        "core.sshCommand=false",
        "core.askPass=",
        "core.quotePath=false",
        "submodule.recurse=false",
        "protocol.allow=never",
        "grep.fullName=false",
        "grep.lineNumber=false",
        "grep.column=false",
        "grep.threads=0",  # as many as there are processors
    )
    for part in ("-c", setting)
)

_GREP: Final = (
    *("grep", "-o", "-z", "-a", "--no-color", "--untracked", "--no-recurse-submodules"),
)

_KEPT: Final = ("GIT_CONFIG_", "GIT_CEILING_DIRECTORIES", "GIT_DISCOVERY_", "GIT_EXEC_PATH")
"""Variables that are the user's own settings. All other ``GIT_*`` describe some repository: inside
a hook ``GIT_DIR`` and ``GIT_INDEX_FILE`` point at the one that is being committed to."""


_SHOWN: Final = re.compile(rb"([^\0]*)\0([^\n]*)\n")
"""A name, which may have a newline in it, and a match, which has none."""

_CLOSED: Final = re.compile(r"could not open directory '(.+?)/?': ")
"""What git says of a folder that it may not open (``dir.c``), in the C locale."""

_PIECE: Final = 2**16

_MOST_COMPLAINT: Final = 10_000
"""Bytes of stderr that are worth a look."""

T = TypeVar("T")

Matches = dict[bytes, set[str]]
"""For each text that was found, the files that hold it."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """How a git command ended."""

    code: int
    out: T
    complaint: str
    """What it wrote to stderr."""


@dataclass(frozen=True, slots=True)
class Names:
    """What git lists under a folder."""

    files: tuple[str, ...]
    """Tracked or untracked-not-ignored, whether they are still there or not."""
    nested: tuple[str, ...]
    """Submodules and repositories of their own: not part of this one."""
    unsearched: frozenset[str]
    """Files that ``git grep`` would read from its index, or not at all: they are marked
    assume-unchanged or skip-worktree (git-update-index(1))."""
    unreadable: tuple[str, ...] = ()
    """Folders that could not be opened."""


class Git:
    """git on one folder."""

    def __init__(self, root: str, executor: Executor) -> None:
        self._root = root
        self._executor = executor

    async def names(self) -> Names | str:
        """The files of the folder, or one sentence that says why git cannot tell."""
        answer = await self._run(
            ("ls-files", "-z", "-v", "-s", "-c", "-o", "--exclude-standard"), LIST_S, _read_all
        )
        if isinstance(answer, str):
            return answer
        if answer.code != 0:
            return _reason(answer.complaint)
        closed = tuple(sorted(set(_CLOSED.findall(answer.complaint))))
        return replace(_parse_names(answer.out), unreadable=closed)

    async def matches(
        self, needles: Collection[bytes], *, without: Collection[str]
    ) -> Matches | None:
        """The files of each match, or None where git cannot be relied on.

        It compares bytes, ASCII letters in either case, and reads tracked and untracked files from
        the working tree. A match comes in lower case; which ones are shown is told in
        :mod:`netra_validate.clients.source.deduction`. ``without`` are left alone.
        """
        if any(not needle or b"\0" in needle or b"\n" in needle for needle in needles):
            return None
        return await self._grep(("-i", "-F"), needles, (), without)

    async def matching(
        self, patterns: Collection[bytes], *, among: str, without: Collection[str]
    ) -> Matches | None:
        """The files of each text that a Perl pattern matches, as :meth:`matches` reads them.

        The patterns see one line at a time, as bytes. None also where this git knows no Perl
        patterns. ``among`` is a pathspec.
        """
        return await self._grep(("-P",), patterns, (among,), without)

    async def holding(
        self, patterns: Collection[bytes], *, among: str, without: Collection[str]
    ) -> Matches | None:
        """The files that hold a match of any of these Perl patterns, all under one empty text.

        Of each file no more is read than to its first match.
        """
        return await self._grep(("-P", "-l"), patterns, (among,), without)

    async def _grep(
        self,
        how: Sequence[str],
        patterns: Collection[bytes],
        among: Sequence[str],
        without: Collection[str],
    ) -> Matches | None:
        wanted: list[str | bytes] = [part for pattern in patterns for part in (b"-e", pattern)]
        where = [*among, *(f":(exclude,literal){name}" for name in without)]
        read = _read_names if "-l" in how else partial(_read_matches, folded="-i" in how)
        answer = await self._run((*_GREP, *how, *wanted, "--", *where), SEARCH_S, read)
        # 0 is found and 1 is not found. What it could not read it only grumbles about, so any
        # grumble means that the answer may not be whole.
        if isinstance(answer, str) or answer.code not in (0, 1) or answer.complaint:
            return None
        return answer.out

    async def _run(
        self,
        arguments: Sequence[str | bytes],
        limit_s: float,
        read: Callable[[IO[bytes]], T],
    ) -> Answer[T] | str:
        """Run git to its end, or kill it when the time or the caller's interest ends."""
        with tempfile.TemporaryFile() as complaints:
            try:
                process = subprocess.Popen(  # noqa: ASYNC220, S603 - to start it takes a millisecond
                    ("git", "--no-pager", *_NOTHING_FOREIGN, *arguments),  # noqa: S607 - the user's
                    cwd=self._root,
                    env=environment(os.environ),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                    start_new_session=True,
                )
            except (OSError, ValueError) as error:
                return f"git cannot be run: {error}"
            try:
                loop = asyncio.get_running_loop()
                ended = loop.run_in_executor(self._executor, _finish, process, limit_s, read)
                out = await ended
            finally:
                _kill(process)
            if out is None:
                return f"git did not answer within {limit_s:g} s"
            complaints.seek(0)
            complaint = complaints.read(_MOST_COMPLAINT).decode("utf-8", "replace").strip()
            return Answer(process.returncode, out, complaint)


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """The variables that git is given: the user's, without those that point at a repository."""
    kept = {
        name: value
        for name, value in inherited.items()
        if not name.startswith("GIT_") or name.startswith(_KEPT)
    }
    return kept | {
        # In this locale git compares bytes, which is what is asked for, and twice as fast.
        "LC_ALL": "C",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "none",
    }


def _finish(
    process: subprocess.Popen[bytes], limit_s: float, read: Callable[[IO[bytes]], T]
) -> T | None:
    """Read what the process says to its end, in a thread; None where the time was up before."""
    late = threading.Event()

    def end() -> None:
        late.set()
        _kill(process)

    timer = threading.Timer(limit_s, end)
    timer.start()
    try:
        with process:
            assert process.stdout is not None  # noqa: S101 - it was asked for
            said = read(process.stdout)
    finally:
        timer.cancel()
    return None if late.is_set() else said


def _read_all(out: IO[bytes]) -> bytes:
    return out.read()


def _read_matches(out: IO[bytes], *, folded: bool) -> Matches:
    """Read ``grep -o -z``, name NUL match newline, without holding more of it than a piece.

    Matches are told apart by their case unless it is ``folded``.

    A needle that stands everywhere makes more matches than there is memory.
    """
    found: defaultdict[bytes, set[bytes]] = defaultdict(set)
    rest = b""
    while piece := out.read(_PIECE):
        rest += piece
        end = 0
        for shown in _SHOWN.finditer(rest):
            found[shown[2].lower() if folded else shown[2]].add(shown[1])
            end = shown.end()
        rest = rest[end:]
    return {match: {os.fsdecode(name) for name in names} for match, names in found.items()}


def _read_names(out: IO[bytes]) -> Matches:
    """Read ``grep -l -z``: names that end in NUL."""
    return {b"": set(_split(out.read()))}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started."""
    if process.poll() is not None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _reason(complaint: str) -> str:
    """Why git refused, in words that say what to do."""
    if "dubious ownership" in complaint:
        return "git does not trust the folder's owner (git config --global --add safe.directory …)"
    if "not a git repository" in complaint:
        return "not a git repository"
    return complaint.splitlines()[0] if complaint else "git refused without a reason"


def _parse_names(out: bytes) -> Names:
    """Read ``ls-files -v -s -z``: ``H 100644 <object> 0<TAB>path``, or ``? path`` if untracked."""
    files: list[str] = []
    nested: list[str] = []
    unsearched: list[str] = []
    for entry in _split(out):
        tag, _, rest = entry.partition(" ")
        if tag == "?":
            (nested if rest.endswith("/") else files).append(rest)
            continue
        mode, _, name = rest.partition("\t")
        (nested if mode.startswith("160000") else files).append(name)
        # Lower case is assume-unchanged, S is skip-worktree.
        if tag.islower() or tag == "S":
            unsearched.append(name)
    return Names(tuple(files), tuple(nested), frozenset(unsearched))


def _split(out: bytes) -> list[str]:
    """Names that end in NUL; bytes that are no UTF-8 survive the round trip to the file system."""
    return os.fsdecode(out).split("\0")[:-1]
