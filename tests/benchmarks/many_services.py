"""1 000 services that take 100 ms each, beside the same requests through bare httpx.

Each service has an address of its own on the loopback network, as each host has in the world: the
limit of four requests to one host is in force. Both sides are processes of their own, so that their
memory can be compared.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from measuring import Row

SERVICES = 1000
CONCURRENCY = 200
ROUNDS = 3

_SERVER = """
import asyncio, sys
BODY = b'{"status":"ok"}'
HEAD = b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n"
ANSWER = HEAD % len(BODY) + BODY
async def serve(reader, writer):
    while await reader.readuntil(b"\\r\\n\\r\\n"):
        await asyncio.sleep(0.1)
        writer.write(ANSWER)
        await writer.drain()
async def quietly(reader, writer):
    try:
        await serve(reader, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()
async def main():
    server = await asyncio.start_server(quietly, "0.0.0.0", 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""

_HTTPX = """
import asyncio, json, resource, sys, time
import httpx
async def main(urls, concurrency):
    gate = asyncio.Semaphore(concurrency)
    async with httpx.AsyncClient(timeout=30, limits=httpx.Limits(max_connections=None)) as client:
        async def one(url):
            async with gate:
                response = await client.get(url)
                assert response.json()["status"] == "ok"
        started = time.perf_counter()
        await asyncio.gather(*map(one, urls))
        return time.perf_counter() - started
urls, concurrency = json.load(sys.stdin)
taken = asyncio.run(main(urls, concurrency))
print(json.dumps([taken, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""

_OURS = """
import json, resource, sys, time
from pathlib import Path
from netra_validate import config, registry
from netra_validate.plan import Selection, plan
from netra_validate.plan import Limits
from netra_validate.threads import run_to_end
from netra_validate.validation import validate
path, concurrency = json.load(sys.stdin)
path = Path(path)
chosen = Selection(("health",))
planned = plan(registry.load(), config.load(path), "many", path.parent, chosen)
report = run_to_end(validate(planned, Limits(concurrency=concurrency)))
assert report.exit_code == 0, [probe for probe in report.probes if probe.findings][:1]
print(json.dumps([report.duration_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measure() -> Iterator[Row]:
    with _server() as port, tempfile.TemporaryDirectory() as folder:
        hosts = [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(SERVICES)]
        urls = [f"http://{host}:{port}/health" for host in hosts]
        path = Path(folder) / "netra-validate.toml"
        path.write_text("".join(map(_table, range(SERVICES), urls)))
        ours, bare = [], []
        for _ in range(ROUNDS):
            ours.append(_process(_OURS, [str(path), CONCURRENCY]))
            bare.append(_process(_HTTPX, [urls, CONCURRENCY]))
        what = f"{SERVICES} services of 100 ms, {CONCURRENCY} at once, beside bare httpx"
        yield Row(what, min(ours)[0], min(bare)[0], "at most 1.4×")
        memory = min(size for _, size in ours), min(size for _, size in bare)
        yield Row("  peak memory of both processes", *memory, "at most 1.5×", "M")


def _table(number: int, url: str) -> str:
    return (
        f'[environments.many.services.s{number}]\nurl = "{url.removesuffix("/health")}"\n'
        'health = ["/health"]\n'
    )


def _process(program: str, given: object) -> tuple[float, float]:
    done = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    taken, size = json.loads(done.stdout)
    return taken, size


class _server:  # noqa: N801 - reads as a function
    """The services: one process that listens on every loopback address."""

    def __enter__(self) -> int:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _SERVER], stdout=subprocess.PIPE, text=True
        )
        return int(self._process.stdout.readline())

    def __exit__(self, *exc: object) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._process.stdout.close()
