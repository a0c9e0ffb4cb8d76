"""PostgreSQL starts wherever the programs were installed."""

import os
import shutil

import pytest

from netra_validate.sandbox import postgres
from netra_validate.sandbox.postgres_keeper import Keeper


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root runs it as somebody else"
)
def test_it_starts_where_the_programs_lie_in_a_folder_of_roots(tmp_path):
    programs = postgres.programs()
    package = programs.parent.parent
    tmp_path.chmod(0o700)
    shutil.copytree(programs.parent, tmp_path / package.name / programs.parent.name, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, tmp_path / libraries.name)
    keeper = Keeper(tmp_path / programs.relative_to(package.parent))
    try:
        keeper.make()
        keeper.start()
        assert (keeper.folder / "data" / "postmaster.pid").exists()
    finally:
        keeper.stop()
        keeper.remove()
    assert not keeper.folder.exists()
