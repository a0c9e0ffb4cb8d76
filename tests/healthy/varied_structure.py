"""Repositories in which what must be single is, written in ways that look as if it were not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

_HOMES = (
    "netra_backend/sockets/manager.py",
    "manager.py",
    "src/app/größe/manager.py",
    "backend/app/core/websocket/manager.py",
)

_DEFINED = (
    "class WebSocketManager:\n    def __init__(self):\n        self.sockets = {}\n",
    (
        "from typing import Generic, TypeVar\n\nT = TypeVar('T')\n\n\n"
        "class WebSocketManager(Generic[T]):\n    pass\n"
    ),
    (
        "from dataclasses import dataclass\n\n\n@dataclass(frozen=True)\nclass WebSocketManager:\n"
        "    limit: int = 10\n"
    ),
    (
        "try:\n    import uvloop\nexcept ImportError:\n    uvloop = None\n\n\n"
        "class WebSocketManager:\n    pass\n"
    ),
    "class WebSocketManager:\n    class State:\n        OPEN = 1\n",
)

_BESIDE = (
    ("app/uses.py", "from manager import WebSocketManager\n\nMANAGER = WebSocketManager()\n"),
    ("app/typed.py", ("from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n"
     "    from manager import WebSocketManager\n\n\ndef f(m: 'WebSocketManager'): ...\n")),
    ("app/child.py", ("from manager import WebSocketManager\n\n\n"
     "class QuietManager(WebSocketManager):\n    pass\n")),
    ("app/again.py", "from manager import WebSocketManager\n\n__all__ = ['WebSocketManager']\n"),
    ("app/text.py", "TEXT = '''\nclass WebSocketManager:\n    pass\n'''\n"),
    ("app/comment.py", "# class WebSocketManager:\n"),
    ("app/protocol.py", ("from typing import Protocol\n\n\n"
     "class WebSocketManagerProtocol(Protocol):\n    def send(self): ...\n")),
    ("tests/doubles.py", "class WebSocketManager:\n    sent = []\n"),
    ("tests/test_manager.py", "class WebSocketManager:\n    pass\n\n\ndef test_it():\n    pass\n"),
    ("conftest_of_old.txt", "class WebSocketManager:\n    pass\n"),
    ("app/factories.py", "class AFactory:\n    pass\n\n\nclass BFactory:\n    pass\n"),
    ("app/factory_text.py", "NAMES = ['CFactory', 'DFactory']\n"),
)  # fmt: skip
"""Files that name it, inherit from it, or are doubles of tests."""


@st.composite
def structures(draw: Any) -> tuple[Mapping[str, str], Mapping[str, Any]]:
    """Files, and the options of ``single-definition`` that are true of them."""
    if draw(st.booleans()):
        return {}, {}
    home = draw(st.sampled_from(_HOMES))
    files = dict(draw(st.lists(st.sampled_from(_BESIDE), max_size=5)))
    files[home] = draw(st.sampled_from(_DEFINED))
    options: dict[str, Any] = {}
    if draw(st.booleans()):
        options["homes"] = {"WebSocketManager": draw(st.sampled_from((home, f"/{home}")))}
    else:
        options["single"] = ["WebSocketManager"]
    if draw(st.booleans()):
        options["budgets"] = {"*Factory": draw(st.sampled_from((2, 20)))}
    return files, options
