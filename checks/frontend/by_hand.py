"""How to see a page by hand, and what its faults usually hide."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from netra_validate.by_hand import CURL, LOGS, SERVICE, ByHand, see

_ASK: Final = f"{CURL} {{endpoint}}"
_HEAD: Final = "curl -sS -I --max-time 30 {endpoint}"

RULES: Final[Mapping[str, ByHand]] = {
    "page": see(
        _ASK,
        SERVICE,
        hides="A frontend that is up and waits for the backend while it renders. Then the page's"
        " error is the backend's.",
    ),
    "asset-missing": see(
        _HEAD,
        hides="A page of one build with the files of another: two revisions with traffic, or a"
        " cache that keeps the page. For whoever loads it anew it works.",
    ),
    "asset-type": see(
        _HEAD,
        hides="A file that is missing, behind a server that answers the start page with 200. The"
        " browser says `unexpected token <`, and the build is blamed.",
    ),
    "build-mismatch": see(
        _ASK,
        SERVICE,
        hides="Traffic that is split, a deploy of one service only, or a cache. Errors come with"
        " some users and go when they reload.",
    ),
    "build-unknown": see(
        _ASK,
        hides="That nobody can tell which version users have. A deploy that did not take effect"
        " looks like one that did.",
    ),
    "runtime-config": see(
        _ASK,
        hides="A page that works with what was built in: on the developer's machine, or against"
        " another environment.",
    ),
    "host": see(
        _ASK,
        "nslookup {host}",
        hides="A variable that was set when the page was built and not where it runs. The service's"
        " own environment looks right.",
    ),
    "graphql": see(
        "curl -sS -i --max-time 30 -G --data-urlencode 'query={ __typename }' {endpoint}",
        LOGS,
        hides="One part of the schema that is not reached. Pages that cache go on showing old"
        " data.",
    ),
}
