"""Sessions that a proxy opens for its client: the hand-over, its order, its bounds and its end."""

from __future__ import annotations

import tracemalloc
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from acp_trio import CLIENT, DispatchLoopHeld, Limits, LocalMisuse, Proxy, SessionOverrun
from acp_trio.schema import Request, evolve, v1

from .conducted import NEW, conducted

OPEN = {"sessionId": "s"}
PROMPT = {"sessionId": "s", "prompt": []}


def update(number: int, session_id: str = "s") -> dict:
    content = {"type": "text", "text": str(number)}
    return {
        "method": "session/update",
        "params": {"sessionId": session_id, "update": {"sessionUpdate": "agent_message_chunk", "content": content}},
    }


class RelayingProxy:
    """A proxy that opens every session itself and relays it when the test says so."""

    def __init__(self, **arguments) -> None:
        self.proxy = Proxy("relaying", **arguments)
        self.may_relay = trio.Event()
        self.left = trio.Event()
        self.failures: list[Exception] = []

        @self.proxy.on_request(v1.NewSessionRequest | v1.LoadSessionRequest, sender=CLIENT, concurrent=True)
        async def open_session(request, conn, *, task_status) -> None:
            try:
                async with conn.open_session(evolve(request, cwd="/changed")) as session:
                    task_status.started(session.response)
                    await self.may_relay.wait()
                    await session.relay()
            except SessionOverrun as exc:
                self.failures.append(exc)
            finally:
                self.left.set()


@asynccontextmanager
async def opened(relaying: RelayingProxy):
    """A session that the proxy has opened and answered."""
    async with conducted(relaying.proxy) as (conductor, conn):
        await conductor.from_client({"id": "new", "method": "session/new", "params": NEW})
        whom, request = await conductor.heard()
        assert (whom, request["params"]["cwd"]) == ("agent", "/changed")
        await conductor.wire.respond(request, OPEN)
        assert await conductor.heard() == ("answer", {"id": "new", "result": OPEN})
        yield conductor, conn


@pytest.mark.promise("P4")
async def test_what_comes_before_relay_waits_and_then_goes_first(autojump_clock) -> None:
    relaying = RelayingProxy()
    async with opened(relaying) as (conductor, _):
        await conductor.from_agent(update(1), {"id": "q", "method": "_ask", "params": OPEN}, update(2))
        await conductor.from_client({"id": "p", "method": "session/prompt", "params": PROMPT})
        await trio.testing.wait_all_tasks_blocked()
        relaying.may_relay.set()
        await conductor.from_agent(update(3))
        heard = [await conductor.heard() for _ in range(5)]
        assert [whom for whom, _ in heard] == ["client", "client", "client", "agent", "client"]
        assert [message["method"] for _, message in heard] == [
            "session/update",
            "_ask",
            "session/update",
            "session/prompt",
            "session/update",
        ]
        assert [heard[place][1] for place in (0, 2, 4)] == [update(1), update(2), update(3)]
        await conductor.wire.respond(heard[3][1], {"stopReason": "end_turn"})
        assert await conductor.heard() == ("answer", {"id": "p", "result": {"stopReason": "end_turn"}})


@pytest.mark.promise("P4")
async def test_nothing_is_lost_or_reordered_wherever_the_hand_over_falls(autojump_clock) -> None:
    for handed_over_at in range(12):
        relaying = RelayingProxy()
        async with opened(relaying) as (conductor, _):
            for number in range(10):
                if number == handed_over_at:
                    relaying.may_relay.set()
                await conductor.from_agent(update(number))
            relaying.may_relay.set()
            assert [await conductor.heard() for _ in range(10)] == [("client", update(number)) for number in range(10)]


async def test_other_sessions_go_through_meanwhile(autojump_clock) -> None:
    async with opened(RelayingProxy()) as (conductor, _):
        await conductor.from_agent(update(1), update(2, "other"))
        assert await conductor.heard() == ("client", update(2, "other"))


@pytest.mark.promise("P18")
async def test_a_loaded_sessions_replay_goes_through_before_its_response(autojump_clock) -> None:
    relaying = RelayingProxy()
    async with conducted(relaying.proxy) as (conductor, _):
        await conductor.from_client({"id": "load", "method": "session/load", "params": {**NEW, "sessionId": "s"}})
        _, request = await conductor.heard()
        await conductor.from_agent(update(1), update(2))
        await conductor.wire.respond(request, {})
        assert await conductor.heard() == ("client", update(1))
        assert await conductor.heard() == ("client", update(2))
        assert await conductor.heard() == ("answer", {"id": "load", "result": {}})


async def test_a_refused_session_is_refused_to_the_client_as_it_was_by_the_agent(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def open_session(request, conn, *, task_status) -> None:
        async with conn.open_session(request):
            raise AssertionError("not reached")

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": "new", "method": "session/new", "params": NEW})
        _, request = await conductor.heard()
        await conductor.wire.refuse(request, -32000, "authenticate first")
        _, answer = await conductor.heard()
        assert answer["error"] == {"code": -32000, "message": "authenticate first"}


async def test_a_session_that_the_client_closes_ends_the_relay(autojump_clock) -> None:
    relaying = RelayingProxy()
    relaying.may_relay.set()
    async with opened(relaying) as (conductor, connection):
        await conductor.from_client({"id": "c", "method": "session/close", "params": OPEN})
        _, request = await conductor.heard()
        assert not relaying.left.is_set()
        await conductor.wire.respond(request, {})
        assert await conductor.heard() == ("answer", {"id": "c", "result": {}})
        await relaying.left.wait()
        await conductor.from_client({"method": "_after", "params": {}})
        assert (await conductor.heard())[1]["method"] == "_after"  # it was not closed twice
        assert not connection.relays._relayed  # a proxy that runs for a year remembers no session of yesterday


async def test_a_close_that_the_agent_refuses_does_not_end_the_relay(autojump_clock) -> None:
    relaying = RelayingProxy()
    relaying.may_relay.set()
    async with opened(relaying) as (conductor, _):
        await conductor.from_client({"id": "c", "method": "session/close", "params": OPEN})
        _, request = await conductor.heard()
        await conductor.wire.refuse(request, 1, "no")
        await conductor.heard()
        await trio.testing.wait_all_tasks_blocked()
        assert not relaying.left.is_set()


async def test_a_session_whose_block_is_left_before_its_relay_refuses_what_waits_and_is_closed(autojump_clock) -> None:
    proxy, leave = Proxy("p"), trio.Event()

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def open_session(request, conn, *, task_status) -> None:
        async with conn.open_session(request) as session:
            task_status.started(session.response)
            await leave.wait()

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": "new", "method": "session/new", "params": NEW})
        _, request = await conductor.heard()
        await conductor.wire.respond(request, OPEN)
        await conductor.heard()
        await conductor.from_client({"id": "p", "method": "session/prompt", "params": PROMPT})
        await trio.testing.wait_all_tasks_blocked()
        leave.set()
        heard = [await conductor.heard() for _ in range(2)]
        (close,) = [message for whom, message in heard if whom == "agent"]
        assert close["method"] == "session/close"
        await conductor.wire.respond(close, {})
        (refused,) = [message for whom, message in heard if whom == "answer"]
        assert refused["error"]["code"] == -32002


@pytest.mark.promise("P10")
@pytest.mark.rule(14)
async def test_too_much_that_waits_for_a_relay_ends_that_session_alone(autojump_clock) -> None:
    relaying = RelayingProxy(limits=Limits(session_inbox=20_000))
    async with opened(relaying) as (conductor, _):
        await conductor.from_agent(*[update(number) for number in range(20)])
        await conductor.from_agent(update(1, "other"))
        assert await conductor.heard() == ("client", update(1, "other"))
        relaying.may_relay.set()
        await relaying.left.wait()
        assert len(relaying.failures) == 1


@pytest.mark.promise("P10")
@pytest.mark.parametrize("kind", ["an update", "an empty notification", "a request"])
async def test_many_small_messages_that_wait_for_a_relay_take_no_more_memory_than_they_may(
    autojump_clock, kind
) -> None:
    empty = {"method": "_n", "params": {"sessionId": "s"}}
    message = {"an update": update(7), "an empty notification": empty, "a request": {"id": 1, **empty}}[kind]
    limits = Limits(session_inbox=1024 * 1024)
    relaying = RelayingProxy(limits=limits)
    async with opened(relaying) as (conductor, _), trio.open_nursery() as nursery:
        nursery.start_soon(discard, conductor)
        tracemalloc.start()
        most = 0
        for _ in range(30):
            await conductor.from_agent(*[message] * 250)
            await trio.testing.wait_all_tasks_blocked()
            most = max(most, tracemalloc.get_traced_memory()[0])
        tracemalloc.stop()
        assert most < 1.5 * limits.session_inbox
        nursery.cancel_scope.cancel()


async def discard(conductor) -> None:
    """Read what is answered, so that nobody waits for room."""
    while True:
        await conductor.heard()


async def test_a_proxy_prompts_in_the_session_before_it_hands_it_over(autojump_clock) -> None:
    proxy, texts = Proxy("p"), []

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def open_session(request, conn, *, task_status) -> None:
        async with conn.open_session(request) as session:
            texts.append(await session.ask("who are you?"))
            task_status.started(session.response)
            await session.relay()

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": "new", "method": "session/new", "params": NEW})
        _, request = await conductor.heard()
        await conductor.wire.respond(request, OPEN)
        _, prompt = await conductor.heard()
        assert prompt["method"] == "session/prompt"
        await conductor.from_agent(update(4))
        await conductor.wire.respond(prompt, {"stopReason": "end_turn"})
        assert await conductor.heard() == ("answer", {"id": "new", "result": OPEN})
        assert texts == ["4"]
        await conductor.from_agent(update(5))
        assert await conductor.heard() == ("client", update(5))


async def test_relaying_is_refused_where_it_makes_no_sense(autojump_clock) -> None:
    proxy, seen = Proxy("p"), []

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def open_session(request, conn, *, task_status) -> None:
        async with conn.open_session(request) as session:
            async with session.prompt("x"):
                with pytest.raises(LocalMisuse, match="leave the block of the turn"):
                    await session.relay()
            task_status.started(session.response)
            conn.start_soon(session.relay)
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(LocalMisuse, match="once"):
                await session.relay()
            seen.append("all")

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": "new", "method": "session/new", "params": NEW})
        _, request = await conductor.heard()
        await conductor.wire.respond(request, OPEN)
        _, prompt = await conductor.heard()
        _, cancel = await conductor.heard()
        assert cancel["method"] == "session/cancel"
        await conductor.wire.respond(prompt, {"stopReason": "cancelled"})
        await conductor.heard()
        await trio.testing.wait_all_tasks_blocked()
    assert seen == ["all"]


@pytest.mark.promise("P5")
@pytest.mark.rule(5)
async def test_a_handler_that_holds_the_loop_cannot_open_a_session(autojump_clock) -> None:
    proxy, seen = Proxy("p"), []

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT)
    async def open_session(request, conn):
        with pytest.raises(DispatchLoopHeld):
            async with conn.open_session(request):
                raise AssertionError("not reached")
        seen.append("refused")
        return v1.NewSessionResponse(session_id="x")

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": "new", "method": "session/new", "params": NEW})
        assert await conductor.heard() == ("answer", {"id": "new", "result": {"sessionId": "x"}})
    assert seen == ["refused"]


async def test_the_clients_cancel_of_a_session_new_reaches_the_agent(autojump_clock) -> None:
    async with conducted(RelayingProxy().proxy) as (conductor, _):
        await conductor.from_client({"id": "new", "method": "session/new", "params": NEW})
        _, request = await conductor.heard()
        await conductor.from_client({"method": "$/cancel_request", "params": {"requestId": "new"}})
        heard = dict([await conductor.heard(), await conductor.heard()])
        assert heard["agent"] == {"method": "$/cancel_request", "params": {"requestId": request["id"]}}
        assert heard["answer"]["error"]["code"] == -32800


class Fork(Request[v1.NewSessionResponse], method="_test.relays/fork"):
    session_id: str


async def test_a_proxy_opens_a_session_with_a_request_of_its_own(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_request(Fork, sender=CLIENT, concurrent=True)
    async def fork(request, conn, *, task_status) -> None:
        async with conn.open_session(request) as session:
            task_status.started(session.response)
            await session.relay()

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": "f", "method": "_test.relays/fork", "params": {"session_id": "old"}})
        whom, request = await conductor.heard()
        assert (whom, request["method"]) == ("agent", "_test.relays/fork")
        await conductor.wire.respond(request, OPEN)
        assert await conductor.heard() == ("answer", {"id": "f", "result": OPEN})
        await conductor.from_agent(update(1, "old"), update(2))
        assert await conductor.heard() == ("client", update(1, "old"))
        assert await conductor.heard() == ("client", update(2))


@pytest.mark.promise("P5")
async def test_what_the_agent_asks_in_a_turn_of_the_proxy_does_not_wait_for_the_relay(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_request(v1.NewSessionRequest, sender=CLIENT, concurrent=True)
    async def open_session(request, conn, *, task_status) -> None:
        async with conn.open_session(request) as session:
            task_status.started(session.response)
            await session.ask("may you?")
            await session.relay()

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": "new", "method": "session/new", "params": NEW})
        _, request = await conductor.heard()
        await conductor.wire.respond(request, OPEN)
        await conductor.heard()
        _, prompt = await conductor.heard()
        await conductor.from_agent({"id": "q", "method": "session/request_permission", "params": OPEN})
        whom, question = await conductor.heard()
        assert (whom, question["method"]) == ("client", "session/request_permission")
        await conductor.wire.respond(question, {"outcome": {"outcome": "cancelled"}})
        assert (await conductor.heard())[0] == "answer"
        await conductor.wire.respond(prompt, {"stopReason": "end_turn"})
        await conductor.from_agent(update(1))
        assert await conductor.heard() == ("client", update(1))


async def test_what_is_too_long_to_be_passed_on_does_not_keep_the_rest(autojump_clock) -> None:
    relaying = RelayingProxy(limits=Limits(maximum_frame=2000))
    async with opened(relaying) as (conductor, _):
        long = {"method": "_n", "params": {"sessionId": "s", "text": ""}}
        long["params"]["text"] = "x" * (2000 - len(str(long)) - 40)
        await conductor.from_client(long, {"method": "_after", "params": {"sessionId": "s"}})
        await trio.testing.wait_all_tasks_blocked()
        relaying.may_relay.set()
        heard = [await conductor.heard()]
        if heard[0][1]["method"] == "_n":
            heard = [await conductor.heard()]
        assert heard == [("agent", {"method": "_after", "params": {"sessionId": "s"}})]


@pytest.mark.rule(15)
@pytest.mark.promise("P10")
async def test_requests_of_other_sessions_wait_for_room_while_one_waits_for_its_relay(autojump_clock) -> None:
    relaying = RelayingProxy(limits=Limits(outgoing_soft=10_000))
    request = {"method": "session/prompt", "params": {"sessionId": "other", "prompt": [], "_meta": {"x": "x" * 60_000}}}
    async with opened(relaying) as (conductor, connection), trio.open_nursery() as nursery:
        nursery.start_soon(conductor.from_client, *[{"id": number, **request} for number in range(100)])
        await trio.testing.wait_all_tasks_blocked()
        assert connection.statistics().bytes_unwritten < 10_000 + 61_000
        for _ in range(100):
            whom, message = await conductor.heard()
            assert (whom, message["method"], message["params"]) == ("agent", "session/prompt", request["params"])


@pytest.mark.parametrize("method", ["session/close", "session/delete"])
async def test_a_close_that_waited_for_the_relay_ends_the_session_like_any_other(autojump_clock, method):
    relaying = RelayingProxy()
    async with opened(relaying) as (conductor, _):
        await conductor.from_client({"id": "c", "method": method, "params": OPEN})
        await trio.testing.wait_all_tasks_blocked()
        relaying.may_relay.set()
        whom, request = await conductor.heard()
        assert (whom, request["method"]) == ("agent", method)
        await conductor.wire.respond(request, {})
        assert await conductor.heard() == ("answer", {"id": "c", "result": {}})
        with trio.fail_after(1):
            await relaying.left.wait()


@pytest.mark.parametrize("closed", [True, False])
async def test_a_client_may_open_its_session_anew_in_the_write_that_closes_it_or_at_any_time(
    autojump_clock, closed
) -> None:
    relaying = RelayingProxy()
    async with opened(relaying) as (conductor, _):
        relaying.may_relay.set()
        await trio.testing.wait_all_tasks_blocked()
        close = {"id": "c", "method": "session/close", "params": OPEN}
        load = {"id": "l", "method": "session/load", "params": {**NEW, **OPEN}}
        await conductor.from_client(*([close, load] if closed else [load]))
        if closed:
            whom, request = await conductor.heard()
            assert (whom, request["method"]) == ("agent", "session/close")
            await conductor.wire.respond(request, {})
        heard = [await conductor.heard() for _ in range(2 if closed else 1)]
        (request,) = [message for whom, message in heard if whom == "agent"]
        assert (request["method"], request["params"]["cwd"]) == ("session/load", "/changed")
        await conductor.wire.respond(request, {})
        assert await conductor.heard() == ("answer", {"id": "l", "result": {}})
        await conductor.from_agent(update(1))
        assert (await conductor.heard())[1]["method"] == "session/update"
