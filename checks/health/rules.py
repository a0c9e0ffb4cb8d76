"""The ways in which a service's health falls short."""

from __future__ import annotations

from netra_validate import Rule, Severity, Sign


class HealthRules:
    """The rules of the health check."""

    unreachable = Rule(
        Severity.ERROR,
        "A health endpoint gives no answer",
        help="""
        The request ended before an answer was complete. The finding says how far it came: name
        resolution (the host has no DNS record), connection (nothing listens, or a firewall drops
        the packets), TLS (the certificate is expired, comes from an unknown authority, or does not
        cover the name; or the port speaks no TLS), request (the server hung up) or timeout (it took
        the request and did not answer).
        Users see the same.
        To mend: each needs another hand. Give the host a DNS record, start the service or open the
        way to it, renew the certificate, or read in the service's logs what it waits for. Where
        the address is wrong, correct url or health in the configuration.
        """,
        shows=(Sign.NO_ADDRESS, Sign.NO_CONNECTION, Sign.NO_TLS, Sign.SILENT, Sign.UNWELL),
    )
    malformed = Rule(
        Severity.ERROR,
        "A health endpoint's answer is not valid HTTP",
        help="""
        Something answers and it is not HTTP, breaks off in the middle, sends headers without end or
        a body that cannot be decompressed.
        A client cannot use such an answer. Often the port belongs to another program or speaks TLS
        where the address says http, or the instance is killed while it answers, for lack of memory
        for example.
        To mend: see what listens there and correct the address, or read the service's logs for an
        instance that ended.
        """,
        shows=(Sign.WRONG_ANSWER, Sign.FAILING),
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
        To mend: read the logs of the service, and give the path that answers itself.
        """,
        shows=(Sign.FAILING, Sign.UNWELL),
    )
    unhealthy = Rule(
        Severity.ERROR,
        "A health endpoint answers 200 and says that it is not well",
        help="""
        The body's status is one of bad_words (unhealthy, critical, error, down, fail), a field such
        as ok, success or healthy is false, or there is an error in it and no other word.
        A test of the status code alone passes while the database is down. Load balancers and
        deploys that look at the code only keep sending users there.
        To mend: mend the dependency that is named, and let the endpoint answer 503 while it is not
        well.
        """,
        shows=(Sign.UNWELL,),
    )
    not_ready = Rule(
        Severity.ERROR,
        "A health endpoint answers 200 while the service is still starting",
        help="""
        The body's status is one of not_ready_words (initializing, starting, not ready), or ready is
        false.
        The port is open, so traffic arrives, and what the service needs is not there yet. It passes
        by itself, or the start hangs on something; then the logs say on what.
        To mend: let the endpoint answer 503 until the start is over, and make it the start-up
        probe.
        """,
        shows=(Sign.UNWELL,),
    )
    degraded = Rule(
        Severity.ERROR,
        "A service works in part only",
        help="""
        The body says degraded or warning, or a part in it is not well or an error stands in it
        while the whole calls itself healthy, or the status is 207. Every field is read: one whose
        whole value is a bad word (database: disconnected), or false under the name of a dependency
        (db: false, redis_connected: false), counts against the part that it names. Fields that name
        a setting or the past (log_level, mode, environment, features, last_error) do not.
        A degraded mode hides a real failure: users lose functions and nobody is told. On a service
        with required = false this is a warning.
        To mend: mend the dependency that is named.
        """,
        shows=(Sign.UNWELL,),
    )
    stale = Rule(
        Severity.ERROR,
        "A health endpoint's answer comes from a cache",
        help="""
        The header Age says that a cache (a content delivery network, a proxy) has kept the answer
        for longer than max_age_s (RFC 9111, section 5.1). What the service said then is no news:
        good or bad, nothing follows from it for now. Load balancers and monitors that ask through
        the same cache are deceived as well.
        To mend: let the endpoint answer with Cache-Control: no-store, and take its path out of
        what the cache keeps. Errors may be kept too: Cloud CDN does so with negative caching.
        """,
        shows=(),
    )
    wrong_service = Rule(
        Severity.ERROR,
        "Another service answers",
        help="""
        The body names another service of the configuration, or another one than expected_service.
        A frontend that answers for the backend is healthy, and everything behind the backend's
        address is broken. Routes of the load balancer and renamed services are the usual cause.
        Spellings that the configuration does not know are not held against the service.
        To mend: correct the route, or url in the configuration.
        """,
        shows=(Sign.WRONG_ANSWER,),
        may_explain=(Sign.FAILING,),
    )
    not_json = Rule(
        Severity.ERROR,
        "A health endpoint gives no JSON",
        help="""
        A success without JSON says nothing about the service: a single-page application answers 200
        with its start page on every path, and a load balancer has pages of its own. A body that is
        cut off, too long, or promised as JSON and none counts here as well. So does a plain ok,
        which the finding says.
        To mend: correct the route or the path. Where the endpoint is meant to answer in plain text,
        set expect = "any" for this service; then a success is good, unless its text holds a bad
        word.
        """,
        shows=(Sign.WRONG_ANSWER,),
        may_explain=(Sign.FAILING,),
    )
    no_verdict = Rule(
        Severity.WARNING,
        "A health endpoint does not say how the service is",
        help="""
        The answer is JSON and nothing follows from it: it has no field such as status, state or
        health, no known dependency, or a word that is not among the options. A number such as 200
        is no word.
        A pass needs a word for it. This is neither good nor bad, so the service could not be
        verified.
        To mend: let the endpoint say how it is, or add its word to good_words, degraded_words,
        not_ready_words or bad_words. Where a success is enough, set expect = "any" for this
        service.
        """,
        shows=(),
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
        To mend: find out which dependency the endpoint waits for, from its logs or traces, or give
        the service more CPU. Where it is meant to take long, raise max_latency_s.
        """,
        shows=(Sign.SLOW,),
    )
    redirected = Rule(
        Severity.ERROR,
        "A health endpoint redirects to another host",
        help="""
        Redirects are not followed: what answers elsewhere is not this service, and a token must not
        travel there. A login page or a domain that has moved is the usual cause.
        To mend: configure the address that answers itself.
        """,
        shows=(
            Sign.WRONG_ANSWER,
            Sign.OUTDATED_HOST,
        ),
        explains=(Sign.WRONG_ANSWER,),
        may_explain=(Sign.FAILING,),
    )
    rate_limited = Rule(
        Severity.ERROR,
        "The service limits our requests",
        help="""
        The answer is 429, also after the wait that it asked for where that was short enough. So
        nothing is known of the service's health.
        Load balancers ban an address that asks too often, and other programs behind the same
        address count as well. Cloud Run answers so itself, with the words "Rate exceeded.", where
        as many instances run as may, and none becomes free: then it is everybody who is turned
        away.
        To mend: ask less often, or let this address pass; where it is Cloud Run that answers, let
        more instances run, or find out what makes the requests take so long.
        """,
        shows=(),
    )
    forbidden = Rule(
        Severity.ERROR,
        "A health endpoint refuses us",
        help="""
        The answer is 401 or 403, and the finding says whose. Google's access control in front of
        Cloud Run wants an identity token of an account with roles/run.invoker. Identity-Aware Proxy
        and Cloud Armor refuse before the service is reached. The application itself wants a token
        of its own. Nothing is known of the service's health.
        To mend: for Google's access control set auth = "google-id-token", for the application set
        auth = "bearer" and token_env, and let Identity-Aware Proxy or Cloud Armor pass the account
        or the address that asks. Do not open the service to everyone for a check.
        """,
        shows=(Sign.NO_PERMISSION,),
    )
    partial = Rule(
        Severity.NOTE,
        "Some health endpoints are good and some are not",
        help="""
        The service is not down as a whole: at least one endpoint is available. The findings beside
        this one say what is wrong with the others.
        It keeps a partial failure from being treated as an outage, and an outage from being taken
        for a partial failure.
        To mend: mend the endpoints that are named.
        """,
        shows=(),
    )
