"""What ``pytest --strict-markers`` would say of a repository, without importing a test of it."""

from checks.pytest_markers.check import PytestMarkers

__all__ = ["PytestMarkers"]
