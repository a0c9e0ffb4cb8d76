"""Which markers are registered by the time that pytest imports a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from checks.pytest_markers.registered import Module
from checks.pytest_markers.roots import Root, Standing


@dataclass(frozen=True, slots=True)
class Conftest:
    """A ``conftest.py`` together with the plug-ins that it asks for."""

    path: str
    says: Module

    @property
    def folder(self) -> str:
        """Where it stands; it is loaded before anything below is collected."""
        return self.path.rpartition("/")[0]


@dataclass
class Registry:
    """The markers of one root.

    ``pytest_configure`` is a historic hook: a conftest that pytest meets while collecting still
    registers, and what it registers holds for everything collected from then on.
    """

    root: Root
    base: frozenset[str]
    """Built in, of the configuration, and of plug-ins."""
    initial: frozenset[str] = frozenset()
    """Conftest files that are loaded at once (``_set_initial_conftests``)."""
    conftests: tuple[Conftest, ...] = ()
    opened_by: str | None = None
    """A plug-in that registers markers under names that are not known."""
    _by_folder: dict[str, frozenset[str]] = field(default_factory=dict, repr=False)

    @property
    def everything(self) -> frozenset[str]:
        """All markers that come to be registered in a whole run."""
        return self.base.union(*(conftest.says.markers for conftest in self.conftests))

    def at(self, folder: str) -> frozenset[str]:
        """What is registered for every file in a folder, whatever is collected before it."""
        if folder not in self._by_folder:
            loaded = (conftest.says.markers for conftest in self._loaded(folder))
            self._by_folder[folder] = self.base.union(*loaded)
        return self._by_folder[folder]

    def comes_before(self, name: str, path: str) -> bool:
        """Whether a conftest elsewhere registers a marker before ``path`` is imported."""
        reached = self.root.position(path)
        if reached is None:
            return False
        loaded = [
            self.root.position(conftest.folder)
            for conftest in self.conftests
            if name in conftest.says.markers
            and self.root.standing(conftest.path, self.initial) is Standing.COLLECTED
        ]
        return any(position is not None and position < reached for position in loaded)

    def open_at(self, folder: str) -> str | None:
        """Where markers are registered whose names are not known, for files of this folder."""
        for conftest in self._loaded(folder):
            if conftest.says.open_at is not None:
                return f"{conftest.path}:{conftest.says.open_at}"
        return self.opened_by

    def _loaded(self, folder: str) -> Iterable[Conftest]:
        for conftest in self.conftests:
            above = conftest.folder
            if (
                conftest.path in self.initial
                or not above
                or folder == above
                or folder.startswith(f"{above}/")
            ):
                yield conftest


def initial_conftests(
    root: Root, files: frozenset[str], conftests: frozenset[str]
) -> frozenset[str]:
    """The conftest files that pytest loads before anything is configured.

    Those of each argument's folder, of the folders above it up to the root, and of those right
    below it whose name starts with ``test`` (``PytestPluginManager._set_initial_conftests``).
    """
    found: set[str] = set()
    for argument in root.arguments:
        anchor = argument.rpartition("/")[0] if argument in files else argument
        found |= {f"{above}/conftest.py".lstrip("/") for above in _upward(anchor, root.folder)}
        if argument not in files:
            found |= {path for path in conftests if _is_below_test_folder(path, anchor)}
    return frozenset(found & conftests)


def _upward(folder: str, top: str) -> Iterable[str]:
    while folder != top and folder.startswith(top):
        yield folder
        folder = folder.rpartition("/")[0]
    yield top


def _is_below_test_folder(path: str, anchor: str) -> bool:
    if not path.endswith("/conftest.py"):
        return False
    above, _, name = path.removesuffix("/conftest.py").rpartition("/")
    return above == anchor and name.startswith("test")
