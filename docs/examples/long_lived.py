"""Sessions that callbacks open and close: a task of a nursery holds each one's block."""

from __future__ import annotations

import trio

from acp_trio import Agent, Client, ClientConnection, ClientSession, Turn
from acp_trio.schema import v1
from acp_trio.testing import open_pair

agent = Agent("echo")


@agent.on_prompt
async def echo(turn: Turn) -> v1.StopReason:
    await turn.say(turn.text)
    return "end_turn"


class Tab:
    """A tab of an editor: made by a callback, closed by another one."""

    def __init__(self, session: ClientSession, scope: trio.CancelScope) -> None:
        self.session = session
        self._scope = scope

    def close(self) -> None:
        self._scope.cancel()

    @classmethod
    async def run(cls, connection: ClientConnection, cwd: str, *, task_status: trio.TaskStatus[Tab]) -> None:
        """Start with `tab = await nursery.start(Tab.run, connection, cwd)`."""
        with trio.CancelScope() as scope:
            async with connection.open_session(cwd) as session:
                task_status.started(cls(session, scope))
                await trio.sleep_forever()


async def main() -> None:
    async with open_pair(Client("editor"), agent) as pair, trio.open_nursery() as tabs:
        first: Tab = await tabs.start(Tab.run, pair.agent, "/first")
        second: Tab = await tabs.start(Tab.run, pair.agent, "/second")
        print(await first.session.ask("one"), await second.session.ask("two"))
        first.close()
        print(await second.session.ask("three"))
        second.close()


if __name__ == "__main__":
    trio.run(main)
