"""A program in trio_typing's names that uses our package: checked and run by `nox -s trio-typing`, not by pytest.

docs/design/decisions.md says why it exists and why trio-typing is no dependency.
"""

from __future__ import annotations

import trio
from trio_typing import Nursery, TaskStatus

from acp_trio import Agent
from acp_trio.schema import Request, record, v1
from acp_trio.transports import Link, Transport, memory_pair

agent = Agent("legacy", version="1.0")


@record
class Echo(Request[v1.TextContent]):
    method = "_echo"
    text: str


@agent.on_request(Echo)
async def echo(request: Echo, *, task_status: TaskStatus[v1.TextContent]) -> None:
    task_status.started(v1.TextContent(text=request.text))


async def hold_open(transport: Transport, *, task_status: TaskStatus[Link] = trio.TASK_STATUS_IGNORED) -> None:
    async with transport.open() as link:
        task_status.started(link)
        await trio.sleep_forever()


async def open_in(nursery: Nursery, transport: Transport) -> Link:
    link: Link = await nursery.start(hold_open, transport)
    return link


async def main() -> None:
    # Names that trio has and trio_typing's own stubs deny.
    with trio.CancelScope(relative_deadline=5):
        async with trio.open_nursery() as nursery:
            left, right = memory_pair()
            sender, receiver = await open_in(nursery, left), await open_in(nursery, right)
            await sender.write(b"hello")
            print(bytes(await receiver.receive()).decode())
            nursery.cancel_scope.cancel(reason="said hello")


if __name__ == "__main__":
    trio.run(main)
