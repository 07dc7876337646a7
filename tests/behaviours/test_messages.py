"""Message classes: those that users define, and what sets some of the schema's apart."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

import attrs
import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, Handled, Handlers, LocalMisuse, ProtocolViolation, Turn
from acp_trio.codec import CODEC
from acp_trio.schema import UNSET, Notification, Request, v1
from acp_trio.testing import open_pair

from .played import DEADLINE, answer, call, connected, heard, note

T = TypeVar("T")


@attrs.frozen
class Answer:
    text: str
    times: int = 1


@attrs.frozen
class Page(Generic[T]):
    items: list[T]


class Hello(Request[Answer], method="_behaviour.messages/hello"):
    name: str


class Names(Request[Page[str]], method="_behaviour.messages/names"):
    prefix: str


class Moved(Notification, method="_behaviour.messages/moved"):
    where: str


def test_a_message_of_ones_own_knows_its_method_and_what_answers_it() -> None:
    assert (Hello.method, Hello.response) == ("_behaviour.messages/hello", Answer)
    assert (Names.method, Names.response) == ("_behaviour.messages/names", Page[str])
    assert Moved.method == "_behaviour.messages/moved"
    assert not hasattr(Moved, "response")


async def test_a_message_of_ones_own_is_its_method_and_its_fields_on_the_wire(autojump_clock) -> None:
    async with connected() as (conn, peer):
        conn.send_request(Hello(name="you"))
        await conn.notify(Moved(where="there"))
        assert await heard(peer) == call(1, "_behaviour.messages/hello", {"name": "you"})
        assert await heard(peer) == note("_behaviour.messages/moved", {"where": "there"})


async def test_a_dispatch_is_read_as_a_class_only_if_the_method_is_that_of_the_class(autojump_clock) -> None:
    handlers, read = Handlers(), []

    @handlers.on_dispatch
    async def read_it(dispatch, _connection):
        read.append([dispatch.into(Hello), dispatch.into(Names), dispatch.into(Moved)])
        return Handled.no()

    async with connected(handlers) as (_conn, peer):
        moved = note("_behaviour.messages/moved", {"where": "there"})
        await peer.send(moved, call(1, "_behaviour.messages/hello", {"name": "you"}))
        assert (await heard(peer))["error"]["code"] == -32601
        await peer.send(call(2, "_behaviour.messages/hello", {"nom": "you"}))
        assert (await heard(peer))["error"]["code"] == -32602
    assert read == [[None, None, Moved(where="there")], [Hello(name="you"), None, None]]


@pytest.mark.promise("P17")
async def test_a_notification_is_no_request_and_a_request_no_notification(autojump_clock) -> None:
    async def handler(_message) -> None: ...

    with pytest.raises(TypeError, match="is a notification"):
        Handlers().on_request(Moved)(handler)  # type: ignore[type-var]
    with pytest.raises(TypeError, match="is a request"):
        Handlers().on_notification(Hello)(handler)  # type: ignore[type-var]
    async with connected() as (conn, _peer):
        with pytest.raises(LocalMisuse, match="is a notification"):
            await conn.request(Moved(where="there"))  # type: ignore[call-overload]
        with pytest.raises(LocalMisuse, match="is a request"):
            await conn.notify(Hello(name="you"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "request_, result, expected",
    [
        (Hello(name="you"), {"text": "hi"}, Answer(text="hi")),
        (Hello(name="you"), {"text": "hi", "times": 2}, Answer(text="hi", times=2)),
        (Hello(name="you"), {"times": 2}, None),
        (Names(prefix="a"), {"items": ["ab"]}, Page(items=["ab"])),
        (Names(prefix="a"), {"items": [3]}, None),
    ],
)
async def test_an_answer_of_ones_own_is_decoded_as_its_class_says(autojump_clock, request_, result, expected) -> None:
    async with connected() as (conn, peer):
        sent = conn.send_request(request_)
        await peer.send(answer(1, result))
        if expected is None:
            with pytest.raises(ProtocolViolation, match=request_.method):
                await sent.wait()
        else:
            assert await sent.wait() == expected


async def test_an_answer_of_ones_own_is_encoded_by_its_fields(autojump_clock) -> None:
    handlers = Handlers()

    @handlers.on_request(Hello)
    async def hello(request: Hello) -> Answer:
        return Answer(text=request.name)

    async with connected(handlers) as (_conn, peer):
        await peer.send(call(1, "_behaviour.messages/hello", {"name": "you"}))
        assert await heard(peer) == answer(1, {"text": "you", "times": 1})


# Of the schema


@pytest.mark.parametrize(
    "value",
    [
        {"action": "accept", "content": {"name": "Ada", "age": 36, "tags": ["a"], "sure": True}},
        {"action": "accept"},
        {"action": "decline"},
        {"action": "cancel", "_meta": {"a": 1}},
        {"action": "of_the_future", "more": 1},
    ],
)
def test_what_a_user_did_with_a_question_comes_back_equal(value: Any) -> None:
    assert CODEC.encode(CODEC.decode(v1.CreateElicitationResponse, value)) == value


def test_the_messages_about_questions_and_deleting_have_their_methods_and_answers() -> None:
    asked: tuple[Any, ...] = (v1.CreateElicitationRequest.method, v1.CreateElicitationRequest.response)
    assert asked == ("elicitation/create", v1.CreateElicitationResponse)
    assert v1.CompleteElicitationNotification.method == "elicitation/complete"
    deleted: tuple[Any, ...] = (v1.DeleteSessionRequest.method, v1.DeleteSessionRequest.response)
    assert deleted == ("session/delete", v1.DeleteSessionResponse)
    assert CODEC.encode(CODEC.decode(v1.DeleteSessionResponse, {})) == {}


@pytest.mark.parametrize("modes", [{"form": {}}, {"url": {}}, {"form": {}, "url": {}}, {}])
async def test_a_client_declares_the_ways_in_which_it_can_ask(autojump_clock, modes) -> None:
    capabilities = CODEC.decode(v1.ClientCapabilities, {"elicitation": modes})
    with trio.fail_after(DEADLINE):
        async with open_pair(Client("c", capabilities=capabilities), Agent("a")) as pair:
            assert pair.client.client_capabilities.elicitation == capabilities.elicitation
    (params,) = pair.wire.sent("initialize")
    assert params["clientCapabilities"]["elicitation"] == modes


UPDATES: list[v1.SessionUpdate] = [
    v1.CompactionUpdate(compaction_id="c", status="in_progress"),
    v1.CompactionSummaryChunk(compaction_id="c", content=v1.TextContent(text="so far")),
    v1.CompactionUpdate(compaction_id="c", status="completed", summary=[v1.TextContent(text="all")], error=None),
    v1.ToolCall(tool_call_id="t", title="Read", name="read_file"),
    v1.ToolCallUpdate(tool_call_id="t", name="write_file"),
    v1.ToolCallUpdate(tool_call_id="t", title="Write"),
]


async def test_compactions_and_the_names_of_tools_go_through_a_turn(autojump_clock) -> None:
    agent = Agent("a")
    shows = v1.ClientSessionCapabilities(compaction=v1.CompactionCapabilities())

    @agent.on_prompt
    async def work(turn: Turn) -> v1.StopReason:
        assert turn.connection.client_capabilities.session == shows
        for update in UPDATES:
            await turn.update(update)
        return "end_turn"

    client = Client("c", capabilities=v1.ClientCapabilities(session=shows))
    with trio.fail_after(DEADLINE):
        async with (
            open_pair(client, agent) as pair,
            pair.agent.open_session("/") as session,
            session.prompt("go") as turn,
        ):
            received = [update async for update in turn]
    assert received == UPDATES
    assert isinstance(received[0], v1.CompactionUpdate)
    assert isinstance(received[2], v1.CompactionUpdate)
    assert (received[0].error, received[2].error) == (UNSET, None)
    sent = [params["update"] for params in pair.wire.sent("session/update")]
    assert [update.get("name") for update in sent[3:]] == ["read_file", "write_file", None]
    assert "name" not in sent[5]
