"""Everything about a repository that decides which markers are registered where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from checks.pytest_markers import ignored, known_plugins
from checks.pytest_markers.configuration import (
    NAMES,
    BrokenConfigurationError,
    Section,
    UnsupportedSectionError,
    read,
)
from checks.pytest_markers.entry_points import entry_points
from checks.pytest_markers.options import AddedOptions, added_options, strict_by
from checks.pytest_markers.problems import Fault, Problem
from checks.pytest_markers.reader import READER
from checks.pytest_markers.registered import Module, speaks
from checks.pytest_markers.registry import Conftest, Registry, initial_conftests
from checks.pytest_markers.requirements import Requirements, declared_in, declares
from checks.pytest_markers.roots import Root, Roots, expanded, joined

if TYPE_CHECKING:
    from netra_validate.clients.source import Source

"""What :func:`ast.parse` raises on text that is no Python: NUL and deep nesting among it."""


@dataclass(frozen=True)
class Settings:
    """One root with what its configuration says."""

    root: Root
    added: AddedOptions
    strict: str | None
    """What makes unknown markers an error."""
    registry: Registry
    broken: bool = False
    """pytest does not even start there."""


@dataclass(frozen=True)
class Project:
    """The whole repository."""

    roots: Roots
    settings: Mapping[str, Settings]
    """By the root's folder."""
    problems: tuple[Problem, ...]
    requirements: Requirements
    plugin_modules: frozenset[str]
    """Files that pytest imports as plug-ins, before markers are judged."""

    @property
    def everything(self) -> frozenset[str]:
        """Every marker that is registered anywhere."""
        return frozenset().union(*(found.registry.everything for found in self.settings.values()))


class ProjectReader:
    """Reads a :class:`Project`. Blocking: to be called from a thread.

    Args:
        source: the repository's files.
        files: paths of all of them.
        registered: names that count as registered everywhere.
        version: pytest's major version; by the requirements where None.
    """

    def __init__(
        self,
        source: Source,
        files: Sequence[str],
        *,
        registered: Iterable[str] = (),
        version: int | None = None,
    ) -> None:
        self._source = source
        self._files = frozenset(files)
        self._folders = frozenset(_folders_of(files))
        self._conftests = frozenset(path for path in files if path.endswith("conftest.py"))
        self._registered = frozenset(registered)
        self._problems: list[Problem] = []
        self._plugin_modules: set[str] = set()
        self._requirements = self._read_requirements()
        self._entry_points = entry_points(source, files)
        self._version = version or self._requirements.pytest_version

    def read(self) -> Project:
        """Read everything."""
        sections, broken = self._read_sections()
        plain = {folder: self._root(folder, section) for folder, section in sections.items()}
        roots = Roots([root for root, _ in plain.values()])
        says = self._read_conftests()
        settings = {}
        for folder, (root, added) in plain.items():
            mine = [path for path in says if roots.of(path) is root]
            settings[folder] = self._settings(root, added, {path: says[path] for path in mine})
        for folder in broken:
            settings[folder] = replace(settings[folder], broken=True)
        self._problems += ignored.ignored_sections(self._source, sorted(self._files))
        return Project(
            Roots([found.root for found in settings.values()]),
            settings,
            tuple(dict.fromkeys(self._problems)),
            self._requirements,
            frozenset(self._plugin_modules),
        )

    def _read_requirements(self) -> Requirements:
        found = Requirements()
        for path in self._files:
            if declares(path):
                found |= declared_in(path, self._source.text(path))
        return found

    def _read_sections(self) -> tuple[dict[str, Section | None], set[str]]:
        """The configuration of each root, and the roots where pytest does not start."""
        by_folder: dict[str, set[str]] = defaultdict(set)
        for path in self._files:
            folder, _, name = path.rpartition("/")
            if name in NAMES:
                by_folder[folder].add(name)
        sections: dict[str, Section | None] = {"": None}
        broken: set[str] = set()
        for folder in sorted(by_folder):
            try:
                section = self._section_of(folder, by_folder[folder])
            except BrokenConfigurationError as error:
                self._problems.append(_problem_of(error))
                broken.add(folder)
                sections[folder] = None
            else:
                if section is not None:
                    sections[folder] = section
        return sections, broken

    def _section_of(self, folder: str, names: set[str]) -> Section | None:
        """The section that decides in a folder; the others there are noted as ignored."""
        chosen: Section | None = None
        for name in NAMES:
            if name not in names:
                continue
            path = f"{folder}/{name}".lstrip("/")
            text = self._source.text(path)
            try:
                found = read(path, text, version=self._version)
                self._check(found)
            except BrokenConfigurationError as error:
                if chosen is None:
                    raise
                # pytest has stopped looking by then.
                self._problems.append(replace(_problem_of(error), fault=Fault.IGNORED))
                continue
            if chosen is None:
                chosen = found
            elif found is not None:
                self._problems.append(ignored.hidden(found, chosen))
            self._problems += ignored.passed_over(path, text, found, self._version)
        return chosen

    @staticmethod
    def _check(section: Section | None) -> None:
        """Read every option that is needed, so that a wrong one is known from the start."""
        if section is not None:
            for option in ("addopts", "testpaths", "norecursedirs", "python_files", "pythonpath"):
                section.words(option)
            section.entries("filterwarnings")
            _ = section.markers

    def _root(self, folder: str, section: Section | None) -> tuple[Root, AddedOptions]:
        root = Root(folder, section)
        if section is None:
            return root, AddedOptions()
        added = added_options(section.words("addopts"))
        root = replace(
            root,
            testpaths=expanded(folder, section.words("testpaths"), self._folders, self._files),
            ignored=frozenset(joined(folder, path) for path in added.ignored),
            ignored_globs=tuple(joined(folder, path) for path in added.globs),
        )
        if "norecursedirs" in section.options:
            root = replace(root, not_entered=tuple(section.words("norecursedirs")))
        if "python_files" in section.options:
            root = replace(root, test_files=tuple(section.words("python_files")))
        return root, added

    def _read_conftests(self) -> dict[str, Module]:
        """What each conftest says, the plug-ins that it asks for included."""
        return {
            path: self._with_plugins(self._module(path), path)
            for path in sorted(self._conftests)
            if path.rpartition("/")[2] == "conftest.py" and speaks(self._source.bytes(path))
        }

    def _module(self, path: str) -> Module:
        try:
            return self._source.parsed(path, READER).module
        except SyntaxError:
            return Module()

    def _with_plugins(
        self, module: Module, path: str, seen: frozenset[str] = frozenset()
    ) -> Module:
        """A module's markers together with those of the plug-ins it names, and theirs."""
        for name in module.plugins:
            for where in self._plugin_files(name, path):
                if where not in seen:
                    said = self._with_plugins(self._module(where), where, seen | {where})
                    open_at = module.open_at if module.open_at is not None else said.open_at
                    markers = module.markers | said.markers
                    module = replace(module, markers=markers, open_at=open_at)
            markers = module.markers | _known_markers(name)
            module = replace(module, markers=markers)
        return module

    def _plugin_files(self, name: str, near: str = "") -> Iterator[str]:
        """The files of the repository that a plug-in's dotted name may mean."""
        stem = name.replace(".", "/")
        folder = near.rpartition("/")[0]
        for end in (f"{stem}.py", f"{stem}/__init__.py"):
            usual = (f"{folder}/{end}".lstrip("/"), end, f"src/{end}")
            found = [path for path in usual if path in self._files]
            if not found and "." in name:
                found = sorted(path for path in self._files if path.endswith(f"/{end}"))
            for path in found[:1]:
                self._plugin_modules.add(path)
                yield path

    def _settings(self, root: Root, added: AddedOptions, says: Mapping[str, Module]) -> Settings:
        whole = _without_ignored(root, says)
        plugins = self._plugins(root.folder, added.plugins)
        section = root.section
        own = frozenset(marker.name for marker in section.markers) if section else frozenset()
        opened = f"{root.folder}:{plugins.open_at}" if plugins.open_at is not None else None
        by_plugins = frozenset(known_plugins.markers_of(self._requirements.names))
        registry = Registry(
            whole,
            known_plugins.BUILT_IN | self._registered | own | plugins.markers | by_plugins,
            initial_conftests(whole, self._files, self._conftests),
            tuple(Conftest(path, module) for path, module in says.items()),
            opened,
        )
        strict = strict_by(section, added, self._version) if section else None
        return Settings(whole, added, strict, registry)

    def _plugins(self, folder: str, asked_for: Sequence[str]) -> Module:
        """What plug-ins say: those of ``-p``, and those that the repository itself installs."""
        named = Module(plugins=(*asked_for, *self._entry_points))
        return self._with_plugins(named, f"{folder}/conftest.py".lstrip("/"))


def _without_ignored(root: Root, says: Mapping[str, Module]) -> Root:
    """The root without what its conftest files tell pytest to leave out."""
    paths, globs = set(root.ignored), list(root.ignored_globs)
    for path, module in says.items():
        paths |= {joined(_folder(path), entry) for entry in module.ignored}
        globs += [joined(_folder(path), entry) for entry in module.ignored_globs]
    return replace(root, ignored=frozenset(paths), ignored_globs=tuple(globs))


def _problem_of(error: BrokenConfigurationError) -> Problem:
    if isinstance(error, UnsupportedSectionError):
        mend = "Rename the section to [tool:pytest]"
        return Problem(Fault.BROKEN, error.path, error.line, error.reason, mend)
    mend = f"Mend {error.path}"
    return Problem(Fault.BROKEN, error.path, error.line, error.reason, mend)


def _folder(path: str) -> str:
    return path.rpartition("/")[0]


def _folders_of(files: Iterable[str]) -> Iterator[str]:
    seen: set[str] = set()
    for path in files:
        folder = _folder(path)
        while folder and folder not in seen:
            seen.add(folder)
            yield folder
            folder = _folder(folder)


def _known_markers(plugin: str) -> frozenset[str]:
    if plugin in {"pytester", "_pytest.pytester"}:
        return frozenset({known_plugins.PYTESTER})
    distribution = known_plugins.ENTRY_POINTS.get(plugin)
    return frozenset(known_plugins.markers_of([distribution] if distribution else []))
