"""Which handler gets a message: the order, declining, changing, catch-alls, unions, and what becomes of the rest."""

from __future__ import annotations

import pytest
import trio
import trio.testing

from acp_trio.connection import (
    Handled,
    Handlers,
    Hooks,
    NotificationDispatch,
    Peer,
    RequestDispatch,
    make_dispatch_handler,
    make_handler,
    open_connection,
)
from acp_trio.jsonrpc import RequestError, UntypedMessage
from acp_trio.schema import Notification, Record, Request, record, v1
from acp_trio.transports import memory_pair

from .peer import RawPeer, answer, call, cancel, connected, maker, note

NEW = {"cwd": "/w", "mcpServers": []}


@record
class Sum(Record):
    value: int


class Calculation(Request[Sum]):
    """What both requests are."""


@record
class Add(Calculation):
    method = "_test/add"
    a: int
    b: int


@record
class Negate(Calculation):
    method = "_test/negate"
    a: int


@record
class Happened(Notification):
    method = "_test/happened"
    what: str


ADD = call(1, "_test/add", {"a": 1, "b": 2})


async def asked(handlers: Handlers, *messages):
    """What is answered to the last message; the others are notifications."""
    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(*messages)
        return await peer.read()


async def test_the_first_handler_that_does_not_decline_has_the_request(autojump_clock) -> None:
    handlers, tried = Handlers(), []

    for name, declines in (("one", True), ("two", False), ("three", False)):

        @handlers.on_request(Add)
        async def add(request, name=name, declines=declines):
            tried.append(name)
            return Handled.no() if declines else Sum(value=request.a + request.b)

    assert (await asked(handlers, ADD))["result"] == {"value": 3}
    assert tried == ["one", "two"]


async def test_a_request_that_all_decline_is_not_found(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_request(Add)
    async def add(_request):
        return Handled.no()

    assert (await asked(handlers, ADD))["error"]["code"] == -32601


@pytest.mark.parametrize(
    "changed", [Add(a=10, b=20), UntypedMessage("_test/add", {"a": 10, "b": 20}), {"a": 10, "b": 20}]
)
@pytest.mark.parametrize("suspends", [False, True])
@pytest.mark.parametrize("concurrent", [False, True])
async def test_what_a_handler_changed_is_what_the_next_one_gets(autojump_clock, changed, suspends, concurrent) -> None:
    handlers = Handlers()

    @handlers.on_request(Add, concurrent=concurrent)
    async def change(_request):
        if suspends:
            await trio.sleep(1)
        return Handled.no(changed)

    @handlers.on_request(Add)
    async def add(request):
        return Sum(value=request.a + request.b)

    assert (await asked(handlers, ADD))["result"] == {"value": 30}


async def test_a_changed_message_must_be_of_the_same_method(autojump_clock, caplog) -> None:
    handlers = Handlers()

    @handlers.on_request(Add)
    async def change(_request):
        return Handled.no(Negate(a=1))

    assert (await asked(handlers, ADD))["error"] == {
        "code": -32603,
        "message": "internal error",
        "data": {"type": "LocalMisuse"},
    }
    assert "passed on _test/negate in place of _test/add" in caplog.text


async def test_a_handler_that_waits_and_declines_holds_the_loop_until_the_next_one_has_the_message(
    autojump_clock,
) -> None:
    handlers, order = Handlers(), []

    @handlers.on_notification("_test/happened")
    async def slow(params):
        if params["what"] == "slow":
            await trio.sleep(1)
        return Handled.no()

    @handlers.on_notification("_test/happened")
    async def note_down(params):
        order.append(params["what"])

    @handlers.on_request("_test/order")
    async def say(_params):
        return {"order": order}

    messages = [note("_test/happened", {"what": what}) for what in ("slow", "fast")]
    assert (await asked(handlers, *messages, call(1, "_test/order")))["result"] == {"order": ["slow", "fast"]}


async def test_a_handler_with_task_status_may_decline_before_it_lets_the_loop_go_on(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_request(Add)
    async def decline(_request, *, task_status):
        await trio.sleep(1)
        return Handled.no()

    @handlers.on_request(Add)
    async def add(request):
        return Sum(value=request.a + request.b)

    assert (await asked(handlers, ADD))["result"] == {"value": 3}


async def test_a_handler_that_let_the_loop_go_on_cannot_decline(autojump_clock, caplog) -> None:
    handlers = Handlers()

    @handlers.on_request(Add)
    async def decline(_request, *, task_status):
        task_status.started()
        await trio.sleep(1)
        return Handled.no()

    assert (await asked(handlers, ADD))["error"]["data"] == {"type": "LocalMisuse"}
    assert "let the loop go on, and then declined" in caplog.text


async def test_a_handler_that_answered_cannot_decline(autojump_clock, caplog) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def both(dispatch, _connection):
        dispatch.responder.respond({})
        return Handled.no()

    assert (await asked(handlers, ADD))["result"] == {}
    assert "has seen to the message, and declined it" in caplog.text


async def test_one_handler_takes_a_union_of_requests(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_request(Add | Negate)
    async def calculate(request):
        match request:
            case Add(a=a, b=b):
                return Sum(value=a + b)
            case Negate(a=a):
                return Sum(value=-a)

    assert (await asked(handlers, ADD))["result"] == {"value": 3}
    assert (await asked(handlers, call(1, "_test/negate", {"a": 4})))["result"] == {"value": -4}


async def test_one_handler_takes_every_class_derived_from_one(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_request(Calculation)
    async def calculate(request):
        return Sum(value=request.a)

    assert (await asked(handlers, ADD))["result"] == {"value": 1}
    assert (await asked(handlers, call(1, "_test/negate", {"a": 4})))["result"] == {"value": 4}


@pytest.mark.promise("P17")
@pytest.mark.parametrize("message", [Request, Notification, Happened, object, 3, Sum])
def test_what_is_no_message_is_refused_at_registration(message) -> None:
    with pytest.raises(TypeError, match=r"say which message|has no method|is a notification"):
        Handlers().on_request(message)


async def test_a_catch_all_gets_what_nobody_before_it_took_untyped(autojump_clock) -> None:
    handlers, caught = Handlers(), []

    @handlers.on_request(Negate)
    async def negate(request):
        return Sum(value=-request.a)

    @handlers.on_request(UntypedMessage)
    async def catch(message):
        caught.append(message)
        return {"caught": message.method}

    assert (await asked(handlers, call(1, "_test/negate", {"a": 4})))["result"] == {"value": -4}
    assert (await asked(handlers, ADD))["result"] == {"caught": "_test/add"}
    assert caught == [UntypedMessage("_test/add", {"a": 1, "b": 2})]


async def test_a_catch_all_for_notifications_gets_no_requests(autojump_clock) -> None:
    handlers, caught = Handlers(), []

    @handlers.on_notification(UntypedMessage)
    async def catch(message):
        caught.append(message.method)

    assert (await asked(handlers, note("_test/happened", {"what": "x"}), ADD))["error"]["code"] == -32601
    assert caught == ["_test/happened"]


async def test_a_malformed_notification_is_consumed_and_logged(autojump_clock, caplog) -> None:
    handlers, caught = Handlers(), []

    @handlers.on_notification(Happened)
    async def happened(_notification):
        raise AssertionError("not reached")

    @handlers.on_notification(UntypedMessage)
    async def catch(message):
        caught.append(message.method)

    await asked(handlers, note("_test/happened", {"what": 3}), ADD)
    assert caught == []
    assert "'_test/happened' is not valid and was dropped" in caplog.text


async def test_params_that_do_not_fit_a_typed_handler_are_not_offered_to_the_next(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_request(Add)
    async def add(_request):
        raise AssertionError("not reached")

    @handlers.on_request(UntypedMessage)
    async def catch(_message):
        raise AssertionError("not reached")

    refusal = (await asked(handlers, call(1, "_test/add", {"a": "one", "b": 2})))["error"]
    assert refusal["code"] == -32602
    assert refusal["data"]["problems"][0]["path"] == "$.a"


async def test_a_dispatch_handler_sees_requests_and_notifications_in_the_order_of_the_wire(autojump_clock) -> None:
    handlers, seen = Handlers(), []

    @handlers.on_dispatch
    async def watch(dispatch, _connection):
        match dispatch:
            case RequestDispatch(method=method, id=number, params=params):
                seen.append((number, method, params))
            case NotificationDispatch(message=UntypedMessage(method=method)):
                seen.append(method)
        return Handled.no()

    @handlers.on_request(Add)
    async def add(request):
        return Sum(value=request.a + request.b)

    assert (await asked(handlers, note("_test/happened", {"what": "x"}), ADD))["result"] == {"value": 3}
    assert seen == ["_test/happened", (1, "_test/add", {"a": 1, "b": 2})]


async def test_a_dispatch_is_matched_by_its_typed_message(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def watch(dispatch, _connection):
        match dispatch:
            case RequestDispatch(typed=v1.NewSessionRequest(cwd=cwd), responder=responder):
                responder.respond(v1.NewSessionResponse(session_id=cwd))
            case RequestDispatch(typed=UntypedMessage(method="_test/add"), responder=responder):
                request = dispatch.into(Add)
                assert dispatch.into(Negate) is None
                responder.respond(Sum(value=request.a))

    assert (await asked(handlers, call(1, "session/new", NEW)))["result"] == {"sessionId": "/w"}
    assert (await asked(handlers, ADD))["result"] == {"value": 1}


async def test_a_dispatch_looked_at_as_what_it_is_not_is_answered_invalid_params(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def watch(dispatch, _connection):
        return dispatch.typed

    assert (await asked(handlers, call(1, "session/new", {"cwd": 3})))["error"]["code"] == -32602


@pytest.mark.parametrize("fields", [{"sessionId": "s"}, [1], None])
async def test_a_dispatch_knows_its_session_and_its_fields(autojump_clock, fields) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def watch(dispatch, _connection):
        dispatch.responder.respond({"session": dispatch.session_id, "has": dispatch.has_field("sessionId")})

    expected = {"session": "s", "has": True} if isinstance(fields, dict) else {"session": None, "has": False}
    assert (await asked(handlers, call(1, "_test/x", fields)))["result"] == expected


async def test_a_dispatch_handler_that_forgets_a_request_has_it_answered(autojump_clock, caplog) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def forget(_dispatch, _connection):
        return None

    assert (await asked(handlers, ADD))["error"]["data"] == {"type": "LocalMisuse"}
    assert "neither answered _test/add nor declined it" in caplog.text


async def test_a_dispatch_handler_may_keep_the_responder_and_answer_later(autojump_clock) -> None:
    handlers, kept = Handlers(), []

    @handlers.on_dispatch
    async def keep(dispatch, connection):
        dispatch.responder.keep()
        kept.append(dispatch.responder)
        connection.start_soon(later)

    async def later() -> None:
        await trio.sleep(5)
        kept[0].respond({"late": True})

    assert (await asked(handlers, ADD))["result"] == {"late": True}


async def test_a_request_whose_responder_was_kept_for_ever_is_answered_when_the_connection_closes(
    autojump_clock,
) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def keep(dispatch, _connection):
        dispatch.responder.keep()

    ours, theirs = memory_pair()
    async with theirs.open() as link:
        async with open_connection(ours, maker(Hooks(handlers=handlers))) as conn:
            await RawPeer(link).send(ADD)
            await trio.testing.wait_all_tasks_blocked()
            assert conn.statistics().requests_in_flight == 1
        assert (await RawPeer(link).read())["error"]["code"] == -32800


async def test_a_cancel_reaches_a_request_whose_responder_was_kept(autojump_clock) -> None:
    handlers, kept = Handlers(), []

    @handlers.on_dispatch
    async def keep(dispatch, _connection):
        if isinstance(dispatch, NotificationDispatch):
            return Handled.no()
        dispatch.responder.keep()
        dispatch.responder.on_cancel = lambda: dispatch.responder.refuse(RequestError(-32800, "as you like"))
        kept.append(dispatch)
        return None

    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(ADD)
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(cancel(1))
        assert (await peer.read())["error"] == {"code": -32800, "message": "as you like"}
    assert kept[0].responder.cancelled


async def test_a_handler_object_is_a_dispatch_handler(autojump_clock) -> None:
    class Refuser:
        async def handle(self, dispatch, _connection):
            dispatch.responder.refuse(RequestError(7, "no"))

    handlers = Handlers()
    handlers.with_handler(Refuser())
    assert (await asked(handlers, ADD))["error"] == {"code": 7, "message": "no"}
    with pytest.raises(TypeError, match="handler object"):
        handlers.with_handler(3)  # type: ignore[arg-type]


async def test_included_handlers_come_behind_those_that_were_there(autojump_clock) -> None:
    first, second, tried = Handlers(), Handlers(), []

    for handlers, name in ((first, "first"), (second, "second")):

        @handlers.on_request(Add)
        async def add(_request, name=name):
            tried.append(name)
            return Handled.no()

    first.include(second)
    await asked(first, ADD)
    assert tried == ["first", "second"]


async def test_a_handler_for_one_sender_gets_nothing_where_nobody_is_told_apart(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_request(Add, sender=Peer("somebody"))
    async def add(_request):
        raise AssertionError("not reached")

    assert (await asked(handlers, ADD))["error"]["code"] == -32601


SOMEBODY = Peer("somebody")


async def unreached(*_message) -> None:
    raise AssertionError("not reached")


class Unreached:
    async def handle(self, _dispatch, _connection) -> None:
        raise AssertionError("not reached")


@pytest.mark.parametrize(
    "register",
    [
        lambda handlers: handlers.on_notification("_test/add", sender=SOMEBODY)(unreached),
        lambda handlers: handlers.on_dispatch(sender=SOMEBODY)(unreached),
        lambda handlers: handlers.with_handler(Unreached(), sender=SOMEBODY),
    ],
    ids=["on_notification", "on_dispatch", "with_handler"],
)
async def test_every_way_to_register_keeps_what_is_for_another_sender_away(autojump_clock, register) -> None:
    handlers = Handlers()
    register(handlers)
    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(note("_test/add", {}), call(1, "_test/add", {}))
        assert (await peer.read())["error"]["code"] == -32601


@pytest.mark.parametrize("as_object", [False, True], ids=["on_dispatch", "with_handler"])
async def test_a_concurrent_dispatch_handler_may_wait_for_the_peer(autojump_clock, as_object) -> None:
    handlers = Handlers()

    class Asker:
        async def handle(self, dispatch, connection) -> Handled | None:
            if not isinstance(dispatch, RequestDispatch):
                return Handled.no()
            dispatch.responder.respond(await connection.request("_test/ask"))
            return None

    if as_object:
        handlers.with_handler(Asker(), concurrent=True)
    else:
        handlers.on_dispatch(concurrent=True)(Asker().handle)
    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(call(7, "_test/add", {}))
        assert (await peer.read())["method"] == "_test/ask"
        await peer.send(answer(1, "asked"))
        assert await peer.read() == answer(7, "asked")


async def test_the_layer_above_is_asked_once_and_then_the_roles_own_handler(autojump_clock) -> None:
    asked_of: list[str] = []

    def leave(envelope, _responder) -> bool:
        asked_of.append(f"layer {envelope.method}")
        return False

    async def decline(dispatch, _connection):
        asked_of.append(f"role {dispatch.method}")
        return Handled.no()

    hooks = Hooks(takers={"_test/x": leave}, otherwise=make_dispatch_handler(decline))
    async with connected(hooks) as (_conn, peer):
        await peer.send(note("_test/x", {}), call(1, "_test/x", {}))
        assert (await peer.read())["error"]["code"] == -32601
    assert asked_of == ["layer _test/x", "role _test/x"] * 2


async def test_a_dispatch_handler_returns_nothing_but_that_it_declined(autojump_clock, caplog) -> None:
    handlers = Handlers()

    @handlers.on_dispatch
    async def answer_by_return(dispatch, _connection):
        return {"text": "by mistake"} if isinstance(dispatch, RequestDispatch) else Handled.no()

    assert (await asked(handlers, ADD))["error"]["code"] == -32603
    assert "must return None or Handled.no(), not dict" in caplog.text


async def test_handlers_beside_the_loop_may_decline_one_after_the_other(autojump_clock) -> None:
    handlers = Handlers()
    tried: list[int] = []

    def register(number: int) -> None:
        @handlers.on_request("_test/x", concurrent=True)
        async def handle(_params):
            tried.append(number)
            await trio.sleep(1)
            return Handled.no() if number < 3 else number

    for number in range(4):
        register(number)
    async with connected(Hooks(handlers=handlers)) as (_conn, peer):
        await peer.send(call(1, "_test/x"))
        assert await peer.read() == answer(1, 3)
    assert tried == [0, 1, 2, 3]


async def test_a_failing_handler_hides_the_message_from_those_behind_it(autojump_clock, caplog) -> None:
    handlers = Handlers()

    @handlers.on_request(Add)
    async def fail(_request):
        raise KeyError("secret")

    @handlers.on_request(Add)
    async def add(_request):
        raise AssertionError("not reached")

    assert (await asked(handlers, ADD))["error"]["data"] == {"type": "KeyError"}


def test_a_registry_says_what_it_handles() -> None:
    async def add(_request) -> None: ...

    handlers = Handlers()
    handlers.add(make_handler(Add, add, is_request=True, concurrent=False))
    assert handlers.handles("_test/add")
    assert not handlers.handles("_test/negate")


async def test_a_thousand_handlers_are_tried_without_nesting(autojump_clock) -> None:
    handlers = Handlers()
    for _ in range(1000):

        @handlers.on_request(Add)
        async def decline(_request):
            return Handled.no()

    assert (await asked(handlers, ADD))["error"]["code"] == -32601
