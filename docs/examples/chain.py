"""Who gets a message: handlers in the order of their registration, then routes, then the role."""

from __future__ import annotations

from typing import Any

import trio

from acp_trio import Agent, Client, Dispatch, Handled, Handlers, PeerError
from acp_trio.testing import open_pair

agent = Agent("chain")
polite = Handlers()  # registered as one, by include


@agent.on_dispatch
async def watch(dispatch: Dispatch) -> Handled:
    print("watch:", dispatch.method)
    return Handled.no()  # to the next one, as it is


@polite.on_request("_example/greet")
async def capitalize(params: Any) -> Handled:
    print("capitalize")
    return Handled.no({"name": params["name"].title()})  # to the next one, changed


@polite.on_request("_example/greet")
async def greet(params: Any) -> str | Handled:
    if params["name"] == "Nobody":
        return Handled.no()
    return f"Hello, {params['name']}"


agent.include(polite)


async def main() -> None:
    visitors = Handlers()

    @visitors.on_request("_example/greet")
    async def greet_visitor(params: Any) -> str:
        return f"Who are you, {params['name']}?"

    async with open_pair(Client("caller"), agent) as pair:
        print("=", await pair.agent.request("_example/greet", {"name": "ada"}))
        async with pair.client.route(visitors):
            print("=", await pair.agent.request("_example/greet", {"name": "nobody"}))
        try:
            await pair.agent.request("_example/greet", {"name": "nobody"})
        except PeerError as exc:
            print("=", exc)


if __name__ == "__main__":
    trio.run(main)
