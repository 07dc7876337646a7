"""Sessions that callbacks open and close: a nursery holds each one's block."""

from __future__ import annotations

import trio

from acp_trio import Agent, Client, ClientSession, Turn
from acp_trio.schema import v1
from acp_trio.testing import open_pair

agent = Agent("echo")


@agent.on_prompt
async def echo(turn: Turn) -> v1.StopReason:
    await turn.say(turn.text)
    return "end_turn"


async def main() -> None:
    async with open_pair(Client("editor"), agent) as pair, trio.open_nursery() as tabs:
        first: ClientSession = await tabs.start(pair.agent.run_session, "/first")
        second: ClientSession = await tabs.start(pair.agent.run_session, "/second")
        print(await first.ask("one"), await second.ask("two"))
        await first.close()
        print(await second.ask("three"))
        await second.close()


if __name__ == "__main__":
    trio.run(main)
