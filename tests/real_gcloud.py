"""The parser of the installed ``gcloud``, in one process for all commands of a test run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

_PARSE = Path(__file__).parent / "oracles" / "parse_gcloud.py"


def _root():
    """The folder of the Cloud SDK, or None where there is none that can be asked."""
    found = shutil.which("gcloud")
    root = Path(found).resolve().parent.parent if found else None
    return root if root is not None and (root / "lib" / "googlecloudsdk").is_dir() else None


class RealGcloud:
    """Starts when it is first asked; must be closed."""

    def __init__(self):
        self.root = _root()
        self._known = {}
        self._process = None
        self._open = ExitStack()

    def problem(self, argv):
        """What the real parser has against a command; None where it takes it, or is not here."""
        if self.root is None:
            return None
        if argv not in self._known:
            self._known[argv] = self._ask(argv)
        return self._known[argv]

    def _ask(self, argv):
        if self._process is None:
            self._process = self._open.enter_context(self._started())
        self._process.stdin.write(json.dumps(argv[1:]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def _started(self):
        settings = self._open.enter_context(tempfile.TemporaryDirectory())
        bundled = self.root / "platform" / "bundledpythonunix" / "bin" / "python3"
        python = bundled if bundled.is_file() else Path(sys.executable)
        return subprocess.Popen(
            [python, "-S", _PARSE, self.root / "lib"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            # Settings of its own: those of a person could fill in what a command leaves out.
            env={"PATH": os.environ["PATH"], "CLOUDSDK_CONFIG": settings},
        )

    def close(self):
        """End the process; leaving its context closes its pipes and waits for it."""
        self._open.close()
