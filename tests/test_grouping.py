import pytest

from netra_validate.grouping import Group, groups, places, untold
from netra_validate.model import (
    Finding,
    Location,
    Outcome,
    Plane,
    ProbeResult,
    ResourceRef,
    Severity,
)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ([None, None], ["2 times"]),
        ([("a.py", 3, 1), ("a.py", 3, 1)], ["a.py:3:1"]),
        ([("b.py", 9), ("a.py", 3, 1)], ["a.py:3:1, b.py:9"]),
        ([("a.py", 3, 1), ("a.py", 3, 7)], ["2 places in a.py, line 3"]),
        ([("a.py", 30), ("a.py", 3)], ["2 places in a.py, lines 3, 30"]),
        ([("a.py",), ("a.py", None, 2)], ["2 places in a.py"]),
        (
            [(f"{folder}/{number}.py", 1) for folder in "abcde" for number in range(300)],
            [
                "1 500 places in 1 500 files: a/ 300, b/ 300, c/ 300, d/ 300 and 1 more folder",
                "first a/0.py:1, a/1.py:1, a/10.py:1",
            ],
        ),
        (
            [("x/a.py", 1), ("x/y/b.py", 1), ("x/y/c.py", 1), ("d.py", 1)],
            ["4 places in 4 files: x/ 3, ./ 1", "first d.py:1, x/a.py:1, x/y/b.py:1"],
        ),
    ],
)
def test_places_are_told_in_few_words(where, said):
    findings = tuple(
        Finding("c.r", Severity.ERROR, "it is wrong", location=place and Location(*place))
        for place in where
    )
    assert list(places(Group(findings))) == said


@pytest.mark.parametrize(
    ("evidence", "left"),
    [
        ({"revision": "netra-backend-00042"}, {}),
        ({"conditions": {"Ready": "NoImage: it is gone"}}, {}),
        ({"conditions": {"Ready": "NoImage: it is gone", "Active": "it is off"}}, None),
        ({"conditions": {}}, None),
        ({"state": "NoImage"}, None),
        ({"revision": "netra-backend-00043"}, None),
        ({"count": 42}, None),
    ],
)
def test_evidence_that_the_message_has_is_not_told_again(evidence, left):
    found = Finding(
        "c.r",
        Severity.ERROR,
        "netra-backend-00042 is not ready: NoImage: it is gone",
        evidence=evidence,
    )
    assert untold(found) == (evidence if left is None else left)


def test_what_others_follow_from_comes_before_what_is_as_bad():
    found = [
        Finding("c.r", Severity.ERROR, "a is cut off"),
        Finding("c.r", Severity.ERROR, "b is cut off", explains=("d/x", "d/y")),
        Finding("c.r", Severity.ERROR, "c is cut off", explains=("d/x",)),
    ]
    place = ResourceRef("service", "x")
    probe = ProbeResult("c/x", "c", Plane.CONTROL, place, Outcome.FAIL, findings=tuple(found))
    told = [group.first.message[0] for group in groups(probe)]
    assert told == ["b", "c", "a"]
