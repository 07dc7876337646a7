"""The clients of one session: who is told what, while others come and go."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio.runtime._clients import Clients
from acp_trio.schema import v1

from .hosting import said, texts

pytestmark = pytest.mark.usefixtures("nothing_leaks")


class Told:
    """A client that remembers what it is told, and has room when told."""

    def __init__(self, *, has_room: bool = True) -> None:
        self.updates: list[v1.SessionUpdate] = []
        self.room = trio.Event()
        if has_room:
            self.room.set()

    async def update(self, update: v1.SessionUpdate) -> None:
        await self.room.wait()
        self.updates.append(update)


async def test_who_comes_or_goes_while_another_is_waited_for_is_told_nothing_of_it(autojump_clock):
    clients = Clients()
    slow, going, coming = Told(has_room=False), Told(), Told()
    for client in (slow, going):
        clients.add(as_session(client))
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(clients.update, said("one"), said("two"))
            await trio.testing.wait_all_tasks_blocked()
            clients.add(as_session(coming))
            clients.remove(as_session(going))
            slow.room.set()
    assert texts(slow.updates) == ["one", "two"]
    assert going.updates == coming.updates == []


def as_session(client: Told) -> Any:
    return client
