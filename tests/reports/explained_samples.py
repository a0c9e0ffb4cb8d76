"""Findings, reports and a configuration for the tests of how a finding is explained."""

from dataclasses import replace

from report_samples import probe, report

from netra_validate import (
    Connector,
    Database,
    Environment,
    Finding,
    Host,
    LoadBalancer,
    Outcome,
    Plane,
    Service,
    Severity,
    Topology,
)
from netra_validate.explanation.choosing import choose
from netra_validate.explanation.finding import explain
from netra_validate.explanation.naming import Known
from netra_validate.model import Status
from netra_validate.registry import load
from netra_validate.terminal import Display

BUILT_IN = load()


def printed(made, name, registry=BUILT_IN, known=None, width=100, **display):
    return explain(registry, made, choose(made, name), known, Display(width=width, **display))


def with_fingerprints(made):
    """A report whose findings are numbered: 000000aa, 000001aa and so on."""
    number = iter(range(100))
    return replace(
        made,
        probes=tuple(
            replace(
                each,
                findings=tuple(
                    replace(found, fingerprint=f"{next(number):06x}aa") for found in each.findings
                ),
            )
            for each in made.probes
        ),
    )


def finding(rule, *, message="it is slow", severity=Severity.ERROR, **named):
    return Finding(rule, severity, message, **named)


def of_one(*findings, kind="service", name="backend", check="health"):
    """A report of one failing probe."""
    one = probe(f"{check}/{name}", Plane.DATA, kind, outcome=Outcome.FAIL, findings=findings)
    return report((one,), Status.FAILED, 1)


SERVICE = Service(
    key="backend",
    url="https://staging.example.com/",
    cloud_run="netra-backend",
    health=("/health",),
    websocket="wss://api.example.com/ws?ticket=abc",
    database="postgres",
    connector="main",
)
DATABASE = Database(
    key="postgres", instance="staging-postgres", host="10.0.0.3", name="netra", user="reader"
)
CONNECTOR = Connector(key="main", name="staging-connector")
BALANCER = LoadBalancer(key="front", url_map="staging-map", services=("backend",))
HOST = Host(key="staging.example.com", name="staging.example.com", load_balancer="front")
KNOWN = Known(
    Environment("staging", "netra-staging", "us-central1"),
    Topology((SERVICE, DATABASE, CONNECTOR, BALANCER, HOST)),
)
