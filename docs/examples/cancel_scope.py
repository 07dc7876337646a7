"""A cancel scope here is a cancelled handler there."""

from __future__ import annotations

from typing import Any

import trio

from acp_trio import Agent, Client
from acp_trio.testing import open_pair

agent = Agent("slow")
told = trio.Event()


@agent.on_request("_example/forever", concurrent=True)
async def forever(_params: Any) -> None:
    try:
        await trio.sleep_forever()
    except trio.Cancelled:
        told.set()
        raise


async def main() -> None:
    async with open_pair(Client("hurried"), agent) as pair:
        with trio.move_on_after(0.1):
            await pair.agent.request("_example/forever")
        await told.wait()
        print(pair.wire.methods("client"))
        await pair.agent.flush()
    print(pair.wire.messages[-1].message["error"]["code"])


if __name__ == "__main__":
    trio.run(main)
