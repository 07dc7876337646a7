"""Two sessions at once, their settings, and a session that outlives its block."""

from __future__ import annotations

import sys

import trio

from acp_trio import Client, ClientConnection
from acp_trio.schema import v1
from acp_trio.transports import process

EXAMPLE_AGENT = [sys.executable, "-m", "acp_trio", "agent"]


async def question(agent: ClientConnection, text: str, answers: dict[str, str]) -> None:
    async with agent.open_session("/") as session:
        answers[text] = await session.ask(text)


async def two_at_once(agent: ClientConnection) -> None:
    answers: dict[str, str] = {}
    async with trio.open_nursery() as nursery:
        nursery.start_soon(question, agent, "echo first", answers)
        nursery.start_soon(question, agent, "echo second", answers)
    print(sorted(answers.items()))


async def settings(agent: ClientConnection) -> None:
    async with agent.open_session("/") as session:
        print([mode.id for mode in session.state.available_modes], "now", session.state.current_mode_id)
        await session.set_config_option("voice", "loud")
        print(await session.ask("quiet, please"))


async def come_back(agent: ClientConnection) -> None:
    async with agent.open_session("/", keep=True) as session:
        await session.ask("remember this")
    async with agent.load_session(session.id, "/") as loaded:
        for update in loaded.replay:
            match update:
                case v1.UserMessageChunk(content=v1.TextContent(text=text)):
                    print("user:", text)
                case v1.AgentMessageChunk(content=v1.TextContent(text=text)):
                    print("agent:", text)
                case _:
                    pass


async def main() -> None:
    async with Client("sessions").connect(process(EXAMPLE_AGENT)) as agent:
        await two_at_once(agent)
        await settings(agent)
        await come_back(agent)


if __name__ == "__main__":
    trio.run(main)
