"""Who may see what: a refusal, a defect, the body's own exception, a failed task."""

from __future__ import annotations

from typing import Any

import trio

from acp_trio import Agent, Client, PeerError, RequestError
from acp_trio.testing import open_pair

agent = Agent("fussy")


@agent.on_request("_example/refuse")
async def refuse(_params: Any) -> None:
    raise RequestError.invalid_params("the colour must be a name", {"colour": "#ff0000"})


@agent.on_request("_example/defect")
async def defect(_params: Any) -> None:
    raise ValueError("the password is hunter2")


async def fail_in_background() -> None:
    raise OSError("disk full")


async def main() -> None:
    client = Client("curious")

    async with open_pair(client, agent) as pair:
        for method in ("_example/refuse", "_example/defect", "_example/unheard-of"):
            try:
                await pair.agent.request(method)
            except PeerError as exc:
                print(exc)

    try:
        async with open_pair(client, agent) as pair, pair.agent.open_session("/"):
            raise KeyError("mine")
    except KeyError as exc:
        print("left as itself:", repr(exc))

    try:
        async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
            session.start_soon(fail_in_background)
            await trio.sleep_forever()
    except* OSError as group:
        print("left as a group:", repr(group.exceptions[0]))


if __name__ == "__main__":
    trio.run(main)
