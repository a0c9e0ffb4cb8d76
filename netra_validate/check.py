"""All that the author of a check sees: Check, Rule, CheckOptions and Context.

A check is a class with rules and one method::

    class Robots(Check[Service]):
        \"\"\"Services serve a robots.txt.\"\"\"

        id = "robots"
        plane = Plane.DATA
        missing = Rule(Severity.WARNING, "There is no robots.txt", help="Crawlers ask for it.")

        async def run(self, service: Service, ctx: Context) -> AsyncIterator[Finding]:
            response = await ctx.http.get(f"{service.url}/robots.txt")
            ctx.observe(status=response.status)
            if response.status != 200:
                yield self.missing.finding(f"{service.url}/robots.txt answers {response.status}")

It never catches broad exceptions, prints, reads the process environment, sleeps or writes: that is
what the engine and the clients are for.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, TypeVar, get_args, get_origin

import msgspec

from netra_validate import scrub
from netra_validate.by_hand import ByHand
from netra_validate.model import (
    Bearing,
    Finding,
    Fix,
    Location,
    Plane,
    Remediation,
    ResourceRef,
    RevisionRef,
    Severity,
)
from netra_validate.signs import Sign
from netra_validate.topology import Environment, Resource, Topology

if TYPE_CHECKING:
    from netra_validate.clients import Clients
    from netra_validate.clients.budget import Budget
    from netra_validate.clients.google import Google
    from netra_validate.clients.hosts import Hosts
    from netra_validate.clients.http import Http
    from netra_validate.clients.postgres import Postgres
    from netra_validate.clients.source import Reader, Source
    from netra_validate.clients.websocket import WebSockets

R = TypeVar("R", bound=Resource)
_T = TypeVar("_T")

_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


class CheckError(TypeError):
    """A check class that breaks the contract. Raised when the class is defined."""


class NothingToExamine(Exception):
    """Raised by :meth:`Check.run` where the resource holds nothing for it: the probe is skipped.

    The message says why. It is for what only a look can tell; what the configuration tells belongs
    into :meth:`Check.skip_reason`.
    """


class CheckOptions(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of a check's options. Every field has a default, and its unit in its name.

    Say what a field means with ``Annotated[float, msgspec.Meta(ge=0, description="…")]``.
    """


class Rule:
    """One way to fall short.

    Args:
        severity: what a finding has by default.
        summary: one line that says what is wrong, without the name of anything.
        help: what it means, why it is bad, how to mend it. A paragraph or more.
        fixable: whether a finding of it may carry an edit that mends it.
        shows: what is seen to fail where it is broken; the checks that this one depends on can
            explain it only by what they take away. Empty: nothing explains it, it is a cause of
            its own. Left out: anything may be behind it.
        explains: what follows from it for those that depend on the resource. Left out: what it
            shows is passed on.
        may_explain: what can follow from it, and is believed where nothing surer is found.
        by_hand: how to see it without this program, and what it usually hides; for ``explain``. A
            check with many of them gives them in :meth:`Check.by_hand`.
    """

    id: str
    """``check.rule``; set when the check class is made, from the attribute's name."""

    def __init__(  # noqa: PLR0913 - all but the first two and the help are optional, and named
        self,
        severity: Severity,
        summary: str,
        *,
        help: str,  # noqa: A002 - the field's word
        fixable: bool = False,
        shows: Iterable[Sign] | None = None,
        explains: Iterable[Sign] | None = None,
        may_explain: Iterable[Sign] = (),
        by_hand: ByHand | None = None,
    ) -> None:
        self.by_hand = by_hand
        self.bearing = Bearing(_signs(shows), _signs(explains), _either(None, may_explain))
        self.severity = severity
        self.fixable = fixable
        self.summary = summary
        self.help = inspect.cleandoc(help)
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Take the name of the attribute: ``not_ready`` becomes ``not-ready``."""
        self.name = name.replace("_", "-")

    def __repr__(self) -> str:
        return f"Rule({getattr(self, 'id', self.name)!r})"

    def finding(  # noqa: PLR0913 - all but the message are optional, and named
        self,
        message: str,
        *,
        evidence: Mapping[str, object] | None = None,
        remedy: Remediation | None = None,
        location: Location | None = None,
        severity: Severity | None = None,
        identity: str | None = None,
        fix: Fix | None = None,
        shows: Iterable[Sign] | None = None,
        explains: Iterable[Sign] | None = None,
        may_explain: Iterable[Sign] | None = None,
        affects: Iterable[ResourceRef] = (),
        reaches: Iterable[ResourceRef] = (),
        missing: str | None = None,
        since: datetime | None = None,
        only_in: Iterable[RevisionRef] = (),
        condemns: Iterable[RevisionRef] = (),
    ) -> Finding:
        """A finding of this rule, with every text in it scrubbed.

        Args:
            message: one sentence in the present tense, the real name first.
            evidence: the facts it rests on.
            remedy: what to do about it.
            location: where in the repository, if it is about a file.
            severity: another one than the rule's.
            identity: what tells this finding from others of the same rule and resource, stable
                when lines move. The path of ``location`` by default.
            fix: the edit of the repository that mends it, if there is one that cannot be wrong.
            shows: what is seen to fail, where the evidence tells it better than the rule.
            explains: what follows from it, where the evidence tells it better than the rule.
            may_explain: what can follow from it, likewise.
            affects: the resources that it is about, where not all who need this one are.
            reaches: the resources that it spoils though they do not need this one.
            missing: the full name of the thing that is not there, as the API spells it.
            since: when it began, with its time zone, where somebody recorded that.
            only_in: the revisions in which alone it is felt, as of one without traffic.
            condemns: the revisions that it shows not to be well: no remedy of the report sends
                traffic to them.
        """
        _refuse_wrong("since", (since,), (datetime, NoneType))
        _refuse_wrong("remedy", (remedy,), (Remediation, NoneType))
        bearing = Bearing(
            self.bearing.shows if shows is None else _signs(shows),
            self.bearing.explains if explains is None else _signs(explains),
            _either(may_explain, self.bearing.may_explain if explains is None else ()),
            _all("affects", affects, ResourceRef),
            _all("reaches", reaches, ResourceRef),
            _all("only_in", only_in, RevisionRef),
            missing,
            since,
        )
        return Finding(
            rule=self.id,
            severity=severity or self.severity,
            message=scrub.text(message),
            location=location,
            evidence=scrub.table(evidence or {}),
            remediation=remedy,
            identity=identity if identity is not None else (location.path if location else ""),
            fix=fix,
            bearing=bearing,
            condemns=_all("condemns", condemns, RevisionRef),
        )


class Check(Generic[R]):
    """Knows how to examine one kind of resource. The type parameter says which.

    The first line of the class's docstring is its title and reads well after a tick; the rest says
    why it matters.
    """

    id: ClassVar[str]
    """Stable, lower case, words joined by hyphens."""
    plane: ClassVar[Plane]
    examines: ClassVar[type[Resource] | UnionType]
    """The kind of resource, or several (``Service | Database``): taken from the type parameter."""
    depends_on: ClassVar[frozenset[str]] = frozenset()
    """Ids of the checks whose failure can explain this one's."""
    permissions: ClassVar[tuple[str, ...]] = ()
    """Google Cloud permissions that it needs, such as ``run.services.get``."""
    rules: ClassVar[Mapping[str, Rule]] = {}
    """Its rules by their short name; collected from the class."""

    class Options(CheckOptions, frozen=True, kw_only=True):
        """No options."""

    def __init__(self, options: CheckOptions | None = None) -> None:
        self.options: Any = options if options is not None else self.Options()

    def __init_subclass__(cls, **kwargs: object) -> None:
        """Bind the rules to the check, and refuse a class that breaks the contract."""
        super().__init_subclass__(**kwargs)
        examined = _type_parameter(cls)
        if examined is not None:
            cls.examines = examined
        if inspect.isabstract(cls) or not hasattr(cls, "id"):
            return
        _refuse_bad_contract(cls)
        cls.rules = _bind_rules(cls)

    @classmethod
    def kinds(cls) -> tuple[type[Resource], ...]:
        """Every kind of resource that it examines, in the order of the declaration."""
        return get_args(cls.examines) or (cls.examines,)

    @classmethod
    def title(cls) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(cls) or cls.id).splitlines()[0]

    @classmethod
    def by_hand(cls) -> Mapping[str, ByHand]:
        """How to see by hand what each rule is about, by the rule's short name, for ``explain``.

        By default what the rules carry themselves. Import longer texts in here, not with the
        module.
        """
        return {name: rule.by_hand for name, rule in cls.rules.items() if rule.by_hand is not None}

    def skip_reason(self, resource: R, ctx: Context) -> str | None:
        """Why this resource has nothing for this check to look at, or None.

        Asked before the probe is started. It must not reach out to the world.
        """
        del resource, ctx
        return None

    def readers(self) -> Sequence[Reader[Any]]:
        """All that it takes from the syntax trees of Python files, with ``ctx.source.parsed``.

        Declared beforehand, so that a file which several checks need is parsed once for all. Import
        what reads in here, not with the module.
        """
        return ()

    def run(self, resource: R, ctx: Context) -> AsyncIterator[Finding]:
        """Examine one resource: an async generator of findings.

        What was found before a timeout is kept. A run without a finding and without an observation
        is no pass: the engine reports that it verified nothing.
        """
        raise NotImplementedError

    async def fixes(
        self, resource: R, findings: Sequence[Finding], ctx: Context
    ) -> AsyncIterator[Fix]:
        """The edits that mend these findings, all of them together: an async generator.

        By default each finding's own. A check whose edits get into each other's way, such as
        several entries for one list, makes one of them.

        Args:
            resource: as for :meth:`run`.
            findings: of this check on this resource, those that carry a fix and are not waived.
            ctx: another one than :meth:`run` was given, for the same environment.
        """
        del resource, ctx
        for found in findings:
            if found.fix is not None:
                yield found.fix

    def unfixed(self, found: Finding) -> str:
        """Why a finding of this check has no fix: the end of a sentence, without a full stop.

        Evidence called ``not_edited`` says that it takes no decision, only an edit that the check
        cannot make: ``fix`` exits 1 then, as for a file that it left alone.
        """
        del found
        return "it takes a decision"


class Context:
    """What one probe may know and use.

    Attributes:
        environment: the environment that is examined.
        topology: all its resources.
        budget: the time that the probe has left.
    """

    def __init__(
        self, environment: Environment, topology: Topology, clients: Clients, budget: Budget
    ) -> None:
        self.environment = environment
        self.topology = topology
        self.budget = budget
        self._clients = clients
        self._observations: dict[str, object] = {}
        self._events: set[tuple[datetime, str]] = set()

    def observe(self, **facts: object) -> None:
        """Record what was seen, whether it is good or not. A later value replaces an earlier one.

        Durations end in ``_ms`` or ``_s``, shares in ``_ratio``.
        """
        self._observations.update(scrub.table(facts))

    @property
    def observations(self) -> dict[str, object]:
        """Everything recorded so far."""
        return dict(self._observations)

    def happened(self, what: str, at: datetime | None) -> None:
        """Record a change of the resource with its date: what it went through, or was put through.

        A failure that begins shortly after is told together with it.

        Args:
            what: in the past tense, the real name first: ``revision api-00042 was created``.
            at: when, as an API tells it, with its time zone. Without a date it is not recorded.
        """
        if at is not None and at.tzinfo is not None:
            self._events.add((at, scrub.text(what)))

    @property
    def events(self) -> list[tuple[datetime, str]]:
        """Every dated change so far, the latest first."""
        return sorted(self._events, reverse=True)

    @property
    def http(self) -> Http:
        """HTTP, polite and bounded."""
        return self._clients.http(self.budget)

    @property
    def hosts(self) -> Hosts:
        """Names, their addresses and TLS, each asked once in a run."""
        return self._clients.hosts(self.budget)

    @property
    def websocket(self) -> WebSockets:
        """WebSocket connections, polite and bounded."""
        return self._clients.websocket(self.budget)

    @property
    def postgres(self) -> Postgres:
        """PostgreSQL, in read-only sessions that can ask nothing but what the client knows."""
        return self._clients.postgres(self.budget)

    @property
    def google(self) -> Google:
        """The Google Cloud APIs, read only; each fact is asked for once in a run."""
        return self._clients.google(self.budget)

    @property
    def source(self) -> Source:
        """The files of the repository."""
        return self._clients.source()

    def secret(self, variable: str) -> str | None:
        """The value of an environment variable that the configuration names as a secret.

        From then on the value is taken out of everything that is reported.
        """
        return self._clients.secret(variable)

    def variable(self, name: str) -> str | None:
        """The value of an environment variable that an option names, and that is no secret.

        It may hold anything all the same: what is said of it is up to the check, never the value
        itself unless it is one of a few known words.
        """
        return self._clients.variable(name)


def _either(given: Iterable[Sign] | None, otherwise: Iterable[Sign]) -> frozenset[Sign]:
    return _all("may_explain", otherwise if given is None else given, Sign)


def _signs(given: Iterable[Sign] | None) -> frozenset[Sign] | None:
    return None if given is None else _all("signs", given, Sign)


def _all(name: str, given: Iterable[_T], kind: type[_T]) -> frozenset[_T]:
    """What was given, all of one kind.

    Raises:
        CheckError: one alone, or one of another kind: both pass for many, as letters and words.
    """
    if isinstance(given, kind):
        raise CheckError(f"{name}: found one {kind.__name__}, expected several, as a tuple")
    found = frozenset(given)
    _refuse_wrong(name, found, (kind,))
    return found


def _refuse_wrong(name: str, given: Iterable[object], kinds: tuple[type, ...]) -> None:
    for each in given:
        if not isinstance(each, kinds):
            expected = kinds[0].__name__
            raise CheckError(f"{name}: found a {type(each).__name__}, expected a {expected}")


def _type_parameter(cls: type) -> type[Resource] | UnionType | None:
    """The resource type in ``class X(Check[Service])``, or the types joined by ``|``."""
    for base in getattr(cls, "__orig_bases__", ()):
        origin = get_origin(base)
        if isinstance(origin, type) and issubclass(origin, Check):
            (argument,) = get_args(base)
            if all(_is_resource(each) for each in get_args(argument) or (argument,)):
                return argument  # type: ignore[no-any-return] # as the line above says
    return None


def _is_resource(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, Resource)


def _refuse_bad_contract(cls: type[Check[Any]]) -> None:
    name = cls.__qualname__
    if not (isinstance(cls.id, str) and _ID.fullmatch(cls.id)):
        raise CheckError(f"{name}.id is {cls.id!r}, expected lower-case words joined by hyphens")
    if not isinstance(getattr(cls, "plane", None), Plane):
        raise CheckError(f"{name} ({cls.id}) has no plane, expected one of Plane.*")
    if not isinstance(getattr(cls, "examines", None), type | UnionType):
        raise CheckError(f"{name} ({cls.id}) does not say what it examines: Check[Service], say")
    if not cls.__doc__:
        raise CheckError(f"{name} ({cls.id}) has no docstring; its first line is its title")
    if not inspect.isasyncgenfunction(cls.run):
        raise CheckError(f"{name}.run is no async generator: `async def run` with a `yield` in it")
    for attribute, kind in (("depends_on", frozenset), ("permissions", tuple)):
        found = getattr(cls, attribute)
        if not isinstance(found, kind) or not all(isinstance(each, str) for each in found):
            raise CheckError(
                f"{name}.{attribute} is {found!r}, expected a {kind.__name__} of strings"
            )
    if not issubclass(cls.Options, CheckOptions):
        raise CheckError(f"{name}.Options is no subclass of CheckOptions")
    try:
        msgspec.convert({}, cls.Options)
    except (TypeError, msgspec.ValidationError) as error:
        raise CheckError(f"{name}.Options cannot be read from a configuration: {error}") from error


def _bind_rules(cls: type[Check[Any]]) -> dict[str, Rule]:
    """The rules of a class and its bases by name, each with its full id."""
    found: dict[str, Rule] = {}
    for base in reversed(cls.__mro__):
        for rule in vars(base).values():
            if isinstance(rule, Rule):
                if not hasattr(rule, "id"):
                    rule.id = f"{cls.id}.{rule.name}"
                found[rule.name] = rule
    return found
