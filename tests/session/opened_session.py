"""A session of ours, opened with an agent that the test plays."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import trio


@asynccontextmanager
async def open_session(agent: Any, connection: Any, session_id: str = "s") -> AsyncIterator[Any]:
    async with trio.open_nursery() as nursery:
        nursery.start_soon(agent.answer_new_session, session_id)
        async with connection.open_session("/", keep=True) as session:
            yield session
