"""What a command says of a bug: always where it is, and never an option that it has not got."""

import pytest
import typer
from typer.testing import CliRunner

from netra_validate.cli.failures import guarded


def breaks(*, debug: bool = False) -> int:
    raise LookupError("a\nb")


def breaks_without_the_option() -> int:
    raise LookupError("a\nb")


def invoke(command, *words):
    app = typer.Typer()
    app.command()(guarded(command))
    return CliRunner().invoke(app, words)


def test_a_command_with_debug_names_it():
    result = invoke(breaks)
    assert result.exit_code == 4
    first, second = result.stderr.splitlines()
    assert first == "netra-validate: LookupError: a b"
    assert second.startswith("netra-validate: this is a bug of netra-validate; please report it at")
    assert second.endswith(", with --debug")


def test_with_debug_there_is_the_traceback():
    result = invoke(breaks, "--debug")
    assert result.exit_code == 4
    assert "Traceback (most recent call last)" in result.stderr


def test_a_command_without_it_says_where():
    invoke(breaks)
    result = invoke(breaks_without_the_option)
    assert result.exit_code == 4
    assert "--debug" not in result.output
    assert "Traceback" not in result.output
    told = result.stderr.splitlines()[1]
    assert ", with the command and this: failures.py:" in told
    assert told.endswith(" breaks_without_the_option")


@pytest.mark.parametrize("command", ["explain", "diff", "list", "sandbox", "config check"])
def test_no_command_advises_what_it_does_not_take(command, monkeypatch):
    from netra_validate.cli.app import app  # noqa: PLC0415 - patched below

    def bug(*_, **__):
        raise LookupError("a bug")

    for place in (
        "registry.load",
        "recorded.read",
        "config.load",
        "sandbox.serve",
        "cli.options.locate",
    ):
        monkeypatch.setattr(f"netra_validate.{place}", bug)
    words = {"diff": ["a.json", "b.json"], "config check": ["--config", "x.toml"]}.get(command, [])
    result = CliRunner().invoke(app, [*command.split(), *words])
    offered = "--debug" in CliRunner().invoke(app, [*command.split(), "--help"]).output
    assert result.exit_code == 4
    assert ("with --debug" in result.stderr) == offered
