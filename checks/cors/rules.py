"""The ways in which a service's answers to other origins fall short."""

from __future__ import annotations

from netra_validate import Rule, Severity
from netra_validate.signs import NO_ANSWER


class CorsRules:
    """The rules of the CORS check (Fetch standard, section 3.2)."""

    preflight_fails = Rule(
        Severity.ERROR,
        "A preflight is answered with an error of the server's",
        help="""
        The answer to the preflight is 500, 502, 503 or another error of the server's. It says
        nothing about origins, even where no Access-Control-Allow-Origin is on it: which ones the
        service allows is not judged as long as it answers so.
        The page gets the same error without a reason as with a wrong list, and people change lists
        that were right.
        To mend: find out why the service, or what stands before it, answers so. The list of origins
        is judged by the next run.
        """,
        shows=NO_ANSWER,
    )
    origin_refused = Rule(
        Severity.ERROR,
        "The pages of a canonical origin are refused",
        help="""
        Before a page asks another origin, the browser asks whether it may (a preflight: OPTIONS
        with Origin and Access-Control-Request-Method). The answer does not carry
        Access-Control-Allow-Origin with that very origin, or is no success.
        The page gets an error without a reason, while every test outside of a browser passes. A
        service behind Cloud Run's own access control refuses every preflight: browsers send no
        token with it.
        To mend: add the origin, with its scheme and without a slash at the end, to what the
        service allows.
        """,
        shows=(),
    )
    disagrees = Rule(
        Severity.ERROR,
        "A service refuses an origin that another service allows",
        help="""
        The pages of one origin ask several services. This one refuses what at least one other
        allows, so a part of the page works: often the login succeeds, and the first request after
        it fails.
        Lists of origins that each service keeps for itself drift apart.
        To mend: give all services the list of the one that is right, best from one place.
        """,
        shows=(),
    )
    request_refused = Rule(
        Severity.ERROR,
        "An origin is allowed, and the requests of its pages are not",
        help="""
        The answer allows the origin and leaves out the method or a header that the pages send: see
        the options method and headers. GET, HEAD and POST need not be listed; Authorization has to
        be named, since the wildcard does not cover it.
        The browser does not send such a request.
        To mend: add the method and the headers to Access-Control-Allow-Methods and
        Access-Control-Allow-Headers.
        """,
        shows=(),
    )
    credentials = Rule(
        Severity.ERROR,
        "Credentials are not allowed as configured",
        help="""
        The option credentials says whether the pages send cookies. Access-Control-Allow-Credentials
        is true exactly then, in small letters.
        Where it is missing, the browser throws the answer away, and users are logged out. Where
        nobody needs it, it lets other pages act with the user's cookies.
        To mend: set it in the service, or correct the option.
        """,
        shows=(),
    )
    foreign_origin = Rule(
        Severity.ERROR,
        "A foreign origin is allowed",
        help="""
        An origin that is not ours gets Access-Control-Allow-Origin for itself. Asked for are a
        foreign one, null (which every sandboxed frame has), and look-alikes of a canonical one:
        with something behind it or before it, over plain http, and on another port.
        With credentials any page that a user visits can read what the service gives that user. An
        origin that is sent back whatever it is, and a test for a beginning, an end or a part of it,
        are the usual causes. Without credentials it is a warning.
        To mend: compare the whole origin with a list.
        """,
        shows=(),
    )
    wildcard_credentials = Rule(
        Severity.ERROR,
        "Every origin is allowed, with credentials",
        help="""
        Access-Control-Allow-Origin is * and Access-Control-Allow-Credentials is true. Browsers
        refuse that combination, so no page that sends cookies can read an answer.
        It is one step from sending back every origin, which browsers do not refuse.
        To mend: answer with the origin of the request where it is on a list, and Vary: Origin.
        """,
        shows=(),
    )
    no_vary = Rule(
        Severity.NOTE,
        "The answer depends on the origin and does not say so",
        help="""
        Access-Control-Allow-Origin holds one origin, and Vary does not name Origin. A cache may
        give the answer for one origin to the pages of another, which then fail by chance.
        To mend: send Vary: Origin with every answer, also with refusals.
        """,
        shows=(),
    )
