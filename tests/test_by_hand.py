"""How to see by hand what each rule is about: there is something for all, and it only looks."""

import pytest
from by_hand_rules import SAMPLES, faults
from real_gcloud import RealGcloud

from netra_validate import Check, Plane, Repository, Rule, Severity, registry
from netra_validate.by_hand import MEANINGS, ByHand, filled, placeholders, see

CHECKS = registry.load().checks
GRAVE = [
    pytest.param(check, rule, id=rule.id)
    for check in CHECKS.values()
    for rule in check.rules.values()
    if rule.severity is not Severity.NOTE
]
"""Every built-in rule that can be an error or a warning."""

NAMES = {
    "service": {"service", "revision"},
    "database": {"instance"},
    "connector": {"connector"},
}
"""What a command about one kind of resource may name."""


@pytest.fixture(scope="module")
def gcloud():
    real = RealGcloud()
    yield real
    real.close()


class TestEveryRule:
    @pytest.mark.parametrize(("check", "rule"), GRAVE)
    def test_it_can_be_seen_by_hand_and_hides_something(self, check, rule):
        told = check.by_hand()[rule.name]
        assert told.every
        assert told.hides.endswith(".")
        assert not told.hides[0].islower()
        assert told.hides not in rule.help

    @pytest.mark.parametrize(("check", "rule"), GRAVE)
    def test_it_says_what_it_means_and_last_how_to_mend(self, check, rule):
        means, label, mending = rule.help.partition("To mend: ")
        assert means.strip()
        assert label
        assert mending.endswith(".")
        assert not mending[0].isupper() or mending.split()[0].isupper()

    @pytest.mark.parametrize("name", list(CHECKS))
    def test_its_commands_only_look(self, name, gcloud):
        check = CHECKS[name]
        told = check.by_hand()
        assert told.keys() <= check.rules.keys()
        commands = {argv for each in told.values() for argv in each.every}
        wrong = [
            f"{' '.join(argv)}: {fault}"
            for argv in sorted(commands)
            for fault in faults(argv, gcloud.problem)
        ]
        assert wrong == []

    @pytest.mark.parametrize(("check", "rule"), GRAVE)
    def test_a_command_for_one_kind_is_about_that_kind(self, check, rule):
        told = check.by_hand()[rule.name]
        assert told.of_kind.keys() <= {kind.kind for kind in check.kinds()}
        for kind, commands in told.of_kind.items():
            assert commands
            assert placeholders(commands) <= NAMES[kind] | {"project", "region"}
            assert set(told.looking_at(kind)) == {*commands, *told.commands}

    def test_no_placeholder_is_without_use_or_meaning(self):
        used = {
            name
            for check in CHECKS.values()
            for told in check.by_hand().values()
            for name in placeholders(told.every)
        }
        assert used == MEANINGS.keys() == SAMPLES.keys()

    @pytest.mark.parametrize("programme", ["curl", "gcloud", "git", "pg_isready", "psql"])
    def test_every_programme_has_its_rules(self, programme):
        assert any(
            argv[0] == programme
            for check in CHECKS.values()
            for told in check.by_hand().values()
            for argv in told.every
        )


class TestTheRulesOfCommandsHaveTeeth:
    @pytest.mark.parametrize(
        ("line", "fault"),
        [
            ("gcloud run services delete {service} --region={region}", "not known to look"),
            (
                "gcloud run services describe {service} --format='yaml(spec.template)'",
                "shows spec.template.spec.containers.env.value",
            ),
            (
                "gcloud run revisions describe {revision} --format='value(spec.containers[].env)'",
                "shows spec.containers.env.value",
            ),
            ("gcloud run jobs describe {job} --format=json", "shows spec.template.spec.template"),
            ("gcloud sql instances describe {instance} --colour=red", "no flag --colour"),
            ("gcloud sql instances list --quiet", "never to be said"),
            ("gcloud secrets versions access 1 --secret={secret}", "never to be said"),
            ("curl -X POST {endpoint}", "-X POST is not allowed"),
            ("curl -L {endpoint}", "-L is not allowed"),
            ("curl -H 'Authorization: Bearer abc' {endpoint}", "it carries a credential"),
            ("curl -o /etc/passwd {endpoint}", "-o /etc/passwd is not allowed"),
            ("psql 'host={db_host}' --command='delete from users'", "is not allowed"),
            ("psql 'host={db_host}' --command='select 1; drop table users'", "is not allowed"),
            ("openssl s_client -connect {host}:443", "waits for what is typed"),
            ("curl -i {endpoint}", "quiet but for errors, and to end"),
            ("python -c 'print(1)' {file}", "-c print(1) is not allowed"),
            ("git push", "push is not known to look"),
            ("python -m pip", "-m pip is not allowed"),
            ("rm {file}", "no known programme"),
        ],
    )
    def test_what_is_wrong_is_said(self, line, fault):
        (argv,) = see(line, hides="").commands
        assert any(fault in each for each in faults(argv))


class TestCommands:
    def test_a_line_is_read_as_a_shell_reads_it(self):
        told = see("psql 'host={db_host} port=1' --command='select 1'", hides="A name.")
        assert told == ByHand(
            (("psql", "host={db_host} port=1", "--command=select 1"),), hides="A name."
        )

    @pytest.mark.parametrize("line", ["curl {adress}", "curl 'x", "curl {_}{colour}"])
    def test_a_line_that_is_wrong_is_refused(self, line):
        with pytest.raises(ValueError, match=r"adress|colour|quotation"):
            see(line, hides="")

    def test_what_is_known_is_filled_in_and_the_rest_stays(self):
        commands = see("curl {url}{file}", "curl -w '%{http_code}' {url}", hides="").commands
        assert list(filled(commands, {"url": "https://a.example"})) == [
            ("curl", "https://a.example{file}"),
            ("curl", "-w", "%{http_code}", "https://a.example"),
        ]
        assert placeholders(commands) == {"url", "file"}

    def test_two_that_become_the_same_are_told_once(self):
        commands = see("nslookup {host}", "nslookup {address}", hides="").commands
        assert list(filled(commands, {"host": "a", "address": "a"})) == [("nslookup", "a")]

    def test_a_number_with_colons_stands_in_brackets_where_a_port_follows(self):
        commands = see("curl https://{host}:{port}/", "ping {host}", hides="").commands
        assert list(filled(commands, {"host": "::1", "port": "443"})) == [
            ("curl", "https://[::1]:443/"),
            ("ping", "::1"),
        ]

    @pytest.mark.parametrize("address", ["127.0.0.1", "203.0.113.7", "::1"])
    def test_no_address_is_looked_up(self, address):
        commands = see("nslookup {host}", "curl {url}", hides="").commands
        assert list(filled(commands, {"host": address})) == [("curl", "{url}")]
        assert len(list(filled(commands, {"host": "127.0.0.1.example"}))) == 2

    def test_what_looks_at_one_kind_comes_first(self):
        told = see("nslookup {host}", hides="", of_kind={"service": ["curl {url}"]})
        assert told.looking_at("service") == (("curl", "{url}"), ("nslookup", "{host}"))
        assert told.looking_at("host") == (("nslookup", "{host}"),)

    def test_so_does_one_in_the_place_of_an_address(self):
        commands = see("curl http://{address}/", "ping {address}", hides="").commands
        assert list(filled(commands, {"address": "::1"})) == [
            ("curl", "http://[::1]/"),
            ("ping", "::1"),
        ]

    def test_the_option_for_what_is_no_pattern_is_given_once(self):
        for line in ("curl {url} {endpoint}", "curl -g {endpoint}"):
            (argv,) = filled(see(line, hides="").commands, {"url": "http://a/[", "endpoint": "]"})
            assert argv.count("-g") == 1

    def test_a_value_is_not_read_again(self):
        commands = see("curl {url} {host}", hides="").commands
        assert list(filled(commands, {"url": "x{host}", "host": "a"})) == [
            ("curl", "-g", "x{host}", "a")
        ]

    def test_what_a_report_may_not_tell_stays_in_braces(self):
        commands = see("curl -sS {endpoint}", hides="").commands
        asked = "https://a.example/?key=[redacted]"
        assert list(filled(commands, {"endpoint": asked})) == [("curl", "-sS", "{endpoint}")]

    def test_an_address_is_no_pattern(self):
        commands = see("curl -sS {endpoint}", "nslookup {endpoint}", hides="").commands
        assert list(filled(commands, {"endpoint": "https://a.example/?b[c]=d"})) == [
            ("curl", "-g", "-sS", "https://a.example/?b[c]=d"),
            ("nslookup", "https://a.example/?b[c]=d"),
        ]


class Bridges(Check[Repository]):
    """Bridges carry."""

    id = "bridges"
    plane = Plane.SOURCE

    down = Rule(
        Severity.ERROR, "Down", help="Up.", by_hand=see("nslookup {host}", hides="A river.")
    )
    old = Rule(Severity.ERROR, "Old", help="New.")

    async def run(self, resource, ctx):
        yield


def test_a_small_check_has_them_in_its_rules():
    assert Bridges.by_hand() == {"down": Bridges.down.by_hand}
    assert Bridges.down.by_hand.hides == "A river."
