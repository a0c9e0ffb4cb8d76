"""Files that say which environment it is, in the forms in which such files are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

_FORMS = ("{name}={value}\n", 'export {name}="{value}"\n', "{name}='{value}'  # set\n",
          "{name} = {value}\r\n")  # fmt: skip

_MORE = ("# ENVIRONMENT=production\n", "\n", "DATABASE_URL=${DATABASE_URL:-}\n", "FLAG=off\n",
         "OTHER_ENVIRONMENT=production\n", "GREETING=Grüße\n")  # fmt: skip


@st.composite
def signals(draw: Any, host: str) -> Mapping[str, str]:
    """The file of staging's tests, which all says staging; perhaps none."""
    if draw(st.booleans()):
        return {}
    said = [
        ("ENVIRONMENT", draw(st.sampled_from(("staging", "Staging", "STG", "stage")))),
        ("STAGING_ENV", draw(st.sampled_from(("1", "true", "YES", "on")))),
        ("AUTH_SERVICE_URL", f"https://{host}"),
    ]
    chosen = draw(st.lists(st.sampled_from(said), min_size=1, unique=True))
    lines = [draw(st.sampled_from(_FORMS)).format(name=name, value=value) for name, value in chosen]
    lines += draw(st.lists(st.sampled_from(_MORE), max_size=3))
    return {".env.staging.tests": "".join(draw(st.permutations(lines)))}
