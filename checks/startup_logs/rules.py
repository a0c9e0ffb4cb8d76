"""The rules of the check ``startup-logs``. Declarations only."""

from __future__ import annotations

from netra_validate import Rule, Severity, Sign


class LogRules:
    """What logs can tell. One start has one cause: the most telling rule leads.

    Logs go back for weeks: what is over is told as such, and explains nothing of today.
    """

    missing_module = Rule(
        Severity.ERROR,
        "A module is missing from the image",
        help="""
        The program imports what the image does not hold, and exits before it listens: Cloud Run
        says that the container failed to start, which looks like a network or a port. It is neither
        in the requirements that the image is built from, nor copied into it.
        Only an instance that comes to a bad end makes an error of it, as long as no later one
        starts well: then it is a warning for a day, and no finding after that. A traceback of one
        that started well is a warning: some requests need the module, and fail.
        To mend: add it to the requirements or the files of the image, build that, and start it once
        before it is deployed.
        """,
        shows=(),
        explains=(Sign.NO_START, Sign.FAILING),
    )
    memory_limit = Rule(
        Severity.ERROR,
        "An instance needed more memory than it has",
        help="""
        Cloud Run ended an instance because it went over the memory limit; requests under way were
        lost. It comes back with the load, whatever starts well after it. So it is an error until a
        day has passed and a later start was good, and then a warning that explains nothing.
        To mend: raise the limit, lower the concurrency, or find what holds the memory.
        """,
        shows=(),
        explains=(Sign.NO_START, Sign.FAILING, Sign.RESTARTING, Sign.CUT_OFF),
    )
    secret_whitespace = Rule(
        Severity.ERROR,
        "A secret holds white space",
        help="""
        The program found white space in a value that comes from a secret: nearly always a newline
        at its end, stored by `echo` where `printf` was meant. Keys, tokens and addresses with one
        are refused by whoever gets them. A program that takes it away and starts is not reported.
        Where a later start is good, as with a new version of the secret, it is a warning for a day,
        and no finding after that.
        To mend: add a version of the secret without it, and deploy with that.
        """,
        shows=(),
        explains=(Sign.NO_START, Sign.FAILING),
    )
    validation_timeout = Rule(
        Severity.ERROR,
        "The start gave up on validating the database connection",
        help="""
        The program could not verify in time that its database answers. The program is rarely at
        fault: look at the way there first, which is what `cloud-sql` and `vpc-connector` examine,
        egress included. Where a later start is good, it is a warning for a day, and no finding
        after that: the way is there again.
        To mend: mend the way to the database. A longer timeout hides it, and makes every start
        slower.
        """,
        shows=(Sign.NO_DATABASE,),
    )
    database_timeout = Rule(
        Severity.ERROR,
        "The start gave up waiting for the database",
        help="""
        A connection to the database timed out while an instance started, and it never became
        ready. The database is stopped or out of connections, or the way there is broken: connector,
        egress, network, attachment. Neither a slow query of an instance that had started is
        reported, nor a start that tries again and succeeds. Where a later one is good, it is a
        warning for a day, and no finding after that: the way is there again.
        To mend: mend the way, or start the database; what `cloud-sql` and `vpc-connector` find says
        which.
        """,
        shows=(Sign.NO_DATABASE,),
    )
    port_not_listened = Rule(
        Severity.ERROR,
        "Nothing listens on the port that Cloud Run asks",
        help="""
        The program runs and does not listen on the container's port in time: it uses a fixed port
        instead of `$PORT`, listens on `127.0.0.1` instead of `0.0.0.0`, or takes longer to start
        than the start-up probe waits. Where it exited before, that is reported instead. Where a
        later start is good, it is a warning for a day, and no finding after that.
        To mend: listen on `0.0.0.0` and on `$PORT`, and do long work after that.
        """,
        shows=(Sign.WRONG_PORT,),
        explains=(Sign.NO_START, Sign.FAILING),
    )
    exited = Rule(
        Severity.ERROR,
        "An instance ended with an error",
        help="""
        The container exited with another code than 0, or crashed. uvicorn and gunicorn exit with 3
        when the application's start fails; 1 is an exception that nobody caught. The lines before
        it say why, and none of them is known to this check: name them in `signatures` if they come
        back. Where a later start is good, one that failed is a warning for a day, and no finding
        after that. One that ended at its work may end there again: it is an error until a day has
        passed and a later start was good, and then a warning that explains nothing.
        To mend: read the lines before the exit, and mend what they say.
        """,
        shows=(Sign.NO_START,),
        explains=(Sign.NO_START, Sign.FAILING, Sign.RESTARTING, Sign.CUT_OFF),
    )
    redirect_mismatch = Rule(
        Severity.ERROR,
        "The OAuth provider refuses a redirect address",
        help="""
        A sign-in failed with `redirect_uri_mismatch`: the address that the service gives is not
        among those that the OAuth client has. That happens when a host is renamed in one of the two
        places. Nobody can sign in by that way. When the latest is older than a day and an instance
        has started well since, it is a warning that explains nothing.
        To mend: register the address that the service gives with the OAuth client, or correct the
        one in the service.
        """,
        shows=(Sign.OUTDATED_HOST,),
        explains=(),
    )
    silent_errors = Rule(
        Severity.WARNING,
        "Warnings or errors are logged without a word",
        help="""
        Entries of severity WARNING or higher have an empty payload: something went wrong, and the
        logs tell nobody what. It is what a structured logger leaves whose message ends up under a
        key that Cloud Logging does not show, or in a field that is dropped. Request logs, which
        have no payload by nature, do not count.
        To mend: let the logger write its text under `message`.
        """,
        shows=(),
    )
    signature = Rule(
        Severity.ERROR,
        "The logs hold what the configuration says is bad",
        help="""
        A line matches one of the `signatures` of the configuration. Each has a name, a regular
        expression, a severity and what to do then. When the latest is older than a day and an
        instance has started well since, an error is a warning that explains nothing.
        To mend: do what the signature's `remedy` says.
        """,
        shows=(),
    )
    nothing_logged = Rule(
        Severity.NOTE,
        "A revision that serves has logged nothing",
        help="""
        There is no entry of the revision since it was created, not even of Cloud Run itself, and
        it was created within the 30 days for which logs are kept by default: they are excluded from
        storage, or routed elsewhere. Whether it started well cannot be told from them.
        """,
        shows=(),
    )
