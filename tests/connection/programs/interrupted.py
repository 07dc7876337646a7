"""Runs two connections to each other and waits for Ctrl-C; then says what became of them.

Argument: where the main task is when it comes (`body`, `request`, `hold`, `room`, `leaving`), or who else is at work
(`handler` holds the other side's loop, `task` runs beside the body).
"""

import sys

import trio
import trio.testing

from acp_trio.connection import Connection, Hooks, Limits, make_handler, open_connection
from acp_trio.schema import v1
from acp_trio.transports import memory_pair

place = sys.argv[1]
cleaned = []
connections = []


async def forever(_params=None) -> None:
    try:
        await trio.sleep_forever()
    finally:
        cleaned.append("handler" if _params is not None else "task")


async def response(_request) -> v1.ListSessionsResponse:
    return v1.ListSessionsResponse(sessions=[])


hooks = Hooks()
for handler in (
    make_handler("forever", forever, is_request=True, concurrent=place != "handler"),
    make_handler(v1.ListSessionsRequest, response, is_request=True, concurrent=False),
):
    hooks.handlers.add(handler)


def make(link) -> Connection:
    connections.append(
        Connection(link, hooks, Limits(maximum_frame=100_000, outgoing_soft=1000), 20.0 if place == "leaving" else 0.2)
    )
    return connections[-1]


# Protected, so that Ctrl-C reaches the main task, where it is, and not this one.
@trio.lowlevel.enable_ki_protection
async def say_ready_once_everybody_waits() -> None:
    await trio.testing.wait_all_tasks_blocked(0.05)
    print("ready", flush=True)


async def body(conn: Connection, nursery: trio.Nursery) -> None:
    if place == "leaving":
        with trio.move_on_after(0.1):
            while True:
                await conn.notify("filler", ["x" * 50_000])
    nursery.start_soon(say_ready_once_everybody_waits)
    if place == "leaving":
        return
    if place == "request":
        await conn.request("forever", {})
    elif place == "hold":
        async with conn.request_held(v1.ListSessionsRequest()):
            await trio.sleep_forever()
    elif place == "room":
        while True:
            await conn.notify("filler", ["x" * 50_000])
    elif place == "handler":
        nursery.start_soon(outcome, conn)
        await trio.sleep_forever()
    elif place == "task":
        conn.start_soon(forever)
        await trio.sleep_forever()
    else:
        await trio.sleep_forever()


async def outcome(conn: Connection) -> None:
    try:
        await conn.request("forever", {})
    except Exception as exc:  # noqa: BLE001 - said below
        cleaned.append(type(exc).__name__)


async def main() -> None:
    left, right = memory_pair()
    async with trio.open_nursery() as nursery:
        if place in {"room", "leaving"}:  # a peer that does not read
            async with right.open(), open_connection(left, make) as conn:
                await body(conn, nursery)
        else:
            async with open_connection(right, make), open_connection(left, make) as conn:
                await body(conn, nursery)


try:
    trio.run(main)
except* KeyboardInterrupt:
    numbers = [conn.statistics() for conn in connections]
    states = {conn.state for conn in numbers}
    pending = sum(conn.requests_waiting + conn.requests_in_flight for conn in numbers)
    print("interrupted", *sorted(states), pending, *sorted(cleaned), flush=True)
