"""Comments that allow their line to break a rule."""

import pytest

from netra_validate import allow_comments

RULES = {"robots.missing", "robots.empty"}


@pytest.mark.parametrize(
    ("comment", "allows", "complains"),
    [
        ("# netra-validate: allow", True, False),
        ("# NETRA-VALIDATE: Allow[Robots.Missing]", True, False),
        ("# netra-validate: allow[robots]", True, False),
        ("# netra-validate: allow[other.rule, robots.missing]", True, False),
        ("# netra-validate: allow[robots.empty]", False, False),
        ("# netra-validate: allow[other]", False, False),
        ("# netra-validate: allow[robots.mising]", False, True),
        ("# netra-validate: allow[]", False, True),
        ("# netra-validate: allow[robots.missing", False, True),
        ("# netra-validate: allow[see below]", False, True),
        ("# netra-validate: allowed", False, False),
    ],
)
def test_a_comment_allows_its_line_for_the_rules_that_it_names(comment, allows, complains):
    found = allow_comments.read(f"first\nsecond  {comment}\nthird\n", "robots", RULES)
    assert found.covers(2, "robots.missing") is allows
    assert (2 in found.unclear) is complains
    assert not found.covers(1, "robots.missing")
    assert not found.covers(3, "robots.missing")


def test_two_comments_of_one_line_allow_what_either_does():
    text = "# netra-validate: allow[a.b] # netra-validate: allow[robots.empty]"
    found = allow_comments.read(text, "robots", RULES)
    assert found.covers(1, "robots.empty")
    assert not found.covers(1, "robots.missing")
