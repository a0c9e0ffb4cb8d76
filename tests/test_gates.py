"""Whose words a refusal is in: Google's, or anybody's."""

import pytest

from netra_validate.gates import Gate, refused_at

GOOGLE_401 = (
    'Bearer error="invalid_token" error_description="The access token could not be verified"'
)
PAGE = "<html><title>{0}</title><h2>Your client does not have permission to {1}.</h2></html>"
ARMOR = "<!doctype html><meta charset=utf-8><title>403</title>403 Forbidden"


@pytest.mark.parametrize(
    ("headers", "body", "gate"),
    [
        ({}, PAGE.format("403 Forbidden", "get URL <code>/</code>"), Gate.ACCESS_CONTROL),
        ({}, PAGE.format("401", "the requested URL <code>/</code>"), Gate.ACCESS_CONTROL),
        ({"www-authenticate": GOOGLE_401}, "", Gate.ACCESS_CONTROL),
        ({"x-goog-iap-generated-response": "true"}, '{"error": 1}', Gate.IDENTITY_PROXY),
        ({}, "Invalid IAP credentials: empty token", Gate.IDENTITY_PROXY),
        ({"content-type": "text/html; charset=UTF-8"}, ARMOR, Gate.FIREWALL),
        # What applications answer: RFC 6750, section 3.1, asks for no body.
        ({"www-authenticate": 'Bearer error="invalid_token"'}, "", None),
        (
            {"www-authenticate": 'Bearer error="invalid_token", error_description="Jwt expired"'},
            "",
            None,
        ),
        ({"www-authenticate": GOOGLE_401, "content-type": "application/problem+json"}, "{}", None),
        ({"www-authenticate": GOOGLE_401.replace("ied", "ied.")}, "", None),
        ({}, '{"detail": "Your client does not have permission to get URL /"}', None),
        ({"server": "Google Frontend"}, "Forbidden", None),
        ({}, " " * 5000 + ARMOR, None),
        ({}, "", None),
    ],
)
def test_who_refused(headers, body, gate):
    assert refused_at(headers, body) is gate
