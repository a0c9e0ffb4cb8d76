"""What the configuration says of a host."""

import pytest

from netra_validate import Domains
from netra_validate.host_standing import replacement, standing

DOMAINS = Domains(
    managed=("netra.example",),
    canonical=("staging.netra.example", "api-staging.netra.example"),
    retired={
        "api.staging.netra.example": "api-staging.netra.example",
        "*.staging.netra.example": "staging.netra.example",
    },
    allowed=("pr-*.staging.netra.example",),
)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("staging.netra.example", "canonical"),
        ("STAGING.netra.example.", "canonical"),
        ("api.staging.netra.example", "retired"),
        ("a.b.staging.netra.example", "retired"),
        ("pr-7.staging.netra.example", "allowed"),
        ("other.netra.example", "unknown"),
        ("netra.example", "unknown"),
        ("staging.netra.example.evil.example", "foreign"),
        ("xnetra.example", "foreign"),
        ("", "foreign"),
    ],
)
def test_standing(host, expected):
    assert standing(host, DOMAINS) == expected


def test_the_more_specific_replacement():
    assert replacement("api.staging.netra.example", DOMAINS) == "api-staging.netra.example"
    assert replacement("ws.staging.netra.example", DOMAINS) == "staging.netra.example"
    assert replacement("staging.netra.example", DOMAINS) is None
