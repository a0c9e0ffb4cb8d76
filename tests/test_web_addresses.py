"""What a report may link to."""

import pytest

from netra_validate.web_addresses import LONGEST, to_follow


@pytest.mark.parametrize(
    "address",
    ["https://cloud.google.com/sql/docs", "http://localhost:8080/a?b=c#d", "https://[::1]/"],
)
def test_addresses_on_the_web(address):
    assert to_follow(address) == address


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "javascript:alert(1)",
        "data:text/html,x",
        "https:/path",
        "https://:443/",
        "//host/path",
        "https://a b/",
        "https://a\n/",
        "https://\x1b[31m/",
        "https://\u202egro.elgoog/",
        "https://[broken/",
        "https://a/" + "x" * LONGEST,
    ],
)
def test_everything_else_is_text(text):
    assert to_follow(text) is None
