import pytest

from netra_validate.sandbox import postgres


@pytest.fixture
def without_a_database(monkeypatch):
    """As where PostgreSQL cannot be had: a cluster takes longer to make than all the rest."""
    monkeypatch.setattr(postgres, "programs", lambda: None)
