"""Modules of the sandbox's repository that use coroutines: as they should, and in wrong ways.

The wrong ones are those of the incidents: `await get_websocket_manager()` on a plain function, a
session that is no context manager, fixtures that close the loop of other tests.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_PACKAGE: Final = '''\
"""WebSocket connections."""

from netra_backend.sockets.manager import WebSocketManager, get_websocket_manager

__all__ = ["WebSocketManager", "get_websocket_manager"]
'''

_MANAGER: Final = '''\
"""Who is connected."""

from contextlib import asynccontextmanager, contextmanager


class WebSocketManager:
    def __init__(self):
        self.connections = {}

    async def broadcast(self, message):
        for connection in self.connections.values():
            await connection.send(message)

    async def messages(self):
        for number, _ in enumerate(self.connections):
            yield number


_manager = None


def get_websocket_manager():
    global _manager
    if _manager is None:
        _manager = WebSocketManager()
    return _manager


@asynccontextmanager
async def session():
    manager = get_websocket_manager()
    yield manager
    await manager.broadcast("closed")


@contextmanager
def counted():
    yield len(get_websocket_manager().connections)
'''

_ANNOUNCEMENTS: Final = '''\
"""What is announced to all who are connected."""

import asyncio

from netra_backend.sockets import get_websocket_manager
from netra_backend.sockets.manager import counted, session


async def announce(message):
    with counted() as number:
        await asyncio.sleep(0 if number else 0.1)
    async with session() as manager:
        await manager.broadcast(message)


async def numbers():
    return [number async for number in get_websocket_manager().messages()]
'''

HEALTHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "netra_backend/sockets/__init__.py": _PACKAGE,
        "netra_backend/sockets/announcements.py": _ANNOUNCEMENTS,
        "netra_backend/sockets/manager.py": _MANAGER,
    }
)
"""Coroutines that are awaited, and context managers that are entered as they should be."""


def _module(imported: str, *lines: str) -> Mapping[str, str]:
    """One module more, with a coroutine of these lines."""
    body = "".join(f"    {line}\n" for line in lines)
    text = f'"""Restarts."""\n\n{imported}\n\n\nasync def restart():\n{body}'
    return MappingProxyType({"netra_backend/restarts.py": text})


AWAITS_PLAIN_FUNCTION: Final = _module(
    "from netra_backend.sockets import get_websocket_manager",
    "manager = await get_websocket_manager()",
    'await manager.broadcast("restart")',
)
"""The function is found through a re-export; the incident's own."""

NEVER_AWAITED: Final = _module(
    "from .sockets.announcements import announce as tell", 'tell("restart")'
)
"""Through a relative import and under another name."""

WRONG_CONTEXT_MANAGER: Final = _module(
    "from netra_backend.sockets import manager",
    "async with manager.counted() as number:",
    "    return number",
)
"""Through a module."""

WRONG_ITERATION: Final = _module(
    "from netra_backend.sockets.manager import WebSocketManager",
    "manager = WebSocketManager()",
    "for number in manager.messages():",
    "    print(number)",
)
"""A method of an object whose class is known."""

RUNNING_LOOP: Final = _module(
    "import asyncio\n\nfrom netra_backend.sockets.announcements import announce",
    'asyncio.run(announce("restart"))',
)

BLOCKING_CALL: Final = _module("import time", "time.sleep(5)")

LOOP_CLOSED_IN_TESTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "tests/sockets/conftest.py": '''\
"""One loop for all tests, which the first of them closes."""

import asyncio

import pytest


@pytest.fixture
def loop():
    loop = asyncio.get_event_loop()
    yield loop
    loop.close()
    asyncio.set_event_loop(asyncio.new_event_loop())
'''
    }
)
