"""The ways in which a web page falls short."""

from __future__ import annotations

from netra_validate import Rule, Severity, Sign
from netra_validate.signs import ANY_ANSWER


class FrontendRules:
    """The rules of the frontend check."""

    page = Rule(
        Severity.ERROR,
        "The page is not served",
        help="""
        The address of the option page answers with something else than 200 and HTML. A redirect is
        not followed: configure the address that it leads to.
        Users see an error, or nothing.
        To mend: correct the route, or the option.
        """,
        shows=ANY_ANSWER,
        explains=(),
    )
    asset_missing = Rule(
        Severity.ERROR,
        "Something that the page needs is missing",
        help="""
        A script, style sheet, icon, image or font that the page names gives no answer, an error, or
        is named over plain http, which browsers block in a page that came over https. What is on
        hosts of others is not asked for.
        One missing script leaves the page white. A page of one build that names the files of
        another is the usual cause: after a deploy, or through a cache.
        To mend: deploy page and files together, keep the files of the build before for a while,
        and let no cache keep the page.
        """,
        shows=(Sign.FAILING, Sign.WRONG_ANSWER),
        explains=(),
    )
    asset_type = Rule(
        Severity.ERROR,
        "Something that the page needs is of another type",
        help="""
        The answer is a success, and its Content-Type is none of what was asked for. Servers of
        single-page applications answer every unknown path with the page itself: 200, HTML, and a
        browser that refuses to run it.
        A test of the status alone passes while the page stays white.
        To mend: answer 404 to what is missing below the folder of the assets, and send the right
        types.
        """,
        shows=(Sign.WRONG_ANSWER,),
        explains=(),
    )
    build_mismatch = Rule(
        Severity.ERROR,
        "Page, scripts and server are of different builds",
        help="""
        The builds that the options page_build, asset_build and health_build find are not all the
        same.
        The page that the server renders is not the one that the scripts expect: they throw it away,
        ask for what is gone, and speak to the API of another version.
        To mend: deploy them together, send all traffic to one revision, and empty the caches.
        """,
        shows=(),
    )
    build_unknown = Rule(
        Severity.WARNING,
        "A build is not to be found",
        help="""
        One of the options page_build, asset_build and health_build is set and finds nothing, so it
        is not known whether the builds agree.
        To mend: have the build written there, or correct the option.
        """,
        shows=(),
    )
    runtime_config = Rule(
        Severity.ERROR,
        "The page's settings cannot be loaded",
        help="""
        The address of the option runtime_config gives no answer, an error or HTML.
        The page does not know where its API is, and mostly falls back to what was built in.
        To mend: serve the settings at that address, or correct the option.
        """,
        shows=(Sign.FAILING, Sign.WRONG_ANSWER),
        explains=(),
    )
    host = Rule(
        Severity.ERROR,
        "The page's settings name a host that is not to be used",
        help="""
        The settings, or a script inside the page, name a retired host, a host of a managed domain
        that the configuration does not know, or this machine (localhost). Hosts of others are left
        alone. Only the host is shown.
        Every browser asks that host: it ends in a certificate error or nowhere.
        To mend: set the canonical host in the variables that the settings are made of, or add a
        host that is right to domains or to the option hosts.
        """,
        shows=(Sign.OUTDATED_HOST,),
        explains=(),
    )
    graphql = Rule(
        Severity.ERROR,
        "GraphQL does not answer the simplest query",
        help="""
        The query { __typename }, which every schema answers, gives an error, or something else than
        data with a __typename (GraphQL over HTTP, section 6).
        A schema that does not compose, or a part of it that is not reached, fails every query.
        To mend: read the error and the server's logs.
        """,
        shows=(Sign.FAILING,),
        explains=(),
    )
