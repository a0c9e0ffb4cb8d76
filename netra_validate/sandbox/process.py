"""The sandbox as a process of its own, which ends with the one that started it."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

from netra_validate.sandbox import scenarios as known
from netra_validate.sandbox.names import PROJECT, REPOSITORY_FOLDER, REQUESTS_FILE

READY_WITHIN: Final = "NETRA_SANDBOX_READY_WITHIN_S"
"""The variable that says how long a sandbox may take to start, in seconds."""

READY_WITHIN_S: Final = 30.0
"""Seconds that a sandbox may take to start; it takes about one and a half."""
_STOPS_WITHIN_S: Final = 5.0
"""Seconds between being told to stop and being killed."""
_TAIL: Final = 2000
"""Characters of a failed sandbox's own words that an error carries."""
_PACKAGES: Final = ("starlette", "trustme", "uvicorn")
"""What the extra ``sandbox`` installs."""


class SandboxError(Exception):
    """The sandbox did not start."""


class SandboxUnavailable(SandboxError):
    """The sandbox cannot be started here: a package of its extra is not installed."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that takes requests.

    Attributes:
        folder: holds everything that it wrote.
        config_path: the configuration to validate it with.
        rest_port: port of the Google APIs that are served over REST.
        grpc_port: port of those that are served over gRPC, in plaintext.
    """

    folder: Path
    config_path: Path
    rest_port: int
    grpc_port: int
    _process: subprocess.Popen[bytes] = field(repr=False, compare=False)
    _words: IO[bytes] = field(repr=False, compare=False)

    def become(self, scenarios: Sequence[str] = ()) -> None:
        """Have the faults of these scenarios from now on, and no others, as if started with them.

        It takes a fraction of the time that another sandbox takes to start. The configuration is
        written anew; the ports and the requests noted so far stay.

        Args:
            scenarios: names in :data:`~netra_validate.sandbox.SCENARIOS`; their faults add up.

        Raises:
            UnknownScenario: there is no scenario of that name.
            SandboxError: it has ended; or it was started with other candidates, another way to its
                database, or a host without TLS, which cannot be changed.
        """
        names = [scenario.name for scenario in known.find(scenarios)]
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        with suppress(OSError):  # it has ended, which it is asked about next
            self._process.stdin.write(json.dumps(names).encode() + b"\n")
            self._process.stdin.flush()
        answer = _wait_until_ready(self._process, self._words)
        if "refused" in answer:
            raise SandboxError(answer["refused"])

    @property
    def pid(self) -> int:
        """Of its process."""
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What its process ended with; None while it runs."""
        return self._process.poll()

    @property
    def requests(self) -> tuple[Mapping[str, Any], ...]:
        """What was asked of it so far, in order: ``server``, ``method``, ``target``, ``at``."""
        text = (self.folder / REQUESTS_FILE).read_text(encoding="utf-8")
        return tuple(json.loads(line) for line in text.splitlines())

    @property
    def gcloud_environment(self) -> Mapping[str, str]:
        """Environment variables that point ``gcloud`` at this sandbox, without credentials.

        They lead there what is described and listed of services, connectors, databases, secrets,
        load balancers and certificates; not logs, which the sandbox tells over gRPC alone, and not
        jobs, accounts or the policy of a project. Nothing reaches Google. The user's configuration
        of ``gcloud`` is neither read nor changed: it has a folder of its own here.
        """
        address = f"http://127.0.0.1:{self.rest_port}/"
        return {
            "CLOUDSDK_CONFIG": str(self.folder / "gcloud"),
            "CLOUDSDK_CORE_PROJECT": PROJECT,
            "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
            "CLOUDSDK_CORE_DISABLE_USAGE_REPORTING": "true",
            "CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK": "true",
            "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_RUN": address,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_VPCACCESS": address,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_SQL": address,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_SECRETMANAGER": address,
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE": f"{address}compute/v1/",
            "CLOUDSDK_API_ENDPOINT_OVERRIDES_CERTIFICATEMANAGER": address,
            # gcloud writes the region and a hyphen before the host of Cloud Run's endpoint, and no
            # such host resolves; a proxy is asked for it without that.
            "CLOUDSDK_PROXY_TYPE": "http",
            "CLOUDSDK_PROXY_ADDRESS": "127.0.0.1",
            "CLOUDSDK_PROXY_PORT": str(self.rest_port),
        }


def require_packages() -> None:
    """Make sure that what only the sandbox needs is installed.

    Raises:
        SandboxUnavailable: it names what is missing and how to install it.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise SandboxUnavailable(
            f"the sandbox needs {', '.join(missing)}: pip install 'netra-validate[sandbox]'"
        )


@contextmanager
def launch(
    scenarios: Sequence[str] = (),
    *,
    folder: Path | None = None,
    heal_after_s: float | None = None,
) -> Iterator[Sandbox]:
    """Start a sandbox in a process of its own, and stop it at the end of the block.

    The process ends as well when this one does, however that happens, and removes a temporary
    folder: it watches its standard input. An interrupt from the keyboard does not reach it.

    Args:
        scenarios: names in :data:`~netra_validate.sandbox.SCENARIOS`; their faults add up.
        folder: where to write its files, new or without another sandbox; a temporary one, removed
            at the end, where left out.
        heal_after_s: seconds from when it takes requests until nothing is broken any more; never
            where left out.

    Raises:
        UnknownScenario: there is no scenario of that name.
        SandboxUnavailable: the extra ``sandbox`` is not installed.
        SandboxError: it did not start within :data:`READY_WITHIN_S`, with its last words; or the
            folder holds another.
    """
    names = [scenario.name for scenario in known.find(scenarios)]
    require_packages()
    with place(folder) as where, tempfile.TemporaryFile() as words:
        process = _start(names, where, words, remove=folder is None, heal_after_s=heal_after_s)
        try:
            ready = _wait_until_ready(process, words)
            yield Sandbox(
                folder=where,
                config_path=Path(ready["config"]),
                rest_port=ready["rest"],
                grpc_port=ready["grpc"],
                _process=process,
                _words=words,
            )
        finally:
            _stop(process)


@contextmanager
def place(folder: Path | None) -> Iterator[Path]:
    """``folder``, made where it is missing, or a temporary one that is removed at the end.

    Raises:
        SandboxError: another sandbox has been there. What it wrote would be taken for this one's.
    """
    if folder is None:
        made = tempfile.TemporaryDirectory(prefix="netra-sandbox-", ignore_cleanup_errors=True)
        with made as name:
            yield Path(name).resolve()
        return
    if (folder / REPOSITORY_FOLDER).exists():
        raise SandboxError(f"{folder} holds a sandbox already: name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    yield folder.resolve()


def _start(
    names: Sequence[str],
    folder: Path,
    words: IO[bytes],
    *,
    remove: bool,
    heal_after_s: float | None,
) -> subprocess.Popen[bytes]:
    """Start the process, out of reach of the terminal's signals."""
    arguments = [f"--scenario={name}" for name in names]
    if heal_after_s is not None:
        arguments.append(f"--heal-after={heal_after_s}")
    if remove:
        arguments.append("--remove-folder")
    apart: dict[str, Any] = {}
    if sys.platform == "win32":
        apart["creationflags"] = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        apart["process_group"] = 0
    # -P: a folder of the current directory must not stand in for a package of the same name.
    return subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-P", "-m", "netra_validate.sandbox", f"--folder={folder}", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=words,
        **apart,
    )


def _wait_until_ready(process: subprocess.Popen[bytes], words: IO[bytes]) -> dict[str, Any]:
    """The line in which the sandbox tells where it is."""
    within_s = _ready_within_s()
    lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    threading.Thread(target=_read_line, args=(process.stdout, lines), daemon=True).start()
    try:
        line = lines.get(timeout=within_s)
    except queue.Empty:
        raise SandboxError(
            f"the sandbox was not ready within {within_s:g} s{_tail(words)}; on a busy machine,"
            f" set {READY_WITHIN} to a higher number of seconds"
        ) from None
    if not line:
        code = process.wait()
        raise SandboxError(
            f"the sandbox ended with exit code {code} before it was ready{_tail(words)}"
        )
    ready: dict[str, Any] = json.loads(line)
    return ready


def _ready_within_s() -> float:
    """How long to wait, in seconds: :data:`READY_WITHIN` where it is a number."""
    try:
        asked = float(os.environ.get(READY_WITHIN, ""))
    except ValueError:
        return READY_WITHIN_S
    return min(asked, threading.TIMEOUT_MAX) if asked > 0 else READY_WITHIN_S


def _read_line(stream: IO[bytes], lines: queue.SimpleQueue[bytes]) -> None:
    """Windows cannot wait for a pipe with a timeout, so a thread reads it."""
    lines.put(stream.readline())


def _tail(words: IO[bytes]) -> str:
    words.seek(0)
    text = words.read().decode("utf-8", "replace").strip()
    return f":\n{text[-_TAIL:]}" if text else ""


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Close its standard input, which it takes as the end; kill it where it does not."""
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    with suppress(OSError):
        process.stdin.close()
    try:
        process.wait(_STOPS_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    finally:
        if process.stdout is not None:
            process.stdout.close()
