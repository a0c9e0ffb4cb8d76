"""The tests of checks."""

import pytest


@pytest.fixture(autouse=True)
def _remedies(remedies_are_right):
    """Whatever a test is about, the remedies that it meets are held to the rules of all."""
