"""A proxy that prints what goes through, both ways, and changes nothing."""

from __future__ import annotations

import trio

from acp_trio import (
    CLIENT,
    Agent,
    Client,
    Dispatch,
    Handled,
    NotificationDispatch,
    Proxy,
    RequestDispatch,
    ResponseDispatch,
    Turn,
)
from acp_trio.conductor import Conductor
from acp_trio.schema import v1

proxy = Proxy("watch")
agent = Agent("brief")


@proxy.on_dispatch
async def watch(dispatch: Dispatch) -> Handled:
    arrow = "-->" if dispatch.sender is CLIENT else "<--"
    match dispatch:
        case RequestDispatch(method=method):
            print(arrow, method)
        case NotificationDispatch(
            typed=v1.SessionNotification(update=v1.AgentMessageChunk(content=v1.TextContent(text=text)))
        ):
            print(arrow, "the agent says:", text)
        case ResponseDispatch(method=method, is_error=refused):
            print(arrow, "refused:" if refused else "answered:", method)
        case _:
            print(arrow, dispatch.method)
    return Handled.no()


@agent.on_prompt
async def answer(turn: Turn) -> v1.StopReason:
    await turn.say("Yes.")
    return "end_turn"


async def main() -> None:
    row = Conductor([proxy], agent)
    async with Client("editor").connect(row) as conn, conn.open_session("/") as session:
        await session.ask("Is it Friday?")
        await session.ask("Still?")


if __name__ == "__main__":
    trio.run(main)
