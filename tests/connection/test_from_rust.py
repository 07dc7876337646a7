"""What docs/reference/from-rust.md says of connections and no other test shows."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio import AGENT, Agent, Client
from acp_trio.connection import Handled, Handlers, Hooks, NotificationDispatch, RequestDispatch, ResponseDispatch
from acp_trio.jsonrpc import LocalMisuse, PeerError, UntypedMessage
from acp_trio.schema import Notification, record
from acp_trio.testing import open_pair

from .peer import HANG, answer, call, connected, note


@record
class Happened(Notification):
    method = "_test/happened"
    what: str


@record
class Changed(Notification):
    method = "_test/changed"


# Messages


async def test_a_request_has_an_id_that_its_responder_has_too_and_a_notification_has_none(autojump_clock) -> None:
    handlers, seen = Handlers(), []

    @handlers.on_dispatch
    async def look(dispatch, _connection):
        match dispatch:
            case RequestDispatch(id=number, responder=responder):
                seen.append((number, responder.id, responder.method))
            case NotificationDispatch():
                seen.append(hasattr(dispatch, "id"))
        return Handled.no()

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(note("_test/happened"), call("seven", "_test/x"))
        await peer.read()
    assert seen == [False, ("seven", "seven", "_test/x")]


async def test_a_dispatch_is_taken_as_the_class_of_its_method_or_not_at_all(autojump_clock) -> None:
    handlers, seen = Handlers(), []

    @handlers.on_dispatch
    async def look(dispatch, _connection):
        seen.append((dispatch.into(Changed), dispatch.into(Happened)))

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(note("_test/happened", {"what": "rain"}))
        await trio.testing.wait_all_tasks_blocked()
    assert seen == [(None, Happened(what="rain"))]


@pytest.mark.parametrize("params", [{"a": 1}, [1, "two"], None])
async def test_a_message_without_a_class_is_a_method_and_params(autojump_clock, params) -> None:
    message = UntypedMessage("_test/x", params)
    assert (message.method, message.params) == ("_test/x", params)
    assert message == UntypedMessage("_test/x", params)
    assert message != UntypedMessage("_test/y", params)
    async with connected() as (conn, peer):
        await conn.notify(message)
        conn.send_request(message)
        assert await peer.read() == {"jsonrpc": "2.0", "method": "_test/x", "params": params}
        assert await peer.read() == {"jsonrpc": "2.0", "id": 1, "method": "_test/x", "params": params}


@pytest.mark.parametrize("params", ["text", 3, True])
def test_params_are_an_object_or_an_array(params) -> None:
    with pytest.raises(LocalMisuse, match="must be an object or an array"):
        UntypedMessage("_test/x", params)


# Requests and their answers


async def test_a_sent_request_knows_its_id_and_its_method(autojump_clock) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request("_test/x", {})
        request = await peer.read()
        assert (sent.id, sent.method) == (request["id"], "_test/x")


async def test_a_response_knows_its_request_and_the_peer_that_was_asked(autojump_clock) -> None:
    client, agent, seen = Client("c"), Agent("a"), []

    @client.on_dispatch
    async def look(dispatch, _connection):
        if isinstance(dispatch, ResponseDispatch) and dispatch.method == "_test/x":
            router = dispatch.router
            seen.append((router.method, router.id == dispatch.id == router.sent.id, router.sent.peer, dispatch.sender))
        return Handled.no()

    @agent.on_request("_test/x")
    async def reply(_params):
        return {}

    with trio.fail_after(HANG):
        async with open_pair(client, agent) as pair:
            await pair.agent.request("_test/x", {})
    assert seen == [("_test/x", True, AGENT, AGENT)]


@pytest.mark.parametrize("fine", [True, False])
async def test_a_handler_answers_with_what_another_request_brought_or_with_its_error(autojump_clock, fine) -> None:
    handlers = Handlers()

    @handlers.on_request("_test/outer", concurrent=True)
    async def outer(_params, conn):
        try:
            async with conn.send_request("_test/inner", {}).hold() as result:
                return {"inner": result}
        except PeerError as exc:
            raise exc.as_refusal() from exc

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(call(7, "_test/outer"))
        inner = await peer.read()
        assert inner["method"] == "_test/inner"
        error = {"code": 3, "message": "not now"}
        await peer.send(answer(inner["id"], [1]) if fine else {"id": inner["id"], "error": error})
        expected = answer(7, {"inner": [1]}) if fine else {"jsonrpc": "2.0", "id": 7, "error": error}
        assert await peer.read() == expected


# Endpoints and routes


async def test_a_notification_handler_for_one_sender_gets_what_that_one_sent(autojump_clock) -> None:
    client, seen = Client("c"), []

    @client.on_notification(Happened, sender=AGENT)
    async def happened(notification):
        seen.append(notification.what)

    with trio.fail_after(HANG):
        async with open_pair(client, Agent("a")) as pair:
            await pair.client.notify(Happened(what="rain"))
            await trio.testing.wait_all_tasks_blocked()
    assert seen == ["rain"]


async def test_the_work_of_included_registries_runs_beside_ones_own(autojump_clock) -> None:
    handlers, other, seen = Handlers(), Handlers(), []
    for registry, name in ((handlers, "own"), (other, "included")):

        @registry.on_start
        async def work(_conn, name=name) -> None:
            seen.append(f"{name} started")

        @registry.on_close
        async def closed(_conn, name=name) -> None:
            seen.append(f"{name} closed")

    handlers.include(other)
    async with connected(Hooks(handlers=handlers)) as (conn, peer):
        await trio.testing.wait_all_tasks_blocked()
        assert sorted(seen) == ["included started", "own started"]
        peer.end()
        await conn.wait_closed()
    assert seen[2:] == ["own closed", "included closed"]


async def test_a_route_that_a_task_holds_open_lasts_as_long_as_its_connection(autojump_clock) -> None:
    handlers, seen = Handlers(), []

    async def watch(dispatch, _connection):
        seen.append(dispatch.method)

    @handlers.on_start
    async def route(conn) -> None:
        async with conn.route(watch):
            await trio.sleep_forever()

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        for number in range(3):
            await trio.sleep(1)
            await peer.send(note(f"_test/{number}"))
        await trio.testing.wait_all_tasks_blocked()
    assert seen == ["_test/0", "_test/1", "_test/2"]
