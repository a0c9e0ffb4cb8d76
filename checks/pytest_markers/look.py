"""The first look at a repository: its configuration, and the files worth a second one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from checks.pytest_markers import commands, known_plugins
from checks.pytest_markers.judgement import Candidate, Judge
from checks.pytest_markers.project import Project, Settings
from checks.pytest_markers.roots import Standing


@dataclass(frozen=True)
class Look:
    """What the first look at the repository gave."""

    project: Project
    judge: Judge
    files: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    """Every Python file that has to do with tests."""

    python: tuple[str, ...] = ()
    """Every Python file."""

    @cached_property
    def existing(self) -> frozenset[str]:
        """All files, to be asked for one."""
        return frozenset(self.files)

    @cached_property
    def standings(self) -> dict[str, Standing]:
        """What each file is that has to do with tests."""
        return dict(self.candidates)

    @cached_property
    def packages(self) -> frozenset[str]:
        """Every ``__init__.py``."""
        return frozenset(p for p in self.python if p.rpartition("/")[2] == "__init__.py")

    @cached_property
    def packages_around(self) -> frozenset[str]:
        """The ``__init__.py`` of every package with a file that has to do with tests."""
        one_each = {path.rpartition("/")[0]: path for path in self.standings}
        return frozenset(
            package
            for path in one_each.values()
            for package in self.judge.modules.packages_of(path)
        )

    @property
    def here(self) -> Settings:
        """The repository's own root."""
        return self.project.settings[""]

    @cached_property
    def test_files(self) -> int:
        """How many files pytest collects, by itself or by name; a conftest is none."""
        return sum(
            candidate.standing in {Standing.COLLECTED, Standing.NAMED}
            and not candidate.path.endswith("conftest.py")
            for candidate in self.candidates
        )

    def tested(self, settings: Settings) -> bool:
        """Whether any test file belongs to a root."""
        return any(
            self.project.roots.of(candidate.path).folder == settings.root.folder
            for candidate in self.candidates
        )

    @property
    def mentions_pytest(self) -> bool:
        """Whether the configuration or the requirements speak of pytest."""
        configured = any(found.root.section for found in self.project.settings.values())
        return configured or "pytest" in self.project.requirements.names

    def scripts(self) -> list[str]:
        """Files in which a ``pytest`` may be called."""
        return [path for path in self.files if commands.holds_commands(path)]

    def observations(self) -> dict[str, object]:
        """What to record of it."""
        section = self.here.root.section
        chosen = f"{section.path} {section.table}".strip() if section is not None else "none"
        return {
            "files": len(self.python),
            "test_files": self.test_files,
            "markers_registered": len(self.here.registry.everything - known_plugins.BUILT_IN),
            "configuration": chosen,
            "strict": self.here.strict or False,
            "roots": len(self.project.settings),
        }
