"""Answers to requests of ours that pass the handlers before whoever waits for them has them."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.connection import Handled, Handlers, Hooks, Peer, ResponseDispatch
from acp_trio.jsonrpc import LocalMisuse, PeerError, RequestError
from acp_trio.schema import v1
from acp_trio.transports import ConnectionLost

from .peer import answer, connected, note, outcome_of

LIST = v1.ListSessionsRequest()
EMPTY = {"sessions": []}


def responses(function) -> Hooks:
    """A connection whose responses pass `function`."""
    handlers = Handlers()

    @handlers.on_dispatch
    async def handle(dispatch, connection):
        return await function(dispatch, connection) if isinstance(dispatch, ResponseDispatch) else Handled.no()

    return Hooks(handlers=handlers)


async def asked(hooks, reply, request=LIST):
    """What whoever waits gets when the peer answers `reply`."""

    async def reply_to_it(peer) -> None:
        assert (await peer.read())["id"] == 1
        await peer.send(reply)

    async with connected(hooks) as (conn, peer):
        conn.start_soon(reply_to_it, peer)
        try:
            return await conn.request(request)
        except Exception as exc:  # noqa: BLE001  # it is what is asked for
            return exc
        finally:
            assert conn.statistics().requests_waiting == 0


async def test_a_response_that_is_declined_reaches_whoever_waits_unchanged(autojump_clock) -> None:
    seen = []

    async def watch(dispatch, _connection):
        seen.append((dispatch.method, dispatch.id, dispatch.result, dispatch.is_error))
        return Handled.no()

    response = v1.ListSessionsResponse(sessions=[])
    assert await asked(responses(watch), answer(1, EMPTY)) == response
    assert seen == [("session/list", 1, response, False)]


async def test_a_handler_leaves_another_result_to_whoever_waits(autojump_clock) -> None:
    changed = v1.ListSessionsResponse(sessions=[], next_cursor="more")

    async def change(_dispatch, _connection):
        return Handled.no(changed)

    assert await asked(responses(change), answer(1, EMPTY)) == changed


@pytest.mark.parametrize("suspends", [False, True])
async def test_a_handler_delivers_a_response_by_its_router(autojump_clock, suspends) -> None:
    routed = v1.ListSessionsResponse(sessions=[], next_cursor="routed")

    async def route(dispatch, _connection):
        if suspends:
            await trio.sleep(1)
        dispatch.router.respond(routed)

    assert await asked(responses(route), answer(1, EMPTY)) == routed


async def test_a_response_that_is_forwarded_goes_to_whoever_waits(autojump_clock) -> None:
    async def forward(dispatch, connection):
        await connection.forward(dispatch)

    assert await asked(responses(forward), answer(1, EMPTY)) == v1.ListSessionsResponse(sessions=[])


async def test_a_handler_turns_a_result_into_an_error(autojump_clock) -> None:
    async def refuse(dispatch, _connection):
        dispatch.router.refuse(RequestError(7, "not today", {"try": "tomorrow"}))

    outcome = await asked(responses(refuse), answer(1, EMPTY))
    assert isinstance(outcome, PeerError)
    assert (outcome.code, outcome.message, outcome.data) == (7, "not today", {"try": "tomorrow"})
    assert "session/list" in str(outcome)


async def test_an_error_passes_the_handlers_too(autojump_clock) -> None:
    async def mend(dispatch, _connection):
        assert dispatch.is_error
        with pytest.raises(PeerError, match="broken"):
            _ = dispatch.result
        return Handled.no(v1.ListSessionsResponse(sessions=[]))

    error = {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "broken"}}
    assert await asked(responses(mend), error) == v1.ListSessionsResponse(sessions=[])


async def test_a_dropped_response_fails_whoever_waits(autojump_clock, caplog) -> None:
    async def drop(_dispatch, _connection):
        return None

    outcome = await asked(responses(drop), answer(1, EMPTY))
    assert isinstance(outcome, LocalMisuse)
    assert "dropped the answer to session/list" in str(outcome)


async def test_a_handler_that_fails_on_a_response_fails_whoever_waits(autojump_clock) -> None:
    async def fail(_dispatch, _connection):
        raise KeyError("oops")

    outcome = await asked(responses(fail), answer(1, EMPTY))
    assert isinstance(outcome, LocalMisuse)
    assert isinstance(outcome.__cause__, KeyError)


async def test_a_response_can_be_delivered_once(autojump_clock) -> None:
    async def twice(dispatch, _connection):
        dispatch.router.pass_on()
        with pytest.raises(LocalMisuse, match="delivered already"):
            dispatch.router.pass_on()

    assert await asked(responses(twice), answer(1, EMPTY)) == v1.ListSessionsResponse(sessions=[])


async def test_a_response_that_a_handler_keeps_is_delivered_when_it_says_so(autojump_clock) -> None:
    async def keep(dispatch, connection):
        dispatch.router.keep()
        connection.start_soon(later, dispatch.router)

    async def later(router) -> None:
        await trio.sleep(5)
        router.cast(v1.ListSessionsResponse).respond(v1.ListSessionsResponse(sessions=[], next_cursor="late"))

    hooks = responses(keep)
    async with connected(hooks) as (conn, peer):
        sent = conn.send_request(LIST)
        await peer.read()
        await peer.send(answer(1, EMPTY))
        assert (await sent.wait()).next_cursor == "late"


@pytest.mark.promise("P4")
async def test_an_answer_that_a_handler_is_looking_at_wins_over_the_end_of_the_connection(autojump_clock) -> None:
    looking, look = trio.Event(), trio.Event()

    async def watch(_dispatch, _connection):
        looking.set()
        await look.wait()
        return Handled.no()

    results: list[object] = []
    async with connected(responses(watch)) as (conn, peer), trio.open_nursery() as nursery:
        nursery.start_soon(outcome_of, conn.request(LIST), results)
        await peer.read()
        await peer.send(answer(1, EMPTY))
        await looking.wait()
        peer.end()
        await trio.testing.wait_all_tasks_blocked()
        assert results == []
        look.set()
        await trio.testing.wait_all_tasks_blocked()
        assert results == [v1.ListSessionsResponse(sessions=[])]


async def test_a_kept_response_fails_with_its_connection(autojump_clock) -> None:
    async def keep(dispatch, _connection):
        dispatch.router.keep()

    async with connected(responses(keep)) as (conn, peer):
        sent = conn.send_request(LIST)
        await peer.read()
        await peer.send(answer(1, EMPTY))
        await trio.testing.wait_all_tasks_blocked()
        peer.end()
        with pytest.raises(ConnectionLost):
            await sent.wait()


async def test_a_second_answer_while_a_handler_keeps_the_first_is_late(autojump_clock) -> None:
    kept = []

    async def keep(dispatch, _connection):
        dispatch.router.keep()
        kept.append(dispatch.router)

    async with connected(responses(keep)) as (conn, peer):
        sent = conn.send_request(LIST)
        await peer.read()
        await peer.send(answer(1, EMPTY), answer(1, EMPTY))
        await trio.testing.wait_all_tasks_blocked()
        assert len(kept) == 1
        assert conn.statistics().answers_late == 1
        kept[0].pass_on()
        assert await sent.wait() == v1.ListSessionsResponse(sessions=[])


async def test_nothing_is_cancelled_once_a_handler_has_the_response(autojump_clock) -> None:
    async def keep(dispatch, _connection):
        dispatch.router.keep()

    async with connected(responses(keep)) as (conn, peer):
        sent = conn.send_request(LIST)
        await peer.read()
        await peer.send(answer(1, EMPTY))
        await trio.testing.wait_all_tasks_blocked()
        sent.cancel()
        with trio.move_on_after(1):
            await sent.wait()
        await conn.notify("_test/end", {})
        assert (await peer.read())["method"] == "_test/end"


async def test_a_held_request_holds_the_loop_after_a_handler_has_routed_its_answer(autojump_clock) -> None:
    order = []

    async def watch(_dispatch, _connection):
        await trio.sleep(1)
        return Handled.no()

    hooks = responses(watch)

    @hooks.handlers.on_notification("_test/after")
    async def after(_params):
        order.append("after")

    async with connected(hooks) as (conn, peer):
        held = conn.send_request(LIST).hold()
        conn.start_soon(peer.send, answer(1, EMPTY), note("_test/after"))
        async with held:
            await trio.sleep(1)
            order.append("held")
        await trio.testing.wait_all_tasks_blocked()
    assert order == ["held", "after"]


async def test_a_response_is_not_for_handlers_of_another_sender(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch(sender=Peer("somebody"))
    async def drop(_dispatch, _connection):
        raise AssertionError("not reached")

    assert await asked(Hooks(handlers=handlers), answer(1, EMPTY)) == v1.ListSessionsResponse(sessions=[])


@pytest.mark.parametrize("concurrent", [False, True])
async def test_an_answer_whose_handler_is_cancelled_still_reaches_whoever_waits(autojump_clock, concurrent) -> None:
    handlers = Handlers()

    @handlers.on_dispatch(concurrent=concurrent)
    async def hang(_dispatch, _connection):
        await trio.sleep_forever()

    async with connected(Hooks(handlers=handlers)) as (conn, peer):
        sent = conn.send_request(LIST)
        await peer.read()
        await peer.send(answer(1, EMPTY))
        await trio.testing.wait_all_tasks_blocked()
        assert not sent.is_answered
    assert sent.result() == v1.ListSessionsResponse(sessions=[])


@pytest.mark.rule(17)
async def test_an_answer_that_comes_while_the_connection_closes_starts_no_handler(autojump_clock) -> None:
    seen, responses_got = [], []

    async def watch(dispatch, _connection):
        seen.append(dispatch.method)
        return Handled.no()

    async with connected(responses(watch)) as (conn, peer):

        async def say_goodbye() -> None:
            sent = conn.send_request(LIST)
            await peer.read()
            await peer.send(answer(1, EMPTY))
            responses_got.append(await sent.wait())

        conn.call_on_closing(say_goodbye)
    assert responses_got == [v1.ListSessionsResponse(sessions=[])]
    assert seen == []
