"""An agent of ours that counts what passes on its wire, and writes that to the file it is given when it ends."""

import json
import sys
from collections import Counter
from pathlib import Path

import trio

from acp_trio import Agent, Turn
from acp_trio.jsonrpc import loads
from acp_trio.schema import v1
from acp_trio.transports import TappedFrame, stdio, tap

agent = Agent("soaked")
counts: Counter[str] = Counter()

OPTIONS = [v1.PermissionOption(option_id="yes", name="Yes", kind="allow_once")]


@agent.on_close_session
async def close(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
    return v1.CloseSessionResponse()


@agent.on_prompt
async def prompt(turn: Turn) -> str:
    match turn.text.split():
        case ["stream", count]:
            for number in range(int(count)):
                await turn.say(f"{number} ")
        case ["ask"]:
            async with turn.tool_call("Ask") as call:
                outcome = await turn.request_permission(call.as_update(), OPTIONS)
            await turn.say(type(outcome).__name__)
        case _:
            await turn.say("waiting")
            await trio.sleep_forever()
    return "end_turn"


def count(frame: TappedFrame) -> None:
    message = loads(frame.data)
    kind = message.get("method", "error" if "error" in message else "result")
    counts[f"{frame.direction} {kind}"] += 1


trio.run(agent.serve, tap(stdio(), count))
Path(sys.argv[1]).write_text(json.dumps(counts))
