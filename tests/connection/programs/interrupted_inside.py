"""Talks to an agent in its own process, and sends itself SIGINT when the package enters one function of its own.

Arguments: the module and the function in which Ctrl-C comes, and the how-manieth call of it by the main task. It says
what left, and what became of the connections.
"""

import signal
import sys
from pathlib import Path

import trio

from acp_trio import Agent, Client
from acp_trio.schema import v1
from acp_trio.transports import memory_pair

module, function, calls = sys.argv[1], sys.argv[2], int(sys.argv[3])
connections = []
agent = Agent("a", grace=0.2)


@agent.on_prompt
async def prompt(turn) -> str:
    await turn.say("x")
    return "end_turn"


@agent.on_close_session
async def close(_request) -> v1.CloseSessionResponse:
    return v1.CloseSessionResponse()


def interrupt_inside(task: trio.lowlevel.Task) -> None:
    """Send the signal from within the call, as if the key had been pressed then."""
    left = calls

    def watch(frame, event, _argument) -> None:
        nonlocal left
        code = frame.f_code
        if event != "call" or code.co_name != function or Path(code.co_filename).name != module:
            return
        if trio.lowlevel.current_task() is task:
            left -= 1
            if not left:
                sys.setprofile(None)
                print("interrupted in", function, flush=True)
                signal.raise_signal(signal.SIGINT)

    sys.setprofile(watch)


async def converse(clients) -> None:
    interrupt_inside(trio.lowlevel.current_task())
    async with Client("c", grace=0.2).connect(clients) as connection:
        connections.append(connection)
        async with connection.open_session("/") as session, session.prompt("hi") as turn:
            async for _ in turn:
                pass


async def main() -> None:
    clients, agents = memory_pair()
    async with trio.open_nursery() as nursery:
        connections.append(await nursery.start(agent.serve, agents))
        await converse(clients)


try:
    trio.run(main)
except* KeyboardInterrupt:
    sys.setprofile(None)
    numbers = [connection.statistics() for connection in connections]
    states = {connection.state for connection in numbers}
    pending = sum(connection.requests_waiting + connection.requests_in_flight for connection in numbers)
    print("left", *sorted(states), pending, flush=True)
