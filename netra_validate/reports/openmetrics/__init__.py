"""The OpenMetrics report: for the textfile collector of the node exporter, and a push gateway.

=====================================================  ============================================
``netra_validate_probe_outcome{outcome}``              1 for the outcome that it is, 0 for the rest
``netra_validate_probe_failing``                       1 where something counts that was found
``netra_validate_probe_root_cause``                    1 where no other failing probe explains it
``netra_validate_probe_duration_seconds``
``netra_validate_probe_waited_seconds``
``netra_validate_probe_attempts``
``netra_validate_probe_findings{rule,severity,waived}``  number of findings
``netra_validate_observation{name}``                   numbers without a unit; yes is 1, no is 0
``netra_validate_observation_seconds{name}``           and so on for ``ratio`` and ``bytes``
``netra_validate_run_status{status}``                  1 for the status that it is, 0 for the rest
``netra_validate_run_exit_code``, ``…_rounds``
``netra_validate_run_start_timestamp_seconds``, ``…_duration_seconds``
``netra_validate_run_info{project,region,version,fail_on}``  1
``netra_validate_run_changes{change}``                 with a baseline only
=====================================================  ============================================

All carry the label ``environment``; those of probes and observations ``check``, ``kind`` and
``resource`` too. What to alert on: ``netra_validate_run_status{status="passed"} == 0``,
``netra_validate_probe_root_cause == 1``, ``netra_validate_probe_outcome{outcome="error"} == 1``,
and the age of ``netra_validate_run_start_timestamp_seconds``.

The document is valid OpenMetrics 1.0 and valid in the older Prometheus text format, which is what
the textfile collector and the push gateway read. So there is nothing in it that the older format
refuses: the types ``info``, ``stateset`` and ``unknown`` (``expfmt`` says "unknown metric type"),
counters (their two names differ between the formats), and timestamps (the collector refuses them:
https://github.com/prometheus/node_exporter#textfile-collector). ``# UNIT`` and ``# EOF`` are
comments to it. Everything is a gauge, which it is: what one run saw.

One file, or one group of a push gateway, is for one environment: two with the same series are
refused together.
"""

from __future__ import annotations

from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

from netra_validate.model import Report
from netra_validate.reports.openmetrics.families import Families
from netra_validate.terminal import Display


def render(report: Report, display: Display) -> str:
    """The document. Its labels are in ASCII where ``display`` can write nothing else."""
    registry = CollectorRegistry()
    registry.register(Families(report, display))
    document: bytes = generate_latest(registry)  # type: ignore[no-untyped-call] # it has no hints
    return document.decode("utf-8")
