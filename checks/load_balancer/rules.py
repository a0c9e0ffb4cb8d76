"""The ways in which a load balancer falls short."""

from __future__ import annotations

from checks.load_balancer.options import LoadBalancerOptions
from netra_validate import Rule, Severity, Sign


class LoadBalancerRules:
    """The rules of the load-balancer check."""

    options: LoadBalancerOptions

    not_found = Rule(
        Severity.ERROR,
        "The URL map does not exist",
        help="""
        There is no URL map of the configured name in the configured project. A load balancer has no
        name of its own at the API: its URL map is what it is known by. That of a load balancer in
        one region is looked for in that region, where `region` is set on it.

        To mend: correct `url_map`, `project` or `region` in the configuration.
        """,
        shows=(),
        explains=(
            Sign.NO_CONNECTION,
            Sign.WRONG_ANSWER,
            Sign.FAILING,
            Sign.NO_TLS,
            Sign.TLS_ENDED,
        ),
    )
    no_route = Rule(
        Severity.ERROR,
        "No route leads to a service",
        help="""
        The configuration says that the load balancer leads to this Cloud Run service, and none of
        its host rules, path rules and defaults ends there. Mostly the service was deployed under
        another spelling than the one that the serverless group names: both run, each looks well,
        and the one that is deployed to gets no request.

        To mend: deploy to the service that the group names, or create a group for this one and let
        the backend service use it.
        """,
        shows=(),
        explains=(Sign.WRONG_ANSWER, Sign.FAILING),
    )
    wrong_route = Rule(
        Severity.ERROR,
        "An address of a service leads to another one",
        help="""
        The URL map sends the address, by its host and its path, to another Cloud Run service than
        the one that the configuration gives it to. An answer of 200 comes then, and from the wrong
        one. Path rules beat the default of their host, and the longest of them wins.

        To mend: correct the host rule or the path rule, or the address in the configuration.
        """,
        shows=(),
        explains=(Sign.WRONG_ANSWER,),
    )
    missing_service = Rule(
        Severity.ERROR,
        "A serverless group leads to a service that does not exist",
        help="""
        A serverless network endpoint group names a Cloud Run service, in its own project and
        region, that is not there. It takes any name and never looks: who comes by that route gets
        a 404 or a 502 from the load balancer.

        To mend: deploy the service under that name, or replace the group by one with the right
        name; a group cannot be changed.
        """,
        shows=(Sign.NO_SERVICE,),
    )
    no_backends = Rule(
        Severity.ERROR,
        "A backend service that a route leads to has no backend",
        help="""
        The route ends nowhere: every request that takes it is answered 502 or 503 by the load
        balancer itself, whatever runs behind it.

        To mend: add the network endpoint group as a backend, or take the route away.
        """,
        shows=(),
        explains=(Sign.FAILING,),
    )
    timeout_too_short = Rule(
        Severity.ERROR,
        "A WebSocket is cut off by a time limit",
        help="""
        A WebSocket is one request to a load balancer, and ends with its time, however much is said
        on it. The limit is the route's `timeout`; without one it is that of the backend service,
        30 s unless somebody changed it. With a serverless group the backend service's own limit
        means nothing: it is 60 minutes and cannot be changed
        (https://cloud.google.com/load-balancing/docs/negs/serverless-neg-concepts), and the request
        timeout of Cloud Run ends the connection before, which `cloud-run` looks at. Then only a
        route's own `timeout` is judged here, against `min_websocket_timeout_s`.

        To mend: give the route, or the backend service, more time.
        """,
        shows=(),
        explains=(Sign.CUT_OFF,),
    )
    health_check_path = Rule(
        Severity.ERROR,
        "A health check asks for a path that no service answers",
        help="""
        A backend service finds out by this health check which of its backends are well. The
        services behind it, as far as they could be asked, all refuse the path or redirect from
        it, and a health check takes nothing but 200: none will ever be well.

        To mend: let the health check ask for a path that is answered.
        """,
        shows=(),
        explains=(Sign.FAILING, Sign.SILENT),
    )
    unhealthy_backends = Rule(
        Severity.ERROR,
        "Backends do not answer their health check",
        help="""
        Of the machines or endpoints behind a backend service, the load balancer finds none that
        answers the health check, so every request that is led there ends in a 502 or 503. Where
        some do, it is a warning: the others carry the load. Only groups of machines and zonal or
        hybrid network endpoint groups have a health; serverless ones have none.

        To mend: look at what the failing ones answer, at the port and path of the health check, and
        at the firewall: it comes from 35.191.0.0/16 and 130.211.0.0/22.
        """,
        shows=(),
        explains=(Sign.FAILING, Sign.SILENT),
    )
    not_passed_on = Rule(
        Severity.ERROR,
        "The load balancer answers 502 or 503 itself, and the service behind it is well",
        help="""
        The page is the load balancer's own, so it does not reach its backend; the service's own
        address, asked at the same time, answers. So it is the way from the one to the other: the
        load balancer was put in front before there was a service, the group names another service
        or region, an organisation policy or a service perimeter stands in between, or the protocol
        of the backend service is not spoken. Where the service's own address may not be asked, a
        502 is a warning if Cloud Run says that the service is ready, and a 503 says nothing: it may
        be Cloud Run's own, passed on.

        To mend: read statusDetails in the load balancer's log: it says why it did not pass on. Then
        correct the group, or make the backend service anew once the service serves.
        """,
        shows=(),
        explains=(Sign.FAILING, Sign.SILENT),
    )
    unused_health_check = Rule(
        Severity.WARNING,
        "Nothing uses a health check",
        help="""
        The health check exists, and no backend service and no instance group of the project refers
        to it: it is never asked, and says nothing. Serverless groups cannot have one, so one that
        was made for a Cloud Run service is of this kind, and whoever trusts in it is deceived.

        To mend: delete it, or set `unused_health_checks = false` where another tool needs it.
        """,
        shows=(),
    )
    certificate_provisioning = Rule(
        Severity.ERROR,
        "A managed certificate is still being provisioned",
        help="""
        Google has not issued it yet. Until then no client gets a TLS connection for its domains,
        unless another certificate of the load balancer covers them: then it is a warning. It takes
        up to an hour once the names lead to the load balancer's address, and forever where they
        do not.

        To mend: let the records of every domain of the certificate lead to the load balancer.
        """,
        shows=(),
        explains=(Sign.NO_TLS, Sign.TLS_ENDED),
    )
    certificate_failed = Rule(
        Severity.ERROR,
        "A managed certificate cannot be issued or renewed",
        help="""
        The finding tells the state of each domain: FAILED_NOT_VISIBLE, the name does not lead to
        the load balancer; FAILED_CAA_CHECKING and FAILED_CAA_FORBIDDEN, a CAA record does not allow
        Google's authorities; FAILED_RATE_LIMITED, too many were asked for. With RENEWAL_FAILED the
        present certificate is served until it expires.

        To mend: correct the records of the domain. Where it failed permanently, create a new one.
        """,
        shows=(),
        explains=(Sign.NO_TLS, Sign.TLS_ENDED),
    )
    certificate_expiring = Rule(
        Severity.WARNING,
        "A certificate of your own expires soon",
        help="""
        Nobody but you renews a certificate that was uploaded. Fewer days are left than
        `warning_days`; fewer than `error_days`, or none at all, is an error.

        To mend: upload a new one and let the proxy present it, or use a managed one.
        """,
        shows=(),
    )
    uncovered_host = Rule(
        Severity.ERROR,
        "No certificate of the load balancer covers a host",
        help="""
        Clients come by this name, and none of the certificates that the load balancer presents is
        for it. A `*` covers one label only. Where a certificate map is in use, those of the entry
        that is for the host are meant.

        To mend: put the name into a certificate, or take the address out of the configuration.
        """,
        shows=(),
        explains=(Sign.NO_TLS,),
    )
    unmapped_host = Rule(
        Severity.ERROR,
        "No entry of the certificate map is for a host",
        help="""
        The proxy presents certificates by a certificate map of Certificate Manager. It has no entry
        for this name, none for `*.` and its domain, and no primary one: whoever comes by it gets no
        TLS connection. Certificates that the proxy has of its own are not looked at.

        To mend: add an entry for the name, with a certificate that covers it, or a primary entry.
        """,
        shows=(),
        explains=(Sign.NO_TLS,),
    )
    no_frontend = Rule(
        Severity.ERROR,
        "No address leads to the URL map over https",
        help="""
        No forwarding rule leads to an HTTPS proxy that uses the URL map: nobody gets to it, however
        right it is. Maybe a load balancer was made anew, and this is the one of before.

        To mend: configure the URL map that is in use, or create a forwarding rule.
        """,
        shows=(),
        explains=(Sign.NO_CONNECTION,),
    )
    address_mismatch = Rule(
        Severity.ERROR,
        "The name of a host leads to another address than the load balancer's",
        help="""
        The records of the host hold an address that no forwarding rule of the load balancer has.
        Clients that take it reach something else: an old load balancer, or nobody. A managed
        certificate is not renewed as long as this is so.

        To mend: correct the record. Where another server stands in front on purpose, a CDN say,
        leave out `load_balancer` on the host.
        """,
        shows=(),
        explains=(Sign.NO_CONNECTION, Sign.WRONG_ANSWER, Sign.NO_TLS, Sign.TLS_ENDED),
    )
