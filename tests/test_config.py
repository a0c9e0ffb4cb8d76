import os
from pathlib import Path

import pytest

from netra_validate import config
from netra_validate.model import Location, ResourceRef
from netra_validate.topology import Connector, Database, Service

WHOLE = """
default_environment = "staging"

[run]
timeout = "20s"

[environments.staging]
project = "netra-staging"
region = "us-central1"

[environments.staging.services.backend]
url = "https://staging.netra.example"
cloud_run = "netra-backend"
health = ["/health", "/health/database"]
websocket = "wss://api-staging.netra.example/ws"
database = "postgres"
connector = "main"
required = true

[environments.staging.services.backend.checks.health]
max_latency_s = 9.0

[environments.staging.databases.postgres]
instance = "staging-shared-postgres"

[environments.staging.connectors.main]
name = "staging-connector"

[environments.staging.domains]
managed = ["netra.example"]
canonical = ["staging.netra.example"]
[environments.staging.domains.retired]
"*.staging.netra.example" = "staging.netra.example"

[checks.health]
max_latency_s = 2.0
[environments.staging.checks.health]
max_latency_s = 5.0
"""


def write(folder: Path, text: str, name: str = config.FILE_NAME) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(path: Path, **given) -> list[str]:
    with pytest.raises(config.ConfigurationError) as caught:
        config.load(path, **given)
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]


def test_the_example_of_the_documentation_loads(tmp_path):
    loaded = config.load(write(tmp_path, WHOLE))
    topology = loaded.topology("staging", tmp_path)

    backend = topology.get(Service, "backend")
    assert backend is not None
    assert backend.health == ("/health", "/health/database")
    assert topology.upstream(backend.ref) == {
        ResourceRef("database", "postgres"),
        ResourceRef("connector", "main"),
        ResourceRef("host", "staging.netra.example"),
        ResourceRef("host", "api-staging.netra.example"),
    }
    database = topology.get(Database, "postgres")
    assert topology.upstream(database.ref) == {ResourceRef("connector", "main")}
    assert topology.get(Connector, "main").name == "staging-connector"
    assert loaded.environment("staging").domains.retired == {
        "*.staging.netra.example": "staging.netra.example"
    }


def test_options_come_in_the_order_in_which_later_ones_win(tmp_path):
    loaded = config.load(write(tmp_path, WHOLE))
    tables = [
        table.values["max_latency_s"]
        for table in loaded.option_tables("staging")
        if table.check == "health"
    ]
    assert tables == [2.0, 5.0, 9.0]


def test_a_resource_knows_the_line_that_declares_it(tmp_path):
    loaded = config.load(write(tmp_path, WHOLE))
    place = loaded.topology("staging", tmp_path).declared_at[ResourceRef("database", "postgres")]
    line = WHOLE.splitlines().index("[environments.staging.databases.postgres]") + 1
    assert place == Location(config.FILE_NAME, line)


def test_every_problem_is_told_at_once_with_its_line(tmp_path):
    path = write(
        tmp_path,
        """
default_environment = "stagin"
[environments.staging]
project = 5
regoin = "us-central1"
[environments.staging.services.backend]
url = "staging.netra.example"
required = "yes"
database = "postgrs"
health = ["/ok", 5]
[environments.staging.databases.postgres]
""",
    )
    assert problems_of(path) == [
        ":2: default_environment: found the unknown environment 'stagin'; did you mean 'staging'?",
        ":4: environments.staging.project: found 5, expected a project id such as my-project-123",
        ":5: environments.staging.regoin: found the unknown key 'regoin'; did you mean 'region'?",
        (
            ":7: environments.staging.services.backend.url: "
            "found 'staging.netra.example', expected https://HOST"
        ),
        ":8: environments.staging.services.backend.required: found 'yes', expected true or false",
        (
            ":9: environments.staging.services.backend.database: "
            "found the unknown database 'postgrs'; did you mean 'postgres'?"
        ),
        ":10: environments.staging.services.backend.health.1: found 5, expected text in quotes",
        (
            ":11: environments.staging.databases.postgres.instance: "
            "is missing, expected a name of lower-case letters, digits and hyphens, "
            "without path or project"
        ),
    ]


def test_a_variable_is_read_and_a_doubled_dollar_is_not(tmp_path):
    path = write(
        tmp_path,
        '[environments.staging]\nproject = "${P}-x"\n'
        '[environments.staging.checks.x]\ny = "$${P}"\n',
    )
    loaded = config.load(path, variables={"P": "netra"})
    assert loaded.environment("staging").project == "netra-x"
    assert [table.values for table in loaded.option_tables("staging")] == [{"y": "${P}"}]


def test_an_unset_variable_is_named(tmp_path):
    path = write(tmp_path, '[environments.staging]\nproject = "${NETRA_TEST_P}"\n')
    assert problems_of(path, variables={}) == [
        (
            ":2: environments.staging.project: found '${NETRA_TEST_P}', "
            "but the environment variable NETRA_TEST_P is not set"
        )
    ]


def test_a_variable_of_another_environment_may_be_unset(tmp_path):
    path = write(
        tmp_path, '[environments.a]\nproject = "a"\n[environments.b]\nproject = "${B_PROJECT}"\n'
    )
    assert config.load(path, environment="a", variables={}).environment("a").project == "a"
    assert len(problems_of(path, every=True, variables={})) == 1


def test_a_secret_in_the_file_is_refused_without_showing_it(tmp_path):
    path = write(
        tmp_path, '[environments.s.services.b]\ntoken_env = 5\npassword = "hunter2-hunter2"\n'
    )
    told = "\n".join(problems_of(path))
    assert "password" in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("environments = 5", "found 5, expected a table of tables"),
        ("[environments.s\n", "is not TOML"),
        ("a = 1\na = 2\n", "is not TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, text, told):
    (problem,) = problems_of(write(tmp_path, text))
    assert told in problem


def test_bytes_that_are_no_text_are_named(tmp_path):
    path = tmp_path / config.FILE_NAME
    path.write_bytes(b'project = "\xff\xfe"')
    (problem,) = problems_of(path)
    assert "is not UTF-8" in problem


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    assert "no such file" in problems_of(tmp_path / "none.toml")[0]
    assert "is a folder" in problems_of(tmp_path)[0]


@pytest.mark.parametrize(
    "address",
    ["https://evil.example", "http://run.googleapis.com", "https://googleapis.com.evil.example",
     "https://evilgoogleapis.com", "http://127.0.0.1.evil.example"],
)  # fmt: skip
def test_credentials_go_to_google_or_nowhere(tmp_path, address):
    path = write(tmp_path, f'[environments.s.endpoints]\nrun = "{address}"\n')
    (problem,) = problems_of(path)
    assert "credentials go nowhere else" in problem


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:81", "http://localhost:81", "https://run-x.p.googleapis.com"]
)
def test_google_and_this_machine_are_endpoints(tmp_path, address):
    path = write(tmp_path, f'[environments.s.endpoints]\nrun = "{address}"\n')
    assert config.load(path).environment("s").endpoints.run == address


def test_the_table_in_pyproject_is_found_from_a_folder_below(tmp_path):
    path = write(
        tmp_path,
        '[project]\nname = "x"\n[tool.netra-validate.environments.s]\nproject = "p"\nx = 1\n',
        "pyproject.toml",
    )
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    assert config.find(below) == path
    (problem,) = problems_of(path)
    assert problem.startswith(":5: tool.netra-validate.environments.s.x: found the unknown key")


def test_a_broken_pyproject_of_somebody_else_is_not_ours(tmp_path):
    write(tmp_path, "[tool", "pyproject.toml")
    (tmp_path / "sub").mkdir()
    found = config.find(tmp_path / "sub")
    assert found is None or tmp_path not in found.parents


def test_bearer_needs_a_variable(tmp_path):
    path = write(
        tmp_path, '[environments.s.services.b]\nurl = "https://b.example"\nauth = "bearer"\n'
    )
    assert "token_env: is missing" in problems_of(path)[0]


def test_an_unset_variable_of_another_environment_is_not_judged(tmp_path):
    path = write(
        tmp_path,
        """
[environments.a]
project = "a"
[environments.b]
project = "${B_PROJECT}"
ca_file = "${B_CA}"
[environments.b.services.web]
url = "${B_URL}"
health = ["/health"]
[environments.b.domains]
canonical = ["${B_HOST}"]
""",
    )
    assert config.load(path, environment="a", variables={}).environments == ("a", "b")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('project = "X_Y"', "found 'X_Y', expected a project id such as my-project-123"),
        ('region = "us-central1-a"', "expected a region such as us-central1"),
        ('databases.d.instance = "p:us-central1:d"', "without path or project"),
        ('connectors.c.name = "projects/p/locations/l/connectors/c"', "without path or project"),
        ('services.s.token_env = "abc-def"', "expected the name of an environment variable"),
        ('services.s.url = "https://user:hunter2@a.example"', "expected https://HOST"),
        ('domains.canonical = ["https://a.example"]', "expected a host"),
        ('domains.managed = ["*.example.com"]', "expected a host"),
        ('domains.retired."a.example" = "https://b.example"', "expected a host"),
    ],
)
def test_values_that_cannot_be_right_are_told(tmp_path, line, told):
    (problem,) = problems_of(write(tmp_path, f"[environments.e]\n{line}\n"))
    assert told in problem
    assert problem.startswith(":2: environments.e.")
    assert "hunter2" not in problem


def test_a_number_of_seconds_is_told_to_have_a_unit(tmp_path):
    path = write(tmp_path, "[run]\ntimeout = 30\nfail_on = 'errors'\n")
    assert problems_of(path) == [
        ":2: run.timeout: found '30', expected a duration such as 500ms, 10s or 5m",
        ":3: run.fail_on: found 'errors', expected one of 'note', 'warning', 'error'",
    ]


def test_a_misspelt_table_has_a_line(tmp_path):
    (problem,) = problems_of(write(tmp_path, "[enviroments.staging]\n"))
    assert problem.startswith(":1: enviroments: found the unknown key 'enviroments'; did you mean")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"x = {'1' * 5000}", "is not TOML"),
        (".".join("a" * 3000) + " = 1", "is nested too deeply"),
        ("[environments.e]\nproject = " + "[" * 3000, "is n"),
    ],
    ids=["huge number", "dotted", "brackets"],
)
def test_monstrous_files_are_a_sentence(tmp_path, text, told):
    assert told in problems_of(write(tmp_path, text))[0]


def test_a_pipe_in_the_repository_is_not_waited_on(tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no pipes here")
    os.mkfifo(tmp_path / "pyproject.toml")
    assert tmp_path not in getattr(config.find(tmp_path), "parents", [])
    os.mkfifo(tmp_path / config.FILE_NAME)
    assert "not a regular file" in problems_of(config.find(tmp_path))[0]


@pytest.mark.parametrize("tool", ["tool = 1", 'tool = "netra-validate"', "tool = []"])
def test_an_odd_pyproject_above_is_not_ours(tmp_path, tool):
    write(tmp_path, tool, "pyproject.toml")
    assert tmp_path not in getattr(config.find(tmp_path), "parents", [])


def test_values_of_variables_are_not_shown_in_problems(tmp_path):
    path = write(tmp_path, '[environments.e.services.s]\nwebsocket = "wss://h:99999/${WS_PW}"\n')
    (problem,) = problems_of(path, variables={"WS_PW": "hunter2-hunter2"})
    assert "hunter2" not in problem
    assert "${WS_PW}" in problem


def test_variables_with_telling_names_are_secrets(tmp_path):
    path = write(
        tmp_path,
        '[environments.e]\nproject = "${P}"\n[environments.e.checks.x]\ny = "${MY_TOKEN}"\n',
    )
    loaded = config.load(path, variables={"P": "netra", "MY_TOKEN": "s3cr3t"})
    assert loaded.secrets == ("s3cr3t",)
