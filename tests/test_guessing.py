import time
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netra_validate.config import load
from netra_validate.guessing import (
    Facts,
    Found,
    addresses,
    commands,
    configuration,
    guess,
    knative,
    repository,
    summary,
    terraform,
    workflows,
)
from netra_validate.guessing.choosing import MOST_RESOURCES
from netra_validate.guessing.facts import CloudName, Deployment, connection_parts, valid
from netra_validate.guessing.scripts import Script, says_production, says_staging
from netra_validate.guessing.surroundings import config_folder
from netra_validate.guessing.surroundings import facts as surroundings

NOTHING = Facts()


def deployment(text, reader=commands, path="deploy.sh"):
    """The one deployment that a file describes."""
    (found,) = reader.facts(Script(path, text)).deployments
    return found


def told(found):
    """What is said of a deployment: service, project, region, connector, instances."""
    return (
        found.service.name,
        found.service.project,
        found.service.region,
        found.connector.name if found.connector else None,
        [one.name for one in found.databases],
    )


WHOLE = ("api", "my-project", "us-central1", "main", ["pg"])

COMMANDS = {
    "with equals signs": (
        "gcloud run deploy api --project=my-project --region=us-central1 "
        "--vpc-connector=main --add-cloudsql-instances=my-project:us-central1:pg\n"
    ),
    "with blanks and continued": (
        "gcloud run deploy api \\\n  --project my-project \\\n  --region us-central1 \\\n"
        "  --vpc-connector main \\\n  --set-cloudsql-instances my-project:us-central1:pg\n"
    ),
    "continued with CRLF": (
        "gcloud run deploy api \\\r\n --project my-project \\\r\n --region us-central1 \\\r\n"
        " --vpc-connector main --set-cloudsql-instances my-project:us-central1:pg\r\n"
    ),
    "continued in PowerShell": (
        "gcloud run deploy api `\n  --project my-project --region us-central1 `\n"
        "  --vpc-connector main --set-cloudsql-instances my-project:us-central1:pg\n"
    ),
    "folded in YAML": (
        "run: >-\n  gcloud run deploy api\n  --project my-project\n  --region us-central1\n"
        "  --vpc-connector main\n  --set-cloudsql-instances my-project:us-central1:pg\n"
    ),
    "the name last, after switches": (
        "gcloud beta run deploy --quiet --allow-unauthenticated --no-traffic --clear-labels "
        "--project my-project --region us-central1 --vpc-connector main "
        "--add-cloudsql-instances my-project:us-central1:pg api && echo done --region x\n"
    ),
    "flags of gcloud before the command": (
        "gcloud --project my-project run services update api --region us-central1 "
        "--vpc-connector projects/my-project/locations/us-central1/connectors/main "
        "--add-cloudsql-instances my-project:us-central1:pg | tee log\n"
    ),
    "shell variables": (
        "export PROJECT=\"my-project\"\nREGION=${1:-us-central1}\nlocal NAME='api'\nDB=pg\n"
        'CONNECTION="$PROJECT:${REGION}:$DB"\n'
        'gcloud run deploy "$NAME" --project "${PROJECT}" --region=${REGION} '
        "--vpc-connector ${CONNECTOR:-main} --add-cloudsql-instances=$CONNECTION\n"
    ),
    "variables of a workflow": (
        "env:\n  PROJECT: my-project  # here\n  REGION: 'us-central1'\njobs:\n"
        "  - run: gcloud run deploy api --project ${{ env.PROJECT }} --region ${{env.REGION}} "
        "--vpc-connector main --add-cloudsql-instances ${{ env.PROJECT }}:${{ env.REGION }}:pg\n"
    ),
    "variables of make": (
        "PROJECT := my-project\nREGION ?= us-central1\ndeploy:\n\tgcloud run deploy api "
        "--project $(PROJECT) --region $(REGION) --vpc-connector main "
        "--add-cloudsql-instances $(PROJECT):$(REGION):pg\n"
    ),
    "Cloud Build in a row": (
        "steps:\n- name: gcr.io/google.com/cloudsdktool/cloud-sdk\n  entrypoint: gcloud\n"
        "  args: ['run', 'deploy', 'api', '--project', 'my-project', '--region=$_REGION',\n"
        "    '--vpc-connector', 'main', '--add-cloudsql-instances', 'my-project:us-central1:pg']\n"
        "substitutions:\n  _REGION: us-central1\n"
    ),
    "Cloud Build one below the other": (
        "steps:\n- entrypoint: gcloud\n  args:\n  - 'run'\n  - deploy\n  - api\n"
        '  - "--project=my-project"\n  - --region\n  - ${_REGION}\n  - --vpc-connector=main\n'
        "  - --add-cloudsql-instances=my-project:us-central1:pg\n  id: deploy\n"
        "substitutions:\n  _REGION: us-central1\n"
    ),
}


@pytest.mark.parametrize("text", COMMANDS.values(), ids=COMMANDS.keys())
def test_gcloud_commands(text):
    assert told(deployment(text)) == WHOLE


def test_the_place_of_a_command_is_told():
    assert deployment("\n\ngcloud run deploy api\n").service.origin == "deploy.sh:3"


@pytest.mark.parametrize(
    "text",
    [
        "# gcloud run deploy api\n",
        "  # gcloud run deploy api --region us-central1\n",
        "gcloud run deploy\n",
        "gcloud run deploy --image api\n",
        "gcloud run deploy <service>\n",
        "gcloud run deploy SERVICE_NAME\n",
        "gcloud run deploy 'api]x'\n",
        "gcloud run jobs deploy api\n",
        "gcloud run services list api\n",
        "xgcloud-run deploy api\n",
    ],
)
def test_what_is_no_deployment_of_a_service(text):
    assert commands.facts(Script("deploy.sh", text)).deployments == ()


def test_what_cannot_be_made_out_is_noted_and_never_guessed():
    script = Script("a.sh", "A=$B\nB=$A\ngcloud run deploy $A --vpc-connector ${{ vars.C }}\n")
    assert commands.facts(script) == NOTHING
    assert script.unresolved == [
        Found("service $A", "a.sh:3"),
        Found("connector ${{ vars.C }}", "a.sh:3"),
    ]


def test_of_an_ambiguous_variable_the_value_about_staging_counts():
    text = "if x; then\n P=my-staging\nelse\n P=my-prod1\nfi\ngcloud run deploy api --project $P\n"
    assert deployment(text).service.project == "my-staging"
    neither = text.replace("my-staging", "my-first")
    assert deployment(neither).service.project is None


def test_an_instance_is_known_though_its_project_is_not():
    (database,) = deployment("gcloud run deploy api --add-cloudsql-instances=$P:$R:pg").databases
    assert (database.name, database.project, database.region) == ("pg", None, None)


def test_other_commands_name_things_too():
    found = commands.facts(
        Script(
            "setup.sh",
            "gcloud config set project my-project\ngcloud config set run/region us-east1\n"
            "gcloud compute networks vpc-access connectors create main --region us-east1\n"
            "gcloud sql instances create pg --region us-east1 --project my-project\n",
        )
    )
    assert found.projects == (Found("my-project", "setup.sh:1"),)
    assert found.regions == (Found("us-east1", "setup.sh:2"),)
    assert found.connectors == (CloudName("main", "setup.sh:3", None, "us-east1"),)
    assert found.databases == (CloudName("pg", "setup.sh:4", "my-project", "us-east1"),)


STEP = """
env:
  PROJECT: my-project
jobs:
  deploy:
    steps:
      - name: Deploy
        id: deploy
        uses: 'google-github-actions/deploy-cloudrun@v2'
        # a comment
        with:
          service: 'api'   # another
          project_id: ${{ env.PROJECT }}
          region: us-east1
          env_vars: |-
            service=wrong
            region: wrong
          flags: >-
            --vpc-connector=main
            --add-cloudsql-instances "my-project:us-east1:pg"
      - name: Other
        uses: other/action@v1
        with:
          service: other
"""


def test_steps_of_workflows():
    found = deployment(STEP, workflows)
    assert told(found) == ("api", "my-project", "us-east1", "main", ["pg"])


def test_a_step_that_names_no_region_means_the_usual_one():
    text = "- uses: google-github-actions/deploy-cloudrun@v2\n  with:\n    service: api\n"
    assert told(deployment(text, workflows)) == ("api", None, "us-central1", None, [])


def test_a_step_that_names_no_service():
    text = "- uses: google-github-actions/deploy-cloudrun@v2\n- with:\n    service: api\n"
    assert workflows.facts(Script("w.yml", text)) == NOTHING


SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: not-this
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata:
  annotations:
    name: nor-this
  name: "api"
  labels:
    cloud.googleapis.com/location: us-east1
spec:
  template:
    metadata:
      name: api-00001
      annotations:
        run.googleapis.com/vpc-access-connector: projects/faraway/locations/us-east1/connectors/main
        run.googleapis.com/cloudsql-instances: 'my-project:us-east1:pg,my-project:us-east1:other'
"""


def test_service_descriptions():
    found = deployment(SERVICE, knative, "service.yaml")
    assert told(found) == ("api", None, "us-east1", "main", ["pg", "other"])
    assert found.service.origin == "service.yaml:12"
    assert found.connector.project == "faraway"


TERRAFORM = """
provider "google" { # {
  project = "my-project"
  region  = var.region
}
variable "region" {
  default = "us-east1"
}
resource "google_vpc_access_connector" "c" {
  name = "main" // the one
  subnet {
    name = "subnet"
  }
  region = var.region
}
resource "google_sql_database_instance" "pg" {
  settings {
    backup { name = "}" }
  }
  name = "pg"
}
resource "google_cloud_run_v2_service" "api" {
  template {
    containers { name = "wrong" }
    vpc_access { connector = google_vpc_access_connector.c.id }
    volumes {
      name = "cloudsql"
      cloud_sql_instance {
        instances = [google_sql_database_instance.pg.connection_name, "my-project:us-east1:more"]
      }
    }
  }
  name     = "api"
  location = var.region
  project  = "my-project"
}
resource "google_cloud_run_service" "old" {
  name = "old"
  template { metadata { annotations = {
    "run.googleapis.com/vpc-access-connector" = "other"
    "run.googleapis.com/cloudsql-instances"   = "my-project:us-east1:pg"
  } } }
}
resource "google_sql_database_instance" "riddle" {
  name = "${var.prefix}-pg"
}
"""


def test_terraform():
    found = terraform.facts([Script("main.tf", TERRAFORM)])
    assert [told(one) for one in found.deployments] == [
        ("api", "my-project", "us-east1", "main", ["pg", "more"]),
        ("old", None, None, "other", ["pg"]),
    ]
    assert found.projects == (Found("my-project", "main.tf:2"),)
    assert found.regions == (Found("us-east1", "main.tf:2"),)
    assert found.connectors == (CloudName("main", "main.tf:9", None, "us-east1"),)
    assert [one.name for one in found.databases] == ["pg"]
    assert found.unresolved == (Found('database "${var.prefix}-pg"', "main.tf:44"),)


def test_terraform_of_one_folder_belongs_together():
    first, _, rest = TERRAFORM.partition("variable")
    found = terraform.facts([Script("a.tf", first), Script("b.tf", f"variable{rest}")])
    assert found.regions == (Found("us-east1", "a.tf:2"),)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("curl -f https://api.netra.dev/health\n", "https://api.netra.dev/health"),
        (
            "url: 'https://api.netra.dev:8443/v1/health/ready'",
            "https://api.netra.dev:8443/v1/health/ready",
        ),
        ("connect wss://api.netra.dev/ws;", "wss://api.netra.dev/ws"),
        ("URL=https://api.netra.dev\ncurl $URL/health", "https://api.netra.dev/health"),
        (
            "env:\n  URL: https://api.netra.dev\n- ${{ env.URL }}/readyz",
            "https://api.netra.dev/readyz",
        ),
        ("curl https://api.netra.dev/healthcare", None),
        ("curl https://api.netra.dev/", None),
        ("curl http://api.netra.dev/health", None),
        ("curl https://example.com/health", None),
        ("curl https://api.example.com/health", None),
        ("curl https://localhost/health", None),
        ("curl https://10.0.0.1/health", None),
        ("curl https://db.internal/health", None),
        ("curl https://a..b.dev/health", None),
        ("curl https://api.netra.dev:99999/health", None),
        ("curl https://$HOST/health", None),
        ("curl $HOST/health", None),
        ("curl https://api.netra.dev/health/$NAME", None),
    ],
)
def test_addresses(text, address):
    found = addresses.facts(Script("check.sh", text)).addresses
    assert [one.value for one in found] == ([address] if address else [])


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (
            "project",
            ["netra-staging", "example.com:my-project"],
            ["short", "Netra", "1netra", "netra-", "a" * 31, "123456"],
        ),
        (
            "region",
            ["us-central1", "northamerica-northeast2"],
            ["us-central1-a", "us", "US-CENTRAL1", "global"],
        ),
        ("service", ["a", "netra-backend"], ["Netra", "a_b", "-a", "a-", "a" * 50, ""]),
        ("connector", ["main"], ["a" * 26, "a.b"]),
        ("database", ["pg-1"], ["pg\n", 'pg"', "pg]"]),
    ],
)
def test_only_what_has_the_form_of_its_kind_is_taken(kind, good, bad):
    assert [valid(kind, one) for one in good] == good
    assert [valid(kind, one) for one in bad] == [None] * len(bad)


def test_connection_names_may_have_projects_with_a_domain():
    assert connection_parts("example.com:p:us-east1:pg") == ("example.com:p", "us-east1", "pg")
    assert connection_parts("${P:-x}:us-east1:pg") == ("${P:-x}", "us-east1", "pg")
    assert connection_parts("us-east1:pg") is None


@pytest.mark.parametrize("text", ["netra-staging", "STAGING", "deploy_staging.yml", "stg-pg"])
def test_what_says_staging(text):
    assert says_staging(text)
    assert not says_production(f"{text}-production")


@pytest.mark.parametrize("text", ["upstaging", "stagings", "stage", "multi-stage", "prod"])
def test_what_does_not_say_staging(text):
    assert not says_staging(text)


def deployed(name="api", project=None, region=None, origin="a.sh:1", connector=None, database=None):
    return Deployment(
        CloudName(name, origin, project, region),
        CloudName(connector, origin) if connector else None,
        (CloudName(database, origin),) if database else (),
    )


def test_a_repository_that_says_nothing():
    guesses = guess(NOTHING, NOTHING)
    assert (guesses.environment, guesses.project, guesses.services) == ("default", None, ())
    assert list(summary(guesses)) == [
        "project: not found",
        "region: not found",
        "services: none found",
    ]


def test_production_is_left_out_where_there_is_a_staging():
    facts = Facts(
        deployments=(
            deployed("api", "netra-production", "eu-west1", "prod.sh:1", "prod-connector"),
            deployed("api", "netra-staging", "us-east1", "staging.sh:1", "connector"),
            deployed("api", "netra-prod", origin="x.sh:1"),
        ),
        connectors=(CloudName("connector-prod", "a.tf:1"),),
        addresses=(Found("https://prod.netra.dev/health", "a.sh:2"),),
    )
    guesses = guess(facts, NOTHING)
    assert guesses.environment == "staging"
    assert (guesses.project.value, guesses.project.others) == ("netra-staging", ())
    assert [one.name.value for one in guesses.connectors] == ["connector"]
    assert guesses.addresses == ()
    assert guesses.left_out == (
        Found("service api in netra-production", "prod.sh:1"),
        Found("connector prod-connector", "prod.sh:1"),
        Found("service api in netra-prod", "x.sh:1"),
        Found("connector connector-prod", "a.tf:1"),
        Found("https://prod.netra.dev/health", "a.sh:2"),
    )


def test_that_production_is_left_out_is_said():
    origins = [f"prod.sh:{line}" for line in range(1, 13)]
    facts = Facts(
        deployments=(deployed("api", "netra-staging"),),
        projects=tuple(Found(f"netra-prod-{n}", origin) for n, origin in enumerate(origins)),
    )
    guesses = guess(facts, NOTHING)
    *_, last = summary(guesses)
    assert last == (
        "production is left out: project netra-prod-0 (prod.sh:1), project netra-prod-1 "
        "(prod.sh:2), project netra-prod-2 (prod.sh:3), 9 more; "
        "declare [environments.production] to examine it too"
    )
    written = configuration(guesses)
    title = "# Production is left out; declare [environments.production] to examine it too:\n"
    assert f"{title}#   project netra-prod-0 (prod.sh:1)\n" in written
    assert "#   and 2 more\n" in written


def test_what_is_left_out_has_its_databases_and_what_was_not_made_out_with_it():
    facts = Facts(
        deployments=(deployed("api", "netra-staging"), deployed("api-prod", database="pg")),
        databases=(CloudName("pg-prod", "a.tf:1"),),
        unresolved=(Found("service $X", "prod.sh:1"), Found("service $Y", "a.sh:1")),
    )
    guesses = guess(facts, NOTHING)
    assert [one.value for one in guesses.left_out] == [
        "service api-prod",
        "database pg",
        "database pg-prod",
        "service $X",
    ]
    assert guesses.unresolved == (Found("service $Y", "a.sh:1"),)


def test_production_alone_is_not_left_out():
    guesses = guess(Facts(deployments=(deployed("api", "netra-production"),)), NOTHING)
    assert (guesses.environment, guesses.project.value) == ("production", "netra-production")
    assert guesses.left_out == ()
    assert "left out" not in configuration(guesses)


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        (
            Facts(deployments=(deployed(origin=".github/workflows/deploy-prod.yml:6"),)),
            "production",
        ),
        (Facts(deployments=(deployed("a", origin="prod.sh:1"), deployed("b"))), "default"),
        (Facts(deployments=(deployed(),), projects=(Found("my-prod", "a.sh:1"),)), "production"),
        (
            Facts(
                deployments=(deployed(project="my-development"),),
                projects=(Found("my-prod", "a.sh:1"),),
            ),
            "default",
        ),
        (Facts(projects=(Found("my-prod", "a.sh:1"),)), "production"),
        (Facts(deployments=(deployed(),), environments=(Found("prod", "w:1"),)), "production"),
        (Facts(deployments=(deployed(),), environments=(Found("staging", "w:1"),)), "staging"),
        (
            Facts(environments=(Found("staging", "w:1"), Found("production", "w:2"))),
            "default",
        ),
    ],
)
def test_what_the_environment_is_called(facts, name):
    assert guess(facts, NOTHING).environment == name


def test_what_gcloud_is_set_to_names_the_environment_of_whatever_names_none():
    around = Facts(projects=(Found("my-prod", "$P"),))
    assert guess(Facts(deployments=(deployed(),)), around).environment == "production"
    assert guess(Facts(deployments=(deployed(project="my-own"),)), around).environment == "default"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("    environment: production\n", "production"),
        ("    environment: 'staging'  # the only one\r\n", "staging"),
        ("    environment:\n      name: production\n      url: https://x.dev\n", "production"),
        ("    environment: ${{ inputs.environment }}\n", None),
        ("    environment:\n      PATH: x\n", None),
        ("environment: production\n", None),
    ],
)
def test_environments_of_jobs(text, name):
    found = workflows.facts(Script(".github/workflows/d.yml", f"jobs:\n  deploy:\n{text}"))
    assert [one.value for one in found.environments] == ([name] if name else [])


def test_a_command_counts_before_a_variable_before_gcloud():
    around = Facts(projects=(Found("from-variable", "$P"), Found("from-gcloud", "gcloud")))
    alone = guess(NOTHING, around)
    assert (alone.project.value, alone.project.origin) == ("from-variable", "$P")
    assert [one.value for one in alone.project.others] == ["from-gcloud"]
    both = guess(Facts(deployments=(deployed(project="from-command"),)), around)
    assert both.project.value == "from-command"
    assert [one.value for one in both.project.others] == ["from-variable", "from-gcloud"]


def test_of_contradicting_names_the_frequent_one_counts_and_the_others_are_told():
    facts = Facts(
        deployments=(
            deployed(connector="old", origin="a.sh:1"),
            deployed(connector="new", origin="b.sh:1"),
            deployed(connector="new", origin="c.sh:1"),
        )
    )
    (service,) = guess(facts, NOTHING).services
    assert (service.connector.value, service.connector.origin) == ("new", "b.sh:1")
    assert service.connector.others == (Found("old", "a.sh:1"),)


def test_what_is_elsewhere_says_so():
    facts = Facts(
        deployments=(
            deployed("api", "my-project", "us-east1"),
            deployed("web", "my-project", "us-east1"),
            deployed("far", "far-project", "europe-west1"),
        )
    )
    far = guess(facts, NOTHING).services[2]
    assert (far.project, far.region) == ("far-project", "europe-west1")
    table = tomllib.loads(configuration(guess(facts, NOTHING)))["environments"]["default"]
    assert table["services"]["far"]["project"] == "far-project"
    assert "project" not in table["services"]["api"]


ADDRESSES = (
    Found("https://api.netra.dev/health", "a:1"),
    Found("https://api.netra.dev/health/database", "a:2"),
    Found("wss://api.netra.dev/ws", "a:3"),
    Found("https://web-abc-uc.a.run.app/health", "a:4"),
)


def test_addresses_belong_to_the_only_service():
    facts = Facts(deployments=(deployed("backend"),), addresses=ADDRESSES)
    (service,) = guess(facts, NOTHING).services
    assert service.url.value == "https://api.netra.dev"
    assert service.health == ("/health", "/health/database")
    assert service.websocket.value == "wss://api.netra.dev/ws"


def test_addresses_belong_to_the_service_that_they_name():
    facts = Facts(
        deployments=(deployed("backend"), deployed("web"), deployed("web-admin")),
        addresses=ADDRESSES,
    )
    guesses = guess(facts, NOTHING)
    assert [one.url.value if one.url else None for one in guesses.services] == [
        None,
        "https://web-abc-uc.a.run.app",
        None,
    ]
    assert guesses.addresses == ADDRESSES[:3]
    assert "https://api.netra.dev/health (a:1)" in configuration(guesses)


def test_the_shell_and_gcloud_are_asked(tmp_path):
    folder = tmp_path / ".config" / "gcloud" / "configurations"
    folder.mkdir(parents=True)
    (folder.parent / "active_config").write_text("work\n")
    (folder / "config_work").write_text(
        "[core]\nproject = work-project\naccount = a@b\n[compute]\nregion = europe-west1\n"
    )
    (folder / "config_play").write_text("[core]\nproject = 100%play\n[run]\nregion = us-east1\n")
    variables = {"GOOGLE_CLOUD_PROJECT": "from-shell", "CLOUDSDK_RUN_REGION": "not a region"}
    found = surroundings(variables, tmp_path)
    assert found.projects == (
        Found("from-shell", "$GOOGLE_CLOUD_PROJECT"),
        Found("work-project", "the gcloud configuration 'work'"),
    )
    assert [one.value for one in found.regions] == ["europe-west1"]
    played = surroundings({"CLOUDSDK_ACTIVE_CONFIG_NAME": "play"}, tmp_path)
    assert (played.projects, [one.value for one in played.regions]) == ((), ["us-east1"])


@pytest.mark.parametrize("text", ["", "\x00\xff", "[core", "project = x", "[core]\nproject\n"])
def test_what_is_wrong_with_gclouds_configuration_is_not_our_trouble(text, tmp_path):
    folder = tmp_path / "configurations"
    folder.mkdir()
    (folder / "config_default").write_bytes(text.encode("latin-1"))
    (tmp_path / "active_config").write_text("../../etc/passwd")
    assert surroundings({"CLOUDSDK_CONFIG": str(tmp_path)}, tmp_path / "nowhere") == NOTHING


def test_where_gcloud_keeps_its_configuration(tmp_path):
    assert config_folder({"CLOUDSDK_CONFIG": "/x"}, tmp_path).as_posix() == "/x"
    assert config_folder({}, tmp_path).is_relative_to(tmp_path)


@pytest.mark.parametrize(
    "path",
    [".github/workflows/d.yml", "cloudbuild.yaml", "a/b.sh", "Makefile", "infra/main.tf", "x.mk"],
)
def test_files_that_may_say_something(path):
    assert repository.is_candidate(path)


@pytest.mark.parametrize(
    "path", ["README.md", "main.py", "node_modules/a/x.sh", "tests/fixtures/x.yml", "a.sh.backup"]
)
def test_files_that_say_nothing(path):
    assert not repository.is_candidate(path)


def test_a_repository_is_read_to_its_bounds(tmp_path):
    (tmp_path / "big.sh").write_text("#" * repository.LARGEST_FILE + "\ngcloud run deploy late\n")
    (tmp_path / "deploy.sh").write_text("gcloud run deploy api\n")
    (tmp_path / "main.tf").write_text('resource "google_cloud_run_service" "w" {\n name = "web"\n}')
    (tmp_path / "binary.sh").write_bytes(b"\xff\xfe\x00gcloud run deploy \x00\n")
    (tmp_path / "gcloud.md").write_text("gcloud run deploy document\n")
    found = repository.facts(tmp_path)
    assert [one.service.name for one in found.deployments] == ["api", "web"]


HOSTILE = st.text(max_size=60) | st.sampled_from(
    [
        '"]\n[x]',
        "a\r\nb",
        "\x00\x1b[31m",
        "\udcff",
        "'''",
        "# x",
        "${HOME}",
        "password=hunter2hunter2",
    ]
)
NAMES = st.sampled_from(["api", "web", "netra-staging", "a" * 49, "prod-api"])
FRAGMENTS = st.one_of(
    HOSTILE,
    st.builds("gcloud run deploy {} --region={}\n".format, NAMES | HOSTILE, HOSTILE),
    st.builds("gcloud run deploy {} --add-cloudsql-instances {}\n".format, NAMES, HOSTILE),
    st.builds("gcloud run deploy {} --vpc-connector {} ".format, NAMES, NAMES | HOSTILE),
    st.builds("gcloud run deploy {} --add-cloudsql-instances p:r:{}\n".format, NAMES, NAMES),
    st.builds("https://{}.netra.dev:{}/health\n".format, NAMES | HOSTILE, st.integers(0, 99999)),
    st.builds("wss://{}.netra.dev/{}\n".format, NAMES, HOSTILE),
    st.builds(
        'resource "google_cloud_run_service" "{}" {{\nname = "{}"\n}}'.format, HOSTILE, NAMES
    ),
    st.sampled_from([STEP, SERVICE, TERRAFORM, *COMMANDS.values()]),
)


@given(st.lists(st.tuples(HOSTILE, st.lists(FRAGMENTS, max_size=6).map("".join)), max_size=4))
def test_whatever_stands_in_a_repository_the_configuration_loads(tmp_path_factory, files):
    scripts = [Script(path, text) for path, text in files]
    facts = terraform.facts(scripts)
    for script in scripts:
        for reader in (commands, workflows, knative, addresses):
            facts += reader.facts(script)
        facts += Facts(unresolved=tuple(script.unresolved))
    guesses = guess(facts, NOTHING)
    file = tmp_path_factory.mktemp("guessed") / "netra-validate.toml"
    file.write_text(configuration(guesses), encoding="utf-8")
    loaded = load(file, variables={}).table.environments[guesses.environment]
    assert list(loaded.services) == [one.name.value for one in guesses.services]
    assert "hunter2" not in file.read_text(encoding="utf-8")
    assert all(line.isprintable() for line in summary(guesses))


def test_more_services_than_anybody_has_still_load(tmp_path):
    facts = Facts(
        deployments=tuple(
            deployed(f"s{n}", connector=f"c{n}", database=f"d{n}")
            for n in range(MOST_RESOURCES + 9)
        ),
        connectors=tuple(CloudName(f"t{n}", "main.tf:1") for n in range(MOST_RESOURCES)),
    )
    file = tmp_path / "netra-validate.toml"
    file.write_text(configuration(guess(facts, NOTHING)))
    assert len(load(file).table.environments["default"].services) == MOST_RESOURCES


@pytest.mark.parametrize(
    "piece",
    [
        "gcloud run deploy $A --project $B ",
        "gcloud ${{ ${{ ",
        "\nargs: [",
        'resource "google_cloud_run_service" "y" {\n',
        "- uses: google-github-actions/deploy-cloudrun@\n",
        "A=$A$B$A$B\nB=$A$C$A\nC=$B$B\ngcloud run deploy $C\n",
    ],
)
def test_work_grows_with_the_file_and_not_faster(piece):
    def work(size):
        script = Script("a.yml", piece * (size // len(piece)))
        began = time.process_time()
        for reader in (commands, workflows, knative, addresses):
            reader.facts(script)
        terraform.facts([script])
        return time.process_time() - began

    small, large = work(2**14), work(2**17)
    assert large < 40 * small + 0.5
