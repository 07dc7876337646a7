"""Message classes that users define: all it takes, and what is wrong with one said where it is defined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import attrs
import pytest

from acp_trio import Agent, Client
from acp_trio.codec import CODEC, InvalidValue
from acp_trio.schema import Notification, Record, Request, evolve, record
from acp_trio.testing import open_pair


@attrs.frozen
class HelloAnswer:
    text: str


class Hello(Request[HelloAnswer], method="_test.messages/hello"):
    name: str
    times: int = 1


class Moved(Notification, method="_test.messages/moved"):
    where: str


@record
class Counted(Record):
    count: int


class Count(Request[Counted], method="_test.messages/count"):
    """A request without fields."""


@dataclass
class Plain:
    value: int


class Ask(Request[Plain], method="_test.messages/ask"):
    values: list[int] = attrs.Factory(list)


class Anything(Request[dict[str, Any]], method="_test.messages/anything"):
    pass


async def test_a_class_with_annotated_fields_is_a_message(autojump_clock) -> None:
    agent, moved = Agent("a"), []

    @agent.on_request(Hello)
    async def hello(request: Hello) -> HelloAnswer:
        return HelloAnswer(text=f"hello {request.name}" * request.times)

    @agent.on_request(Count)
    async def count(_request: Count) -> Counted:
        return Counted(count=len(moved))

    @agent.on_request(Ask)
    async def ask(request: Ask) -> Plain:
        return Plain(sum(request.values))

    @agent.on_notification(Moved)
    async def move(notification: Moved) -> None:
        moved.append(notification.where)

    async with open_pair(Client("c"), agent) as pair:
        await pair.agent.notify(Moved(where="there"))
        assert await pair.agent.request(Hello(name="you", times=2)) == HelloAnswer(text="hello youhello you")
        assert await pair.agent.request(Count()) == Counted(count=1)
        assert await pair.agent.request(Ask(values=[1, 2])) == Plain(3)
    assert pair.wire.sent("_test.messages/hello") == [{"name": "you", "times": 2}]


def test_such_a_message_is_a_record_like_those_of_the_schema() -> None:
    message = Hello(name="a", meta={"traceparent": "00"})
    assert message == Hello(name="a", meta={"traceparent": "00"})
    assert repr(message) == "Hello(meta={'traceparent': '00'}, name='a')"
    assert evolve(message, name="b").name == "b"
    assert CODEC.decode(Hello, {"name": "a", "unknown": 1}).extras == {"unknown": 1}
    assert CODEC.encode(CODEC.decode(Hello, {"name": "a", "unknown": 1})) == {"name": "a", "unknown": 1}
    with pytest.raises(InvalidValue, match="times"):
        CODEC.decode(Hello, {"name": "a", "times": "many"})
    with pytest.raises(TypeError):
        Hello("positional")  # type: ignore[misc]


@pytest.mark.promise("P17")
def test_two_classes_cannot_have_one_method() -> None:
    with pytest.raises(TypeError, match=r"Again and .*Hello both have the method _test.messages/hello"):

        class Again(Request[HelloAnswer], method="_test.messages/hello"):
            pass


@pytest.mark.promise("P17")
@pytest.mark.parametrize("method", ["", 3, b"x"])
def test_a_method_is_a_name(method) -> None:
    with pytest.raises(TypeError, match="is a name such as"):

        class Nameless(Notification, method=method):
            pass


@pytest.mark.promise("P17")
def test_a_response_must_be_something_that_can_be_decoded() -> None:
    class NoAttrs:
        text: str

    with pytest.raises(TypeError, match="is neither an attrs class nor a dataclass"):

        class Bad(Request[NoAttrs], method="_test.messages/bad"):
            pass


@pytest.mark.promise("P17")
def test_a_request_says_what_answers_it() -> None:
    with pytest.raises(TypeError, match="say what answers Unanswered"):

        class Unanswered(Request, method="_test.messages/unanswered"):  # type: ignore[type-arg]
            pass


@pytest.mark.promise("P17")
async def test_a_class_without_a_method_cannot_be_sent_or_handled(autojump_clock) -> None:
    class Methodless(Request[HelloAnswer]):
        pass

    with pytest.raises(TypeError, match="Methodless has no method"):
        Agent("a").on_request(Methodless)
    async with open_pair(Client("c"), Agent("a")) as pair:
        with pytest.raises(TypeError, match="Methodless has no method"):
            await pair.agent.request(Methodless())


def test_a_class_derived_from_a_message_has_its_fields_and_its_own() -> None:
    class LongHello(Hello):
        title: str = "Dr."

    message = LongHello(name="a", title="Prof.")
    assert (message.name, message.title, message.method) == ("a", "Prof.", Hello.method)
    assert CODEC.decode(LongHello, {"name": "a"}) == LongHello(name="a")


@pytest.mark.promise("P17")
def test_the_methods_of_acp_are_taken() -> None:
    with pytest.raises(TypeError, match="session/prompt is a method of ACP"):

        class Mine(Request[HelloAnswer], method="session/prompt"):
            pass


def test_a_module_that_is_loaded_again_defines_its_messages_again() -> None:
    def load() -> type[Notification]:
        class Reloaded(Notification, method="_test.messages/reloaded"):
            pass

        return Reloaded

    assert load() is not load()
