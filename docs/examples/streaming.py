"""Show a turn while it happens: text as it comes, tool calls as they change."""

from __future__ import annotations

import sys

import trio

from acp_trio import Client, ClientSession
from acp_trio.schema import v1
from acp_trio.transports import process

EXAMPLE_AGENT = [sys.executable, "-m", "acp_trio", "agent"]


async def show_turn(session: ClientSession, prompt: str) -> None:
    async with session.prompt(prompt) as turn:
        async for update in turn:
            match update:
                case v1.AgentMessageChunk(content=v1.TextContent(text=text)):
                    print(text, end="", flush=True)
                case v1.ToolCall(title=title, status=status):
                    print(f"[{title}: {status}]")
                case v1.ToolCallUpdate(status=str(status)):
                    print(f"[{status}]")
                case _:
                    pass  # there are more updates, and new ones every year
    print(f"\n({turn.stop_reason})")


async def main() -> None:
    client = Client("streaming")
    async with client.connect(process(EXAMPLE_AGENT)) as agent, agent.open_session("/") as session:
        await show_turn(session, "stream 3 10")
        await show_turn(session, "tool")


if __name__ == "__main__":
    trio.run(main)
