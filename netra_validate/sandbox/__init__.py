"""A whole staging environment on loopback, healthy or broken on purpose.

::

    with launch(["connector-down"]) as sandbox:
        run("--config", sandbox.config_path)

Importing this is cheap: starlette, grpc and Google's libraries are imported where it is served.
"""

from __future__ import annotations

from netra_validate.sandbox.foreground import serve
from netra_validate.sandbox.process import Sandbox, SandboxError, SandboxUnavailable, launch
from netra_validate.sandbox.scenario import Scenario
from netra_validate.sandbox.scenarios import SCENARIOS, UnknownScenario

__all__ = [
    "SCENARIOS",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailable",
    "Scenario",
    "UnknownScenario",
    "launch",
    "serve",
]
