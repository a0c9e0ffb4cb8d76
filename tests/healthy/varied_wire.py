"""What the Google APIs may be like, whatever they tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st
from wire import Wire

from netra_validate.sandbox.names import PROJECT, REGION

_NEWS: tuple[Mapping[str, Any], ...] = (
    {},
    {"newerField": "NEW_VALUE"},
    {"satisfiesPzs2": True, "quantumSafe": {"mode": "ERROR", "status": "FAILED"}, "n": None},
)

_PROJECTS = (
    PROJECT,
    PROJECT,
    "netra.example:staging-01",
    "sub.corp-1.example:a1b2c3d4e5f6",
    "a1-0-0-9-z",
    "q" + "x-0" * 9 + "zz",  # the longest
)
_REGIONS = (
    REGION,
    REGION,
    "europe-west12",
    "northamerica-northeast2",
    "me-central1",
    "australia-southeast2",
)
_OPTIONAL = (
    "uid", "generation", "observed_generation", "labels", "user_labels", "annotations", "etag",
    "update_time", "urls", "launch_stage", "creator", "kind", "settings_version", "gce_zone",
    "edition", "fingerprint", "quic_override", "security_policy", "log_config",
    "tests", "size", "connected_projects", "machine_type", "receive_timestamp",
    "scope", "display_name", "server_ca_cert", "scheduled_maintenance", "replica_names",
    "last_transition_time", "unit", "backend_type", "instance_type", "revision_reason",
    "included_permissions", "total_size",
)  # fmt: skip
"""Fields that are only told where there is something to tell, or to whoever may know."""


@st.composite
def wires(draw: Any, *, slow: bool) -> Wire:
    """One way of telling it."""
    return Wire(
        project=draw(st.sampled_from(_PROJECTS)),
        region=draw(st.sampled_from(_REGIONS)),
        news=draw(st.sampled_from(_NEWS)),
        newer=draw(st.booleans()),
        order=draw(st.sampled_from((None, 1, 2, 3, 4))),
        without=draw(st.sampled_from((None, None, *_OPTIONAL))),
        takes_s=0.2 if slow else 0.0,
    )
