"""Requests and notifications: who gets which, under which id, with which params."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Handled, Handlers, LocalMisuse
from acp_trio.schema import Notification, Record, Request, record, v1

from .played import WIRES, answer, call, connected, connected_pair, heard, heard_until, note


@record
class Greeting(Record):
    text: str


@record
class Greet(Request[Greeting]):
    method = "_behaviour/greet"
    name: str


@record
class Rang(Notification):
    method = "_behaviour/rang"
    bell: str


@record
class Nothing(Request[Greeting]):
    """A request without fields."""

    method = "_behaviour/nothing"


def greeting() -> Handlers:
    handlers = Handlers()

    @handlers.on_request(Greet)
    async def greet(request: Greet) -> Greeting:
        return Greeting(text=f"hello {request.name}")

    return handlers


@pytest.mark.parametrize("wire", WIRES)
async def test_typed_requests_get_their_typed_answers_one_after_the_other(autojump_clock, wire) -> None:
    async with connected_pair(right=greeting(), wire=wire) as (conn, _):
        for name in ("a", "b", "c", "d", "e"):
            assert await conn.request(Greet(name=name)) == Greeting(text=f"hello {name}")


async def test_requests_at_once_get_each_its_own_answer_under_an_id_of_its_own(autojump_clock) -> None:
    answers: dict[str, Greeting] = {}
    async with connected() as (conn, peer), trio.open_nursery() as nursery:

        async def ask(name: str) -> None:
            answers[name] = await conn.request(Greet(name=name))

        for number in range(10):
            nursery.start_soon(ask, f"caller {number}")
        requests = [await heard(peer) for _ in range(10)]
        assert len({request["id"] for request in requests}) == 10
        for request in reversed(requests):
            await peer.respond(request, {"text": f"hello {request['params']['name']}"})
    assert answers == {f"caller {number}": Greeting(text=f"hello caller {number}") for number in range(10)}


async def test_both_ends_ask_and_answer_on_one_connection(autojump_clock) -> None:
    async with connected_pair(greeting(), greeting()) as (left, right), trio.open_nursery() as nursery:

        async def ask(conn: Any, name: str) -> None:
            assert await conn.request(Greet(name=name)) == Greeting(text=f"hello {name}")

        nursery.start_soon(ask, left, "right")
        nursery.start_soon(ask, right, "left")


async def test_a_notification_reaches_its_handler_and_nothing_is_said_back(autojump_clock) -> None:
    handlers, rang = Handlers(), []

    @handlers.on_notification(Rang)
    async def on_rang(notification: Rang) -> None:
        rang.append(notification.bell)

    async with connected(handlers) as (conn, peer):
        await peer.send(note("_behaviour/rang", {"bell": "door"}))
        await trio.testing.wait_all_tasks_blocked()
        assert rang == ["door"]
        await conn.notify("_end")
        assert await heard_until(peer, "_end") == []


@pytest.mark.parametrize("params", [{}, {"params": {}}, {"params": None}], ids=["absent", "empty", "null"])
async def test_a_request_without_fields_takes_no_params_empty_ones_and_null(autojump_clock, params) -> None:
    handlers = Handlers()

    @handlers.on_request(Nothing)
    async def nothing(request: Nothing) -> Greeting:
        return Greeting(text=repr(request))

    async with connected(handlers) as (_conn, peer):
        await peer.send({**call(1, "_behaviour/nothing"), **params})
        assert await heard(peer) == answer(1, {"text": "Nothing()"})


async def test_missing_params_are_refused_with_their_place_and_the_connection_goes_on(autojump_clock) -> None:
    async with connected(greeting()) as (_conn, peer):
        for params in ({}, {"nom": "x"}, None, []):
            await peer.send(call(1, "_behaviour/greet", params))
            error = (await heard(peer))["error"]
            assert error["code"] == -32602
            assert [problem["path"] for problem in error["data"]["problems"]] in (["$.name"], ["$"])
            await peer.send(call(2, "_behaviour/greet", {"name": "x"}))
            assert await heard(peer) == answer(2, {"text": "hello x"})


async def test_an_unknown_request_is_refused_with_its_method_and_unknown_and_malformed_notifications_are_not_answered(
    autojump_clock,
) -> None:
    handlers = Handlers()

    @handlers.on_notification(Rang)
    async def on_rang(_notification: Rang) -> None:
        raise AssertionError("not reached")

    async with connected(handlers) as (_conn, peer):
        unknown, malformed = note("_behaviour/unknown", {"a": 1}), note("_behaviour/rang", {"bell": 3})
        await peer.send(unknown, malformed, call(1, "_behaviour/unknown"))
        refusal = await heard(peer)
        assert (refusal["id"], refusal["error"]["code"]) == (1, -32601)
        assert refusal["error"]["data"] == {"method": "_behaviour/unknown"}


async def test_a_second_answer_to_one_request_is_misuse_and_is_not_sent(autojump_clock) -> None:
    handlers, refused = Handlers(), []

    @handlers.on_dispatch
    async def twice(dispatch, _connection):
        dispatch.responder.respond({"answer": 1})
        with pytest.raises(LocalMisuse):
            dispatch.responder.respond({"answer": 2})
        refused.append(dispatch.id)

    async with connected(handlers) as (conn, peer):
        await peer.send(call(1, "_x"))
        assert await heard(peer) == answer(1, {"answer": 1})
        await conn.notify("_end")
        assert await heard_until(peer, "_end") == []
    assert refused == [1]


async def test_a_map_is_asked_once_when_the_result_is_taken_and_not_before(autojump_clock) -> None:
    asked: list[Any] = []

    def note_down(response: v1.ListSessionsResponse) -> int:
        asked.append(response)
        return len(asked)

    async with connected() as (conn, peer):
        sent = conn.send_request(v1.ListSessionsRequest()).map(note_down)
        await peer.respond(await peer.expect("session/list"), {"sessions": []})
        await trio.testing.wait_all_tasks_blocked()
        assert asked == []
        assert [await sent.wait(), await sent.wait()] == [1, 1]


async def test_each_method_has_its_own_handler_and_the_first_to_take_a_notification_is_the_last(autojump_clock) -> None:
    handlers, seen = Handlers(), []

    @handlers.on_request("_one")
    async def one(_params):
        return "one"

    @handlers.on_request("_two")
    async def two(_params):
        return "two"

    for name, declines in (("first", True), ("second", False), ("third", False)):

        @handlers.on_notification("_note")
        async def on_note(_params, name=name, declines=declines):
            seen.append(name)
            return Handled.no() if declines else None

    async with connected(handlers) as (_conn, peer):
        await peer.send(call(1, "_two"), note("_note"), call(2, "_one"))
        assert [await heard(peer), await heard(peer)] == [answer(1, "two"), answer(2, "one")]
    assert seen == ["first", "second"]


async def test_the_metadata_of_a_prompt_stands_at_the_root_of_its_params_and_arrives(autojump_clock) -> None:
    trace = {"traceparent": "00-1-2-01", "tracestate": "a=b", "baggage": "c=d"}
    handlers, got = Handlers(), []

    @handlers.on_request(v1.PromptRequest)
    async def prompt(request: v1.PromptRequest) -> v1.PromptResponse:
        got.append(request.meta)
        return v1.PromptResponse(stop_reason="end_turn")

    request = v1.PromptRequest(session_id="s", prompt=[v1.TextContent(text="hi")], meta=trace)
    async with connected() as (conn, peer):
        sent = conn.send_request(request)
        on_the_wire = await peer.expect("session/prompt")
        assert on_the_wire["params"]["_meta"] == trace
        sent.detach()
    async with connected_pair(right=handlers) as (conn, _):
        await conn.request(request)
    assert got == [trace]
