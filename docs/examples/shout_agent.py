import trio

from acp_trio import Agent, Turn
from acp_trio.schema import v1
from acp_trio.transports import stdio

agent = Agent("shout")


@agent.on_prompt
async def shout(turn: Turn) -> v1.StopReason:
    async with turn.tool_call("Find the capitals", kind="think"):
        await turn.say(turn.text.upper())
    return "end_turn"


if __name__ == "__main__":
    trio.run(agent.serve, stdio())
