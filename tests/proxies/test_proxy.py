"""A proxy by itself: its handshake, its two peers, and what it lets through."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio import (
    AGENT,
    CLIENT,
    Agent,
    Client,
    Handled,
    Limits,
    LocalMisuse,
    Proxy,
    RequestDispatch,
    ResponseDispatch,
)
from acp_trio.connection import Peer
from acp_trio.schema import evolve, v1
from acp_trio.testing import scripted_peer

from .conducted import DEADLINE, INITIALIZE, INITIALIZED, PlayedConductor, conducted

both_spellings = pytest.mark.parametrize("prefix", ["_proxy/", "proxy/"])
PROMPT = {"sessionId": "s", "prompt": [{"type": "text", "text": "hello"}]}
UPDATE = {
    "sessionId": "s",
    "update": {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "x"}},
}


@both_spellings
async def test_a_proxy_is_initialized_in_either_spelling_and_passes_it_on(autojump_clock, prefix) -> None:
    async with conducted(Proxy("p"), prefix) as (_conductor, connection):
        assert connection.agent_capabilities.session_capabilities.close is not None


async def test_a_proxy_refuses_a_plain_initialize_and_whatever_comes_before_its_own(autojump_clock) -> None:
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (peer, transport), Proxy("p").connect(transport):
            await peer.send({"id": 1, "method": "initialize", "params": INITIALIZE})
            refused = await peer.receive()
            assert refused["error"]["code"] == -32600
            assert "proxy/initialize" in refused["error"]["message"]
            await peer.send({"id": 2, "method": "session/new", "params": {}})
            assert "came before proxy/initialize" in (await peer.receive())["error"]["message"]
            await PlayedConductor(peer, "_proxy/").initialize()
            await peer.send({"id": 3, "method": "_proxy/initialize", "params": INITIALIZE})
            assert "initialized already" in (await peer.receive())["error"]["message"]


async def test_a_refused_initialize_is_passed_back(autojump_clock) -> None:
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (peer, transport), Proxy("p").connect(transport):
            conductor = PlayedConductor(peer, "_proxy/")
            await conductor.from_client({"id": 1, "method": "_proxy/initialize", "params": INITIALIZE})
            _, request = await conductor.heard()
            await peer.refuse(request, -32000, "no", {"why": "because"})
            assert await conductor.heard() == (
                "answer",
                {"id": 1, "error": {"code": -32000, "message": "no", "data": {"why": "because"}}},
            )


@both_spellings
async def test_requests_and_notifications_go_through_both_ways(autojump_clock, prefix) -> None:
    async with conducted(Proxy("p"), prefix) as (conductor, _):
        await conductor.from_client({"id": 7, "method": "session/prompt", "params": PROMPT})
        whom, forwarded = await conductor.heard()
        assert (whom, forwarded["method"], forwarded["params"]) == ("agent", "session/prompt", PROMPT)
        await conductor.from_agent({"method": "session/update", "params": UPDATE})
        assert await conductor.heard() == ("client", {"method": "session/update", "params": UPDATE})
        await conductor.from_agent({"id": "q", "method": "_agents/question", "params": {"a": [1]}})
        whom, question = await conductor.heard()
        assert (whom, question["method"], question["params"]) == ("client", "_agents/question", {"a": [1]})
        await conductor.wire.respond(question, {"b": None})
        assert await conductor.heard() == ("answer", {"id": "q", "result": {"b": None}})
        await conductor.wire.respond(forwarded, {"stopReason": "end_turn"})
        assert await conductor.heard() == ("answer", {"id": 7, "result": {"stopReason": "end_turn"}})


@pytest.mark.promise("P9")
@pytest.mark.rule(26)
async def test_what_goes_through_is_byte_for_byte_what_came(autojump_clock) -> None:
    async with conducted(Proxy("p")) as (conductor, _):
        odd = b'{"id":1,"method":"_x","params":{"b" : 1.50, "a":"\\u00e9"}}\n'
        await conductor.wire.send_bytes(odd)
        await trio.testing.wait_all_tasks_blocked()
        line = await conductor.wire._link.receive()
        assert b'"params":{"method":"_x","params":{"b" : 1.50, "a":"\\u00e9"}}}\n' in line


@pytest.mark.parametrize("prefix, wrapped", [("_proxy/", True), ("proxy/", False)])
async def test_a_cancel_follows_to_the_agent_under_the_next_id(autojump_clock, prefix, wrapped) -> None:
    async with conducted(Proxy("p"), prefix) as (conductor, _):
        await conductor.from_client({"id": 7, "method": "_x", "params": {}})
        _, forwarded = await conductor.heard()
        await conductor.from_client({"method": "$/cancel_request", "params": {"requestId": 7}})
        whom, cancel = await conductor.heard()
        assert whom == ("agent" if wrapped else "client")
        assert cancel == {"method": "$/cancel_request", "params": {"requestId": forwarded["id"]}}
        await conductor.wire.refuse(forwarded, -32800, "stopped")
        _, answer = await conductor.heard()
        assert answer["error"]["message"] == "stopped"


@pytest.mark.rule(2)
@pytest.mark.parametrize("wrapped", [True, False])
async def test_a_cancel_of_the_agents_request_follows_to_the_client_however_it_is_sent(autojump_clock, wrapped) -> None:
    async with conducted(Proxy("p")) as (conductor, _):
        await conductor.from_agent({"id": "q", "method": "_x", "params": {}})
        _, forwarded = await conductor.heard()
        cancel = {"method": "$/cancel_request", "params": {"requestId": "q"}}
        await (conductor.from_agent if wrapped else conductor.from_client)(cancel)
        assert await conductor.heard() == (
            "client",
            {"method": "$/cancel_request", "params": {"requestId": forwarded["id"]}},
        )
        await conductor.wire.refuse(forwarded, -32800, "stopped")
        assert (await conductor.heard())[0] == "answer"


async def test_a_wrapped_cancel_overtakes_a_handler_that_holds_the_loop(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_request("_slow", sender=AGENT)
    async def slow(_params):
        await trio.sleep_forever()

    async with conducted(proxy) as (conductor, _):
        await conductor.from_agent({"id": "q", "method": "_slow", "params": {}})
        await trio.testing.wait_all_tasks_blocked()
        await conductor.from_agent({"method": "$/cancel_request", "params": {"requestId": "q"}})
        _, answer = await conductor.heard()
        assert answer["error"]["code"] == -32800


async def test_unknown_notifications_of_the_protocol_itself_stay_at_this_hop(autojump_clock) -> None:
    async with conducted(Proxy("p")) as (conductor, _):
        await conductor.from_agent({"method": "$/whatever", "params": {}})
        await conductor.from_client({"method": "$/whatever", "params": {}})
        await conductor.from_client({"method": "_after", "params": {}})
        assert (await conductor.heard())[1]["method"] == "_after"


@pytest.mark.parametrize("params", [None, [], {}, {"method": 3}])
async def test_a_malformed_envelope_is_refused_and_not_passed_on(autojump_clock, params) -> None:
    async with conducted(Proxy("p")) as (conductor, _):
        await conductor.wire.send({"method": "_proxy/successor", "params": params})
        await conductor.wire.send({"id": 1, "method": "_proxy/successor", "params": params})
        _, answer = await conductor.heard()
        assert answer["error"]["code"] == -32602


async def test_a_method_that_only_json_can_spell_goes_through(autojump_clock) -> None:
    async with conducted(Proxy("p")) as (conductor, _):
        await conductor.wire.send_bytes(rb'{"jsonrpc":"2.0","method":"_x\ud800","params":{"a":1}}' + b"\n")
        assert await conductor.heard() == ("agent", {"method": "_x\ud800", "params": {"a": 1}})


async def test_what_is_malformed_goes_through_as_it_came(autojump_clock) -> None:
    odd = {"method": "session/update", "params": {"session": 7}}
    async with conducted(Proxy("p")) as (conductor, _):
        await conductor.from_agent(odd)
        assert await conductor.heard() == ("client", odd)


async def test_a_notification_that_its_envelope_makes_too_long_is_told_of_and_lost_alone(autojump_clock, caplog):
    async with conducted(Proxy("p", limits=Limits(maximum_frame=2000))) as (conductor, _):
        await conductor.from_client({"method": "_long", "params": {"x": "x" * 1930}}, {"method": "_after"})
        assert await conductor.heard() == ("agent", {"method": "_after"})
    assert "longer than maximum_frame (2000)" in caplog.text


@pytest.mark.promise("P10")
@pytest.mark.parametrize("way", ["to the agent", "to the client"])
async def test_notifications_keep_their_order_while_those_in_front_wait_for_room(autojump_clock, way) -> None:
    proxy, count = Proxy("p", limits=Limits(outgoing_soft=1000)), 200
    sent = [{"method": "_n", "params": {"number": number, "text": "x" * 500}} for number in range(count)]
    async with conducted(proxy) as (conductor, connection), trio.open_nursery() as nursery:
        send, whom = (conductor.from_client, "agent") if way == "to the agent" else (conductor.from_agent, "client")
        nursery.start_soon(send, *sent)
        await trio.testing.wait_all_tasks_blocked()
        assert connection.statistics().bytes_unwritten < 3000
        assert [await conductor.heard() for _ in range(count)] == [(whom, message) for message in sent]


async def test_a_malformed_envelope_still_reaches_handlers(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_request("_proxy/successor")
    async def odd(params):
        return {"got": params}

    async with conducted(proxy) as (conductor, _):
        await conductor.wire.send({"id": 1, "method": "_proxy/successor", "params": {"x": 1}})
        assert await conductor.heard() == ("answer", {"id": 1, "result": {"got": {"x": 1}}})


async def test_handlers_are_told_apart_by_the_sender(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_request("_who", sender=CLIENT)
    async def of_client(_params):
        return {"from": "client"}

    @proxy.on_request("_who", sender=AGENT)
    async def of_agent(_params):
        return {"from": "agent"}

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": 1, "method": "_who", "params": {}})
        assert (await conductor.heard())[1]["result"] == {"from": "client"}
        await conductor.from_agent({"id": 2, "method": "_who", "params": {}})
        assert (await conductor.heard())[1]["result"] == {"from": "agent"}


async def test_a_wrapped_request_that_is_cancelled_before_it_runs_answers_as_its_method_does(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_request("session/request_permission", sender=AGENT, concurrent=True)
    async def ask(_params):
        await trio.sleep_forever()

    async with conducted(proxy) as (conductor, _):
        request = conductor.wrapped({"id": 1, "method": "session/request_permission", "params": {}})
        await conductor.wire.send(request, {"method": "$/cancel_request", "params": {"requestId": 1}})
        assert (await conductor.heard())[1]["result"] == {"outcome": {"outcome": "cancelled"}}


async def test_handlers_of_notifications_are_told_apart_by_the_sender_and_may_change_them(autojump_clock) -> None:
    proxy = Proxy("p")
    seen: list[Peer | None] = []

    @proxy.on_notification("_note", sender=AGENT)
    async def of_agent(params):
        return Handled.no({**params, "by": "agent"})

    @proxy.on_notification("_note", sender=CLIENT)
    async def of_client(params):
        return Handled.no({**params, "by": "client"})

    @proxy.on_dispatch
    async def watch(dispatch, _conn):
        seen.append(dispatch.sender)
        return Handled.no()

    async with conducted(proxy) as (conductor, _):
        seen.clear()
        await conductor.from_client({"method": "_note", "params": {"n": 1}})
        to, forwarded = await conductor.heard()
        assert (to, forwarded["params"]) == ("agent", {"n": 1, "by": "client"})
        await conductor.from_agent({"method": "_note", "params": {"n": 2}})
        to, forwarded = await conductor.heard()
        assert (to, forwarded["params"]) == ("client", {"n": 2, "by": "agent"})
    assert seen == [CLIENT, AGENT]


async def test_a_handler_may_change_a_request_and_let_it_through(autojump_clock) -> None:
    proxy = Proxy("shout")

    @proxy.on_request(v1.PromptRequest, sender=CLIENT)
    async def shout(request):
        (block,) = request.prompt
        return Handled.no(evolve(request, prompt=[v1.TextContent(text=block.text.upper())]))

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": 7, "method": "session/prompt", "params": PROMPT})
        _, forwarded = await conductor.heard()
        assert forwarded["params"] == {"sessionId": "s", "prompt": [{"type": "text", "text": "HELLO"}]}


async def test_a_handler_may_change_the_answer_on_its_way_back(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_dispatch(sender=CLIENT)
    async def mark(dispatch, conn):
        if not isinstance(dispatch, RequestDispatch) or dispatch.method != "_x":
            return Handled.no()
        await conn.forward(RequestDispatch(dispatch.message, CLIENT, dispatch.responder.map(lambda r: {**r, "b": 2})))
        return None

    async with conducted(proxy) as (conductor, _):
        await conductor.from_client({"id": 7, "method": "_x", "params": {}})
        _, forwarded = await conductor.heard()
        await conductor.wire.respond(forwarded, {"a": 1})
        assert (await conductor.heard())[1]["result"] == {"a": 1, "b": 2}


async def test_a_proxy_asks_either_side_for_itself(autojump_clock) -> None:
    proxy, answers = Proxy("p"), []
    async with conducted(proxy) as (conductor, conn):

        async def ask() -> None:
            answers.append(await conn.request("_x", {}, to=CLIENT))
            answers.append(await conn.request("_x", {}, to=AGENT))
            answers.append(await conn.request(v1.ListSessionsRequest()))

        conn.start_soon(ask)
        for expected in ("client", "agent", "agent"):
            whom, request = await conductor.heard()
            assert whom == expected
            await conductor.wire.respond(request, {"sessions": []})
        await trio.testing.wait_all_tasks_blocked()
        assert len(answers) == 3
        await conn.notify(v1.SessionNotification(session_id="s", update=v1.UsageUpdate(used=1, size=2)))
        assert (await conductor.heard())[0] == "client"


async def test_a_proxy_must_say_to_whom_where_the_schema_does_not(autojump_clock) -> None:
    async with conducted(Proxy("p")) as (_conductor, conn):
        with pytest.raises(LocalMisuse, match="say to whom _x goes"):
            await conn.request("_x", {})
        with pytest.raises(LocalMisuse, match="reaches the client and the agent"):
            await conn.request("_x", {}, to=Peer("somebody"))


@pytest.mark.promise("P17")
def test_a_role_takes_handlers_only_for_peers_that_it_hears() -> None:
    async def handle(_message) -> None: ...

    Agent("a").on_request("_x", sender=CLIENT)(handle)
    Client("c").on_request("_x", sender=AGENT)(handle)
    with pytest.raises(LocalMisuse, match="hears from CLIENT"):
        Agent("a").on_request("_x", sender=AGENT)(handle)
    with pytest.raises(LocalMisuse, match="hears from AGENT"):
        Client("c").on_request("_x", sender=CLIENT)(handle)
    with pytest.raises(LocalMisuse, match="hears from CLIENT and AGENT"):
        Proxy("p").on_request("_x", sender=Peer("x"))(handle)


async def test_a_request_that_went_through_is_answered_when_the_connection_closes(autojump_clock) -> None:
    with trio.fail_after(DEADLINE):
        async with scripted_peer() as (peer, transport):
            async with Proxy("p").connect(transport):
                conductor = PlayedConductor(peer, "_proxy/")
                await conductor.initialize()
                await conductor.from_client({"id": 7, "method": "_x", "params": {}})
                await conductor.heard()
            whom, cancel = await conductor.heard()
            assert (whom, cancel["method"]) == ("agent", "$/cancel_request")
            _, answer = await conductor.heard()
            assert answer["error"]["code"] == -32800


async def test_initialized_is_what_the_agent_said(autojump_clock) -> None:
    proxy, seen = Proxy("p"), []

    @proxy.on_request(v1.InitializeRequest)
    async def watch(request):
        seen.append(request.protocol_version)
        return Handled.no()

    async with conducted(proxy):
        assert seen == [1]
    assert INITIALIZED["protocolVersion"] == 1


@pytest.mark.promise("P4")
async def test_a_concurrent_handler_that_declines_loses_nothing(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_notification(v1.SessionNotification, concurrent=True)
    async def decline(_notification):
        return Handled.no()

    async with conducted(proxy) as (conductor, _):
        await conductor.from_agent(*[{"method": "session/update", "params": UPDATE} for _ in range(10)])
        for _ in range(10):
            assert await conductor.heard() == ("client", {"method": "session/update", "params": UPDATE})


async def test_the_answer_to_what_went_through_is_typed_as_the_schema_says(autojump_clock) -> None:
    proxy, seen = Proxy("p"), []

    @proxy.on_dispatch
    async def watch(dispatch, _conn):
        match dispatch:
            case ResponseDispatch(method="session/prompt", result=v1.PromptResponse(stop_reason=reason)):
                seen.append(reason)
            case ResponseDispatch(method="_x", result=dict() as result):
                seen.append(result)
            case _:
                pass
        return Handled.no()

    async with conducted(proxy) as (conductor, _):
        for method, params, result in (
            ("session/prompt", PROMPT, {"stopReason": "end_turn"}),
            ("_x", {}, {"a": 1}),
        ):
            await conductor.from_client({"id": 7, "method": method, "params": params})
            await conductor.wire.respond((await conductor.heard())[1], result)
            assert (await conductor.heard())[1]["result"] == result
    assert seen == ["end_turn", {"a": 1}]


async def test_the_work_of_a_proxy_starts_when_the_agent_is_initialized(autojump_clock) -> None:
    proxy = Proxy("p")

    @proxy.on_start
    async def work(conn) -> None:
        await conn.notify("_hello", {}, to=AGENT)

    async with conducted(proxy) as (conductor, _):
        assert await conductor.heard() == ("agent", {"method": "_hello", "params": {}})
