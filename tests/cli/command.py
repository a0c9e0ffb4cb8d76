"""The command as a user runs it: a process of its own."""

import os
import subprocess
import sys


def netra_validate(*arguments, cwd, environ=None, text=True, **given):
    """Run the command and give what came of it."""
    variables = {key: value for key, value in os.environ.items() if key != "NETRA_ENV"}
    return subprocess.run(
        [sys.executable, "-P", "-m", "netra_validate", *map(str, arguments)],
        cwd=cwd,
        env={**variables, "COLUMNS": "200", **(environ or {})},
        capture_output=True,
        text=text,
        check=False,
        timeout=60,
        stdin=subprocess.DEVNULL,
        **given,
    )
