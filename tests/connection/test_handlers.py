"""Registration, and how a handler runs: its scope, its context, its answer, and its `task_status`."""

from __future__ import annotations

import functools
from contextvars import ContextVar
from pathlib import Path

import pytest
import trio
import trio.testing

from acp_trio.connection import Handlers, Hooks, Limits, make_handler
from acp_trio.jsonrpc import LocalMisuse, RequestError
from acp_trio.schema import v1

from .peer import answer, call, cancel, connected, note, on_notification, on_request


def nested(depth: int) -> list:
    """Lists in lists, too deep for any writer."""
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


# What P17 says of registration.


async def none() -> None: ...
async def three(_a, _b, _c) -> None: ...
async def needs_more(_message, *, more) -> None: ...
def plain(_message) -> None: ...
def generator(_message):
    yield


async def async_generator(_message):
    yield


@pytest.mark.promise("P17")
@pytest.mark.parametrize("function", [none, three, needs_more, plain, generator, async_generator, 5])
@pytest.mark.parametrize("is_request", [True, False])
def test_a_handler_with_wrong_parameters_fails_at_registration(function, is_request) -> None:
    with pytest.raises(TypeError, match="the handler for some/method"):
        make_handler("some/method", function, is_request=is_request, concurrent=False)


async def one(_message) -> None: ...
async def two(_message, _connection) -> None: ...
async def with_default(_message, _connection=None, _more=3) -> None: ...
async def variadic(*_messages) -> None: ...
async def keyword_default(_message, *, more=1) -> None: ...
async def with_status(_message, *, task_status) -> None: ...
async def status_of_two(_message, _connection, task_status) -> None: ...


class Callable:
    async def __call__(self, _message) -> None: ...
    async def method(self, _message, _connection) -> None: ...


@pytest.mark.promise("P17")
@pytest.mark.parametrize(
    "function",
    [
        one,
        two,
        with_default,
        variadic,
        keyword_default,
        with_status,
        status_of_two,
        Callable(),
        Callable().method,
        functools.partial(two, _connection=None),
    ],
)
def test_these_parameters_are_fine(function) -> None:
    make_handler("some/method", function, is_request=True, concurrent=False)


@pytest.mark.promise("P17")
def test_a_notification_is_not_answered_so_its_class_cannot_be_a_requests() -> None:
    with pytest.raises(TypeError, match="notification"):
        make_handler(v1.CancelNotification, one, is_request=True, concurrent=False)


@pytest.mark.promise("P17")
@pytest.mark.rule(8)
def test_a_concurrent_notification_has_no_use_for_task_status() -> None:
    with pytest.raises(TypeError, match="needs no task_status"):
        make_handler("some/method", with_status, is_request=False, concurrent=True)


@pytest.mark.promise("P17")
def test_a_frozen_registry_takes_no_more_handlers() -> None:
    handlers = Handlers()
    handlers.freeze()
    with pytest.raises(RuntimeError, match="too late"):
        handlers.add(make_handler("some/method", one, is_request=True, concurrent=False))


def test_a_second_parameter_with_a_default_is_the_handlers_own() -> None:
    async def handler(_message, retries=3):
        return retries

    made = make_handler("m", handler, is_request=True, concurrent=False)
    assert not made.takes_connection


# Results


@pytest.mark.promise("P17")
@pytest.mark.parametrize("concurrent", [True, False])
@pytest.mark.parametrize(
    "result", [None, {}, "text", v1.NewSessionResponse(session_id="s")], ids=lambda value: type(value).__name__
)
async def test_a_result_of_the_wrong_type_is_an_internal_error_and_a_log_line(
    autojump_clock, concurrent, result, caplog
) -> None:
    hooks = Hooks()

    async def wrong(_request):
        return result

    hooks.handlers.add(make_handler(v1.ListSessionsRequest, wrong, is_request=True, concurrent=concurrent))
    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "session/list", {}))
        assert (await peer.read())["error"]["code"] == -32603
    assert "must answer with ListSessionsResponse" in caplog.text


@pytest.mark.promise("P17")
@pytest.mark.parametrize(
    "result, error",
    [(object(), "TypeError"), ({"a": {1, 2}, "b": object()}, "TypeError"), (nested(100_000), "RecursionError")],
    ids=["one", "in it", "deep"],
)
async def test_a_result_that_cannot_be_encoded_is_an_internal_error(autojump_clock, result, error, caplog) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(_params):
        return result

    async with connected(hooks) as (conn, peer):
        await peer.send(call(1, "go"))
        assert (await peer.read())["error"] == {
            "code": -32603,
            "message": "internal error",
            "data": {"type": error},
        }
        assert conn.statistics().requests_in_flight == 0
    assert "cannot be encoded" in caplog.text


@pytest.mark.promise("P8")
@pytest.mark.parametrize("concurrent", [True, False])
@pytest.mark.parametrize("suspends", [True, False])
async def test_an_exception_tells_the_peer_its_type_and_the_log_everything(
    autojump_clock, concurrent, suspends, caplog
) -> None:
    hooks = Hooks()

    @on_request(hooks, "go", concurrent=concurrent)
    async def go(_params):
        if suspends:
            await trio.sleep(1)
        raise KeyError("/home/user/secret")

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"), call(2, "nobody"))
        got = await peer.answers(2)
        assert got[1]["error"] == {"code": -32603, "message": "internal error", "data": {"type": "KeyError"}}
        assert got[2]["error"]["code"] == -32601
    assert "/home/user/secret" in caplog.text


@pytest.mark.promise("P8")
@pytest.mark.parametrize("concurrent", [True, False])
async def test_a_handler_that_fails_in_a_task_when_it_is_cancelled_answers_the_failure(
    autojump_clock, concurrent, caplog
) -> None:
    hooks = Hooks()

    async def fail_at_the_end() -> None:
        try:
            await trio.sleep_forever()
        finally:
            raise KeyError("cannot clean up")

    @on_request(hooks, "go", concurrent=concurrent)
    async def go(_params):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(fail_at_the_end)
            nursery.start_soon(trio.sleep_forever)

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"))
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(cancel(1))
        assert (await peer.read())["error"] == {
            "code": -32603,
            "message": "internal error",
            "data": {"type": "ExceptionGroup"},
        }
    assert "cannot clean up" in caplog.text


@pytest.mark.promise("P8")
@pytest.mark.parametrize("concurrent", [False, True])
@pytest.mark.parametrize("data", [Path("/x"), {"path": Path("/x")}, nested(100_000)], ids=["path", "inside", "deep"])
async def test_a_refusal_whose_data_cannot_be_encoded_goes_without_it(autojump_clock, concurrent, data, caplog) -> None:
    hooks = Hooks()

    @on_request(hooks, "go", concurrent=concurrent)
    async def go(_params):
        raise RequestError(-32000, "no such file", data)

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"), call(2, "nobody"))
        got = await peer.answers(2)
        assert got[1]["error"] == {"code": -32000, "message": "no such file"}
        assert got[2]["error"]["code"] == -32601
    assert "the data of the error that answers 'go' is left out" in caplog.text


@pytest.mark.promise("P8")
@pytest.mark.parametrize("depth", [0, 1, 3])
async def test_a_refusal_goes_to_the_peer_exactly_also_out_of_a_nursery(autojump_clock, depth, caplog) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(_params):
        error = RequestError(-32000, "log in", {"methods": ["x"]})
        for _ in range(depth):
            error = ExceptionGroup("", [error])
        raise error

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"))
        assert (await peer.read())["error"] == {"code": -32000, "message": "log in", "data": {"methods": ["x"]}}
    assert caplog.records == []


async def test_a_failing_notification_is_logged_and_answers_nothing(autojump_clock, caplog) -> None:
    hooks = Hooks()

    @on_notification(hooks, "fails")
    async def fails(_params):
        raise RequestError(1, "no one hears this")

    @on_notification(hooks, "breaks", concurrent=True)
    async def breaks(_params):
        raise KeyError("broken")

    async with connected(hooks) as (_conn, peer):
        await peer.send(note("fails"), note("breaks"), note("nobody"), call(1, "nobody"))
        assert (await peer.read())["id"] == 1
        await trio.testing.wait_all_tasks_blocked()
    assert "broken" in caplog.text


async def test_params_that_do_not_fit_are_refused_with_their_path_and_a_bad_notification_is_dropped(
    autojump_clock, caplog
) -> None:
    hooks = Hooks()
    seen = []

    async def new(_request):
        return v1.NewSessionResponse(session_id="s")

    async def on_cancel(notification):
        seen.append(notification)

    hooks.handlers.add(make_handler(v1.NewSessionRequest, new, is_request=True, concurrent=False))
    hooks.handlers.add(make_handler(v1.CancelNotification, on_cancel, is_request=False, concurrent=False))
    async with connected(hooks) as (_conn, peer):
        await peer.send(note("session/cancel", {"sessionId": 5}), call(1, "session/new", {"cwd": 5, "mcpServers": []}))
        error = (await peer.read())["error"]
        assert error["code"] == -32602
        assert error["data"]["problems"][0]["path"] == "$.cwd"
        assert seen == []
    assert "session/cancel" in caplog.text


@pytest.mark.promise("P7")
async def test_an_answer_that_is_too_long_is_an_internal_error(autojump_clock, caplog) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(_params):
        return "x" * 2000

    async with connected(hooks, Limits(maximum_frame=1000)) as (_conn, peer):
        await peer.send(call(1, "go"))
        assert (await peer.read())["error"]["code"] == -32603
    assert "longer than maximum_frame" in caplog.text


# Rule 6


@pytest.mark.rule(6)
async def test_what_a_handler_sets_in_its_context_does_not_leak_into_the_next_one(autojump_clock) -> None:
    variable = ContextVar("variable", default="clean")
    hooks = Hooks()

    @on_request(hooks, "sync")
    async def sync(_params):
        before = variable.get()
        variable.set("dirty")
        return before

    @on_request(hooks, "slow")
    async def slow(_params):
        before = variable.get()
        variable.set("dirty")
        await trio.lowlevel.checkpoint()
        assert variable.get() == "dirty"
        await trio.lowlevel.checkpoint()
        return before

    @on_request(hooks, "task", concurrent=True)
    async def task(_params):
        before = variable.get()
        variable.set("dirty")
        return before

    async with connected(hooks) as (_conn, peer):
        methods = ["sync", "slow", "task"] * 3
        await peer.send(*(call(number, method) for number, method in enumerate(methods)))
        assert {(await peer.read())["result"] for _ in methods} == {"clean"}


@pytest.mark.rule(6)
async def test_scopes_and_nurseries_that_a_handler_opens_in_its_first_step_work_across_the_second(
    autojump_clock,
) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(_params):
        with trio.move_on_after(1) as scope:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(trio.sleep_forever)
                await trio.sleep_forever()
        return scope.cancelled_caught

    async with connected(hooks) as (_conn, peer):
        for number in range(3):
            await peer.send(call(number, "go"))
            assert await peer.read() == answer(number, True)


@pytest.mark.rule(6)
@pytest.mark.rule(17)
async def test_a_hosts_deadline_reaches_a_held_handler_although_the_actors_are_shielded(autojump_clock) -> None:
    hooks = Hooks()
    seen = []

    @on_request(hooks, "go")
    async def go(_params):
        try:
            await trio.sleep_forever()
        except trio.Cancelled:
            seen.append(trio.current_time())
            raise

    start = trio.current_time()
    with trio.move_on_after(3) as scope:
        async with connected(hooks) as (_conn, peer):
            await peer.send(call(1, "go"))
            await trio.sleep_forever()
    assert scope.cancelled_caught
    assert seen[0] - start == pytest.approx(3, abs=0.1)


@pytest.mark.rule(6)
async def test_the_scope_of_a_handler_is_open_in_its_first_step(autojump_clock) -> None:
    hooks = Hooks()
    reached = []

    @on_request(hooks, "go")
    async def go(_params, conn):
        conn._in_flight.cancel(1, "from within")
        reached.append("first step")
        await trio.lowlevel.checkpoint()
        reached.append("second step")

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"))
        assert (await peer.read())["error"]["code"] == -32800
        assert reached == ["first step"]


async def test_a_handler_that_is_cancelled_in_its_only_step_takes_nobody_with_it(autojump_clock) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(params, conn):
        conn._in_flight.cancel(params["cancel"], "from within")
        return "done"

    async with connected(hooks) as (_conn, peer):
        for number in range(3):
            await peer.send(call(number, "go", {"cancel": number}))
            assert (await peer.read())["result"] == "done"


# Rules 8 and 9


def with_started(concurrent, *statements):
    """A handler that runs some functions of its status, one after the other, with a checkpoint after each."""
    hooks = Hooks()

    @on_request(hooks, "go", concurrent=concurrent)
    async def go(_params, *, task_status):
        for statement in statements:
            result = statement(task_status)
            if result is not None:
                return result
            await trio.sleep(1)
        return None

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    return hooks


@pytest.mark.rule(8)
async def test_a_handler_with_task_status_holds_the_loop_until_started(autojump_clock) -> None:
    hooks = with_started(False, lambda _status: None, lambda status: status.started(), lambda _status: "done")
    async with connected(hooks) as (conn, peer):
        await peer.send(call(1, "go"), call(2, "echo"))
        await trio.sleep(0.5)
        assert "go" in conn.statistics().held_by
        assert await peer.read() == answer(2, None)
        assert await peer.read() == answer(1, "done")


@pytest.mark.rule(8)
async def test_a_concurrent_handler_with_task_status_does_not_hold_and_answers_by_started(autojump_clock) -> None:
    hooks = with_started(True, lambda _status: None, lambda status: status.started("early"), lambda _status: None)
    async with connected(hooks) as (conn, peer):
        await peer.send(call(1, "go"), call(2, "echo"))
        assert await peer.read() == answer(2, None)
        assert await peer.read() == answer(1, "early")
        assert conn.statistics().requests_in_flight == 0


@pytest.mark.rule(9)
@pytest.mark.promise("P3")
@pytest.mark.parametrize("concurrent", [True, False])
async def test_a_cancel_after_started_answered_is_nothing(autojump_clock, concurrent) -> None:
    hooks = Hooks()
    lived = trio.Event()

    @on_request(hooks, "go", concurrent=concurrent)
    async def go(_params, *, task_status):
        task_status.started("early")
        await trio.sleep(1)
        lived.set()

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"), cancel(7))
        assert await peer.read() == answer(1, "early")
        await peer.send(cancel(1))
        await lived.wait()


@pytest.mark.rule(9)
@pytest.mark.parametrize("concurrent", [True, False])
@pytest.mark.parametrize(
    "second, complaint",
    [
        (lambda status: status.started("again"), "cannot take answer"),
        (lambda status: status.started(), "called started() twice"),
        (lambda _status: "returned", "returned 'str' after its answer was given"),
    ],
    ids=["second answer", "second started", "return value"],
)
async def test_what_comes_after_the_answer_is_misuse_and_logged(
    autojump_clock, concurrent, second, complaint, caplog
) -> None:
    hooks = with_started(concurrent, lambda status: status.started("early"), second)
    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"))
        assert await peer.read() == answer(1, "early")
        await trio.sleep(2)
        await peer.send(call(2, "echo"))
        assert await peer.read() == answer(2, None)
    assert complaint in caplog.text


@pytest.mark.rule(9)
async def test_started_with_the_wrong_type_is_misuse_and_an_internal_error(autojump_clock, caplog) -> None:
    hooks = Hooks()
    raised = []

    async def wrong(_request, *, task_status):
        with pytest.raises(LocalMisuse) as caught:
            task_status.started({"sessionId": "s"})
        raised.append(caught.value)
        raise caught.value

    hooks.handlers.add(make_handler(v1.NewSessionRequest, wrong, is_request=True, concurrent=True))
    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "session/new", {"cwd": "/", "mcpServers": []}))
        assert (await peer.read())["error"]["data"] == {"type": "LocalMisuse"}
    assert "must answer with NewSessionResponse" in caplog.text


@pytest.mark.rule(9)
async def test_an_exception_after_started_is_logged_and_the_connection_lives(autojump_clock, caplog) -> None:
    hooks = Hooks()

    @on_request(hooks, "go", concurrent=True)
    async def go(_params, *, task_status):
        task_status.started("early")
        await trio.lowlevel.checkpoint()
        raise KeyError("late trouble")

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"))
        assert await peer.read() == answer(1, "early")
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(call(2, "echo"))
        assert await peer.read() == answer(2, None)
    assert "late trouble" in caplog.text


@pytest.mark.rule(8)
async def test_a_handler_that_never_calls_started_lets_the_loop_go_when_it_returns_or_fails(
    autojump_clock, caplog
) -> None:
    hooks = Hooks()

    @on_request(hooks, "go")
    async def go(params, *, task_status):
        await trio.lowlevel.checkpoint()
        if params:
            raise KeyError(params)
        return "done"

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "go"), call(2, "go", [1]), call(3, "go"))
        assert [(await peer.read())["id"] for _ in range(3)] == [1, 2, 3]


@pytest.mark.rule(8)
async def test_a_notification_handler_may_let_the_loop_go_early(autojump_clock) -> None:
    hooks = Hooks()
    seen = []

    @on_notification(hooks, "note")
    async def on_note(params, *, task_status):
        task_status.started()
        await trio.sleep(params[0])
        seen.append(params[0])

    async with connected(hooks) as (_conn, peer):
        await peer.send(note("note", [2]), note("note", [1]))
        await trio.sleep(3)
        assert seen == [1, 2]
