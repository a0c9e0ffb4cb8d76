"""The scenarios of what is nearly used up."""

from __future__ import annotations

from typing import Final

from netra_validate.sandbox.scenario import Scenario, scenario

_DATABASE: Final = "capacity/postgres"

LOAD_SCENARIOS: Final[tuple[Scenario, ...]] = (
    scenario(
        "database-cpu-high",
        "the database has used 88 % of its CPU for an hour: a warning",
        "capacity.cpu-high",
        exit_code=0,
    ),
    scenario(
        "database-memory-full",
        "the database uses 97 % of its memory",
        "capacity.memory-high",
        cause=_DATABASE,
    ),
    scenario(
        "database-disk-unseen",
        "the database's disk is 97 % full, which Cloud Monitoring alone knows",
        "capacity.disk-high",
        cause=_DATABASE,
    ),
    scenario(
        "database-disk-fills-up",
        "the database's disk has grown all day, and will be full tomorrow: a warning",
        "capacity.fills-up",
        exit_code=0,
    ),
    scenario(
        "database-connections-high",
        "87 of the database's 100 connections were open at once: a warning",
        "capacity.connections-high",
        exit_code=0,
    ),
    scenario(
        "database-unmeasured",
        "the database runs, and Cloud Monitoring has no value of it",
        exit_code=3,
    ),
    scenario(
        "service-cpu-full",
        "the backend's instances use 99 % of their CPU",
        "capacity.cpu-high",
        cause="capacity/backend",
    ),
    scenario(
        "service-memory-high",
        "the backend's instances use 86 % of their memory: a warning",
        "capacity.memory-high",
        exit_code=0,
    ),
    scenario(
        "service-instances-at-limit",
        "all instances that the backend may have are busy: a warning",
        "capacity.instances-at-limit",
        exit_code=0,
    ),
    scenario(
        "service-overrun",
        "all instances that the backend may have are busy, and Cloud Run turns everybody away: 429",
        "capacity.instances-at-limit",
        "health.rate-limited",
        "websocket.refused",
        cause="health/backend",
    ),
    scenario(
        "service-starts-slowly",
        "an instance of the backend takes 14 s to start: a warning",
        "capacity.slow-start",
        exit_code=0,
    ),
    scenario(
        "service-idle",
        "nobody asked the backend for an hour, so nothing was measured: not a failure",
        exit_code=0,
    ),
    scenario(
        "connector-cpu-high",
        "the connector has used 90 % of its CPU for an hour: a warning",
        "capacity.cpu-high",
        exit_code=0,
    ),
    scenario(
        "connector-instances-at-limit",
        "the connector has as many instances as it may: a warning",
        "capacity.instances-at-limit",
        exit_code=0,
    ),
    scenario(
        "connector-saturated",
        "the connector is READY, and receives as much as it can carry",
        "capacity.throughput-high",
        cause="capacity/main",
    ),
)
"""In the order in which to list them."""
