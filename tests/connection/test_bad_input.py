"""Bad input changes nothing else: the answers of rules 16, 24 and 25, and a connection that goes on."""

from __future__ import annotations

import json
import logging
from collections import Counter

import pytest
import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from acp_trio.connection import Hooks, Limits, make_handler, open_connection, raw_params
from acp_trio.jsonrpc import ProtocolViolation, RequestError, loads
from acp_trio.schema import v1
from acp_trio.transports import ConnectionLost, memory_pair

from .peer import (
    RawPeer,
    answer,
    call,
    cancel,
    connected,
    leaving_nothing,
    maker,
    note,
    on_notification,
    on_request,
    outcome_of,
)

pytestmark = [pytest.mark.promise("P23")]

SMALL = Limits(maximum_frame=1000)
FILLER = "x" * 2000


def echoing(**options) -> Hooks:
    hooks = Hooks(**options)

    @on_request(hooks, "echo")
    async def echo(params):
        return params

    @on_request(hooks, "spawned", concurrent=True)
    async def spawned(params):
        await trio.lowlevel.checkpoint()
        return params

    return hooks


async def refusal_of(peer, *lines):
    """What the peer is told of some lines, with proof that nothing else was said."""
    await peer.send(*lines, call("after", "echo", ["alive"]))
    message = await peer.read()
    assert await peer.read() == answer("after", ["alive"])
    assert message["jsonrpc"] == "2.0"
    assert message["error"]["message"]  # in words, whatever it is
    return message["id"], message["error"]["code"]


async def test_an_agent_answers_a_line_that_is_not_json_to_null(autojump_clock) -> None:
    async with connected(echoing()) as (conn, peer):
        for line in [b"hello", b'{"id":1,"method":"echo","params":[NaN]}', b"\xff", b"[" * 100_000 + b"]" * 100_000]:
            assert await refusal_of(peer, line) == (None, -32700)
        assert conn.statistics().malformed == 4


@pytest.mark.rule(24)
async def test_a_client_counts_and_logs_such_lines_and_never_answers(autojump_clock, caplog) -> None:
    seen = []
    hooks = echoing(answers_malformed=False, on_malformed=seen.append)
    async with connected(hooks) as (conn, peer):
        await peer.send(b"Loading model...", b"[]", b"null", b"\xff", call(1, "echo"))
        assert await peer.read() == answer(1, None)
        assert conn.statistics().malformed == len(seen) == 4
    assert seen[0].line == b"Loading model..."
    assert "Loading model..." in caplog.text


@pytest.mark.rule(24)
@pytest.mark.parametrize("answers_malformed", [True, False])
async def test_blank_lines_and_carriage_returns_are_ignored(autojump_clock, answers_malformed) -> None:
    async with connected(echoing(answers_malformed=answers_malformed)) as (conn, peer):
        await peer.send(b"", b"\r", b"  ", b'{"jsonrpc":"2.0","id":1,"method":"echo","params":{}}\r')
        assert await peer.read() == answer(1, {})
        assert conn.statistics().malformed == 0


@pytest.mark.rule(24)
@pytest.mark.parametrize("line", [b"1", b'"x"', b"null", b"true", b"[]", b'[{"id":1,"method":"echo"}]'])
async def test_scalars_null_and_batches_are_one_invalid_request(autojump_clock, line) -> None:
    async with connected(echoing()) as (_conn, peer):
        assert await refusal_of(peer, line) == (None, -32600)


@pytest.mark.rule(24)
@pytest.mark.parametrize("request_id", [None, 1.5, True, 2**70, "x" * 1025, []])
async def test_a_request_with_an_unusable_id_is_refused_to_null(autojump_clock, request_id) -> None:
    async with connected(echoing()) as (_conn, peer):
        assert await refusal_of(peer, call(request_id, "echo")) == (None, -32600)


@pytest.mark.rule(24)
@pytest.mark.parametrize("answers_malformed", [True, False])
async def test_bad_params_are_refused_with_the_id_on_both_sides(autojump_clock, answers_malformed) -> None:
    async with connected(echoing(answers_malformed=answers_malformed)) as (_conn, peer):
        for params in (1, "x", True):
            assert await refusal_of(peer, call("a", "echo", params)) == ("a", -32600)


@pytest.mark.rule(24)
async def test_a_malformed_call_is_the_peers_own_even_if_we_wait_for_the_same_id(autojump_clock) -> None:
    async with connected() as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        assert (await peer.read())["id"] == 1
        await peer.send(call(1, "echo", 3))
        assert (await peer.read())["error"]["code"] == -32600
        await peer.send(answer(1, "fine"))
        await trio.testing.wait_all_tasks_blocked()
        assert results == ["fine"]


@pytest.mark.parametrize(
    "line, complaint",
    [
        ({"id": 1}, "there is no method"),
        ({"id": 1, "result": 1, "error": {"code": 1, "message": ""}}, "a result and an error"),
        ({"id": 1, "error": "no"}, "malformed error"),
        ({"id": 1, "error": {"code": True, "message": ""}}, "malformed error"),
        (b'{"id":1,"result":[' + b"1" * 5000 + b"]}", "out of range"),
    ],
)
async def test_an_answer_that_is_none_fails_its_request_and_nothing_else(autojump_clock, line, complaint) -> None:
    async with connected() as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        await peer.send(line, answer(2, "fine"))
        await trio.testing.wait_all_tasks_blocked()
        (failure,) = [result for result in results if result != "fine"]
        assert isinstance(failure, ProtocolViolation)
        assert complaint in str(failure)
        assert len(results) == 2


@pytest.mark.promise("P1")
@pytest.mark.parametrize(
    "line, complaint",
    [
        (b'{"jsonrpc":"2.0","id":1,"result":{"score":NaN}}', "NaN is not JSON"),  # as Python's json writes it
        (b'{"jsonrpc":"2.0","id":1,"result":{"text":"\xff"}}', "not JSON"),
        (b'{"jsonrpc":"2.0","id":1,"result":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not JSON"),
        (b'{"jsonrpc":"2.0","id":1,"error":{"code":1,"mess', "not JSON"),
    ],
    ids=["NaN", "no UTF-8", "too deep", "half a line"],
)
async def test_an_answer_that_is_not_quite_json_fails_its_request_and_nothing_else(
    autojump_clock, line, complaint
) -> None:
    async with connected(echoing()) as (conn, peer):
        sent, other = conn.send_request("ours"), conn.send_request("other")
        await peer.send(line, answer(2, "fine"), call("after", "echo"))
        with pytest.raises(ProtocolViolation, match=complaint):
            await sent.wait()
        assert await other.wait() == "fine"
        assert [(await peer.read())["id"] for _ in range(3)] == [1, 2, "after"]


@pytest.mark.parametrize(
    "line",
    [
        {"result": 1},
        {"id": None, "result": 1},
        {"id": 99, "result": 1},
        {"id": "1", "result": 1},
        {"id": 1.0, "result": 1},
        {"id": True, "error": {}},
        {"id": 99, "result": 1, "error": {}},
    ],
)
async def test_response_shaped_junk_is_ignored_even_while_we_wait(autojump_clock, line) -> None:
    async with connected(echoing()) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        await peer.send(line, call("x", "echo"), answer(1, "fine"))
        assert await peer.read() == answer("x", None)
        await trio.testing.wait_all_tasks_blocked()
        assert results == ["fine"]


async def test_answers_that_are_late_or_unknown_are_counted(autojump_clock) -> None:
    async with connected(echoing()) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        await peer.send(answer(1, "fine"), answer(1, "again"), answer(7, "?"), answer("1", "?"), call(1, "echo"))
        assert await peer.read() == answer(1, None)
        assert results == ["fine"]
        assert (conn.statistics().answers_late, conn.statistics().answers_unknown) == (1, 2)


@pytest.mark.rule(2)
@pytest.mark.parametrize("request_id", [None, True, 1.0, [], {}, "1", 2**70, 99])
async def test_a_cancel_of_what_names_no_request_is_nothing(autojump_clock, request_id) -> None:
    hooks = echoing()
    release = trio.Event()

    @on_request(hooks, "wait", concurrent=True)
    async def wait(_params):
        await release.wait()
        return "waited"

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "wait"), cancel(request_id), note("$/cancel_request", [1]), note("$/cancel_request"))
        await peer.send(call(2, "echo"))
        assert await peer.read() == answer(2, None)
        release.set()
        assert await peer.read() == answer(1, "waited")


@pytest.mark.parametrize("kind", [dict, list], ids=["typed", "untyped"])
async def test_params_that_only_the_envelope_could_read_past_are_refused_with_their_id(autojump_clock, kind) -> None:
    hooks = echoing()

    async def typed(request: v1.ListSessionsRequest) -> v1.ListSessionsResponse:
        return v1.ListSessionsResponse(sessions=[])

    hooks.handlers.add(make_handler(v1.ListSessionsRequest, typed, is_request=True, concurrent=False))
    method = "session/list" if kind is dict else "echo"
    digits = b"1" * 5000
    params = b'{"_meta":{"a":' + digits + b"}}" if kind is dict else b"[" + digits + b"]"
    line = b'{"id":1,"method":"' + method.encode() + b'","params":' + params + b"}"
    async with connected(hooks) as (_conn, peer):
        assert await refusal_of(peer, line) == (1, -32700)
        await peer.send(line)
        assert "out of range" in (await peer.read())["error"]["message"]


async def test_a_layer_above_that_cannot_read_params_refuses_them_too(autojump_clock) -> None:
    hooks = echoing(takers={"taken": lambda envelope, _responder: loads(raw_params(envelope))})
    line = b'{"id":1,"method":"taken","params":[' + b"1" * 5000 + b"]}"
    async with connected(hooks) as (_conn, peer):
        await peer.send(line.replace(b'"id":1,', b""))  # a notification is dropped
        assert await refusal_of(peer, line) == (1, -32700)


async def test_nesting_around_what_the_parser_takes_is_refused_or_answered_and_never_ends_the_connection(
    autojump_clock, caplog
) -> None:
    caplog.set_level(logging.CRITICAL)
    async with connected(echoing()) as (_conn, peer):
        for depth in range(940, 1000):
            params = b"[" * depth + b"]" * depth
            for method in (b"echo", b"spawned"):
                await peer.send(b'{"id":1,"method":"' + method + b'","params":' + params + b"}")
                line = await peer.read_bytes()  # a decoder would find it too deep
                assert line.startswith(
                    (b'{"jsonrpc":"2.0","id":1,', b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700')
                )


@pytest.mark.rule(25)
async def test_a_duplicate_id_runs_and_is_answered_twice_and_a_cancel_reaches_both(autojump_clock) -> None:
    hooks = Hooks()
    started = []

    @on_request(hooks, "wait", concurrent=True)
    async def wait(params):
        started.append(params)
        await trio.sleep_forever()

    async with connected(hooks) as (conn, peer):
        await peer.send(call(1, "wait", ["a"]), call(1, "wait", ["b"]))
        await trio.testing.wait_all_tasks_blocked()
        assert sorted(started) == [["a"], ["b"]]
        assert conn.statistics().requests_in_flight == 2
        await peer.send(cancel(1))
        for _ in range(2):
            message = await peer.read()
            assert (message["id"], message["error"]["code"]) == (1, -32800)
        assert conn.statistics().requests_in_flight == 0


@pytest.mark.rule(25)
async def test_a_duplicate_id_gets_two_results(autojump_clock) -> None:
    async with connected(echoing()) as (_conn, peer):
        await peer.send(call(1, "spawned", ["a"]), call(1, "echo", ["b"]))
        results = [(await peer.read())["result"] for _ in range(2)]
        assert sorted(results) == [["a"], ["b"]]


async def test_a_notification_that_is_asked_as_a_request_is_no_method_and_is_answered(autojump_clock) -> None:
    hooks = echoing()
    seen = []

    @on_notification(hooks, "note")
    async def on_note(params):
        seen.append(params)

    async with connected(hooks) as (_conn, peer):
        assert await refusal_of(peer, call(1, "note", [1])) == (1, -32601)
        assert await refusal_of(peer, call(2, "$/cancel_request", {"requestId": 2})) == (2, -32601)
        assert seen == []


async def test_a_request_that_is_sent_as_a_notification_is_not_run(autojump_clock) -> None:
    hooks = Hooks()
    seen = []

    @on_request(hooks, "echo")
    async def echo(params):
        seen.append(params)
        return params

    async with connected(hooks) as (_conn, peer):
        await peer.send(note("echo", ["nobody asked"]), call(1, "echo", ["asked"]))
        assert await peer.read() == answer(1, ["asked"])
        assert seen == [["asked"]]


@pytest.mark.rule(2)
async def test_a_cancel_that_is_asked_as_a_request_cancels_nothing(autojump_clock) -> None:
    hooks = echoing()

    @on_request(hooks, "wait", concurrent=True)
    async def wait(_params):
        await trio.sleep(1)
        return "waited"

    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "wait"))
        await trio.testing.wait_all_tasks_blocked()
        await peer.send(call(2, "$/cancel_request", {"requestId": 1}))
        assert (await peer.read())["error"]["code"] == -32601
        assert await peer.read() == answer(1, "waited")


@pytest.mark.rule(25)
async def test_what_the_gate_says_reaches_the_peer_whole(autojump_clock) -> None:
    hooks = Hooks(gate=lambda method: RequestError(-32600, "first initialize", {"method": method}))
    async with connected(hooks) as (_conn, peer):
        await peer.send(call(1, "echo"))
        error = {"code": -32600, "message": "first initialize", "data": {"method": "echo"}}
        assert await peer.read() == {"jsonrpc": "2.0", "id": 1, "error": error}


@pytest.mark.rule(25)
async def test_the_gate_refuses_requests_with_their_id_and_ignores_notifications(autojump_clock) -> None:
    seen = []
    hooks = echoing(gate=lambda method: RequestError(-32600, "first initialize") if method != "echo" else None)

    @on_notification(hooks, "note")
    async def on_note(params):
        seen.append(params)

    async with connected(hooks) as (_conn, peer):
        assert await refusal_of(peer, call(4, "spawned"), note("note")) == (4, -32600)
        assert seen == []


# How much of it is seen


async def test_every_bad_line_is_counted_and_the_first_ten_are_warned_of(autojump_clock, caplog) -> None:
    caplog.set_level(logging.DEBUG, "acp_trio.connection")
    async with connected(echoing(answers_malformed=False)) as (conn, peer):
        await peer.send(*[b"junk"] * 12, call("after", "echo"))
        await peer.read()
        assert conn.statistics().malformed == 12
    levels = [record.levelname for record in caplog.records if "not a message" in record.message]
    assert levels == ["WARNING"] * 10 + ["DEBUG"] * 2


@pytest.mark.rule(16)
async def test_every_message_that_is_too_long_is_counted(autojump_clock) -> None:
    async with connected(echoing(), SMALL) as (conn, peer):
        for number in range(1, 4):
            assert await refusal_of(peer, call("a", "echo", [FILLER])) == ("a", -32600)
            assert conn.statistics().malformed == number


async def test_an_answer_that_is_none_is_not_answered(autojump_clock) -> None:
    async with connected(echoing()) as (conn, peer), trio.open_nursery() as nursery:
        results: list[object] = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        await peer.send({"id": 1}, call("after", "echo"))
        assert await peer.read() == answer("after", None)
        await trio.testing.wait_all_tasks_blocked()
        assert [type(result) for result in results] == [ProtocolViolation]


async def test_a_line_that_could_be_an_answer_to_nothing_is_refused_with_its_id(autojump_clock) -> None:
    async with connected(echoing()) as (_conn, peer):
        assert await refusal_of(peer, {"id": 99}) == (99, -32600)


@pytest.mark.rule(16)
@pytest.mark.parametrize("line", [answer(99, FILLER), {"result": FILLER, "id": 99}], ids=["its id first", "last"])
async def test_an_answer_that_is_too_long_and_that_nobody_waits_for_is_dropped(autojump_clock, line) -> None:
    async with connected(echoing(), SMALL) as (conn, peer):
        await peer.send(line, call("after", "echo"))
        assert await peer.read() == answer("after", None)
        assert conn.statistics().malformed == 1


# Rule 16


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
@pytest.mark.parametrize("answers_malformed", [True, False])
async def test_an_oversize_request_whose_id_is_readable_is_answered(autojump_clock, answers_malformed) -> None:
    async with connected(echoing(answers_malformed=answers_malformed), SMALL) as (conn, peer):
        assert await refusal_of(peer, call("a", "echo", [FILLER])) == ("a", -32600)
        assert conn.statistics().malformed == 1


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
async def test_an_oversize_request_is_answered_while_we_wait_for_the_same_id(autojump_clock) -> None:
    async with connected(echoing(), SMALL) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        await peer.read()
        assert await refusal_of(peer, call(1, "echo", [FILLER])) == (1, -32600)
        await peer.send(answer(1, "fine"))
        await trio.testing.wait_all_tasks_blocked()
        assert results == ["fine"]


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
async def test_an_oversize_request_with_its_params_first_is_no_answer_to_ours(autojump_clock) -> None:
    async with connected(echoing(), SMALL) as (conn, peer):
        sent = conn.send_request("ours")
        await peer.read()
        assert await refusal_of(peer, {"id": 1, "params": [FILLER], "method": "echo"}) == (1, -32600)
        await peer.send(answer(1, "fine"))
        assert await sent.wait() == "fine"


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
async def test_an_oversize_answer_fails_its_request_and_no_other(autojump_clock) -> None:
    async with connected(echoing(), SMALL) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        for _ in range(2):
            nursery.start_soon(outcome_of, conn.request("ours"), results)
            await peer.read()
        await peer.send(answer(1, FILLER), answer(2, "fine"), call(3, "echo"))
        assert await peer.read() == answer(3, None)
        await trio.testing.wait_all_tasks_blocked()
        assert sorted(map(type, results), key=str) == [ProtocolViolation, str]


@pytest.mark.rule(16)
@pytest.mark.promise("P7", "P1")
@pytest.mark.parametrize("line", [{"result": FILLER, "id": 1}, {"data": FILLER, "id": 1, "result": 1}, FILLER.encode()])
async def test_an_oversize_frame_that_may_have_been_an_answer_fails_every_request(autojump_clock, line) -> None:
    async with connected(echoing(), SMALL) as (conn, peer), trio.open_nursery() as nursery:
        results = []
        for _ in range(2):
            nursery.start_soon(outcome_of, conn.request("ours"), results)
            await peer.read()
        await peer.send(b'{"id' + line[3:] if isinstance(line, bytes) else hidden(line))
        await trio.testing.wait_all_tasks_blocked()
        assert [type(result) for result in results] == [ConnectionLost, ConnectionLost]
        assert isinstance(results[0].__cause__, ProtocolViolation)
        assert conn.is_closed
        with pytest.raises(ConnectionLost):
            await conn.request("more")
        await conn.wait_closed()


def hidden(message) -> bytes:
    """A message whose id stands behind more than what is kept."""
    return b"{" + b" " * 70_000 + json.dumps(message).encode()[1:]


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
async def test_an_unreadable_oversize_frame_gets_one_answer_to_null_from_an_agent(autojump_clock) -> None:
    async with connected(echoing(), SMALL) as (_conn, peer):
        assert await refusal_of(peer, hidden(call(1, "echo", [FILLER]))) == (None, -32600)
        assert await refusal_of(peer, note("x", [FILLER])) == (None, -32600)


@pytest.mark.rule(16)
@pytest.mark.promise("P7")
async def test_an_unreadable_oversize_frame_gets_no_answer_from_a_client(autojump_clock) -> None:
    async with connected(echoing(answers_malformed=False), SMALL) as (_conn, peer):
        await peer.send(hidden(call(1, "echo", [FILLER])), call(2, "echo"))
        assert await peer.read() == answer(2, None)


# Any bytes

REQUESTS = st.builds(
    lambda kind, number: ("request", call(number, kind, [number])),
    st.sampled_from(["echo", "spawned", "held", "nobody", "fails", "session/list"]),
    st.integers(1000, 9999),
)
JUNK = st.sampled_from(
    [
        b"",
        b"\r",
        b"log",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"id":1,"result":1}',
        b'{"id":null,"result":1}',
        b'{"id":1,"result":1,"error":1}',
        b'{"method":"nobody"}',
        b'{"method":"fails","params":[]}',
        b'{"method":"$/cancel_request","params":{"requestId":[]}}',
        b'{"method":"$/cancel_request","params":7}',
        b'{"method":"session/cancel","params":{"sessionId":{}}}',
        b'{"id":1.5,"method":"echo"}',
        b'{"id":1,"method":"echo","params":3}',
        b'{"method":"big","params":["' + b"y" * 1200 + b'"]}',
        b"z" * 1200,
    ]
).map(lambda line: ("junk", line)) | st.binary(max_size=60).map(lambda line: ("junk", line.replace(b"\n", b" ")))
STREAMS = st.lists(REQUESTS | JUNK, max_size=12)


@settings(max_examples=150)
@given(items=STREAMS, sizes=st.lists(st.integers(1, 300), min_size=1, max_size=6))
def test_any_stream_leaves_no_valid_request_unanswered(items, sizes) -> None:
    """Valid requests among junk, in any chunks: every one is answered exactly once, and nothing hangs or crashes."""
    requests = [line["id"] for kind, line in items if kind == "request"]
    data = b"".join((line if kind == "junk" else json.dumps(line).encode()) + b"\n" for kind, line in items)
    got = trio.run(conversation, data, sizes, clock=trio.testing.MockClock(autojump_threshold=0))
    counted = Counter(message["id"] for message in got if message["id"] in set(requests))
    assert counted == Counter(requests)


async def conversation(data, sizes):
    hooks = echoing()

    @on_request(hooks, "held")
    async def held(params):
        await trio.sleep(1)
        return params

    @on_request(hooks, "fails", concurrent=True)
    async def fails(params):
        raise KeyError(params)

    ours, theirs = memory_pair()
    got = []
    with leaving_nothing():
        async with theirs.open() as link, trio.open_nursery() as nursery:
            peer = RawPeer(link)
            nursery.start_soon(outcome_of, peer.read_all(), got)
            async with open_connection(ours, maker(hooks, SMALL)) as conn:
                start = turn = 0
                while start < len(data):
                    size = sizes[turn % len(sizes)]
                    await peer.write(data[start : start + size])
                    start += size
                    turn += 1
                peer.end()
                await conn.wait_closed()
    return got[0]


async def test_an_answer_in_the_manner_of_json_rpc_1_has_a_result_and_a_null_error(autojump_clock) -> None:
    async with connected() as (conn, peer), trio.open_nursery() as nursery:
        results = []
        nursery.start_soon(outcome_of, conn.request("ours"), results)
        sent = await peer.read()
        await peer.send({"id": sent["id"], "result": 5, "error": None})
        await trio.testing.wait_all_tasks_blocked()
        assert results == [5]
