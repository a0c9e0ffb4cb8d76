"""A command that takes another one's options."""

import inspect
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from netra_validate.cli import running, sandboxing
from netra_validate.cli.failures import guarded
from netra_validate.cli.same_options import as_of

Names = Annotated[list[str] | None, typer.Argument()]
Level = Annotated[int, typer.Option("--level", help="How much.")]


def inner(names: Names = None, *, level: Level = 3, place: str = "here") -> int:
    typer.echo(f"{names} {level} {place}")
    return 0


@as_of(inner, without=("place",))
def outer(names: Names = None, *, loud: bool = False, **asked: object) -> int:
    typer.echo(loud)
    return inner(names, **asked)


@pytest.fixture
def invoke():
    app = typer.Typer()
    app.command()(guarded(outer))
    return lambda *words: CliRunner().invoke(app, words)


def test_options_of_the_other_are_taken_and_handed_on(invoke):
    assert invoke("a", "--level", "7", "--loud").output == "True\n['a'] 7 here\n"


def test_defaults_are_the_others(invoke):
    assert invoke().output.splitlines()[-1].endswith(" 3 here")


def test_what_is_left_out_is_no_option(invoke):
    assert invoke("--place", "there").exit_code == 2


def test_a_demo_takes_all_that_a_run_takes():
    run, demo = (inspect.signature(each).parameters for each in (running.run, sandboxing.demo))
    assert set(run) - set(demo) == {"env", "config", "root"}
    assert set(demo) - set(run) == {"scenario", "list_scenarios", "heal_after"}
    for name in set(run) & set(demo):
        assert run[name].default == demo[name].default
