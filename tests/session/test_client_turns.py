"""A client's turns: the order of what arrives, at any chunk boundary, and what ends one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from acp_trio import Agent, Client, ConnectionLost, DispatchLoopHeld, LocalMisuse, PeerError, ProtocolViolation, Turn
from acp_trio.connection import _slice
from acp_trio.schema import v1
from acp_trio.testing import open_pair, scripted_peer
from acp_trio.transports import Link, Transport, memory_pair

from .opened_session import open_session

pytestmark = pytest.mark.promise("P4")


def texts(updates: list[Any]) -> list[str]:
    return [update.content.text for update in updates]


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.parametrize("one_write", [True, False])
async def test_a_turn_yields_its_updates_in_order_and_then_its_response(
    autojump_clock, connecting, text_update, one_write
):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("hello") as turn:
                request = await agent.expect("session/prompt")
                assert request["params"]["prompt"] == [{"type": "text", "text": "hello"}]
                answer = {"id": request["id"], "result": {"stopReason": "end_turn"}}
                messages = [text_update("s", str(number)) for number in range(100)]
                if one_write:
                    await agent.send(*messages, answer)
                    said = texts([update async for update in turn])
                else:
                    said = []
                    for message in messages:
                        await agent.send(message)
                        said += texts([await anext(turn)])
                    await agent.send(answer)
                    assert [update async for update in turn] == []
            assert said == [str(number) for number in range(100)]
            assert turn.stop_reason == "end_turn"
            assert turn.is_over


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.parametrize("one_write", [True, False])
async def test_an_update_behind_the_response_belongs_to_no_turn(autojump_clock, connecting, text_update, one_write):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.updates() as stream:
                async with session.prompt("hello") as turn:
                    request = await agent.expect("session/prompt")
                    answer = {"id": request["id"], "result": {"stopReason": "end_turn"}}
                    messages = [text_update("s", "in"), answer, text_update("s", "behind")]
                    for write in [messages] if one_write else [[message] for message in messages]:
                        await agent.send(*write)
                    await trio.testing.wait_all_tasks_blocked()
                    assert texts([update async for update in turn]) == ["in"]
                assert texts([await anext(stream)]) == ["behind"]


@pytest.mark.usefixtures("nothing_leaks")
async def test_updates_between_turns_reach_the_stream_and_no_turn(autojump_clock, connecting, text_update):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            await agent.send(text_update("s", "nobody listens"))
            await trio.testing.wait_all_tasks_blocked()
            async with session.updates() as one, session.updates() as two:
                await agent.send(text_update("s", "between"))
                assert texts([await anext(one)]) == ["between"]
                assert texts([await anext(two)]) == ["between"]
            async with session.prompt("hello") as turn:
                request = await agent.expect("session/prompt")
                await agent.send(text_update("s", "in"), {"id": request["id"], "result": {"stopReason": "end_turn"}})
                assert texts([update async for update in turn]) == ["in"]


@pytest.mark.usefixtures("nothing_leaks")
async def test_finish_takes_the_rest_and_returns_the_response(autojump_clock, connecting, text_update):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("hello") as turn:
                with pytest.raises(LocalMisuse, match="not over"):
                    _ = turn.stop_reason
                request = await agent.expect("session/prompt")
                answer = {"id": request["id"], "result": {"stopReason": "max_tokens", "_meta": {"n": 1}}}
                await agent.send(text_update("s", "a"), text_update("s", "b"), answer)
                assert texts([await anext(turn)]) == ["a"]
                response = await turn.finish()
                assert response == v1.PromptResponse(stop_reason="max_tokens", meta={"n": 1})
                assert await turn.finish() is response
                with pytest.raises(StopAsyncIteration):
                    await anext(turn)


@pytest.mark.usefixtures("nothing_leaks")
async def test_updates_that_are_not_valid_or_not_known_end_nothing(autojump_clock, connecting, text_update, caplog):
    def update(body: Any) -> dict[str, Any]:
        return {"method": "session/update", "params": {"sessionId": "s", "update": body}}

    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("hello") as turn:
                request = await agent.expect("session/prompt")
                await agent.send(
                    update({"sessionUpdate": "agent_message_chunk", "content": 7}),
                    update({"sessionUpdate": "of_the_future", "more": [1]}),
                    update({"no": "tag"}),
                    update(None),
                    {"method": "session/update", "params": None},
                    {"method": "session/update", "params": {"sessionId": 7, "update": {"sessionUpdate": "plan"}}},
                    text_update("s", "good"),
                    {"id": request["id"], "result": {"stopReason": "end_turn"}},
                )
                received = [update async for update in turn]
    assert isinstance(received[0], v1.UnknownSessionUpdate)
    assert received[0].tag == "of_the_future"
    assert texts(received[1:]) == ["good"]
    assert "not valid" in caplog.text


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.parametrize(
    "error, kind", [({"code": 1001, "message": "no"}, PeerError), ({"code": "x"}, ProtocolViolation)]
)
async def test_a_refused_prompt_raises_behind_its_updates_and_the_session_goes_on(
    autojump_clock, connecting, text_update, error, kind
):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("hello") as turn:
                request = await agent.expect("session/prompt")
                await agent.send(text_update("s", "first"), {"id": request["id"], "error": error})
                assert texts([await anext(turn)]) == ["first"]
                with pytest.raises(kind):
                    await anext(turn)
            async with session.prompt("again") as turn:
                await agent.respond(await agent.expect("session/prompt"), {"stopReason": "end_turn"})
                assert (await turn.finish()).stop_reason == "end_turn"


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.promise("P1")
async def test_a_lost_connection_raises_behind_what_arrived_before(autojump_clock, connecting, text_update):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.updates() as stream:
                async with session.prompt("hello") as turn:
                    await agent.expect("session/prompt")
                    await agent.send(text_update("s", "last"))
                    await agent.hang_up()
                    assert texts([await anext(turn)]) == ["last"]
                    with pytest.raises(ConnectionLost):
                        await anext(turn)
                with pytest.raises(ConnectionLost):
                    await anext(stream)
            with pytest.raises(ConnectionLost):
                await session.ask("anybody?")


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.promise("P1")
async def test_a_stream_that_is_opened_after_the_end_raises_and_does_not_hang(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            await agent.hang_up()
            await connection.wait_closed()
            async with session.updates() as stream:
                with pytest.raises(ConnectionLost):
                    await anext(stream)


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.promise("P11")
async def test_a_second_turn_at_once_is_misuse_and_harms_nothing(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("hello") as turn:
                with pytest.raises(LocalMisuse, match="open turn"):
                    await session.ask("me too")
                await agent.respond(await agent.expect("session/prompt"), {"stopReason": "end_turn"})
                await turn.finish()


@pytest.mark.usefixtures("nothing_leaks")
async def test_two_readers_of_one_turn_are_misuse(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("hello") as turn, trio.open_nursery() as nursery:
                nursery.start_soon(turn.finish)
                await trio.testing.wait_all_tasks_blocked()
                with pytest.raises(LocalMisuse, match="two tasks"):
                    await anext(turn)
                await agent.respond(await agent.expect("session/prompt"), {"stopReason": "end_turn"})


@pytest.mark.usefixtures("nothing_leaks")
async def test_cancelling_a_reader_loses_no_update(autojump_clock, connecting, text_update):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(50):
            async with session.prompt("hello") as turn:
                request = await agent.expect("session/prompt")
                said: list[Any] = []
                for number in range(5):
                    with trio.move_on_after(1) as scope:
                        said.append(await anext(turn))
                    assert scope.cancelled_caught
                    await agent.send(text_update("s", str(number)))
                    with trio.CancelScope() as late:
                        await trio.testing.wait_all_tasks_blocked()
                        late.cancel()
                        said.append(await anext(turn))
                await agent.send({"id": request["id"], "result": {"stopReason": "end_turn"}})
                said += [update async for update in turn]
    assert texts(said) == ["0", "1", "2", "3", "4"]


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.promise("P11")
async def test_the_updates_of_two_sessions_do_not_mix(autojump_clock):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        for number in range(20):
            await turn.say(f"{turn.text}{number} ")
            await trio.lowlevel.checkpoint()
        return "end_turn"

    said: dict[str, str] = {}

    async def ask(connection: Any, name: str) -> None:
        async with connection.open_session("/") as session:
            said[name] = await session.ask(name)

    with trio.fail_after(5):
        async with open_pair(Client("test"), agent) as pair, trio.open_nursery() as nursery:
            for name in "abcde":
                nursery.start_soon(ask, pair.agent, name)
    assert said == {name: "".join(f"{name}{number} " for number in range(20)) for name in "abcde"}


@pytest.mark.usefixtures("nothing_leaks")
@pytest.mark.rule(5)
@pytest.mark.promise("P5")
async def test_reading_a_turn_while_holding_the_loop_raises_at_once(autojump_clock, connecting, text_update):
    async with connecting(Client("test")) as (agent, connection), open_session(agent, connection) as session:
        with trio.fail_after(5):
            async with session.prompt("hello") as turn, session.updates() as stream, trio.open_nursery() as nursery:
                request = await agent.expect("session/prompt")

                async def answer() -> None:
                    lists = await agent.expect("session/list")
                    await agent.send(text_update("s", "first"), {"id": lists["id"], "result": {"sessions": []}})

                nursery.start_soon(answer)
                async with connection.request_held(v1.ListSessionsRequest()):
                    assert texts([await anext(turn)]) == ["first"]  # it is there: no wait
                    with pytest.raises(DispatchLoopHeld, match="the next update"):
                        await anext(turn)
                    with pytest.raises(DispatchLoopHeld, match="the next update"):
                        await anext(stream)
                await agent.respond(request, {"stopReason": "end_turn"})
                assert (await turn.finish()).stop_reason == "end_turn"


class _Splitting(Transport):
    """Delivers what arrives in pieces of the given sizes, and then all that is left."""

    def __init__(self, inner: Transport, sizes: list[int]) -> None:
        self._inner = inner
        self._sizes = sizes

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Link]:
        async with self._inner.open() as link:
            yield _SplittingLink(link, self._sizes)


class _SplittingLink(Link):
    name = "splitting"

    def __init__(self, inner: Link, sizes: list[int]) -> None:
        self._inner = inner
        self._sizes = list(sizes)
        self._rest = b""
        self._ended = False

    async def receive(self) -> bytes:
        size = self._sizes.pop(0) if self._sizes else 65536
        while not self._rest and not self._ended:
            chunk = await self._inner.receive()
            self._rest += chunk
            self._ended = not chunk
        # More may be there already: a piece may span several writes.
        piece, self._rest = self._rest[:size], self._rest[size:]
        await trio.lowlevel.checkpoint()
        return piece

    async def write(self, data: bytes | memoryview) -> None:
        await self._inner.write(data)


@settings(max_examples=60)
@given(sizes=st.lists(st.integers(1, 150), max_size=80), slow=st.booleans())
def test_updates_come_in_order_before_the_response_at_any_chunk_boundary(sizes, slow):
    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(_one_conversation, sizes, slow, clock=clock)


async def _one_conversation(sizes: list[int], slow: bool) -> None:
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        for number in range(10):
            await turn.say(str(number))
        return "end_turn"

    agents_end, clients_end = memory_pair()
    with trio.fail_after(60):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(agent.serve, agents_end)
            client = Client("test")
            async with (
                client.connect(_Splitting(clients_end, sizes)) as connection,
                connection.open_session("/") as session,
            ):
                for _ in range(2):
                    said = []
                    async with session.prompt("go") as turn:
                        async for update in turn:
                            said += texts([update])
                            if slow:
                                await trio.testing.wait_all_tasks_blocked()
                    assert said == [str(number) for number in range(10)]
                    assert turn.stop_reason == "end_turn"


@settings(max_examples=40)
@given(cuts=st.lists(st.integers(1, 1500), max_size=20, unique=True))
def test_early_updates_a_turn_and_late_updates_each_find_their_place_at_any_chunk_boundary(cuts):
    clock = trio.testing.MockClock(autojump_threshold=0)
    trio.run(_early_and_late, sorted(cuts), clock=clock)


async def _early_and_late(cuts: list[int]) -> None:
    def update(text: str) -> bytes:
        return (
            b'{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"s","update":{"sessionUpdate":'
            b'"agent_message_chunk","content":{"type":"text","text":"%s"}}}}\n' % text.encode()
        )

    async def send_in_pieces(agent: Any, data: bytes) -> None:
        for start, end in zip([0, *cuts], [*cuts, len(data)], strict=True):
            if piece := data[start : max(start, end)]:
                await agent.send_bytes(piece)

    def answer(request: Any, result: bytes) -> bytes:
        return b'{"jsonrpc":"2.0","id":%d,"result":%s}\n' % (request["id"], result)

    async def play(agent: Any) -> None:
        await agent.answer_initialize()
        new = await agent.expect("session/new")
        await send_in_pieces(agent, update("early") + answer(new, b'{"sessionId":"s"}') + update("soon"))
        prompt = await agent.expect("session/prompt")
        ended = answer(prompt, b'{"stopReason":"end_turn"}')
        await send_in_pieces(agent, update("one") + update("two") + ended + update("late"))

    with trio.fail_after(60):
        async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
            nursery.start_soon(play, agent)
            async with Client("test").connect(transport) as connection, connection.open_session("/") as session:
                assert texts(list(session.replay)) == ["early"]
                async with session.updates() as stream:
                    await trio.testing.wait_all_tasks_blocked()
                    async with session.prompt("go") as turn:
                        assert texts([update async for update in turn]) == ["one", "two"]
                    await trio.testing.wait_all_tasks_blocked()
                    outside: list[Any] = []
                    with trio.move_on_after(1):
                        while True:
                            outside.append(await anext(stream))
                    assert texts(outside) in (["soon", "late"], ["late"])


@pytest.mark.parametrize("time, fewest, most", [(-1.0, 15, 30), (1000.0, 1, 6)], ids=["is over", "is not over"])
async def test_a_reader_of_what_is_there_lets_others_run_when_its_time(autojump_clock, monkeypatch, time, fewest, most):
    monkeypatch.setattr(_slice, "SLICE", time)
    agent = Agent("test")

    @agent.on_prompt
    async def talk(turn: Turn) -> str:
        for _ in range(200):
            await turn.say("word ")
        return "end_turn"

    runs = taken = 0

    async def run_too() -> None:
        nonlocal runs
        while True:
            await trio.lowlevel.checkpoint()
            runs += 1

    with trio.fail_after(5):
        async with (
            open_pair(Client("test"), agent) as pair,
            pair.agent.open_session("/") as session,
            session.prompt("go") as turn,
            trio.open_nursery() as nursery,
        ):
            await trio.testing.wait_all_tasks_blocked()  # everything is there
            nursery.start_soon(run_too)
            async for _ in turn:
                taken += 1
            nursery.cancel_scope.cancel()
    assert taken == 200
    assert fewest <= runs <= most
