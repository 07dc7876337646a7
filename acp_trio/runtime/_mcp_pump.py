"""What becomes of the events of an agent's MCP servers.

Owns what the snapshot takes in, and which events go on to the session: tools and instructions are looked up when the
agent wants them, so only the snapshot changes; the rest somebody must see to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import attrs
import trio

from ..mcp import (
    ConnectionReady,
    Elicitation,
    InstructionsChanged,
    McpEvent,
    McpSnapshot,
    StatusesChanged,
    ToolsChanged,
)
from ._relay import Relay, RuntimeEvent
from ._watch import Watch


async def mcp_pump(agent: str, events: AsyncIterator[McpEvent], snapshot: Watch[McpSnapshot], relay: Relay) -> None:
    """Fold events into the snapshot and relay those that the session sees to, until they end or nobody delivers.

    Checkpoints. It waits for room in the relay, and for nothing else.
    """
    async for event in events:
        relayed = on_mcp_event(event, snapshot)
        if relayed is None:
            continue
        try:
            await relay.send(RuntimeEvent(agent, None, relayed))
        except trio.BrokenResourceError:
            dismiss(relayed)
            return


def on_mcp_event(event: McpEvent, snapshot: Watch[McpSnapshot]) -> McpEvent | None:
    """Fold one event into the snapshot; returns it if the session is to hear of it. No checkpoint."""
    match event:
        case ToolsChanged(tools=tools):
            snapshot.update(lambda now: attrs.evolve(now, tools=tools))
            return None
        case InstructionsChanged():
            snapshot.update(lambda now: _with_instructions(now, event))
            return None
        case StatusesChanged(statuses=statuses):
            snapshot.update(lambda now: attrs.evolve(now, statuses=statuses))
        case ConnectionReady(snapshot=ready):
            snapshot.set(attrs.evolve(ready, is_ready=True))
        case _:
            pass
    return event


def dismiss(payload: object) -> None:
    """Nobody will see to it: a question is answered `cancel`, so that no server waits for ever."""
    if isinstance(payload, Elicitation):
        payload.dismiss()


def _with_instructions(now: McpSnapshot, event: InstructionsChanged) -> McpSnapshot:
    others = {server: said for server, said in now.instructions.items() if server != event.server}
    if event.instructions is None:
        return attrs.evolve(now, instructions=others)
    return attrs.evolve(now, instructions=others | {event.server: event.instructions})
