"""The check ``websocket``."""

from checks.websocket.check import WebSocket

__all__ = ["WebSocket"]
