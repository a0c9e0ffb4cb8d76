"""What a careful person would name as root causes where two scenarios meet. Data, and its reasons.

Written from what the scenarios break, not from the rules of the checks. Two faults are two causes,
unless one is what anybody would see who suffers from the other: a service that says that it has no
database, while the database is stopped.
"""

NO_DATABASE = frozenset(
    {"database-missing", "database-stopped", "database-suspended", "database-detached",
     "database-wrong-network", "connector-missing", "connector-down", "connector-detached",
     "connector-wrong-network", "connections-used-up", "postgres-refused", "connector-refused",
     "incident-1278"}
)  # fmt: skip
"""Nobody who needs the database gets to it."""

DOUBTFUL = frozenset(
    {
        "database-disk-full",
        "database-disk-unseen",
        "connection-budget",
        "connector-renamed",
        "connector-other-egress",
        "connector-saturated",
    }
)
"""Faults that need not take the database away, and are what one would mend first if it is away."""

NOT_WRITABLE = frozenset({"read-only", "in-recovery"})

NO_NETWORK = frozenset(
    {
        "connector-missing",
        "connector-down",
        "connector-detached",
        "connector-wrong-network",
        "incident-1278",
    }
)

NO_INSTANCE = frozenset(
    {"missing-module", "memory-limit", "secret-version-disabled", "container-exits"}
)
"""The backend's instances do not start, or do not last."""

NOT_DEPLOYED = frozenset({"service-missing", "routes-not-ready"})

NOT_LED_TO = frozenset({"load-balancer-missing", "no-route", "wrong-neg-service"})
"""What clients ask does not come to the backend."""

NOT_PASSED_ON = frozenset({"backends-unhealthy", "gateway-before-backend", "health-check-path"})
"""The load balancer answers 502 or 503 itself for the backend."""

NO_RIGHT_OF_AUTH = frozenset(
    {"role-missing", "secret-access-missing", "expired-grant", "database-without-private-address"}
)
"""The auth service alone does not get to its database, or to what it signs in with."""

LOCKED = frozenset({"blocked-session", "advisory-lock-held"})

BAD_VALUES = frozenset(
    {"placeholder-value", "localhost-value", "whitespace-in-value", "required-name-missing"}
)
"""Variables of the backend without which it may not start. None of them is about the database."""

ILL_BACKEND = frozenset(
    {"health-503", "health-hangs", "health-initializing", "health-degraded",
     "health-unhealthy-200", "health-in-part", "candidate-mends"}
)  # fmt: skip

SPEAKS_OF_DATABASE = NO_DATABASE | DOUBTFUL

_LED_ASTRAY = NOT_DEPLOYED | NOT_LED_TO | {"wrong-route", "address-mismatch"}

FOLLOWS = {
    # The backend's answer says that it has no database.
    "health-503": SPEAKS_OF_DATABASE,
    "candidate-mends": SPEAKS_OF_DATABASE,
    "health-unhealthy-200": SPEAKS_OF_DATABASE,
    "database-timeout-in-logs": SPEAKS_OF_DATABASE,
    "database-validation-timeout": SPEAKS_OF_DATABASE,
    # It says that it is not well, or one part of it does, and not why.
    "health-in-part": NO_DATABASE | NOT_WRITABLE,
    "health-initializing": NO_DATABASE | NOT_WRITABLE,
    "health-degraded": NO_NETWORK | {"connector-saturated"},
    # It says nothing at all. Where no route or no service is, somebody else says so at once.
    "health-hangs": NO_DATABASE
    | NOT_WRITABLE
    | NO_INSTANCE
    | NOT_PASSED_ON
    | {"service-cpu-full"},
    # Instances without CPU keep their requests, until all instances have their hands full.
    "service-overrun": frozenset({"service-cpu-full"}),
    # Somebody else answers.
    "health-html": _LED_ASTRAY,
    "health-wrong-service": _LED_ASTRAY,
    "health-redirected": _LED_ASTRAY | {"retired-host-in-value"},
    # The program itself refuses: nothing keeps the request from it.
    "websocket-503": NO_DATABASE | NOT_WRITABLE | ILL_BACKEND,
    "websocket-page": _LED_ASTRAY | {"health-wrong-service", "health-html", "health-redirected"},
    # It is taken, and then the program says that it cannot.
    "websocket-closes-1011": NO_DATABASE | NOT_WRITABLE | ILL_BACKEND,
    "websocket-flaky": NO_DATABASE | NOT_WRITABLE | ILL_BACKEND,
    "websocket-no-pong": NO_DATABASE | NOT_WRITABLE | ILL_BACKEND,
    "websocket-keeps-restarting": frozenset({"memory-limit", "container-exits"}),
    "websocket-403": frozenset({"health-forbidden"}),
    # Errors of the auth service's own.
    "login-broken": NO_DATABASE
    | NOT_WRITABLE
    | NO_RIGHT_OF_AUTH,
    "token-crashes": NO_DATABASE
    | NOT_WRITABLE
    | NO_RIGHT_OF_AUTH,
    # Where there is no load balancer, or the name of all services leads past it, whatever is found
    # at their addresses is somebody else's.
    **dict.fromkeys(
        ["page-missing", "asset-missing", "asset-wrong-type", "runtime-config-missing",
         "oidc-missing", "jwks-unreadable"],
        frozenset({"load-balancer-missing", "address-mismatch"}),
    ),
    # What the host presents is what the load balancer has for it: one certificate, seen from both
    # sides, and mended at the load balancer. Where the name leads past it, or there is none, it is
    # another server's. One for other names, or none at all, is no expired one.
    "certificate-expired": frozenset(
        {"certificate-not-renewed", "certificate-provisioning", "certificate-failed",
         "certificate-map-failed", "address-mismatch", "load-balancer-missing"}
    ),
    # The job is the one that migrates.
    **dict.fromkeys(
        ["schema-behind", "schema-disagrees"], frozenset({"job-failed", "job-missing"})
    ),
    "connections-used-up": frozenset({"connection-budget"}),
    "postgres-refused": frozenset(
        {"database-missing", "database-stopped", "database-suspended", "database-disk-full",
         "connector-missing", "connector-down",
         "database-disk-unseen", "connector-saturated", "incident-1278", "connector-wrong-network"}
    ),
    "connector-refused": frozenset(
        {"database-missing", "database-stopped", "database-suspended", "database-disk-full",
         "connector-missing", "connector-down",
         "database-disk-unseen", "connector-saturated", "incident-1278", "connector-wrong-network"}
    ),
    "database-wrong-network": frozenset({"connector-renamed", "connector-wrong-network"}),
    "redirect-mismatch": frozenset({"retired-host-in-value"}),
    # A new revision waits for what its log, a lock, a secret or a variable keeps from it. What the
    # log of the one that serves says is not its own: it logged nothing of the kind.
    "roll-out-stuck": NO_DATABASE
    | LOCKED
    | BAD_VALUES
    | {"secret-version-disabled", "port-mismatch", "missing-module-in-new-image",
       "database-timeout-in-logs", "database-validation-timeout", "whitespace-in-secret",
       "schema-behind", "schema-disagrees"},
}  # fmt: skip
"""For each scenario that is a symptom the scenarios that it follows from."""

_BUDGET = (
    "a person would name both: that nothing listens is no sign of too many connections. All that is"
    " known of an unreachable database is that it is; the budget is named, and seen to be no answer"
)

_UNSEEN = (
    "a person who knows both faults would name both. Without a connector that works nobody can see"
    " which network it would lead to: the other fault shows when this one is mended"
)

ARGUED = {
    ("connection-budget", "postgres-refused"): _BUDGET,
    ("connection-budget", "connector-refused"): _BUDGET,
    ("database-wrong-network", "connector-missing"): _UNSEEN,
    ("database-wrong-network", "connector-detached"): _UNSEEN,
}
"""Pairs in which the diagnosis and the person do not agree, and why we leave it so."""


def expected(names, roots):
    """The root causes of several scenarios at once.

    Args:
        names: of the scenarios.
        roots: for each scenario the root causes when it is alone.
    """
    kept = [roots[each] for each in names if FOLLOWS.get(each, frozenset()).isdisjoint(names)]
    return frozenset().union(*kept)


INCIDENTS = {
    # The incident itself, and the frontend answers for the backend besides.
    ("incident-1278", "health-wrong-service"): {"vpc-connector/main", "health/backend"},
    # In the night of the incident somebody deploys an image that lacks a module.
    ("connector-down", "health-503", "missing-module-in-new-image"): {
        "vpc-connector/main", "startup-logs/backend",
    },
    # The egress was switched: the log says what came of it, everything else is 503.
    ("connector-other-egress", "database-validation-timeout", "health-503", "websocket-503"): {
        "vpc-connector/main",
    },
    ("database-stopped", "health-503", "websocket-503", "login-broken", "postgres-refused"): {
        "cloud-sql/postgres",
    },
    ("database-stopped", "health-503", "retired-domains", "unregistered-markers"): {
        "cloud-sql/postgres", "domains/repo", "pytest-markers/repo",
    },
    # Nobody notices that the flag hides it.
    ("bypass-flag-left-on", "database-stopped", "health-initializing"): {
        "runtime-config/backend", "cloud-sql/postgres",
    },
    ("connection-budget", "connections-used-up", "health-503", "login-broken"): {
        "cloud-sql/postgres",
    },
    ("role-missing", "login-broken", "token-crashes"): {"identity/auth"},
    ("secret-version-disabled", "health-hangs", "websocket-503"): {"runtime-config/backend"},
    ("missing-module", "database-stopped"): {"startup-logs/backend", "cloud-sql/postgres"},
    ("missing-module", "connector-renamed", "image-by-tag"): {
        "startup-logs/backend", "vpc-connector/main",
    },
    # A workflow deployed the other spelling: nothing leads there, and the fallback answers.
    ("no-route", "health-wrong-service", "websocket-page"): {"load-balancer/main"},
    ("service-missing", "health-html", "websocket-page"): {"cloud-run/backend"},
    ("advisory-lock-held", "roll-out-stuck"): {"postgres/postgres"},
    ("retired-host-in-value", "redirect-mismatch", "redirect-retired-host", "retired-domains"): {
        "runtime-config/backend", "auth/auth", "domains/repo",
    },
    # What the cache says is no sign of anything.
    ("health-cached", "database-stopped", "websocket-503"): {
        "health/backend", "cloud-sql/postgres",
    },
    ("connector-down", "cors-missing-header", "jwks-private-key", "asset-missing"): {
        "vpc-connector/main", "cors/backend", "auth/auth", "frontend/frontend",
    },
    # The new revision waits for the schema, and the schema for the job.
    ("job-failed", "schema-behind", "roll-out-stuck"): {"cloud-run/backend"},
    ("schema-behind", "connector-down", "health-degraded"): {
        "postgres/postgres", "vpc-connector/main",
    },
}  # fmt: skip
"""Several faults at once, as they were or might be met, and what is to be mended."""
