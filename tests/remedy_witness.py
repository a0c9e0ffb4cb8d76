"""Sees every remedy that a test has a check build, and judges it after the test.

Whatever branch of a check a test reaches, its remedies are held to the rules of all remedies, by
the list of commands that the tests carry and, where it is installed, by the real ``gcloud``.
``pytest --remedies tests/checks tests/test_scenarios.py`` prints how many there were.
"""

from dataclasses import dataclass

import gcloud_commands
import pytest
from real_gcloud import RealGcloud
from remedy_rules import faults

from netra_validate.check import Rule
from netra_validate.model import Effect

_SEEN = pytest.StashKey()


@dataclass(frozen=True)
class Counted:
    """What there is to count of one command."""

    argv: tuple[str, ...]
    effect: str
    undo: tuple[str, ...] | None
    explained: bool
    """Whether it says its risk, its role, and its undo or why there is none."""
    in_tree: bool
    in_gcloud: bool | None
    """None where no gcloud is installed."""


class Witness:
    """Keeps what it saw; must be closed."""

    def __init__(self):
        self.real = RealGcloud()
        self.judged = {}
        self._new = []
        self._patch = pytest.MonkeyPatch()
        build = Rule.finding

        def finding(rule, *told, **named):
            built = build(rule, *told, **named)
            if built.remediation is not None and built.remediation not in self.judged:
                self._new.append((built.rule, built.remediation))
            return built

        self._patch.setattr(Rule, "finding", finding)

    def forget(self):
        """Look only at what is built from now on."""
        self._new.clear()

    def faults(self):
        """What is wrong with the remedies that were built since the last time."""
        return [
            f"{rule}: {fault}" for rule, remedy in self._drained() for fault in self._judge(remedy)
        ]

    def _drained(self):
        drained = dict.fromkeys(self._new)
        self._new.clear()
        return drained

    def _judge(self, remedy):
        if remedy not in self.judged:
            self.judged[remedy] = list(faults(remedy, self.real.problem))
        return self.judged[remedy]

    def counted(self):
        """Every command of ``gcloud`` that was seen, undo commands apart."""
        commands = {command for remedy in self.judged for command in remedy.commands}
        return {self._counted(each) for each in commands if each.argv[0] == "gcloud"}

    def _counted(self, command):
        lines = [command.argv, *([command.undo] if command.undo else [])]
        explained = bool(command.risk and command.roles and (command.undo or command.no_undo))
        return Counted(
            command.argv,
            command.effect.value,
            command.undo,
            explained,
            not any(map(gcloud_commands.problem, lines)),
            None if self.real.root is None else not any(map(self.real.problem, lines)),
        )

    def close(self):
        """Take the witness out of the way of rules."""
        self._patch.undo()
        self.real.close()


@pytest.fixture(scope="session")
def remedy_witness(request):
    """What saw the remedies of this process."""
    witness = Witness()
    yield witness
    request.config.stash.setdefault(_SEEN, set()).update(witness.counted())
    witness.close()


@pytest.fixture
def remedies_are_right(remedy_witness):
    """Every remedy that the test has a check build is as remedies are to be."""
    remedy_witness.forget()
    yield
    wrong = remedy_witness.faults()
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def pytest_addoption(parser):
    parser.addoption("--remedies", action="store_true", help="count the commands of remedies")


def pytest_sessionfinish(session):
    output = getattr(session.config, "workeroutput", None)
    if output is not None and _SEEN in session.config.stash:
        seen = session.config.stash[_SEEN]
        output["remedies"] = [list(vars(each).values()) for each in seen]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node):
    seen = node.config.stash.setdefault(_SEEN, set())
    for argv, effect, undo, *rest in getattr(node, "workeroutput", {}).get("remedies", ()):
        seen.add(Counted(tuple(argv), effect, tuple(undo) if undo else None, *rest))


def pytest_terminal_summary(terminalreporter, config):
    seen = config.stash.get(_SEEN, None)
    if seen is None or not config.getoption("--remedies"):
        return
    terminalreporter.section("remedies")
    for line in counts(seen):
        terminalreporter.line(line)


def counts(seen):
    """How many commands there were, and how many are as they should be."""
    acting = [each for each in seen if each.effect != Effect.READS]
    asked = [each for each in seen if each.in_gcloud is not None]
    yield f"{len(seen)} distinct gcloud commands, {sum(each.in_tree for each in seen)} in the list"
    if asked:
        yield f"{sum(each.in_gcloud for each in asked)} taken by the installed gcloud"
    yield (
        f"{len(acting)} change something, {sum(each.explained for each in acting)} with risk, role"
        " and undo or the reason why there is none"
    )
    yield f"{sum(each.undo is not None for each in acting)} of them have an undo command"
