import json
import os
import tomllib
from pathlib import Path
from typing import Annotated, Literal

import jsonschema
import pytest
from msgspec import Meta, Struct

from netra_validate import Check, CheckOptions, Database, Plane, Service, config_schema
from netra_validate.config import ConfigurationError, load
from netra_validate.config_schema import DIALECT, schema
from netra_validate.explanation.template import annotated
from netra_validate.option_tables import note_bad_options
from netra_validate.registry import Broken, Registry
from netra_validate.registry import load as load_registry
from netra_validate.sandbox import configuration as sandbox


class Entry(Struct, forbid_unknown_fields=True):
    files: str


class Thorough(Check[Service]):
    """Looks at everything."""

    id = "thorough"
    plane = Plane.DATA

    class Options(CheckOptions, frozen=True, kw_only=True):
        max_latency_s: Annotated[float, Meta(gt=0, description="Seconds")] = 2.0
        samples: Annotated[int, Meta(ge=1)] | None = None
        mode: Literal["fast", "slow"] = "fast"
        words: tuple[str, ...] = ("ok",)
        entries: tuple[Entry, ...] = ()
        name: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
        # Names that mean something in a schema.
        default: str | None = None
        enum: str = ""
        properties: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it

    async def run(self, resource, ctx):
        yield


class Bare(Check[Database]):
    """Has no options."""

    id = "bare"
    plane = Plane.DATA

    async def run(self, resource, ctx):
        yield


REGISTRY = Registry(
    {"bare": Bare, "thorough": Thorough}, (Broken("lost", "a-plug-in", "ImportError: no"),)
)


@pytest.fixture(scope="module")
def validator():
    made = schema(REGISTRY)
    jsonschema.Draft202012Validator.check_schema(made)
    return jsonschema.Draft202012Validator(made)


SANDBOX = sandbox.toml(sandbox.Ports(1, 2, 3, 4, 5, 6, 7))

EVERYWHERE = """
[checks.thorough]
max_latency_s = 3
mode = "${MODE}"
name = "${NAME}"
entries = [{ files = "a" }]
default = "x"
enum = "y"
properties = { a = "b" }
[checks.lost]
whatever = [1, "two"]
[environments.a.checks.thorough]
samples = 3
[environments.a.services.web.checks.thorough]
words = ["fine"]
[environments.a.databases.pg]
instance = "pg"
checks.bare = {}
[environments.a.connectors."c.1"]
name = "c"
project = "p"
required = false
[run]
fail_on = "warning"
retries = 0
"""


@pytest.mark.parametrize("text", [EVERYWHERE, ""], ids=["everywhere", "empty"])
def test_what_the_loader_takes_is_valid(text, validator):
    validator.validate(tomllib.loads(text))


def test_the_loader_takes_it(tmp_path):
    file = tmp_path / "netra-validate.toml"
    file.write_text(EVERYWHERE)
    load(
        file,
        variables={"MODE": "slow", "NAME": "b"},
        also=lambda *found: note_bad_options(REGISTRY, *found),
    )


def test_the_template_is_valid(validator):
    validator.validate(tomllib.loads(annotated(REGISTRY)))


BROKEN = {
    "unknown key": "default_enviroment = 'a'",
    "unknown table": "[enviroments.a]",
    "a table is text": "environments = 'a'",
    "an environment is text": "environments.a = 'a'",
    "unknown key of an environment": "environments.a.projekt = 'p'",
    "project is a number": "environments.a.project = 1",
    "unknown key of a service": "environments.a.services.s.uri = 'u'",
    "a service sets its own key": "environments.a.services.s.key = 's'",
    "a database sets its own key": "environments.a.databases.d = { instance = 'd', key = 'd' }",
    "health is text": "environments.a.services.s.health = '/health'",
    "health holds a number": "environments.a.services.s.health = [1]",
    "auth is no choice": "environments.a.services.s.auth = 'basic'",
    "negative pool": "environments.a.services.s.database_pool = -1",
    "a database has no instance": "environments.a.databases.d = {}",
    "an empty instance": "environments.a.databases.d.instance = ''",
    "a connector has no name": "environments.a.connectors.c = {}",
    "a bad name": "environments.'a b'.project = 'p'",
    "a bad name of a service": "environments.a.services.'a/b'.url = 'https://a.example'",
    "unknown key of domains": "environments.a.domains.canonicals = []",
    "retired is a list": "environments.a.domains.retired = ['a']",
    "unknown endpoint": "environments.a.endpoints.mail = 'https://mail.googleapis.com'",
    "too many retries": "run.retries = 11",
    "retries is text": "run.retries = '1'",
    "unknown severity": "run.fail_on = 'fatal'",
    "unknown key of run": "run.dead_line = '1m'",
    "unknown check": "checks.thoroug = {}",
    "a check's options are text": "checks.thorough = 'fast'",
    "unknown option": "checks.thorough.max_latency_ms = 1",
    "an option of a check that has none": "checks.bare.samples = 1",
    "an option has the wrong type": "checks.thorough.max_latency_s = 'two'",
    "an option is too small": "checks.thorough.max_latency_s = 0",
    "an optional option is too small": "checks.thorough.samples = 0",
    "an option is no choice": "checks.thorough.mode = 'medium'",
    "an option has the wrong form": "checks.thorough.name = 'A'",
    "an option's table has an unknown key": "checks.thorough.entries = [{ files = 'a', b = 1 }]",
    "an option's table lacks a key": "checks.thorough.entries = [{}]",
    "unknown option of an environment": "environments.a.checks.thorough.max = 1",
    "unknown check of an environment": "environments.a.checks.nothing = {}",
    "unknown option of a service": "environments.a.services.s.checks.thorough.max = 1",
    "options in a resource that the check does not examine": (
        "environments.a.services.s.checks.bare = {}"
    ),
    "unknown check of a service": "environments.a.services.s.checks.nothing = {}",
    "unknown option of a database": (
        "environments.a.databases.d = { instance = 'd', checks.thorough.max = 1 }"
    ),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_what_the_loader_refuses_is_invalid(text, validator, tmp_path):
    file = tmp_path / "netra-validate.toml"
    file.write_text(text)
    with pytest.raises(ConfigurationError):
        load(
            file,
            variables={},
            also=lambda found, problems: note_bad_options(REGISTRY, found, problems),
        )
    assert not validator.is_valid(tomllib.loads(text))


def test_it_says_which_dialect_it_is_and_never_null(validator):
    made = validator.schema
    assert made["$schema"] == DIALECT
    assert "null" not in str(made)
    options = made["$defs"]["thorough.Options"]["properties"]
    assert options["max_latency_s"] == {
        "type": "number",
        "description": "Seconds",
        "exclusiveMinimum": 0,
        "default": 2.0,
    }
    assert list(options)[-3:] == ["default", "enum", "properties"]


def test_two_checks_may_call_their_types_alike():
    class Entry(Struct, forbid_unknown_fields=True):
        other: int

    class Second(Check[Service]):
        """Another one."""

        id = "second"
        plane = Plane.DATA

        class Options(CheckOptions, frozen=True, kw_only=True):
            entries: tuple[Entry, ...] = ()

        async def run(self, resource, ctx):
            yield

    Second.Options.__annotations__["entries"] = tuple[Entry, ...]
    made = jsonschema.Draft202012Validator(schema(Registry({"second": Second, **REGISTRY.checks})))
    assert made.is_valid({"checks": {"second": {"entries": [{"other": 1}]}}})
    assert made.is_valid({"checks": {"thorough": {"entries": [{"files": "a"}]}}})
    assert not made.is_valid({"checks": {"second": {"entries": [{"files": "a"}]}}})


def test_the_installed_checks_are_all_in_it():
    registry = load_registry()
    made = schema(registry)
    jsonschema.Draft202012Validator.check_schema(made)
    assert list(made["$defs"]["ConfigurationTable"]["properties"]["checks"]["properties"]) == list(
        registry.names
    )
    jsonschema.Draft202012Validator(made).validate(tomllib.loads(SANDBOX))


def test_the_schema_in_the_package_is_the_one_of_the_checks_in_it():
    file = Path(config_schema.__file__).with_name("netra-validate.schema.json")
    made = json.dumps(schema(load_registry()), indent=2) + "\n"
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_text(made, encoding="utf-8", newline="\n")
    assert file.read_text(encoding="utf-8") == made, "UPDATE_GOLDEN=1 writes it anew"
    assert json.loads(made)["$id"].endswith(f":{config_schema.VERSION}")
