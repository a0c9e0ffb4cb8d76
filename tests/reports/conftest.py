"""The switch that writes golden files anew: ``UPDATE_GOLDEN=1 pytest tests/reports``."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def golden() -> Callable[[str, str], None]:
    """Compares a document with the file of that name, or writes the file where asked to."""

    def compare(name: str, document: str) -> None:
        file = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            file.write_text(document, encoding="utf-8", newline="\n")
        assert document == file.read_text(encoding="utf-8"), (
            f"{name} is not what it was; UPDATE_GOLDEN=1 accepts the new one"
        )

    return compare
