"""What takes a move of traffic back restores what was asked for, by the functions of ``gcloud``."""

import json
import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest
from google.cloud import run_v2
from real_gcloud import RealGcloud

from netra_validate.clients.google.revisions import asked_traffic
from netra_validate.model import RevisionRef
from netra_validate.remedies import serve_latest, serve_only

MOVER = Path(__file__).parent / "oracles" / "move_traffic.py"
TO = RevisionRef("p", "us-central1", "backend", "backend-9")
NAMES = (None, "backend-1", "backend-2", "backend-9")
"""None for whichever is the latest."""


def target(name, percent, tag=None):
    """One target of a service's traffic, as the API of v2 has it."""
    kinds = run_v2.TrafficTargetAllocationType
    kind = (
        kinds.TRAFFIC_TARGET_ALLOCATION_TYPE_REVISION
        if name
        else kinds.TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST
    )
    return run_v2.TrafficTarget(type_=kind, revision=name, percent=percent, tag=tag)


def drawn(seed):
    """A division of traffic that a service can have: shares that make 100, and tags."""
    rng = random.Random(seed)
    cuts = sorted(rng.sample(range(1, 100), rng.randint(0, 3)))
    shares = [after - before for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]
    tags = iter(("red", "green", "blue", "black", "white"))
    targets = [
        target(rng.choice(NAMES), share, next(tags) if rng.random() < 0.4 else None)
        for share in shares
    ]
    return [*targets, target(rng.choice(NAMES), 0, next(tags))] if rng.random() < 0.5 else targets


CASES = {
    "the latest": [target(None, 100)],
    "one by name": [target("backend-1", 100)],
    "the latest and one by name": [target(None, 50), target("backend-1", 50)],
    "a candidate with a tag": [target("backend-1", 100), target("backend-2", 0, "next")],
    "a part of it with a tag": [target("backend-1", 30), target("backend-1", 30, "red"),
                                target("backend-2", 40)],
    "the latest in two parts": [target(None, 60), target(None, 40, "next")],
} | {f"drawn {seed}": drawn(seed) for seed in range(60)}  # fmt: skip


def test_what_has_a_tag_and_no_share_is_not_asked_for():
    service = run_v2.Service(traffic=CASES["a candidate with a tag"])
    assert asked_traffic(service) == (("backend-1", 100),)


def as_v1(targets):
    """The same as the API of v1 has it, which ``gcloud`` speaks."""
    return [
        ({"revisionName": each.revision} if each.revision else {"latestRevision": True})
        | {"percent": each.percent or None, "tag": each.tag or None}
        for each in targets
    ]


def shares(targets):
    """What part of the traffic each revision is to have, and the tags of each."""
    percents = Counter()
    for each in targets:
        percents[each.get("revisionName")] += each["percent"] or 0
    tags = sorted((each["tag"], each.get("revisionName") or "") for each in targets if each["tag"])
    return +percents, tags


@pytest.fixture(scope="module")
def moved():
    """Every case after each command that moves its traffic, and after what takes that back."""
    root = RealGcloud().root
    if root is None:
        pytest.skip("gcloud is not installed")
    questions = []
    for targets in CASES.values():
        now = asked_traffic(run_v2.Service(traffic=targets))
        for command in (serve_only(TO, now), serve_latest(TO, TO, now)):
            there, back = command.argv[5], command.undo[5]
            questions += [[as_v1(targets), [there]], [as_v1(targets), [there, back]]]
    python = root / "platform" / "bundledpythonunix" / "bin" / "python3"
    answered = subprocess.run(
        [python if python.is_file() else "python3", "-S", MOVER, root / "lib"],
        input="\n".join(map(json.dumps, questions)),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    lines = iter(map(json.loads, answered.stdout.splitlines()))
    return {name: [next(lines) for _ in range(4)] for name in CASES}


@pytest.mark.parametrize("name", CASES)
def test_it_is_restored(moved, name):
    before = shares(as_v1(CASES[name]))
    only, only_back, latest, latest_back = map(shares, moved[name])
    assert only == (Counter({TO.name: 100}), before[1]), "and tags stay"
    assert latest == (Counter({None: 100}), before[1])
    assert only_back == before
    assert latest_back == before
