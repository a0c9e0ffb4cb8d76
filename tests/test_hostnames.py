"""What the configuration says of a host."""

import pytest

from netra_validate import Domains
from netra_validate.hostnames import Rulings, names, normal, spellings

DOMAINS = Domains(
    managed=("netra.example",),
    canonical=("staging.netra.example", "api-staging.netra.example"),
    retired={
        "api.staging.netra.example": "api-staging.netra.example",
        "*.staging.netra.example": "staging.netra.example",
    },
    allowed=("pr-*.staging.netra.example", "bücher.netra.example"),
)
RULINGS = Rulings(DOMAINS)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("staging.netra.example", "canonical"),
        ("STAGING.netra.example.", "canonical"),
        ("api.staging.netra.example", "retired"),
        ("a.b.staging.netra.example", "retired"),
        ("pr-7.staging.netra.example", "allowed"),
        ("other.netra.example", "unknown"),
        ("bücher.netra.example", "allowed"),
        ("netra.example", "unknown"),
        ("staging.netra.example.evil.example", "foreign"),
        ("xnetra.example", "foreign"),
        ("", "foreign"),
    ],
)
def test_standing(host, expected):
    assert RULINGS.of(normal(host)).standing == expected


def test_the_more_specific_replacement():
    def replacement(host):
        return RULINGS.of(host).replacement

    assert replacement("api.staging.netra.example") == "api-staging.netra.example"
    assert replacement("ws.staging.netra.example") == "staging.netra.example"
    assert replacement("staging.netra.example") == ""


def test_names_in_other_letters_are_compared_in_ascii():
    assert normal("BÜCHER.netra.example.") == "xn--bcher-kva.netra.example"
    assert RULINGS.of("xn--bcher-kva.netra.example").standing == "allowed"
    assert spellings("xn--bcher-kva.netra.example")[1] == "bücher.netra.example"


def test_a_star_within_a_label_stays_in_it():
    assert names("pr-*.example", "pr-7.example")
    assert not names("pr-*.example", "pr-7.a.example")
    assert names("*.example", "a.b.example")
    assert not names("*.example", "example")
