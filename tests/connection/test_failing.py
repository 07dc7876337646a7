"""Failures beside the body: of a task while the loop is held, of a handler while the connection closes, unheard."""

from __future__ import annotations

import gc
import logging
import weakref

import pytest
import trio
import trio.testing

from acp_trio.connection import Hooks, open_connection
from acp_trio.jsonrpc import RequestError
from acp_trio.transports import memory_pair

from .peer import RawPeer, call, connected, leaving_nothing, maker, note, on_notification, on_request, open_to_raw_peer


async def test_a_failed_task_ends_the_connection_although_a_handler_has_not_started(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "slow")
    async def slow(_params, *, task_status):
        await trio.sleep_forever()

    async def fail() -> None:
        await trio.sleep(1)
        raise ValueError("the task's")

    with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="the task's")):
        async with connected(hooks) as (conn, peer):
            await peer.send(call(1, "slow"))
            await trio.testing.wait_all_tasks_blocked()
            conn.start_soon(fail)
            await trio.sleep_forever()
    assert trio.current_time() == pytest.approx(1, abs=0.5)


@pytest.mark.promise("P12")
async def test_a_handler_that_fails_while_the_connection_closes_does_not_fail_the_body(autojump_clock, caplog) -> None:
    hooks = Hooks()

    async def fail_on_leaving() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise ValueError("the clean-up failed")

    @on_request(hooks, "work", concurrent=True)
    async def work(_params):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail_on_leaving)
            nursery.start_soon(trio.sleep_forever)

    ours, theirs = memory_pair()
    with leaving_nothing():
        async with theirs.open() as link:
            peer = RawPeer(link)
            async with open_connection(ours, maker(hooks)):
                await peer.send(call(1, "work"))
                await trio.testing.wait_all_tasks_blocked()
            answers = await peer.read_all()
    assert [line["id"] for line in answers] == [1]
    assert "error" in answers[0]
    assert "the clean-up failed" in caplog.text


@pytest.mark.promise("P8")
async def test_a_refusal_that_nobody_hears_is_logged(autojump_clock, caplog) -> None:
    caplog.set_level(logging.WARNING)
    hooks = Hooks()

    @on_notification(hooks, "news")
    async def news(_params):
        raise RequestError(1001, "no such news")

    @on_request(hooks, "begin")
    async def begin(_params, *, task_status):
        task_status.started({})
        raise RequestError(1002, "not any more")

    async with connected(hooks) as (_conn, peer):
        await peer.send(note("news"), call(1, "begin"))
        assert (await peer.read())["result"] == {}
        await trio.testing.wait_all_tasks_blocked()
    assert len(caplog.records) == 2
    assert "no such news" in caplog.records[0].getMessage()
    assert "not any more" in caplog.records[1].getMessage()


class Lost(Exception):
    """Can be watched for its end."""


@pytest.mark.promise("P22")
@pytest.mark.parametrize("blocks", [1, 2])
async def test_a_connection_lets_go_of_the_exception_that_left_it(autojump_clock, blocks) -> None:
    async def leave() -> weakref.ref[Lost]:
        try:
            async with open_to_raw_peer(maker()):
                if blocks == 1:
                    raise Lost
                async with open_to_raw_peer(maker()):
                    raise Lost
        except Lost as error:
            return weakref.ref(error)
        raise AssertionError("nothing was raised")

    with leaving_nothing():
        gc.disable()  # it must end by itself, without a search for cycles
        try:
            error = await leave()
            await trio.testing.wait_all_tasks_blocked()
            assert error() is None
        finally:
            gc.enable()
