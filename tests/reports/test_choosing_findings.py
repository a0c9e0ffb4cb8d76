from dataclasses import replace

import pytest
from explained_samples import finding, of_one, with_fingerprints
from report_samples import healthy, incident

from netra_validate.explanation.choosing import Chosen, choose, is_of_a_report
from netra_validate.explanation.finding import listing
from netra_validate.plan import UnknownName
from netra_validate.terminal import Display


class TestChoosing:
    @pytest.mark.parametrize("name", ["000002aa", "000002", "000002a", "000002AA", "000002A"])
    def test_a_fingerprint_or_its_beginning(self, name):
        made = with_fingerprints(incident())
        (chosen,) = choose(made, name)
        assert chosen.finding.fingerprint == "000002aa"
        assert chosen.finding in chosen.probe.findings

    def test_a_probe_stands_for_all_of_its_findings(self):
        made = incident()
        assert [each.finding for each in choose(made, "health/backend")] == list(
            made.probe("health/backend").findings
        )
        assert choose(made, "health/auth") == (Chosen(made.probe("health/auth"), None),)

    def test_two_probes_of_one_name_are_both_meant(self):
        made = incident()
        twice = replace(made, probes=made.probes * 2)
        assert len(choose(twice, "health/backend")) == 4

    @pytest.mark.parametrize(
        ("name", "found"),
        [
            ("health.bad-status", ["health/backend", "health/backend"]),
            ("health", ["health/backend", "health/backend"]),
            ("cloud-sql", ["cloud-sql/postgres"]),
        ],
    )
    def test_a_rule_or_a_check_stands_for_its_findings(self, name, found):
        chosen = choose(incident(), name)
        assert [each.probe.id for each in chosen] == found
        assert all(each.finding in each.probe.findings for each in chosen)

    def test_what_is_found_in_two_places_is_one_finding_by_its_fingerprint(self):
        made = with_fingerprints(incident())
        twice = replace(made, probes=made.probes * 2)
        assert [each.finding.fingerprint for each in choose(twice, "000002")] == ["000002aa"] * 2

    def test_no_name_is_not_that_of_what_has_no_fingerprint(self):
        made = of_one(replace(finding("health.slow"), fingerprint=""))
        with pytest.raises(UnknownName, match="there is no finding ''"):
            choose(made, "")

    def test_a_check_without_findings_stands_for_its_probes(self):
        assert {each.finding for each in choose(healthy(), "health")} == {None}

    @pytest.mark.parametrize(
        ("name", "told"),
        [
            ("00000", "'00000' is too short for a fingerprint, expected 6 characters or more"),
            ("ffffff", "there is no finding 'ffffff' in the report; expected a fingerprint"),
            ("health/backnd", "did you mean 'health/backend'?"),
            ("000002ab", "did you mean '000002aa'?"),
            ("", "there is no finding ''"),
            ("health.slow", "no finding of the rule 'health.slow' in the report; without --report"),
            ("health.bad-stat", "did you mean 'health.bad-status'?"),
        ],
    )
    def test_what_is_not_there_is_answered_with_what_is(self, name, told):
        with pytest.raises(UnknownName) as caught:
            choose(with_fingerprints(incident()), name)
        assert told in str(caught.value)

    def test_a_beginning_of_two_is_none(self):
        alike = (finding("health.slow", fingerprint=f"abcdef{n:02}") for n in range(7))
        with pytest.raises(UnknownName) as caught:
            choose(of_one(*alike), "abcdef")
        assert str(caught.value) == (
            "7 findings of the report begin with 'abcdef', expected more of the fingerprint:"
            " abcdef00, abcdef01, abcdef02, abcdef03, abcdef04 and 2 more"
        )

    def test_the_whole_of_one_is_not_the_beginning_of_another(self):
        two = (
            finding("health.slow", fingerprint="abcdef"),
            finding("health.slow", fingerprint="abcdef01"),
        )
        (chosen,) = choose(of_one(*two), "abcdef")
        assert chosen.finding is two[0]

    def test_a_report_without_findings_says_so(self):
        with pytest.raises(UnknownName, match="the report has none at all"):
            choose(healthy(), "abcdef")

    @pytest.mark.parametrize(
        ("name", "wanted"),
        [("health/backend", True), ("0a1b2c", True), ("health", False), ("facade", True),
         ("0A1B2C", True), ("/etc/passwd", False), ("../old", False),
         ("0a1b2", False), ("health.slow", False)],
    )  # fmt: skip
    def test_what_can_only_be_of_a_report_is_known(self, name, wanted):
        assert is_of_a_report(name) is wanted

    def test_a_listing_has_a_line_for_each(self):
        text = listing(with_fingerprints(incident()), Display(width=200))
        assert "✗ 000000aa  cloud-sql/postgres: staging-shared-postgres is SUSPENDED" in text
        assert len(text.splitlines()) == 5
        assert listing(healthy(), Display()) == "The report has no findings.\n"
