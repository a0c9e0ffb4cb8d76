"""What `init` finds beside the files that deploy: services that are deployed, hosts, markers."""

import asyncio
import json
import re
import tomllib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from netra_validate.clients.errors import Forbidden, ProtocolError, Unreachable
from netra_validate.config import load
from netra_validate.guessing import Facts, Found, cloud, configuration, guess, markers, summary
from netra_validate.sandbox import launch
from netra_validate.sandbox.knative import DOMAIN
from netra_validate.sandbox.names import CONNECTOR, INSTANCE, PROJECT, REGION

ORIGIN = f"Cloud Run in {PROJECT}/{REGION}"
HOME = Facts(projects=(Found(PROJECT, "$X"),), regions=(Found(REGION, "$Y"),))


def ask(port):
    variables = {cloud.ENDPOINT_VARIABLE: f"http://127.0.0.1:{port}/"}
    return asyncio.run(cloud.facts(cloud.environment(PROJECT, REGION, variables)))


@pytest.fixture(scope="module")
def found():
    """What the sandbox's Cloud Run tells."""
    with launch(["healthy"]) as sandbox:
        return ask(sandbox.rest_port)


class TestCloud:
    def test_the_services_and_what_they_carry_are_told(self, found):
        services = {each.service.name: each for each in found.deployments}
        assert set(services) == {"netra-backend", "netra-auth", "netra-frontend"}
        backend = services["netra-backend"]
        assert (backend.service.project, backend.service.region) == (PROJECT, REGION)
        assert backend.service.origin == ORIGIN
        assert backend.connector.name == CONNECTOR
        assert backend.connector.origin == f"{ORIGIN}, egress private-ranges-only"
        assert [each.name for each in backend.databases] == [INSTANCE]
        assert backend.url == Found(f"https://{DOMAIN}", ORIGIN)
        frontend = services["netra-frontend"]
        assert (frontend.connector, frontend.databases) == (None, ())
        assert re.fullmatch(r"https://netra-frontend-[\w.-]+\.run\.app", frontend.url.value)

    def test_a_configuration_comes_of_it_that_loads(self, found, tmp_path):
        guesses = guess(found, HOME)
        text = configuration(guesses)
        (tmp_path / "netra-validate.toml").write_text(text)
        (environment,) = load(tmp_path / "netra-validate.toml").table.environments.values()
        backend = environment.services["netra-backend"]
        assert (backend.url, backend.database, backend.connector) == (
            f"https://{DOMAIN}",
            INSTANCE,
            CONNECTOR,
        )
        assert backend.project is None
        assert f'cloud_run = "netra-backend"  # {ORIGIN}' in text
        assert f'connector = "{CONNECTOR}"  # {ORIGIN}, egress private-ranges-only' in text
        assert f'# canonical = ["{DOMAIN}"]' in text
        assert f"service netra-backend: {ORIGIN}" in list(summary(guesses))

    def test_what_is_deployed_goes_before_what_the_files_say(self, found):
        files = Facts(addresses=(Found("https://netra-auth.example.dev/health", "a.sh:1"),))
        services = {each.name.value: each for each in guess(found + files, HOME).services}
        assert services["netra-auth"].url.value == "https://netra-auth.example.dev"
        assert services["netra-auth"].health == ("/health",)
        assert services["netra-backend"].health == ()

    def test_refusal_and_silence_are_errors_of_ours(self):
        with launch(["api-forbidden"]) as sandbox, pytest.raises(Forbidden) as refused:
            ask(sandbox.rest_port)
        assert refused.value.permission == "run.services.list"
        with pytest.raises(Unreachable):
            ask(1)


class Hostile(BaseHTTPRequestHandler):
    """Answers with what the server was given."""

    def do_GET(self):
        body = self.server.answers.get(self.path.partition("?")[0], b"[]")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def ask_hostile(services, mappings=b"{}"):
    with ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        server.answers = {
            f"/v2/projects/{PROJECT}/locations/{REGION}/services": services,
            f"/apis/domains.cloudrun.com/v1/namespaces/{PROJECT}/domainmappings": mappings,
        }
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            return ask(server.server_port)
        finally:
            server.shutdown()


NAME = f"projects/{PROJECT}/locations/{REGION}/services"


class TestLies:
    @pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"services": {}}', b"[" * 100_000, b""])
    def test_what_is_no_list_is_an_error(self, body):
        with pytest.raises(ProtocolError):
            ask_hostile(body)

    def test_only_names_that_can_be_names_are_taken(self):
        services = [
            {"name": f'{NAME}/a"]\n[x]', "uri": "https://a.example.dev"},
            {"name": f"{NAME}/web", "uri": 'https://web.dev"\n[y]\nz = "'},
            {
                "name": f"{NAME}/api",
                "uri": "http://api.dev",
                "template": {
                    "vpcAccess": {"connector": "x\ny", "egress": "\u001b[31m"},
                    "volumes": [{"cloudSqlInstance": {"instances": ["a", "p:r:B\n", ""]}}],
                },
            },
        ]
        found = ask_hostile(json.dumps({"services": services}).encode(), b"not json")
        assert [each.service.name for each in found.deployments] == ["api", "web"]
        assert all(each.url is None and not each.databases for each in found.deployments)
        assert found.deployments[0].connector is None
        tomllib.loads(configuration(guess(found, HOME)))


class TestCredentials:
    def likely(self, tmp_path, machine=None, **variables):
        return cloud.has_credentials(variables, tmp_path, machine or tmp_path / "none")

    def test_are_likely_where_the_variable_or_the_file_is(self, tmp_path):
        assert not self.likely(tmp_path)
        assert self.likely(tmp_path, GOOGLE_APPLICATION_CREDENTIALS="key.json")
        file = tmp_path / "gcloud" / "application_default_credentials.json"
        file.parent.mkdir()
        file.write_text("{}")
        assert self.likely(tmp_path, CLOUDSDK_CONFIG=str(file.parent))

    def test_are_likely_on_googles_machines(self, tmp_path):
        machine = tmp_path / "product_name"
        machine.write_text("Google Compute Engine\n")
        assert self.likely(tmp_path, machine)
        assert not self.likely(tmp_path, machine, NO_GCE_CHECK="true")
        machine.write_text("VirtualBox\n")
        assert not self.likely(tmp_path, machine)

    def test_the_region_has_an_address_of_its_own(self):
        where = cloud.environment("p", "europe-west1", {})
        assert where.endpoints.run == "https://europe-west1-run.googleapis.com"


MARKERS = {
    "pyproject.toml": '[tool.pytest.ini_options]\nmarkers = ["slow: takes time", "db(name): a"]\n',
    "pytest.ini": "[pytest]\nmarkers =\n    slow: takes time\n    db(name): a\n",
    "tox.ini": "[pytest]\nmarkers =\n    slow\n    db\n",
    "setup.cfg": "[tool:pytest]\nmarkers =\n    slow\n    db\n",
}


class TestMarkers:
    @pytest.mark.parametrize("file", list(MARKERS))
    def test_are_those_that_pytest_reads(self, file, tmp_path):
        (tmp_path / file).write_text(MARKERS[file])
        found = markers.facts(tmp_path).markers
        assert found == (Found("slow", file), Found("db", file))
        text = configuration(guess(Facts(markers=found), Facts()))
        assert f"2 pytest markers are registered in {file}" in text
        assert '# required = ["slow", "db"]' in text

    def test_one_is_one(self):
        text = configuration(guess(Facts(markers=(Found("slow", "pytest.ini"),)), Facts()))
        assert "1 pytest marker is registered in pytest.ini" in text

    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ("pyproject.toml", "[tool"),
            ("pyproject.toml", "[tool.pytest]\nini_options = 1"),
            ("pyproject.toml", "[tool.pytest.ini_options]\nmarkers = 3"),
            ("pyproject.toml", "[tool.pytest.ini_options]\nmarkers = [1, [2]]"),
            ("pytest.ini", "markers"),
            ("pytest.ini", "[tool:pytest]\nmarkers = slow"),
            ("setup.cfg", "[pytest]\nmarkers = slow"),
            ("tox.ini", "[pytest]\nmarkers =\n   : x\n   \x00\n"),
        ],
    )
    def test_are_none_where_there_are_none(self, file, text, tmp_path):
        (tmp_path / file).write_text(text)
        assert markers.facts(tmp_path).markers == ()
        assert "markers" not in configuration(guess(Facts(), Facts()))


def test_hosts_of_addresses_are_proposed_and_not_declared():
    addresses = (
        Found("https://staging.netra.dev/health", "deploy.yml:3"),
        Found("wss://api-staging.netra.dev/ws", "deploy.yml:4"),
        Found("https://x-abc-uc.a.run.app/health", "deploy.yml:5"),
    )
    text = configuration(guess(Facts(addresses=addresses), Facts()))
    assert '# canonical = ["api-staging.netra.dev", "staging.netra.dev"]' in text
    assert '# managed = ["netra.dev"]' in text
    assert "staging.netra.dev (deploy.yml:3)" in text
    table = text[text.index("# [environments.") :]
    uncommented = "\n".join(
        line.removeprefix("# ") for line in table.splitlines() if re.match(r"# (\[|\w+ = )", line)
    )
    (domains,) = [
        each["domains"]
        for each in tomllib.loads(uncommented)["environments"].values()
        if "domains" in each
    ]
    assert domains["retired"] == {"old.netra.dev": "api-staging.netra.dev"}
