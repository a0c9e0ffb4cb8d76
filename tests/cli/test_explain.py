from typing import Annotated

import pytest
from command import netra_validate
from msgspec import Meta

from netra_validate import Check, CheckOptions, Connector, Plane, Repository, Rule, Severity
from netra_validate.explanation import explain
from netra_validate.plan import UnknownName
from netra_validate.registry import Broken, Registry, load
from netra_validate.terminal import Display


class Bridges(Check[Connector]):
    """Bridges ``carry`` {what} they should.

    Why it matters: a bridge that is down stops everything that goes over it, and nobody on either
    side can tell which side it was.

    - one entry of a list that is long enough to go over the end of its line, so it is wrapped
      and goes on here
    - another

        an example { as = "it stands" }
    """

    id = "bridges"
    plane = Plane.CONTROL
    depends_on = frozenset({"rivers", "roads"})
    permissions = ("bridges.spans.get", "bridges.spans.list")

    down = Rule(Severity.ERROR, "A bridge is down", help="Put {it} up again.\n\nThen look twice.")
    rusty = Rule(Severity.WARNING, "A bridge rusts", help="Paint it.")
    old = Rule(Severity.NOTE, "A bridge is old", help="Watch it.")

    class Options(CheckOptions, frozen=True, kw_only=True):
        min_width_m: Annotated[float, Meta(gt=0, le=99, description="Metres of free width.")] = 2.5
        painter: str | None = None
        colours: tuple[str, ...] = ("red",)

    async def run(self, resource, ctx):
        yield


class Papers(Check[Repository]):
    """Papers are in order."""

    id = "papers"
    plane = Plane.SOURCE

    async def run(self, resource, ctx):
        yield


REGISTRY = Registry(
    {"bridges": Bridges, "papers": Papers}, (Broken("lost", "a-plug-in", "ImportError: no tunnel"),)
)


def told(name, width=80, **display):
    return explain(REGISTRY, name, Display(width=width, **display))


def test_a_check():
    text = told("bridges")
    assert text.startswith("bridges\nBridges `carry` {what} they should.\n")
    for part in (
        "Plane        control: ",
        "Examines     each connector, declared as [environments.NAME.connectors.NAME]",
        "Depends on   rivers, roads: ",
        "Permissions  bridges.spans.get, bridges.spans.list",
        "  bridges.down   error: A bridge is down",
        "  bridges.rusty  warning: A bridge rusts",
        "Options, in [checks.bridges]",
        "  min_width_m = 2.5\n      Metres of free width: a number, more than 0, at most 99",
        "  painter = (not set)\n      text",
        '  colours = ["red"]\n      a list, each text',
        "[environments.NAME.connectors.NAME.checks.bridges]",
    ):
        assert part in text
    assert text.index("bridges.down") < text.index("bridges.rusty") < text.index("bridges.old")


def test_prose_is_wrapped_and_examples_are_not():
    text = told("bridges", width=50)
    assert "- one entry of a list that is long enough to go\n  over the end of its line" in text
    assert "\n- another\n" in text
    assert '\n    an example { as = "it stands" }\n' in text
    prose = text.partition("Plane")[0]
    assert max(map(len, prose.splitlines())) <= 50


def test_a_check_without_options():
    text = told("papers")
    assert "Examines     the repository" in text
    assert "Depends on   nothing" in text
    assert "Permissions  none needed" in text
    assert "Rules\n  (none)" in text
    assert "Options\n  (none)" in text


def test_a_rule():
    assert told("bridges.down") == (
        "bridges.down\nA bridge is down\n\nPut {it} up again.\n\nThen look twice.\n\n"
        "Severity  error; a warning where the connector says required = false\n"
        "Check     bridges: Bridges `carry` {what} they should.\n"
    )
    assert "Severity  warning\n" in told("bridges.rusty")


def test_all_of_them():
    text = told(None)
    assert "bridges  Bridges `carry` {what} they should.\n" in text
    assert "lost     could not be loaded: ImportError: no tunnel\n" in text
    assert "papers   Papers are in order.\n" in text


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("bridgs", "there is no check 'bridgs'; did you mean 'bridges'?"),
        ("bridges.dawn", "there is no rule 'bridges.dawn'; did you mean 'bridges.down'?"),
        (
            "bridges.xxxxxxxxxxxxxxxxxxxxxxxx",
            "expected one of: bridges.down, bridges.old, bridges.rusty",
        ),
        ("zzzzzz", "expected one of: bridges, lost, papers"),
        ("bridgs.down", "did you mean 'bridges.down'?"),
        ("BRIDGES", "there is no check 'BRIDGES'; did you mean 'bridges'?"),
        ("", "there is no check ''"),
        ("candidate", "explain candidate/SERVICE --report FILE says why not"),
        ("lost", "'lost' of a-plug-in could not be loaded: ImportError: no tunnel"),
        ("lost.rule", "'lost' of a-plug-in could not be loaded"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name, sentence):
    with pytest.raises(UnknownName) as caught:
        told(name)
    assert sentence in str(caught.value)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_ascii_terminals_get_ascii(width):
    for name in (None, "bridges", "bridges.down", "papers"):
        assert told(name, width=width, unicode=False).isascii()


@pytest.mark.parametrize("name", load().names)
def test_every_installed_check_and_rule_is_explained(name):
    registry = load()
    check = registry.checks[name]
    text = explain(registry, name, Display(width=100))
    for option in check.Options.__struct_fields__:
        assert f"  {option} = " in text
    for rule in check.rules.values():
        assert f"  {rule.id} " in text
        assert rule.summary in explain(registry, rule.id, Display(width=200))


def test_the_command(tmp_path):
    done = netra_validate("explain", "health", cwd=tmp_path, environ={"COLUMNS": "60"})
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("health\n")
    assert "Options, in [checks.health]" in done.stdout


def test_the_command_refuses_an_unknown_name(tmp_path):
    done = netra_validate("explain", "helth", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "netra-validate: there is no check 'helth'; did you mean 'health'?\n"


def test_the_command_lists_where_it_is_not_told_what(tmp_path):
    done = netra_validate("explain", cwd=tmp_path, environ={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0
    named = [
        line.split()[0] for line in done.stdout.splitlines() if line.strip() and line[0] != " "
    ]
    assert {"cloud-sql", "domains"} <= set(named)
    assert named[0] == min(named)
    assert done.stdout.isascii()


@pytest.mark.parametrize("width", [60, 80, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_every_text_keeps_to_its_width(width, unicode):
    registry = load()
    display = Display(width=width, unicode=unicode)
    for check in registry.checks.values():
        for name in (check.id, *(rule.id for rule in check.rules.values())):
            text = explain(registry, name, display)
            assert unicode or (text.isascii() and "\\x" not in text)
            long = [line for line in text.splitlines() if len(line) > width]
            # What is to be copied is not broken: commands, examples, words.
            assert all(line.startswith("  ") or len(line.split()) == 1 for line in long), name
