import os
import re
import subprocess
import tomllib

import msgspec
import pytest
from command import netra_validate

from netra_validate.config import ConfigurationTable, load
from netra_validate.explanation import option_words
from netra_validate.explanation.template import annotated, named
from netra_validate.option_tables import note_bad_options
from netra_validate.registry import Registry
from netra_validate.registry import load as load_registry
from netra_validate.sandbox import launch

NAME = "netra-validate.toml"

WORKFLOW = """
env:
  PROJECT: netra-staging
jobs:
  deploy:
    steps:
      - uses: google-github-actions/deploy-cloudrun@v2
        with:
          service: netra-backend
          project_id: ${{ env.PROJECT }}
          region: europe-west1
          flags: --vpc-connector=main --add-cloudsql-instances=${{ env.PROJECT }}:europe-west1:pg
      - run: curl -fsS https://staging.netra.dev/health
"""


@pytest.fixture
def repository(tmp_path):
    """A repository in git, with a workflow that deploys."""
    root = tmp_path / "repository"
    (root / ".github" / "workflows").mkdir(parents=True)
    (root / ".github" / "workflows" / "deploy.yml").write_text(WORKFLOW)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    return root


@pytest.fixture
def init(tmp_path):
    """Run the command where neither the shell nor gcloud says anything, unless asked to."""
    nothing = {
        "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
        "COLUMNS": "100",
        "NO_GCE_CHECK": "true",
        "GOOGLE_APPLICATION_CREDENTIALS": "",
    }
    silenced = {
        name: ""
        for name in os.environ
        if name.startswith(("CLOUDSDK_", "GOOGLE_CLOUD", "GCLOUD_", "GCP_"))
    }

    def run(*arguments, cwd, **variables):
        return netra_validate("init", *arguments, cwd=cwd, environ=silenced | nothing | variables)

    return run


def test_it_guesses_says_where_from_and_writes_what_loads(repository, init):
    done = init(cwd=repository)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{repository / NAME}\n"
    origin = ".github/workflows/deploy.yml:7"
    assert f"netra-validate: project netra-staging: {origin}\n" in done.stderr
    assert f"netra-validate: service netra-backend: {origin}\n" in done.stderr
    assert done.stderr.endswith(
        "netra-validate: written; look it over, then `netra-validate run`\n"
    )
    loaded = load(repository / NAME, variables={})
    assert loaded.table.default_environment == "staging"
    staging = loaded.table.environments["staging"]
    assert (staging.project, staging.region) == ("netra-staging", "europe-west1")
    service = staging.services["netra-backend"]
    assert (service.cloud_run, service.connector, service.database) == (
        "netra-backend",
        "main",
        "pg",
    )
    assert (service.url, service.health) == ("https://staging.netra.dev", ("/health",))
    assert staging.databases["pg"].instance == "pg"
    assert staging.connectors["main"].name == "main"
    assert f"# {origin}" in (repository / NAME).read_text()
    assert [one.name for one in repository.iterdir() if "tmp" in one.name] == []


def test_production_beside_staging_is_left_out_and_said(repository, init):
    production = WORKFLOW.replace("staging", "prod")
    (repository / ".github" / "workflows" / "production.yml").write_text(production)
    done = init(cwd=repository)
    told = "service netra-backend in netra-prod (.github/workflows/production.yml:7)"
    assert f"production is left out: {told}, " in done.stderr
    assert "declare [environments.production] to examine it too" in done.stderr
    assert f"\n#   {told}\n" in (repository / NAME).read_text()
    assert load(repository / NAME).environments == ("staging",)


def test_production_alone_is_called_so(repository, init):
    workflows = repository / ".github" / "workflows"
    (workflows / "deploy.yml").rename(workflows / "deploy-prod.yml")
    text = WORKFLOW.replace("netra-staging", "netra-live").replace("staging.netra", "api.netra")
    job = "  deploy:\n    environment: production\n"
    (workflows / "deploy-prod.yml").write_text(text.replace("  deploy:\n", job))
    done = init(cwd=repository)
    loaded = load(repository / NAME)
    assert "left out" not in done.stderr
    assert loaded.environments == ("production",)
    assert loaded.table.default_environment == "production"


def test_it_writes_to_the_root_of_the_repository_from_anywhere_in_it(repository, init):
    below = repository / "a" / "b"
    below.mkdir(parents=True)
    done = init(cwd=below)
    assert done.returncode == 0
    assert done.stdout == f"{repository / NAME}\n"
    assert done.stderr.endswith("then `netra-validate run`\n")


def test_what_run_would_not_find_from_here_is_named(repository, init, tmp_path):
    done = init("--root", repository, cwd=tmp_path)
    assert done.stderr.endswith(f"`netra-validate run --config {repository / NAME}`\n")


def test_outside_of_git_it_looks_at_the_folder_and_around(tmp_path, init):
    folder = tmp_path / "plain"
    folder.mkdir()
    done = init(cwd=folder, GOOGLE_CLOUD_PROJECT="my-project", CLOUDSDK_RUN_REGION="us-east1")
    assert done.returncode == 0
    assert "project my-project: $GOOGLE_CLOUD_PROJECT" in done.stderr
    assert "services: none found" in done.stderr
    environment = load(folder / NAME).table.environments["default"]
    assert (environment.project, environment.region) == ("my-project", "us-east1")
    assert netra_validate("config", "check", cwd=folder).returncode == 0


def test_nothing_at_all_still_loads(tmp_path, init):
    assert init(cwd=tmp_path).returncode == 0
    assert load(tmp_path / NAME).environments == ("default",)


def test_what_is_there_is_not_replaced_unless_forced(repository, init):
    (repository / NAME).write_text("# mine")
    done = init(cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"{NAME} is there already; --force replaces it\n")
    assert (repository / NAME).read_text() == "# mine"
    assert init("--force", cwd=repository).returncode == 0
    assert load(repository / NAME).environments == ("staging",)


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege there")
def test_a_link_is_there_already_and_is_not_followed(repository, init, tmp_path):
    (repository / NAME).symlink_to(tmp_path / "elsewhere")
    assert init(cwd=repository).returncode == 2
    assert init("--force", cwd=repository).returncode == 0
    assert not (tmp_path / "elsewhere").exists()


def test_a_table_in_pyproject_is_a_configuration_too(repository, init):
    (repository / "pyproject.toml").write_text("[tool.netra-validate.environments.a]\n")
    done = init(cwd=repository)
    assert done.returncode == 2
    assert "pyproject.toml holds a configuration already" in done.stderr
    assert not (repository / NAME).exists()
    assert init("--force", cwd=repository).returncode == 0


def test_another_pyproject_does_not_matter(repository, init):
    (repository / "pyproject.toml").write_text("[tool.other]\n")
    assert init(cwd=repository).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--config", "pyproject.toml", "--force"], "pyproject.toml is not replaced"),
        (["--config", ".github", "--force"], ".github is a folder, expected a file"),
        (["--config", "missing/x.toml"], "cannot be written: No such file or directory"),
        (["--root", "missing"], "--root: found 'missing', which is no folder"),
    ],
)
def test_what_cannot_be_done_is_said(arguments, sentence, repository, init):
    done = init(*arguments, cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_file_and_repository_can_be_named(repository, init, tmp_path):
    done = init("--root", repository, "--config", "mine.toml", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr.endswith(f"`netra-validate run --config {tmp_path / 'mine.toml'}`\n")
    assert load(tmp_path / "mine.toml").environments == ("staging",)
    assert not (repository / NAME).exists()


@pytest.mark.skipif(os.name == "nt", reason="such names cannot be there")
def test_hostile_names_of_files_end_in_comments(repository, init):
    for name in ('a"]\n[x]\ny = 1 #.sh', "\x1b[31m.sh", os.fsdecode(b"\xff\xfe.sh")):
        (repository / name).write_text("gcloud run deploy $NAME\ngcloud run deploy web-staging\n")
    done = init(cwd=repository)
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stderr + (repository / NAME).read_text(encoding="utf-8")
    document = tomllib.loads((repository / NAME).read_text(encoding="utf-8"))
    assert set(document) == {"default_environment", "environments"}
    assert set(load(repository / NAME).table.environments["staging"].services) == {
        "netra-backend",
        "web-staging",
    }


def test_the_template_loads_as_it_is(repository, init):
    done = init("--template", cwd=repository)
    assert done.returncode == 0
    assert done.stderr == (
        "netra-validate: written; replace its names with yours, then `netra-validate run`\n"
    )
    loaded = load(
        repository / NAME,
        variables={},
        also=lambda *found: note_bad_options(load_registry(), *found),
    )
    assert loaded.environments == ("staging",)
    assert init("--template", cwd=repository).returncode == 2


def test_the_template_for_netra_loads_and_says_what_is_ambiguous(repository, init):
    done = init("--template", "netra", "--root", repository, cwd=repository)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("netra-validate: written; look it over, then ")
    checked = netra_validate("config", "check", cwd=repository)
    assert (checked.returncode, checked.stderr) == (0, "")
    staging = load(repository / NAME, variables={}).table.environments["staging"]
    assert (staging.project, staging.region) == ("netra-staging", "us-central1")
    assert set(staging.services) == {"backend", "auth", "frontend"}
    text = (repository / NAME).read_text(encoding="utf-8")
    for line in text.splitlines():
        assert len(line) <= 100, line
    for spelling in (
        "netra-backend-staging",
        "netra-auth-service",
        "netra-frontend-staging",
        "staging-connector-v2",
        "staging-sql-connector",
        "all-traffic",
        "100 or 200",
    ):
        assert any(spelling in line.partition("#")[2] for line in text.splitlines()), spelling
        assert spelling not in str(tomllib.loads(text)), spelling
    assert text.count("ambiguous:") >= 8


def test_what_the_netra_template_has_commented_out_loads_too(tmp_path):
    """Each line that could be one of the configuration, with the name of a variable for secrets."""
    text = named("netra")
    lines = [
        line.removeprefix("# ") if re.match(r"# (\[[\w.-]+\]|[a-z_]+ = )", line) else line
        for line in text.splitlines()
    ]
    (tmp_path / NAME).write_text("\n".join(lines).replace('"NAME"', '"some-map"'))
    checked = netra_validate("config", "check", cwd=tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--template"], "example"),
        (["--template", "--force"], "example"),
        (["--template", "example"], "example"),
        (["--template=netra"], "netra"),
        (["--force", "--template", "netra"], "netra"),
    ],
)
def test_a_template_may_have_a_name(arguments, wanted, repository, init):
    done = init(*arguments, cwd=repository)
    assert done.returncode == 0, done.stderr
    assert (repository / NAME).read_text(encoding="utf-8").startswith(named(wanted).rstrip())


@pytest.mark.parametrize("name", ["nettra", ""])
def test_another_template_is_refused_and_the_names_are_told(name, repository, init):
    done = init(f"--template={name}", cwd=repository)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"--template: there is no {name!r}, expected one of example, netra" in done.stderr
    assert not (repository / NAME).exists()


def tables_of(kind):
    """A struct and every struct in it."""
    yield kind
    for field in msgspec.inspect.type_info(kind).fields:
        for part in (field.type, getattr(field.type, "value_type", None)):
            if isinstance(part, msgspec.inspect.StructType):
                yield from tables_of(part.cls)


@pytest.mark.parametrize(
    "kind",
    sorted(set(tables_of(ConfigurationTable)), key=lambda kind: kind.__name__),
    ids=lambda kind: kind.__name__,
)
def test_the_template_has_every_key(kind):
    text = annotated(Registry({}))
    for field in msgspec.structs.fields(kind):
        if field.name != "key":
            assert any(
                line.lstrip("# ").startswith((f"{field.encode_name} = ", f"{field.encode_name}."))
                or f".{field.encode_name}]" in line
                or f"[{field.encode_name}]" in line
                or f".{field.encode_name}." in line
                or f"[{field.encode_name}." in line
                for line in text.splitlines()
            ), field.name


def test_the_template_has_every_option_of_every_check():
    registry = load_registry()
    text = annotated(registry)
    uncommented = text.replace("# [checks.", "[checks.")
    for name, check in registry.checks.items():
        assert f"# [checks.{name}]" in text
        for option in option_words.describe(check.Options, name):
            assert f"\n# {option.name} = " in text
            if option.default:
                line = f"{option.name} = {option.default}"
                uncommented = uncommented.replace(f"\n# {line}\n", f"\n{line}\n")
    tables = tomllib.loads(uncommented)["checks"]
    for name, check in registry.checks.items():
        assert msgspec.convert(tables[name], check.Options) == check.Options()


def test_services_that_are_deployed_are_proposed(repository, init):
    (repository / ".github" / "workflows" / "deploy.yml").unlink()
    with launch(["healthy"]) as sandbox:
        done = init(
            cwd=repository,
            CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN=f"http://127.0.0.1:{sandbox.rest_port}/",
            CLOUDSDK_CORE_PROJECT="netra-sandbox",
            CLOUDSDK_RUN_REGION="us-central1",
        )
    origin = "Cloud Run in netra-sandbox/us-central1"
    assert f"netra-validate: service netra-backend: {origin}\n" in done.stderr
    assert f"netra-validate: connector sandbox-connector: {origin}, egress private" in done.stderr
    (environment,) = load(repository / NAME).table.environments.values()
    assert set(environment.services) == {"netra-auth", "netra-backend", "netra-frontend"}


def test_a_cloud_that_cannot_be_asked_is_said_and_costs_nothing_else(repository, init):
    done = init(cwd=repository, CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN="http://127.0.0.1:1")
    assert done.returncode == 0
    assert "does not tell what is deployed: 127.0.0.1:1: the connection is refused" in done.stderr
    assert load(repository / NAME).environments == ("staging",)
    elsewhere = "https://collects.example"
    done = init("--force", cwd=repository, CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN=elsewhere)
    assert done.returncode == 0
    assert f"{elsewhere} is no address for a Google API" in done.stderr


def test_credentials_that_are_none_are_said(repository, init, tmp_path):
    done = init(cwd=repository, GOOGLE_APPLICATION_CREDENTIALS=str(tmp_path / "key.json"))
    assert done.returncode == 0
    assert "deployed: the file that GOOGLE_APPLICATION_CREDENTIALS names holds" in done.stderr
