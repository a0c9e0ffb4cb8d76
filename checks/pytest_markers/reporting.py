"""From what was seen to findings: the sentences, the evidence, the severity."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from checks.pytest_markers import commands, known_plugins, registering, remedies
from checks.pytest_markers.expressions import ExpressionError, names_of
from checks.pytest_markers.judgement import Candidate, Nearest, Verdict
from checks.pytest_markers.look import Look
from checks.pytest_markers.problems import Fault, Problem
from checks.pytest_markers.project import Settings
from checks.pytest_markers.roots import Standing
from checks.pytest_markers.uses import Use
from netra_validate import ClientError, Finding, Fix, Location, Severity
from netra_validate.wording import listed

if TYPE_CHECKING:
    from checks.pytest_markers.check import PytestMarkers


_MOST_NAMED: Final = 5
"""Files that a sentence names."""

_LOOKED_UP: Final = {"call": "when called", "collection": "while collecting"}


@dataclass
class Reporter:
    """Turns what was seen into findings."""

    check: PytestMarkers
    look: Look
    _nearest: Nearest = field(default_factory=Nearest)
    _registrations: dict[tuple[str, str], Fix | None] = field(default_factory=dict)
    _used: set[bytes] = field(default_factory=set)
    _missed: set[str] = field(default_factory=set)
    """Markers in use that are no slips: to register them mends what selects them as well."""
    _parsed: int = 0
    _unparsable: int = 0
    _large: list[str] = field(default_factory=list)
    """Files that are too large to be parsed."""
    unread: list[str] = field(default_factory=list)
    """Those of them of which not even all tokens were read."""

    @property
    def _used_names(self) -> set[str]:
        return {name.decode("utf-8", "replace") for name in self._used if name}

    @property
    def _version(self) -> int:
        wanted = self.check.options.pytest_version
        return int(wanted) if wanted else self.look.project.requirements.pytest_version

    @property
    def _is_assumed(self) -> bool:
        """Whether neither the options nor a requirement says which pytest it is."""
        requirements = self.look.project.requirements
        return self.check.options.pytest_version is None and requirements.pytest is None

    def on_configuration(self) -> Iterator[Finding]:
        """The findings on the files that configure pytest."""
        for problem in self.look.project.problems:
            yield self._problem(problem)
        for settings in self.look.project.settings.values():
            yield from self._duplicates(settings)
            if settings.strict is None and not settings.broken and self.look.tested(settings):
                yield self._lenient(settings)
            for expression in settings.added.selections:
                yield from self._in_addopts(expression, settings)
        yield from self._missing()

    def _problem(self, problem: Problem) -> Finding:
        ignored = problem.fault is Fault.IGNORED
        rule = self.check.ignored_config if ignored else self.check.broken_config
        harmless = ignored and not problem.markers
        return rule.finding(
            f"{problem.path}: {problem.reason}",
            evidence={"markers": len(problem.markers), "names": list(problem.markers[:10])},
            remedy=remedies.move(problem.mend),
            location=Location(problem.path, problem.line),
            severity=Severity.WARNING if harmless else None,
            identity=f"{problem.path}:{problem.reason}",
        )

    def _duplicates(self, settings: Settings) -> Iterator[Finding]:
        section = settings.root.section
        seen: dict[str, int | None] = {}
        for marker in section.markers if section is not None else ():
            if marker.name in seen and section is not None:
                yield self.check.duplicate.finding(
                    f"{marker.name} is registered twice in {section.path}",
                    evidence={"name": marker.name, "first_line": seen[marker.name]},
                    remedy=remedies.delete(marker.name, section),
                    location=Location(section.path, marker.line),
                    identity=f"{section.path}:{marker.name}",
                )
            seen.setdefault(marker.name, marker.line)

    def _lenient(self, settings: Settings) -> Finding:
        section = settings.root.section
        where = section.path if section is not None else settings.root.folder or "the repository"
        return self.check.not_strict.finding(
            f"{where} leaves unknown markers unpunished: strict markers are off",
            evidence={"pytest": self._version},
            remedy=remedies.become_strict(section, self._version, assumed=self._is_assumed),
            location=Location(section.path) if section is not None else None,
            identity=settings.root.folder,
        )

    def _missing(self) -> Iterator[Finding]:
        settings = self.look.here
        if settings.broken:
            return
        section = settings.root.section
        for name in self.check.options.required:
            if name not in settings.registry.everything:
                nearest = self._nearest.of(name, settings)
                opened = self._is_open(settings)
                fix = None if opened else self._registration(name, settings)
                unedited = {} if opened else self._unedited(name, fix)
                yield self.check.missing_required.finding(
                    f"{name} is required and not registered{_hint(nearest)}",
                    evidence={"name": name, "nearest": nearest, **unedited},
                    remedy=remedies.register(name, section, nearest),
                    location=Location(section.path) if section is not None else None,
                    identity=name,
                    fix=fix,
                )

    def take(self, used: frozenset[bytes]) -> None:
        """Take note of markers in use in files on which there is no verdict."""
        self._used |= used

    def on(self, verdict: Verdict) -> Iterator[Finding]:
        """The findings on one file."""
        self._used |= verdict.used
        self._parsed += verdict.parsed
        self._large += [verdict.candidate.path] if verdict.is_large else []
        self.unread += [] if verdict.is_whole else [verdict.candidate.path]
        if verdict.unparsable is not None:
            self._unparsable += 1
            yield self._unparsable_file(verdict)
        for use in verdict.refused:
            found = self._refused(use, verdict)
            if found.severity is Severity.ERROR and not found.evidence["nearest"]:
                self._missed.add(use.name)
            yield found

    def _unparsable_file(self, verdict: Verdict) -> Finding:
        path, fault = verdict.candidate.path, verdict.unparsable
        assert fault is not None  # noqa: S101 - asked by the only caller
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        return self.check.unparsable_file.finding(
            f"{path} is no valid Python {python}: {fault.reason}",
            evidence={"reason": fault.reason, "python": python},
            remedy=remedies.parse(path),
            location=Location(path, fault.line),
            severity=None if _is_reached(verdict.candidate) else Severity.WARNING,
        )

    def _refused(self, use: Use, verdict: Verdict) -> Finding:
        path = verdict.candidate.path
        settings = self.look.project.settings[self.look.project.roots.of(path).folder]
        nearest = self._nearest.of(use.name, settings)
        plugin = known_plugins.plugin_of(use.name)
        opened = settings.registry.open_at(path.rpartition("/")[0])
        evidence: dict[str, object] = {"name": use.name, "nearest": nearest}
        standing = verdict.candidate.standing
        extra = {
            "standing": None if standing is Standing.COLLECTED else standing.value,
            "looked_up": _LOOKED_UP.get(use.when),
            "imported_by": verdict.imported_by,
            "plugin": plugin,
            "may_be_registered_at": opened,
            "read_from": "tokens" if verdict.unparsable else None,
        }
        evidence |= {key: value for key, value in extra.items() if value is not None}
        fix = None
        if self._is_meant(use.name, nearest) and not (plugin or opened):
            fix = self._registration(use.name, settings)
            evidence |= self._unedited(use.name, fix)
        return self.check.unregistered.finding(
            _refusal(use.name, nearest, plugin),
            evidence=evidence,
            remedy=remedies.declare(plugin, use.name)
            if plugin
            else remedies.register(use.name, settings.root.section, nearest),
            location=Location(path, use.line, use.column),
            severity=_severity(use, verdict, opened),
            identity=f"{path}:{use.name}",
            fix=fix,
        )

    def _is_meant(self, name: str, nearest: str | None) -> bool:
        """Whether a name is surely no slip: nothing is like it, or it is asked for."""
        return nearest is None or name in self.check.options.required

    @staticmethod
    def _unedited(name: str, fix: Fix | None) -> dict[str, str]:
        """Evidence of a marker that could be registered, were its list written otherwise."""
        return (
            {"not_edited": remedies.OTHER_FORM}
            if fix is None and registering.is_plain(name)
            else {}
        )

    def _registration(self, name: str, settings: Settings) -> Fix | None:
        """The edit that registers a marker, made once."""
        key = (settings.root.folder, name)
        if key not in self._registrations:
            look = self.look
            self._registrations[key] = (
                registering.registration(
                    settings, (name,), look.existing, look.judge.source, self._version
                )
                if registering.is_plain(name)
                else None
            )
        return self._registrations[key]

    def _in_addopts(self, expression: str, settings: Settings) -> Iterator[Finding]:
        section = settings.root.section
        path = section.path if section is not None else ""
        known = settings.registry.everything
        yield from self._unknown(expression, Location(path, _line_of(section)), known, settings)

    def on_commands(self, path: str, text: str) -> Iterator[Finding]:
        """The findings on the commands of one script."""
        known = self.look.project.everything | self._missed
        for selection in commands.selections_in(path, text):
            place = Location(path, selection.line, selection.column)
            yield from self._unknown(selection.expression, place, known, self.look.here)

    def _unknown(
        self, expression: str, place: Location, known: frozenset[str], settings: Settings
    ) -> Iterator[Finding]:
        try:
            names = names_of(expression)
        except ExpressionError:
            return
        for name in names:
            if name not in known:
                nearest = self._nearest.of(name, settings)
                yield self.check.unknown_in_expression.finding(
                    f"{name} in -m '{expression}' is no registered marker{_hint(nearest)}",
                    evidence={"name": name, "nearest": nearest, "expression": expression},
                    remedy=remedies.select(name, nearest),
                    location=place,
                    severity=Severity.WARNING if self._is_open(settings) else None,
                    identity=f"{place.path}:{name}",
                )

    @staticmethod
    def _is_open(settings: Settings) -> bool:
        registry = settings.registry
        return registry.opened_by is not None or any(
            conftest.says.open_at is not None for conftest in registry.conftests
        )

    def at_the_end(self) -> Iterator[Finding]:
        """What can be said once everything was seen."""
        if self.check.options.unused:
            for settings in self.look.project.settings.values():
                yield from self._unused(settings)

    def _unused(self, settings: Settings) -> Iterator[Finding]:
        section = settings.root.section
        if section is None or not self.look.tested(settings):
            return
        kept = self._used_names | set(self.check.options.required)
        for name, line in {marker.name: marker.line for marker in section.markers}.items():
            if name not in kept:
                yield self.check.unused.finding(
                    f"{name} is registered in {section.path} and used nowhere",
                    evidence={"name": name},
                    remedy=remedies.delete(name, section),
                    location=Location(section.path, line),
                    identity=f"{section.path}:{name}",
                )

    def observations(self) -> dict[str, object]:
        """What to record once everything was seen."""
        seen: dict[str, object] = {
            "markers_used": len(self._used_names - known_plugins.BUILT_IN),
            "parsed": self._parsed,
            "unparsable": self._unparsable,
        }
        return seen | ({"too_large_to_parse": sorted(self._large)} if self._large else {})

    def unverified(self) -> ClientError | None:
        """Why the markers of all files are not known; None where they are."""
        if not self.unread:
            return None
        files = "1 file" if len(self.unread) == 1 else f"{len(self.unread)} files"
        shown = listed(sorted(self.unread), _MOST_NAMED)
        return ClientError(
            f"the markers of {files} were not all read, as they are too large: {shown}",
            hint="split them, or leave them out with exclude of pytest-markers",
        )


def _is_reached(candidate: Candidate) -> bool:
    return candidate.standing in {Standing.COLLECTED, Standing.INITIAL}


def _severity(use: Use, verdict: Verdict, opened: str | None) -> Severity | None:
    """A warning where pytest by itself may not complain; else the rule's own."""
    standing = verdict.candidate.standing
    early = standing is Standing.INITIAL and use.when == "import"
    if opened is not None or early or use.when == "call" or not _is_reached(verdict.candidate):
        return Severity.WARNING
    return None


def _refusal(name: str, nearest: str | None, plugin: str | None) -> str:
    if name.startswith("_"):
        return f"{name} is no name for a marker: pytest refuses a leading underscore"
    if plugin:
        return f"{name} is registered by {plugin}, which nothing here declares"
    return f"{name} is no registered marker{_hint(nearest)}"


def _hint(nearest: str | None) -> str:
    return f"; did you mean {nearest}?" if nearest else ""


def _line_of(section: object) -> int | None:
    text = getattr(section, "text", "")
    found = text.find("addopts")
    return text.count("\n", 0, found) + 1 if found >= 0 else None
