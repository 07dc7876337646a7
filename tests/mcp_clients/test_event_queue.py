"""News that nobody takes: what is kept of it."""

from __future__ import annotations

import trio
import trio.testing

from acp_trio.mcp import (
    ConnectionReady,
    Elicitation,
    InstructionsChanged,
    McpEvent,
    McpServerStatus,
    McpSnapshot,
    StatusesChanged,
    ToolsChanged,
    UrlElicitationComplete,
)
from acp_trio.mcp._event_queue import EventQueue
from acp_trio.schema import v1


def question(server: str = "a") -> Elicitation:
    return Elicitation(server, "?", v1.ElicitationUrlMode(elicitation_id="1", url="https://x"))


async def rest(queue: EventQueue) -> list[McpEvent]:
    queue.close()
    return [event async for event in queue]


def statuses(state: str) -> StatusesChanged:
    return StatusesChanged([McpServerStatus(name="a", state=state)])  # type: ignore[arg-type]


async def test_of_states_only_the_latest_is_kept_in_its_place() -> None:
    queue = EventQueue()
    for _ in range(1000):
        queue.tell(statuses("connecting"))
        queue.tell(ToolsChanged([]))
        queue.tell(InstructionsChanged("a", "old"))
        queue.tell(InstructionsChanged("b", None))
    queue.tell(InstructionsChanged("a", "new"))
    queue.tell(statuses("failed"))
    assert await rest(queue) == [
        ToolsChanged([]),
        InstructionsChanged("b", None),
        InstructionsChanged("a", "new"),
        statuses("failed"),
    ]


async def test_questions_and_completions_are_all_kept() -> None:
    queue = EventQueue()
    events: list[McpEvent] = [
        question(),
        question(),
        UrlElicitationComplete("a", "1"),
        UrlElicitationComplete("a", "2"),
        ConnectionReady(McpSnapshot()),
    ]
    for event in events:
        queue.tell(event)
    assert await rest(queue) == events


async def test_a_question_that_nobody_waits_for_is_taken_back() -> None:
    queue = EventQueue()
    first, second = question(), question()
    queue.tell(first)
    queue.tell(second)
    queue.withdraw(first)
    assert await rest(queue) == [second]
    queue.withdraw(second)


async def test_who_waits_hears_of_news_and_of_the_end() -> None:
    queue = EventQueue()
    heard: list[McpEvent] = []

    async def listen() -> None:
        heard.extend([event async for event in queue])

    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(listen)
            await trio.testing.wait_all_tasks_blocked()
            queue.tell(ToolsChanged([]))
            await trio.testing.wait_all_tasks_blocked()
            queue.close()
    assert heard == [ToolsChanged([])]
