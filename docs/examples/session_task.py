"""An agent's session as a block of the agent's own: it opens something, answers `session/new`, and stays."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from acp_trio import Agent, AgentSession, Client, Turn
from acp_trio.schema import v1
from acp_trio.testing import open_pair

agent = Agent("scratchpad")


@agent.on_new_session
async def new(
    _request: v1.NewSessionRequest, session: AgentSession, *, task_status: trio.TaskStatus[v1.NewSessionResponse]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        session.state = Path(directory)
        task_status.started(v1.NewSessionResponse(session_id=session.session_id))
        await trio.sleep_forever()  # until the session ends: then the directory goes with it


@agent.on_prompt
async def keep(turn: Turn) -> v1.StopReason:
    pad: Path = turn.session.state
    (pad / "notes.txt").write_text(turn.text)
    await turn.say(str(pad))
    return "end_turn"


@agent.on_close_session
async def close(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
    return v1.CloseSessionResponse()  # when this runs, nothing of the session runs any more


async def main() -> None:
    async with open_pair(Client("writer"), agent) as pair:
        async with pair.agent.open_session("/") as session:
            pad = Path(await session.ask("remember the milk"))
            print("while it is open:", (pad / "notes.txt").read_text())
        print("afterwards, the directory is there:", pad.exists())


if __name__ == "__main__":
    trio.run(main)
