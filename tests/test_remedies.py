"""How remedies are built, and that the rules of all remedies have teeth."""

from dataclasses import replace

import pytest
import shown_fields
from real_gcloud import RealGcloud
from remedy_rules import faults
from remedy_witness import Counted, Witness, counts

from netra_validate import Rule, Service, Severity
from netra_validate.model import Command, Effect, Remediation, RevisionRef, Rollout
from netra_validate.plain_words import list_flag
from netra_validate.remedies import (
    NoUndo,
    changes,
    curl,
    gcloud,
    looks,
    read_logs,
    remedy,
    restarts,
    serve_latest,
    serve_only,
    update_service,
)
from netra_validate.roles import needed
from netra_validate.topology import CandidateService

WHERE = {"project": "p", "region": "us-central1"}
LOOK = looks(*gcloud("run", "services", "describe", "backend", **WHERE))
LISTED = gcloud("run", "revisions", "list", **WHERE)
MOVE = gcloud("run", "services", "update-traffic", "backend", "--to-latest", **WHERE)
BACK = gcloud("run", "services", "update-traffic", "backend", "--to-revisions=a=100", **WHERE)
MORE = gcloud("run", "services", "update", "backend", "--memory=1Gi", **WHERE)
LESS = gcloud("run", "services", "update", "backend", "--memory=512Mi", **WHERE)
SERVICE = ("gcloud", "run", "services", "describe", "backend")
TO = RevisionRef("p", "us-central1", "backend", "backend-0")
DOCS = "https://cloud.google.com/run/docs"


def patch(flag):
    return gcloud("sql", "instances", "patch", "x", flag, project="p")


def of(*commands, summary="Do it", docs=DOCS):
    return list(faults(remedy(summary, *commands, docs=docs)))


def deployed(asked, *, tag=None, times=1, beside=False, of=""):
    """A remedy that deploys, where this traffic is asked for."""
    rollout = Rollout("b-2", tuple(asked), beside, of)
    updates = [
        update_service(
            "b", (f"--max-instances={n}",), ("--max-instances=9",), "p", "r", tag=tag,
            rollout=rollout,
        )
        for n in range(1, times + 1)
    ]  # fmt: skip
    return remedy("Do it", LOOK, *updates, docs=DOCS)


class TestBuilding:
    def test_what_acts_says_everything(self):
        command = changes(MORE, LESS, risk="It may hurt")
        assert command == Command(
            MORE,
            Effect.CHANGES,
            LESS,
            risk="It may hurt",
            roles=("roles/run.developer", "roles/iam.serviceAccountUser"),
        )
        assert of(LOOK, command) == []

    def test_what_has_no_way_back_says_why(self):
        command = restarts(MOVE, NoUndo("It is gone"), risk="It may hurt")
        assert (command.effect, command.undo) == (Effect.RESTARTS, None)
        assert command.no_undo == "It is gone"

    @pytest.mark.parametrize("missing", ["undo", "risk"])
    def test_neither_undo_nor_risk_can_be_forgotten(self, missing):
        given = {"undo": BACK, "risk": "It may hurt"}
        del given[missing]
        with pytest.raises(TypeError, match=missing):
            changes(MOVE, **given)

    def test_traffic_goes_back_to_what_was_asked_for(self):
        split = (("LATEST", 50), ("backend-1", 50))
        command = serve_only(TO, split)
        assert "--to-revisions=backend-0=100" in command.argv
        assert "--to-revisions=LATEST=50,backend-1=50" in command.undo
        assert "backend-0" in command.risk
        latest = serve_only(TO, (("LATEST", 100),))
        assert "--to-latest" in latest.undo

    def test_a_revision_that_is_asked_for_twice_is_named_once(self):
        """As where a part of its traffic has a tag: gcloud would take the last share alone."""
        twice = (("backend-1", 30), ("backend-2", 40), ("backend-1", 30))
        assert "--to-revisions=backend-1=60,backend-2=40" in serve_only(TO, twice).undo

    def test_what_traffic_relies_on_is_told(self):
        latest = (("LATEST", 100),)
        assert serve_only(TO, latest).relies_on == (TO,)
        created = TO._replace(name="backend-2")
        assert serve_latest(TO, created, latest).relies_on == (TO, created)
        assert serve_latest(TO, TO, latest).relies_on == (TO,)

    def test_the_name_of_a_container_is_one_that_a_terminal_does_not_obey(self):
        made = update_service("b", ("--cpu=2",), ("--cpu=1",), "p", "r", containers=("a\x1b[31m",))
        assert not any("\x1b" in word for word in (*made.argv, *made.undo))
        assert any(word.startswith("--container=a") for word in made.argv)

    def test_of_a_candidate_the_log_of_its_revision_is_read_once_that_is_known(self):
        known = CandidateService(key="b", cloud_run="backend", tag="next", revision="b-2")
        assert any('revision_name="b-2"' in word for word in read_logs(known, "p", "r"))
        unknown = CandidateService(key="b", cloud_run="backend", tag="next")
        plain = Service(key="b", cloud_run="backend")
        assert read_logs(unknown, "p", "r") == read_logs(plain, "p", "r")

    def test_a_candidate_is_deployed_beside_the_traffic(self):
        flags, undo = ("--memory=1Gi",), ("--memory=512Mi",)
        aside = update_service("backend", flags, undo, "p", "r", tag="new", risk="it costs more")
        assert aside.effect is Effect.CHANGES
        assert {"--no-traffic", "--tag=new"} <= set(aside.argv) & set(aside.undo)
        assert "tag" in aside.risk
        assert aside.risk.endswith("; it costs more")
        live = update_service("backend", flags, NoUndo("It is gone"), "p", "r")
        assert (live.effect, live.no_undo) == (Effect.RESTARTS, "It is gone")
        assert "takes all traffic" in live.risk

    @pytest.mark.parametrize("tag", ["", "new"])
    def test_what_is_kept_without_traffic_stays_so(self, tag):
        made = deployed([("b-1", 100)], beside=True, of=tag)
        assert (made.summary, made.unmoved) == ("Do it", None)
        (update,) = made.commands[1:]
        assert update.effect is Effect.CHANGES
        for argv in (update.argv, update.undo):
            placed = [word for word in argv if word.startswith(("--no-traffic", "--tag"))]
            assert placed == (["--no-traffic", f"--tag={tag}"] if tag else [])
        assert ("takes over the tag" if tag else "gets no traffic by itself") in update.risk
        assert list(faults(made)) == []

    @pytest.mark.parametrize(
        ("asked", "undo", "risk"),
        [
            ([("b-1", 100)], "--to-revisions=b-1=100", "gets no traffic by itself"),
            ([("b-1", 60), ("LATEST", 40)], "--to-revisions=b-1=60,LATEST=40", "takes the 40 %"),
        ],
    )
    def test_where_traffic_goes_by_name_there_is_a_second_step(self, asked, undo, risk):
        made = deployed(asked)
        update, move = made.commands[1:]
        assert (update.argv[3:5], move.argv[3:6]) == (
            ("update", "b"), ("update-traffic", "b", "--to-latest"),
        )  # fmt: skip
        assert risk in update.risk
        # What gets no traffic by itself interrupts nobody.
        assert update.effect is (Effect.CHANGES if "no traffic" in risk else Effect.RESTARTS)
        assert undo in move.undo
        assert "where the new one is not" in move.risk
        assert made.summary == f"{made.unmoved}: send it there once it is ready"
        assert made.unmoved.startswith("Do it; traffic is pinned to named revisions")
        assert list(faults(made)) == []

    @pytest.mark.parametrize(
        ("asked", "tag"), [([("LATEST", 100)], None), ([], None), ([("b-1", 100)], "candidate")]
    )
    def test_else_there_is_none(self, asked, tag):
        made = deployed(asked, tag=tag)
        assert (made.summary, made.unmoved, len(made.commands)) == ("Do it", None, 2)
        assert list(faults(made)) == []

    def test_two_deployments_share_it(self):
        assert [each.argv[3] for each in deployed([("b-1", 100)], times=2).commands] == [
            "describe", "update", "update", "update-traffic",
        ]  # fmt: skip

    def test_flags_of_containers_come_last(self, real):
        rollout = Rollout("b-2", (("b-1", 100),))
        flag = ("--remove-env-vars=X",)
        command = update_service(
            "b", flag, NoUndo("It is gone"), "p", "r", rollout=rollout, containers=("a", "w")
        )
        assert command.argv[5:] == (
            "--region=r", "--project=p",
            "--container=a", "--remove-env-vars=X", "--container=w", "--remove-env-vars=X",
        )  # fmt: skip
        assert list(faults(remedy("Do it", LOOK, command, docs=DOCS), real.problem)) == []
        other = (*command.argv, "--tag=x")
        assert "--tag is none of a container" in str(of(LOOK, replace(command, argv=other)))

    @pytest.mark.parametrize("name", ["a-00041-token", "a-new-secret", "sk-storefront-b-prod"])
    def test_a_name_like_a_secret_is_a_name(self, name):
        move = serve_only(TO._replace(name=name), (("LATEST", 90), (name, 10)))
        assert f"--to-revisions={name}=100" in move.argv
        assert f"--to-revisions=LATEST=90,{name}=10" in move.undo

    @pytest.mark.parametrize(
        "name",
        [
            "a,b",
            "a\nb",
            "a\x1b[2Jb",
            "$(id)",
            "a b",
            "it's",
            "^;^a;b",
            "%PATH%",
            "[a]",
            "\u202eb",
        ],
    )
    def test_no_command_acts_on_a_name_that_could_be_read_as_another(self, name):
        move = serve_only(TO._replace(name=name), (("LATEST", 100),))
        back = serve_only(TO, ((name, 90), ("a-1", 10)))
        found = remedy("Do it", LOOK, move, back)
        assert found.commands == (LOOK,)
        assert found.summary.startswith("Do it; do it in the console")

    def test_nor_where_the_next_step_could(self):
        assert deployed([("a b", 100)]).commands == (LOOK,)

    def test_a_list_is_one_to_gcloud_as_well(self, real):
        word = list_flag("--remove-env-vars", ["A,B", "C"])
        assert real.problem(gcloud("run", "services", "update", "b", word, **WHERE)) is None
        assert word == "--remove-env-vars=^;;^A,B;;C"
        assert list_flag("--remove-env-vars", ["A", "B"]) == "--remove-env-vars=A,B"

    def test_programs_that_are_given_a_text_take_it(self):
        psql = changes(
            ("psql", "-c", "SELECT pg_terminate_backend(1), 'a b'"), NoUndo("No"), risk="R"
        )
        assert remedy("Do it", psql).commands == (psql,)

    def test_a_long_list_is_whole(self):
        networks = ",".join(f"203.0.{i}.{j}/32" for i in range(3) for j in range(40))
        assert f"--authorized-networks={networks}" in patch(f"--authorized-networks={networks}")

    def test_no_word_moves_the_cursor(self):
        words = (*gcloud("run", "a\x1b[2Jb\u202e"), *curl("https://a.example/\x1b[2J"))
        assert all(word.isprintable() for word in words)

    @pytest.mark.parametrize(
        ("url", "is_pattern"),
        [
            ("https://a.example/health?filter[status]=db", True),
            ("https://a.example/{id}", True),
            ("http://[::1]:8080/a?b[]=c", True),
            ("http://[::1]:8080/health", False),
            ("https://a.example/health", False),
        ],
    )
    def test_curl_takes_an_address_as_it_is(self, url, is_pattern):
        assert ("-g" in curl(url)) is is_pattern
        assert of(looks(*curl(url)), docs=None) == []


class TestRoles:
    @pytest.mark.parametrize(
        ("argv", "effect", "roles"),
        [
            (LOOK.argv, Effect.READS, ("roles/run.viewer",)),
            (patch("--tier=x"), Effect.RESTARTS, ("roles/cloudsql.editor",)),
            (patch("--tier=x"), Effect.READS, ("roles/cloudsql.viewer",)),
            (("gcloud", "projects", "get-iam-policy", "p"), Effect.READS, ("roles/browser",)),
            (("gcloud", "unheard", "of"), Effect.CHANGES, ()),
            (("curl", "https://a.example"), Effect.READS, ()),
            ((), Effect.READS, ()),
        ],
    )
    def test_the_narrowest_known_path_counts(self, argv, effect, roles):
        assert needed(argv, effect) == roles

    def test_logs_are_asked_of_cloud_logging_alone(self):
        argv = gcloud("run", "services", "logs", "read", "backend", **WHERE)
        assert needed(argv, Effect.READS) == ("roles/logging.viewer",)

    def test_who_runs_a_job_asks_for_its_execution_too(self):
        argv = gcloud("run", "jobs", "execute", "migration", **WHERE)
        assert needed(argv, Effect.CHANGES) == ("roles/run.jobsExecutor", "roles/run.viewer")


class TestRules:
    @pytest.mark.parametrize(
        ("commands", "said"),
        [
            ([changes(MOVE, BACK, risk="It may hurt")], "nothing looks before"),
            ([LOOK, changes(MOVE, BACK, risk="It may hurt"), LOOK], "comes after one that changes"),
            ([LOOK, Command(MOVE, Effect.CHANGES, BACK, roles=("r",))], "has no risk"),
            ([LOOK, Command(MOVE, Effect.CHANGES, BACK, risk="It may hurt")], "names no role"),
            ([LOOK, Command(MOVE, Effect.CHANGES, risk="X", roles=("r",))], "neither an undo nor"),
            ([LOOK, changes(MOVE, BACK, risk="it may hurt.")], "no sentence"),
            ([looks(*MOVE)], "is said to be one that reads"),
            ([LOOK, changes(MOVE, BACK, risk="It may hurt")], "does not tell to which revision"),
            ([LOOK, serve_only(TO, ())], "nothing to say where no traffic is to move"),
            ([changes(LISTED, BACK, risk="It may hurt")], "is said to be one that changes"),
            ([Command(LOOK.argv, undo=BACK, roles=("r",))], "has more to say"),
            (
                [looks("gcloud", "secrets", "versions", "access", "1", "--secret=s")],
                "neither known",
            ),
            ([looks("gcloud", "auth", "print-access-token")], "neither known"),
            ([looks("gcloud", "sql", "instances", "describe", "b", "--format=json")], "never"),
            *(
                ([looks("gcloud", *path.split(), "b", *flags)], f"it shows {fields[0]}")
                for path, fields in shown_fields.BEARING.items()
                for flags in ((), ("--format=json",))
            ),
            ([looks(*SERVICE, "--format=yaml(spec.template.spec)")], "containers.env.value"),
            (
                [looks(*SERVICE, "--format=value(spec.template.spec.containers[0].env.value)")],
                "containers.env.value",
            ),
            (
                [looks(*SERVICE, "--format=yaml(metadata.annotations,status)")],
                "build-environment-variables",
            ),
            ([looks("gcloud", "run", "services", "explode", "b")], "no command"),
            ([looks("gcloud", "run", "services", "describe", "b", "--regoin=x")], "no flag"),
            ([looks("rm", "-rf", "/")], "no known programme"),
            ([looks("curl", "-k", "https://a.example")], "-k is not allowed"),
            ([looks("curl", "-X", "DELETE", "https://a.example")], "may change something"),
            ([looks("curl", "-H", "Authorization: Bearer x", "https://a")], "a credential"),
        ],
    )
    def test_what_a_remedy_must_not_be(self, commands, said):
        assert said in " / ".join(of(*commands))

    @pytest.mark.parametrize(
        "words",
        [
            ("sql", "instances", "patch", "x", "--authorized-networks=0.0.0.0/0"),
            ("sql", "instances", "patch", "x", "--authorized-networks=10.0.0.1/0"),
            ("sql", "instances", "patch", "x", "--no-deletion-protection"),
            ("sql", "instances", "patch", "x", "--no-backup"),
            ("sql", "instances", "patch", "x", "--no-require-ssl"),
            ("sql", "instances", "patch", "x", "--ssl-mode=ALLOW_UNENCRYPTED_AND_ENCRYPTED"),
            ("sql", "instances", "patch", "x", "--assign-ip"),
            ("run", "services", "update", "x", "--ingress=all"),
            ("run", "services", "update", "x", "--no-invoker-iam-check"),
            ("run", "services", "update", "x", "--update-env-vars=KEY=value"),
            ("run", "services", "add-iam-policy-binding", "x", "--member=allUsers", "--role=r"),
            ("run", "services", "add-iam-policy-binding", "x", "--member=m", "--role=roles/owner"),
            ("compute", "networks", "vpc-access", "connectors", "delete", "x", "--quiet"),
            ("compute", "firewall-rules", "create", "x", "--allow=tcp"),
            ("sql", "instances", "delete", "x"),
        ],
    )
    @pytest.mark.parametrize("as_undo", [False, True])
    def test_nothing_is_opened_switched_off_or_deleted_even_to_undo(self, words, as_undo):
        bad = gcloud(*words, project="p")
        pair = (MOVE, bad) if as_undo else (bad, BACK)
        told = " / ".join(of(LOOK, changes(*pair, risk="It may hurt")))
        assert any(said in told for said in ("is not allowed", "never", "neither known", "wide"))
        assert " ".join(bad) in told

    @pytest.mark.parametrize(
        ("wording", "said"),
        [
            ({"summary": "do it"}, "no sentence"),
            ({"summary": "Do it."}, "no sentence"),
            ({"docs": None}, "no documentation"),
            ({"docs": "see above"}, "no address"),
        ],
    )
    def test_its_texts(self, wording, said):
        assert said in " / ".join(of(LOOK, **wording))


@pytest.fixture(scope="module")
def real():
    real = RealGcloud()
    if real.root is None:
        pytest.skip("gcloud is not installed")
    yield real
    real.close()


class TestRealGcloud:
    def test_it_takes_what_is_right(self, real):
        assert [real.problem(argv) for argv in (LOOK.argv, MOVE, BACK)] == [None] * 3

    @pytest.mark.parametrize(
        ("argv", "said"),
        [
            ((*MOVE, "--to-revisions=a=100"), "At most one of"),
            ((*MOVE, "--to-moon"), "unrecognized arguments: --to-moon"),
            (patch("--activation-policy=sometimes"), "Invalid choice"),
            (("gcloud", "sql", "instances", "patch"), "Must be specified"),
            (("gcloud", "run", "services", "explode"), "Invalid choice: 'explode'"),
        ],
    )
    def test_it_refuses_what_is_wrong_and_goes_on(self, real, argv, said):
        assert said in real.problem(argv)
        assert real.problem(LOOK.argv) is None


class TestWitness:
    def test_it_judges_what_a_rule_was_given_and_counts_it(self):
        rule = Rule(Severity.ERROR, "It is broken", help="It is.")
        rule.id = "c.r"
        built_by = Rule.finding
        witness = Witness()
        try:
            good = remedy("Do it", LOOK, changes(MORE, LESS, risk="It may hurt"), docs=DOCS)
            rule.finding("it is broken", remedy=good)
            assert witness.faults() == []
            rule.finding("it is broken", remedy=Remediation("do it"))
            assert witness.faults() == ["c.r: 'do it' is no sentence without its full stop"]
            assert witness.faults() == []
            by_argv = {each.argv: each for each in witness.counted()}
        finally:
            witness.close()
        assert set(by_argv) == {LOOK.argv, MORE}
        assert by_argv[MORE].explained
        assert by_argv[MORE].in_gcloud in {True, None}
        assert Rule.finding is built_by

    def test_the_counts(self):
        def seen(name, effect, *right):
            undo = ("gcloud", "undo") if "undo" in right else None
            explained, in_tree, in_gcloud = (each in right for each in ("risk", "tree", "real"))
            return Counted(("gcloud", name), effect, undo, explained, in_tree, in_gcloud)

        every = {
            seen("a", "reads", "tree", "real"),
            seen("b", "changes", "undo", "risk", "tree"),
            seen("d", "restarts", "real"),
        }
        assert list(counts(every)) == [
            "3 distinct gcloud commands, 2 in the list",
            "2 taken by the installed gcloud",
            "2 change something, 1 with risk, role and undo or the reason why there is none",
            "1 of them have an undo command",
        ]
