"""An agent that breaks the rules on purpose: what does my client do?"""

from __future__ import annotations

import trio

from acp_trio import Client, ConnectionLost
from acp_trio.testing import ScriptedPeer, scripted_peer


async def play(agent: ScriptedPeer) -> None:
    await agent.answer_initialize()
    await agent.answer_new_session("s1")
    prompt = await agent.expect("session/prompt")
    await agent.send_bytes(b"Loading model... done\n")  # no JSON: the client logs it and goes on
    await agent.send({"id": 12345, "result": {}})  # answers nothing that was asked: counted
    await agent.send({"method": "session/update", "params": {"sessionId": "s1", "update": {"sessionUpdate": "new!"}}})
    await agent.respond(prompt, {"stopReason": "end_turn"})
    await agent.expect("session/prompt")
    await agent.hang_up()


async def main() -> None:
    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        nursery.start_soon(play, agent)
        async with Client("robust").connect(transport) as connection, connection.open_session("/") as session:
            async with session.prompt("first") as turn:
                async for update in turn:
                    print("update:", update)
            print("stop reason:", turn.stop_reason)
            print("malformed:", connection.statistics().malformed, "unknown:", connection.statistics().answers_unknown)
            try:
                await session.ask("second")
            except ConnectionLost as exc:
                print("lost:", exc)


if __name__ == "__main__":
    trio.run(main)
