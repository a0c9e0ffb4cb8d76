"""Guesses a configuration from a repository and what surrounds it.

No YAML and no HCL is parsed: a guess needs no more than names that stand where they usually stand,
and each is checked for the form of its kind. What is not found is left for a person to fill in.
"""

from netra_validate.guessing.choosing import Guesses, guess
from netra_validate.guessing.facts import Facts, Found
from netra_validate.guessing.writing import configuration, summary

__all__ = ["Facts", "Found", "Guesses", "configuration", "guess", "summary"]
