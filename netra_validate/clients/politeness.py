"""Few questions to one server at a time.

The load balancer that users put in front of their services bans an address that asks too often, and
a ban looks like an outage.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from netra_validate.clients.budget import Budget


class Politeness:
    """A limit on the exchanges under way with one host and port, shared by all clients of a run.

    Attributes:
        exchanges: how many there were so far, by host and port.
        most: how many were under way at once.
        most_to_one: how many of them with one host and port.
    """

    def __init__(self, per_host: int) -> None:
        self.exchanges: Counter[tuple[str, int]] = Counter()
        self.most = 0
        self.most_to_one = 0
        self._under_way: Counter[tuple[str, int]] = Counter()
        self._limits: defaultdict[tuple[str, int], asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(per_host)
        )

    @asynccontextmanager
    async def turn(self, host: str, port: int, budget: Budget) -> AsyncIterator[None]:
        """Wait for a place at the server and hold it; the budget learns how long that took."""
        place = (host.lower().rstrip("."), port)
        limit = self._limits[place]
        with budget.waiting():
            await limit.acquire()
        self.exchanges[place] += 1
        self._under_way[place] += 1
        self.most = max(self.most, self._under_way.total())
        self.most_to_one = max(self.most_to_one, self._under_way[place])
        try:
            yield
        finally:
            self._under_way[place] -= 1
            limit.release()
