"""The ways in which a service's health falls short."""

from __future__ import annotations

from netra_validate import Rule, Severity


class HealthRules:
    """The rules of the health check."""

    unreachable = Rule(
        Severity.ERROR,
        "A health endpoint gives no answer",
        help="""
        The request ended before an answer was complete. The finding says how far it came: name
        resolution (the host has no DNS record), connection (nothing listens, or a firewall drops
        the packets), TLS (the certificate is expired, comes from an unknown authority, or does not
        cover the name), request (the server hung up) or timeout (it took the request and did not
        answer).
        Users see the same. Each needs another hand: DNS, network, certificate, or the service.
        """,
    )
    malformed = Rule(
        Severity.ERROR,
        "A health endpoint's answer is not valid HTTP",
        help="""
        Something answers and it is not HTTP, breaks off in the middle, sends headers without end or
        a body that cannot be decompressed.
        A client cannot use such an answer. Often the port belongs to another program, or the
        instance is killed while it answers, for lack of memory for example.
        """,
    )
    bad_status = Rule(
        Severity.ERROR,
        "A health endpoint answers with an error",
        help="""
        The status is neither a success nor one that another rule is about. 503 that outlasts the
        retries means that the service knows it cannot work, or that the load balancer has no
        instance to ask; the finding says which of them answered.
        404 often means that the path has moved. A redirect to another path of the same host counts
        here as well: nothing said that the service is well.
        Read the logs of the service, and give the path that answers itself.
        """,
    )
    unhealthy = Rule(
        Severity.ERROR,
        "A health endpoint answers 200 and says that it is not well",
        help="""
        The body's status is one of bad_words: unhealthy, critical, error, down, fail.
        A test of the status code alone passes while the database is down. Load balancers and
        deploys that look at the code only keep sending users there.
        Mend the dependency that is named, and let the endpoint answer 503 while it is not well.
        """,
    )
    not_ready = Rule(
        Severity.ERROR,
        "A health endpoint answers 200 while the service is still starting",
        help="""
        The body's status is one of not_ready_words: initializing, starting, not ready.
        The port is open, so traffic arrives, and what the service needs is not there yet. It passes
        by itself, or the start hangs on something; then the logs say on what.
        Let the endpoint answer 503 until the start is over, and make it the start-up probe.
        """,
    )
    degraded = Rule(
        Severity.ERROR,
        "A service works in part only",
        help="""
        The body says degraded or warning, or a dependency in it is not well while the whole calls
        itself healthy, or the status is 207.
        A degraded mode hides a real failure: users lose functions and nobody is told. On a service
        with required = false this is a warning.
        Mend the dependency that is named.
        """,
    )
    wrong_service = Rule(
        Severity.ERROR,
        "Another service answers",
        help="""
        The body names another service of the configuration, or another one than expected_service.
        A frontend that answers for the backend is healthy, and everything behind the backend's
        address is broken. Routes of the load balancer and renamed services are the usual cause.
        Spellings that the configuration does not know are not held against the service.
        Correct the route, or url in the configuration.
        """,
    )
    not_json = Rule(
        Severity.ERROR,
        "A health endpoint gives no JSON",
        help="""
        A success without JSON says nothing about the service: a single-page application answers 200
        with its start page on every path, and a load balancer has pages of its own. A body that is
        cut off, too long, or promised as JSON and none counts here as well.
        Correct the route or the path. Where the endpoint is meant to answer in plain text, set
        expect = "any".
        """,
    )
    no_verdict = Rule(
        Severity.WARNING,
        "A health endpoint does not say how the service is",
        help="""
        The answer is JSON and has no status that is known: no field such as status, state or
        health, or a word that is not among the options.
        A pass needs a word for it; this is neither good nor bad.
        Let the endpoint say how it is, or add its word to good_words, degraded_words,
        not_ready_words or bad_words.
        """,
    )
    slow = Rule(
        Severity.WARNING,
        "A health endpoint answers slowly, even when it is warm",
        help="""
        A good answer took longer than max_latency_s, and so did a second one right after: no cold
        start. A slow first answer alone is not held against the service; it is observed as
        cold_start_s.
        Health endpoints look at the dependencies, so slowness here is slowness of one of them, or
        an instance without CPU to spare.
        """,
    )
    redirected = Rule(
        Severity.ERROR,
        "A health endpoint redirects to another host",
        help="""
        Redirects are not followed: what answers elsewhere is not this service, and a token must not
        travel there. A login page or a domain that has moved is the usual cause.
        Configure the address that answers itself.
        """,
    )
    rate_limited = Rule(
        Severity.ERROR,
        "The service limits our requests",
        help="""
        The answer is 429, also after the wait that it asked for where that was short enough. So
        nothing is known of the service's health.
        Load balancers ban an address that asks too often, and other programs behind the same
        address count as well. Ask less often, or let this address pass.
        """,
    )
    forbidden = Rule(
        Severity.ERROR,
        "A health endpoint refuses us",
        help="""
        The answer is 401 or 403, and the finding says whose. Google's access control in front of
        Cloud Run wants an identity token of an account with roles/run.invoker: set auth =
        "google-id-token". Identity-Aware Proxy and Cloud Armor refuse before the service is
        reached. The application itself wants a token of its own: set auth = "bearer" and token_env.
        Nothing is known of the service's health. Do not open the service to everyone for a check.
        """,
    )
    partial = Rule(
        Severity.NOTE,
        "Some health endpoints are good and some are not",
        help="""
        The service is not down as a whole: at least one endpoint is available. The findings beside
        this one say what is wrong with the others.
        It keeps a partial failure from being treated as an outage, and an outage from being taken
        for a partial failure. Mend the endpoints that are named.
        """,
    )
