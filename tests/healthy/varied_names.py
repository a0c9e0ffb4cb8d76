"""Names of all kinds that are legal, and look odd."""

from __future__ import annotations

import string

from hypothesis import strategies as st

_LETTERS = string.ascii_lowercase
_WITHIN = f"{_LETTERS}{string.digits}-"


def cloud_names(longest: int) -> st.SearchStrategy[str]:
    """Names as Google Cloud allows them: plain, odd, and of the longest length that there is."""
    odd = ("a", "a--b", "failed-jobs", "error-service", "latest", "staging", "x-1-00042-abc", "api")
    usual = ("netra-backend", "netra-backend-staging", "netra-auth-service", "svc2", "frontend")
    free = st.text(_WITHIN, min_size=0, max_size=longest - 2).flatmap(
        lambda middle: st.tuples(
            st.sampled_from(_LETTERS), st.just(middle), st.sampled_from(_LETTERS + "09")
        ).map("".join)
    )
    full = st.sampled_from(_LETTERS).map(lambda letter: letter * longest)
    fitting = [each for each in (*odd, *usual) if len(each) <= longest]
    return st.one_of(st.sampled_from(fitting), free, full)


def keys() -> st.SearchStrategy[str]:
    """Names of tables in the configuration."""
    return st.sampled_from(
        ("backend", "auth", "frontend", "api_v2", "worker-1", "Main", "42", "staging", "service",
         "health", "db", "x" * 60)
    )  # fmt: skip


DOMAINS = ("netra.internal", "n.internal", "xn--mnchen-3ya.internal", "error-tracking.internal",
           f"{'l' * 63}.internal", "a-b.c-d.internal")  # fmt: skip
"""Of nobody: ICANN keeps ``.internal`` for private use. Names of RFC 2606 are not looked at."""
