"""What ``explain`` shows of options can be pasted: the real loader takes every line of it."""

import tomllib
from typing import Annotated

import msgspec
import pytest
from msgspec import Meta
from typer.testing import CliRunner

from netra_validate import CheckOptions, registry
from netra_validate.cli.app import app
from netra_validate.config_schema import as_toml, schema_of_options
from netra_validate.explanation import explain, option_words, toml_text
from netra_validate.explanation.headings import EXAMPLE
from netra_validate.terminal import Display

REGISTRY = registry.load()
ENVIRONMENT = '[environments.staging]\nproject = "example-staging"\n'
LABELS = (EXAMPLE, "By default:")


def snippets(name, width):
    """The pieces of TOML in the text about a check: its defaults, and its examples."""
    text = explain(REGISTRY, name, Display(width=width)).partition("\nOptions, in ")[2]
    text = text.partition("\nThey can be set")[0]
    table = f"[checks.{toml_text.key(name)}]\n"
    waiting = []
    for line in text.splitlines()[1:]:
        label = next((each for each in LABELS if line.strip().startswith(each)), None)
        if label and not line.strip().removeprefix(label):
            waiting = [""]
        elif label:
            yield table + line.strip().removeprefix(label).strip()
        elif waiting and line.startswith(" " * 8):
            waiting.append(line.strip())
        elif waiting:
            yield "\n".join(waiting)
            waiting = []
    if waiting:
        yield "\n".join(waiting)


def check(tmp_path, text):
    """What `config check` says of a configuration with these options."""
    file = tmp_path / "netra-validate.toml"
    file.write_text(ENVIRONMENT + text + "\n", encoding="utf-8")
    done = CliRunner().invoke(app, ["config", "check", "--config", str(file)])
    return done.exit_code, done.output


@pytest.mark.parametrize("name", REGISTRY.names)
def test_what_is_shown_is_taken(name, tmp_path):
    declared = [
        option
        for option in option_words.describe(REGISTRY.checks[name].Options, name)
        if option.example or option.preset
    ]
    shown = list(snippets(name, 100))
    assert len(shown) == len(declared)
    assert list(snippets(name, 40)) == shown
    for text in shown:
        code, said = check(tmp_path, text)
        assert code == 0, (text, said)


@pytest.mark.parametrize("name", REGISTRY.names)
def test_the_defaults_on_one_line_are_taken(name, tmp_path):
    options = option_words.describe(REGISTRY.checks[name].Options, name)
    lines = [f"{option.name} = {option.default}" for option in options if option.default]
    text = "\n".join([f"[checks.{toml_text.key(name)}]", *lines])
    assert check(tmp_path, text)[0] == 0


@pytest.mark.parametrize("name", REGISTRY.names)
def test_whatever_cannot_be_guessed_has_an_example(name):
    kind = REGISTRY.checks[name].Options
    table, _ = schema_of_options(kind, f"{name}.")
    for option in option_words.describe(kind, name):
        shape = as_toml(table["properties"][option.name])
        if "enum" in shape or shape.get("type") in {"integer", "number", "boolean"}:
            continue
        assert option.example or option.default not in {None, "[]", "{}"}, option.name


@pytest.mark.parametrize("name", REGISTRY.names)
def test_no_example_is_the_default(name):
    for option in option_words.describe(REGISTRY.checks[name].Options, name):
        assert option.example != (f"{option.name} = {option.default}",)


def test_an_example_that_is_wrong_would_be_found(tmp_path):
    code, said = check(tmp_path, '[checks.cors]\norigins = ["app.example.com"]')
    assert code == 2
    assert "origins" in said


class Part(msgspec.Struct):
    """Of a bridge."""

    name: Annotated[str, Meta(description="What it is called")]
    length_m: Annotated[float, Meta(gt=0)] = 1.0


class Options(CheckOptions, frozen=True, kw_only=True):
    """Every form that an option may have."""

    parts: Annotated[tuple[Part, ...], Meta(examples=[[{"name": "arch"}, {"name": "a b"}]])] = ()
    by_name: Annotated[
        dict[str, Part], Meta(examples=[{"east side": {"name": "arch", "length_m": 2.5}}])
    ] = msgspec.field(default_factory=dict)
    counts: dict[str, int] = msgspec.field(default_factory=lambda: {"*.a": 1})
    word: Annotated[str | None, Meta(examples=["a \\ b"])] = None


def test_tables_are_shown_as_tables():
    parts, by_name, counts, word = option_words.describe(Options, "a.b")
    assert parts.example == (
        '[[checks."a.b".parts]]',
        'name = "arch"',
        '[[checks."a.b".parts]]',
        'name = "a b"',
    )
    assert parts.keys == (
        ("name", "What it is called: text, needed"),
        ("length_m", "a number, more than 0"),
    )
    assert by_name.example == (
        '[checks."a.b".by_name."east side"]',
        'name = "arch"',
        "length_m = 2.5",
    )
    assert counts.preset == ('[checks."a.b".counts]', '"*.a" = 1')
    assert counts.meaning == "a table, for each name a whole number"
    assert word.example == ('word = "a \\\\ b"',)
    for option in (parts, by_name, counts):
        tomllib.loads("\n".join(option.example + option.preset))
