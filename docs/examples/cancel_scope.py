"""A cancel scope here is a cancelled handler there."""

from __future__ import annotations

from typing import Any

import trio

from acp_trio import Agent, AgentConnection, Client
from acp_trio.testing import open_pair

agent = Agent("slow")
client = Client("hurried")
told = trio.Event()


@agent.on_request("_example/forever", concurrent=True)
async def forever(_params: Any, asker: AgentConnection) -> None:
    try:
        await trio.sleep_forever()
    finally:
        # Clean-up may wait for things, shielded from the cancel and bounded.
        with trio.move_on_after(1, shield=True):
            await asker.notify("_example/last_words", {"words": "I was not done"})


@client.on_notification("_example/last_words")
async def last_words(params: Any) -> None:
    print("the agent says:", params["words"])
    told.set()


async def main() -> None:
    async with open_pair(client, agent) as pair:
        with trio.move_on_after(0.1):
            await pair.agent.request("_example/forever")
        await told.wait()
    print(pair.wire.methods("client"))
    print(pair.wire.messages[-1].message["error"]["code"])


if __name__ == "__main__":
    trio.run(main)
