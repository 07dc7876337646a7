"""Deadlines are trio's: around a turn, around everything. The agent is told, and its answer is awaited."""

from __future__ import annotations

import sys

import trio

from acp_trio import Client
from acp_trio.transports import process

EXAMPLE_AGENT = [sys.executable, "-m", "acp_trio", "agent"]


async def main() -> None:
    with trio.fail_after(60):  # a bound on all of it, the start of the process included
        async with Client("hurried").connect(process(EXAMPLE_AGENT)) as agent, agent.open_session("/") as session:
            async with session.prompt("sleep 3600") as turn:
                with trio.move_on_after(0.2) as deadline:
                    async for update in turn:
                        print(update)
                if deadline.cancelled_caught:
                    print("gave up")
            # Leaving the block told the agent to cancel and took its answer.
            print("the agent says:", turn.stop_reason)
            print(await session.ask("echo still here"))


if __name__ == "__main__":
    trio.run(main)
