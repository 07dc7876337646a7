"""A role without a protocol: any method, both ways, from the first message on."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio import LocalMisuse, PeerError
from acp_trio.lowlevel import UntypedRole
from acp_trio.testing import scripted_peer


def calculator() -> UntypedRole:
    role = UntypedRole("calculator")

    @role.on_request("add")
    async def add(params):
        return sum(params)

    @role.on_request("double", concurrent=True)
    async def double(params, conn):
        return await conn.request("add", [params[0], params[0]])

    return role


@pytest.mark.promise("P20")
async def test_two_of_them_ask_each_other(autojump_clock) -> None:
    with trio.fail_after(60):
        async with calculator().connect(calculator()) as conn:
            assert await conn.request("add", [1, 2]) == 3
            assert await conn.request("double", [4]) == 8
            with pytest.raises(PeerError, match="-32601"):
                await conn.request("initialize", {})


@pytest.mark.parametrize("answers", [True, False])
async def test_it_answers_lines_that_are_no_messages_if_told_to(autojump_clock, answers) -> None:
    role = UntypedRole("r", answers_malformed=answers)
    with trio.fail_after(60):
        async with scripted_peer() as (peer, transport), role.connect(transport) as conn:
            await peer.send_bytes(b"noise\n")
            await trio.testing.wait_all_tasks_blocked()
            assert conn.statistics().malformed == 1
            await conn.notify("after", {})
            received = await peer.receive()
            assert ("error" in received) is answers


async def test_it_takes_no_handlers_once_it_has_connected(autojump_clock) -> None:
    async def subtract(params): ...

    role = calculator()
    with trio.fail_after(60):
        async with role.connect(calculator()):
            with pytest.raises(LocalMisuse, match="too late"):
                role.on_request("subtract")(subtract)
