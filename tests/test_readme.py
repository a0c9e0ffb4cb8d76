"""The README says what the program does: its tables are made from it, its examples are run."""

import os
import re
from pathlib import Path

import pytest
from readme_tables import TABLES

README = Path(__file__).resolve().parent.parent / "README.md"


def marked(name: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- table: {name} -->\n).*?(<!-- end -->\n)", re.DOTALL)


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_what_the_program_says(name):
    text = README.read_text(encoding="utf-8")
    match = marked(name).search(text)
    assert match, f"the README has no table {name}"
    expected = f"{match[1]}{TABLES[name]()}{match[2]}"
    if os.environ.get("UPDATE_GOLDEN"):
        README.write_text(text.replace(match[0], expected), encoding="utf-8", newline="\n")
        return
    assert match[0] == expected, "UPDATE_GOLDEN=1 writes the README's tables anew"
