"""What may be given to `request` and `notify`, and what of it is on the wire."""

from __future__ import annotations

import attrs
import pytest
import trio
import trio.testing

from acp_trio.jsonrpc import LocalMisuse
from acp_trio.schema import v1

from .peer import answer, call, connected, note

ASK = v1.ListSessionsRequest(cwd="/w")


@attrs.frozen
class Position:
    """A class of the application's own."""

    line_number: int
    column: int = 0


@pytest.mark.parametrize(
    "params, on_the_wire",
    [
        ({"a": [1]}, {"a": [1]}),
        ([1], [1]),
        (v1.Implementation(name="me", version="1"), {"name": "me", "version": "1"}),
        (Position(3), {"line_number": 3, "column": 0}),
    ],
    ids=["object", "array", "record", "own class"],
)
async def test_the_params_of_a_method_by_name_are_a_structure_or_a_record(autojump_clock, params, on_the_wire) -> None:
    async with connected() as (conn, peer):
        await conn.notify("_x/y", params)
        assert await peer.read() == note("_x/y", on_the_wire)


@pytest.mark.promise("P17")
async def test_what_json_cannot_hold_is_refused_in_words_that_help_before_anything_is_sent(autojump_clock) -> None:
    async with connected() as (conn, peer):
        with pytest.raises(TypeError, match="such as a message within a dict"):
            await conn.notify("_x/y", {"content": v1.TextContent(text="x")})
        await conn.notify("_x/y")
        assert await peer.read() == note("_x/y")


async def test_a_method_by_name_may_have_no_params_at_all(autojump_clock) -> None:
    async with connected() as (conn, peer):
        await conn.notify("_x/y")
        assert await peer.read() == note("_x/y")


@pytest.mark.promise("P17")
@pytest.mark.parametrize("params", ["text", 5, True])
async def test_params_that_are_no_structure_are_refused_before_anything_is_sent(autojump_clock, params) -> None:
    async with connected() as (conn, peer):
        with pytest.raises(LocalMisuse, match=f"params of _x/y must be .* not {type(params).__name__}"):
            await conn.request("_x/y", params)
        await conn.notify("_after")
        assert (await peer.read())["method"] == "_after"


@pytest.mark.promise("P17")
@pytest.mark.parametrize("arguments", [(ASK, {}), (v1.ListSessionsRequest,)], ids=["params beside it", "its class"])
async def test_a_message_is_given_itself_and_nothing_beside_it(autojump_clock, arguments) -> None:
    async with connected() as (conn, peer):
        with pytest.raises(LocalMisuse, match="give the message itself"):
            await conn.request(*arguments)
        await conn.notify("_after")
        assert (await peer.read())["method"] == "_after"


async def test_every_message_is_counted_in_either_direction(autojump_clock) -> None:
    async with connected() as (conn, peer):
        await peer.send(call(1, "_nobody"), note("_nobody"), answer(99, "?"))
        await peer.read()
        await conn.notify("_x/y")
        await peer.read()
        await trio.testing.wait_all_tasks_blocked()
        statistics = conn.statistics()
        assert (statistics.messages_received, statistics.messages_sent) == (3, 2)
        assert (statistics.held_by, statistics.held_seconds) == (None, 0.0)


@pytest.mark.promise("P1")
async def test_waiting_for_all_answers_ends_with_the_last_of_them(autojump_clock) -> None:
    async with connected() as (conn, peer):
        await peer.send(call(1, "_nobody"))
        assert "_nobody" in (await peer.read())["error"]["message"]
        await conn.wait_answered()
        sent = conn.send_request("_x/y")
        assert (await peer.read())["id"] == 1
        await peer.send(answer(1, {}))
        assert await sent.wait() == {}


@pytest.mark.promise("P17")
async def test_a_request_from_another_threads_trio_is_refused_and_harms_nothing() -> None:
    async def ask_from_there() -> None:
        with trio.fail_after(5):
            await conn.request("_x")

    async with connected() as (conn, peer):
        with trio.fail_after(20):
            with pytest.raises(LocalMisuse, match="another thread's"):
                await trio.to_thread.run_sync(trio.run, ask_from_there)
            await conn.notify("_after")
            assert await peer.read() == note("_after")
