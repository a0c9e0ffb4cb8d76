"""A real PostgreSQL behind the environment: how it is reached, and what goes on in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from netra_validate.sandbox import postgres
from netra_validate.sandbox.database import DATABASE, HEALTH_SCHEMA, ROLE, SCHEMA, DatabaseState

DSN_ENV = "HEALTHY_DATABASE_DSN"
"""The variable that holds the DSN, where one is said. ``{postgres}`` is the port."""

_PROGRAMS = postgres.programs()

_STATES = (
    DatabaseState(),
    DatabaseState(),
    DatabaseState(),
    DatabaseState(sessions=3),
    DatabaseState(door="slow"),
)


@dataclass(frozen=True, slots=True)
class Sessions:
    """What the run comes to."""

    state: DatabaseState
    dsn: str | None = None
    """What the variable holds, where the configuration names one."""
    schema: str | None = None
    """The version that services say they need, where they say so."""


@st.composite
def sessions(draw: Any) -> tuple[Sessions | None, dict[str, Any]]:
    """A server, and keys of the configuration's table; None where nothing says how to come in."""
    if _PROGRAMS is None or draw(st.booleans()):
        return None, {}
    state = draw(st.sampled_from(_STATES))
    mode = draw(st.sampled_from(("verify-full", "verify-ca", "require")))
    options: dict[str, Any] = {
        # How fast this machine is, is no matter of the environment's.
        "slow_connect_s": 20.0, "max_connect_s": 30.0, "connect_timeout_s": 29.0,
        # The sessions of the services are as new as the environment itself.
        "storm_window_s": 0.001,
    }  # fmt: skip
    if draw(st.booleans()):
        options["schema_table"] = draw(
            st.sampled_from(("alembic_version", "public.alembic_version"))
        )
        if draw(st.booleans()):
            options["schema_versions"] = draw(st.permutations([SCHEMA, "20990101_01"]))
    own: dict[str, Any] = {"checks": {"postgres": options}}
    schema = None
    if "schema_table" in options and draw(st.booleans()):
        schema = SCHEMA
        options["schema_health"] = HEALTH_SCHEMA
    if draw(st.booleans()):
        own["dsn_env"] = DSN_ENV
        scheme = draw(st.sampled_from(("postgresql", "postgres")))
        dsn = f"{scheme}://{ROLE}@localhost:{{postgres}}/{DATABASE}?sslmode={mode}"
        return Sessions(state, dsn, schema), own
    own |= {
        "host": "localhost",
        "port": "{postgres}",
        "name": DATABASE,
        "user": ROLE,
        "sslmode": mode,
    }
    return Sessions(state, None, schema), own
