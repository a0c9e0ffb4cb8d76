"""The ways in which a host falls short."""

from __future__ import annotations

from checks.host.options import HostOptions
from netra_validate import Rule, Severity, Sign


class HostRules:
    """The rules of the host check."""

    options: HostOptions

    not_resolved = Rule(
        Severity.ERROR,
        "The name has no address",
        help="""
        The resolver knows neither an IPv4 nor an IPv6 address of the name. No client comes as far
        as a connection, and nothing of it shows in any log of the service.

        To mend: give the name a record that leads to the load balancer's address, or correct the
        name in the configuration. A name that was changed a moment ago may be remembered as
        missing for as long as the zone's negative TTL.
        """,
        shows=(),
        explains=(Sign.NO_ADDRESS,),
    )
    no_connection = Rule(
        Severity.ERROR,
        "An address of the name takes no connection",
        help="""
        Nothing listens at one of the addresses, or a firewall drops what is sent there. Clients
        take any of the addresses, so one of two that is dead is an outage for some of them, and a
        wait for the rest. Addresses of a kind that this machine has no way to, IPv6 on most CI
        runners, say nothing about the host and are only observed.

        To mend: take the address out of the name's records, or let the load balancer listen there.
        """,
        shows=(),
        explains=(Sign.NO_CONNECTION,),
    )
    tls_failed = Rule(
        Severity.ERROR,
        "An address of the name completes no TLS handshake",
        help="""
        Something takes the connection and breaks off the handshake, speaks another protocol, or
        falls silent. The finding says which.

        To mend: see what listens there; on a load balancer, whether its HTTPS proxy has a
        certificate at all.
        """,
        shows=(Sign.NO_TLS,),
        explains=(Sign.NO_TLS,),
    )
    old_tls = Rule(
        Severity.ERROR,
        "The host offers only old versions of TLS",
        help="""
        No version from TLS 1.2 on is offered. TLS 1.0 and 1.1 are not to be used (RFC 8996), and
        browsers refuse them. Whether a host offers them beside newer ones is not looked at.

        To mend: attach an SSL policy with TLS 1.2 as its least version, or renew the server.
        """,
        shows=(),
        explains=(Sign.NO_TLS,),
    )
    wrong_name = Rule(
        Severity.ERROR,
        "The certificate does not cover the name",
        help="""
        The certificate is for other names; the finding lists them. A `*` covers one label only:
        `*.example.com` covers neither `example.com` nor `a.b.example.com`. Often the name is a
        retired one that still resolves, such as one under `*.staging.`, and no certificate was
        ever made for it.

        To mend: use the name that the certificate is for, or put this one into the certificate.
        """,
        shows=(Sign.NO_TLS,),
        explains=(Sign.NO_TLS,),
    )
    untrusted = Rule(
        Severity.ERROR,
        "The certificate's authority is not trusted",
        help="""
        The chain does not end at an authority that this machine trusts. Either the authority is a
        private one, or the server leaves out the intermediate certificates: browsers that have
        seen them elsewhere hide that, other clients fail.

        To mend: serve the whole chain. Name a private authority in `ca_file` of the environment.
        """,
        shows=(Sign.NO_TLS,),
        explains=(Sign.NO_TLS,),
    )
    self_signed = Rule(
        Severity.ERROR,
        "The certificate is signed by itself",
        help="""
        Nobody but the server vouches for it. That is what a server presents that was never given a
        certificate.

        To mend: serve a certificate of an authority. Name a private one in `ca_file` of the
        environment.
        """,
        shows=(Sign.NO_TLS,),
        explains=(Sign.NO_TLS,),
    )
    expired = Rule(
        Severity.ERROR,
        "The certificate has expired",
        help="""
        Every client refuses it. Where a managed certificate expires, its renewal has failed: the
        name no longer leads to the load balancer, or a CAA record forbids it.

        To mend: renew it, and find out why that did not happen by itself.
        """,
        shows=(Sign.TLS_ENDED,),
        explains=(Sign.NO_TLS,),
    )
    not_yet_valid = Rule(
        Severity.ERROR,
        "The certificate is not valid yet",
        help="""
        Its time has not begun. Where that is a matter of minutes, a clock is wrong, maybe that of
        this machine.

        To mend: serve the earlier certificate until then, or set the clock.
        """,
        shows=(Sign.NO_TLS,),
        explains=(Sign.NO_TLS,),
    )
    expiring = Rule(
        Severity.WARNING,
        "The certificate expires soon",
        help="""
        Fewer days are left than `warning_days`; fewer than `error_days` is an error. Managed
        certificates are renewed about a month before they end: one that is not has a problem. One
        that lives for less than 90 days is renewed when a third of its life is left, so that both
        limits are for it a share of what they are for 90 days: 2 days and 11 hours of 6 days.

        To mend: renew it, and find out why that did not happen by itself.
        """,
        shows=(Sign.TLS_ENDS,),
        explains=(),
    )
    addresses_disagree = Rule(
        Severity.NOTE,
        "The addresses of the name present different certificates",
        help="""
        Each is accepted, and they are not the same. While a certificate is renewed that is how it
        looks for some hours; where it stays so, one of the addresses belongs to a server that
        nobody keeps any more.

        To mend: see which of them is meant, and take the other out of the name's records.
        """,
        shows=(),
        may_explain=(Sign.NO_TLS, Sign.WRONG_ANSWER),
    )
    no_redirect = Rule(
        Severity.WARNING,
        "http is not redirected to https",
        help="""
        What is asked over plain http is answered, or redirected to somewhere else than https of
        the same host. Everybody on the way can read along and change the answer. A port that takes
        no connection is fine, and so is an answer that is an error.

        To mend: give the load balancer's HTTP proxy a URL map that redirects to https.
        """,
        shows=(),
    )
    no_hsts = Rule(
        Severity.NOTE,
        "Browsers are not told to use https alone",
        help="""
        The answer over https has no `Strict-Transport-Security` header (RFC 6797), or one that
        lasts for less than `min_hsts_age_s`. Who types the name without a scheme asks over http
        first each time.

        To mend: add the header to every answer, on the load balancer or in the service.
        """,
        shows=(),
    )
