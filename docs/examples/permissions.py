"""An agent asks before it deletes something; the client answers."""

from __future__ import annotations

import trio

from acp_trio import Agent, Client, Turn
from acp_trio.schema import v1
from acp_trio.testing import open_pair

agent = Agent("cleaner")
client = Client("careful")

OPTIONS = [
    v1.PermissionOption(option_id="yes", name="Delete it", kind="allow_once"),
    v1.PermissionOption(option_id="no", name="Keep it", kind="reject_once"),
]


@agent.on_prompt
async def clean(turn: Turn) -> v1.StopReason:
    async with turn.tool_call(f"rm -r {turn.text}", kind="delete") as call:
        match await turn.request_permission(call.as_update(), OPTIONS):
            case v1.SelectedOutcome(option_id="yes"):
                await turn.say(f"Deleted {turn.text}.")
            case v1.SelectedOutcome():
                call.fail("the user said no")
                await turn.say(f"Kept {turn.text}.")
            case _:  # cancelled, or an answer that this version does not know: neither is a yes
                return "cancelled"
    return "end_turn"


@client.on_permission
async def decide(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
    wanted = "allow_once" if request.tool_call.title == "rm -r build" else "reject_once"
    chosen = next(option for option in request.options if option.kind == wanted)
    return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id=chosen.option_id))


async def main() -> None:
    async with open_pair(client, agent) as pair, pair.agent.open_session("/") as session:
        print(await session.ask("build"))
        print(await session.ask("src"))


if __name__ == "__main__":
    trio.run(main)
