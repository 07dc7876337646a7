"""Messages and data classes of users: their names stay as they are, their rules are theirs, and ours fit inside."""

from __future__ import annotations

import dataclasses
from typing import Any

import attrs
import pytest

from acp_trio.codec import CODEC, InvalidValue
from acp_trio.schema import UNSET, Notification, Record, Request, UnsetType, field, lenient, record, v1


@attrs.define
class Point:
    x_axis: int
    y_axis: float = 0.0
    label: str | UnsetType | None = UNSET


@dataclasses.dataclass
class Box:
    points: list[Point]
    block: v1.ContentBlock | None = None


@record
class EchoResponse(Record):
    some_text: str


@record
class Echo(Request[EchoResponse]):
    method = "_test/echo"

    some_text: str
    box: Box | None = None
    children: list[Echo] = attrs.field(factory=list)
    limit: int = field(default=10, name="theLimit")
    mood: str = lenient(default="fine")


@attrs.frozen(kw_only=True)
class Ping(Notification):
    method = "_test/ping"

    count: int = 5


@attrs.define(kw_only=True)
class Done(Request[None]):
    method = "_test/done"


@attrs.define
class Even:
    number: int = attrs.field()

    @number.validator
    def _check(self, _attribute: object, value: int) -> None:
        if value % 2:
            raise ValueError("must be even")


def test_a_users_request_comes_back_equal() -> None:
    value = {
        "some_text": "a",
        "box": {"points": [{"x_axis": 1, "y_axis": 2, "label": None}], "block": {"type": "text", "text": "t"}},
        "children": [{"some_text": "b", "children": [], "unknown": 1}],
        "theLimit": 10,
        "_meta": {"trace": 1},
        "unknown": None,
    }
    echo = CODEC.decode(Echo, value)
    assert echo.box == Box([Point(1, 2, None)], v1.TextContent(text="t"))
    assert echo.children == [Echo(some_text="b")]
    assert echo.extras == {"theLimit": 10, "unknown": None}
    assert CODEC.encode(echo) == value


def test_a_request_takes_its_response_from_the_brackets() -> None:
    assert Echo.response is EchoResponse
    assert CODEC.decode(Done.response, None) is None
    assert CODEC.decode(Done.response, {}) is None


def test_a_frozen_notification_keeps_what_it_does_not_know() -> None:
    ping = CODEC.decode(Ping, {"count": 5, "more": 2})
    assert ping.count == 5
    assert CODEC.encode(ping) == {"count": 5, "more": 2}


def test_absent_params_are_an_empty_object() -> None:
    assert CODEC.decode(Ping, None) == Ping()


def test_unset_fields_are_left_out() -> None:
    assert CODEC.encode(Point(1)) == {"x_axis": 1, "y_axis": 0.0}
    assert CODEC.decode(Point, {"x_axis": 1}) == Point(1)


def test_every_problem_has_its_place() -> None:
    value = {
        "box": {"points": [{"x_axis": "1"}, {}], "block": {"type": "text"}},
        "children": [{}, {"some_text": 3, "mood": 3}],
        "theLimit": True,
    }
    with pytest.raises(InvalidValue) as raised:
        CODEC.decode(Echo, value)
    assert {problem["path"]: problem["problem"] for problem in raised.value.problems} == {
        "$.some_text": "missing",
        "$.box.points[0].x_axis": "expected a whole number, got a string",
        "$.box.points[1].x_axis": "missing",
        "$.box.block.text": "missing",
        "$.children[0].some_text": "missing",
        "$.children[1].some_text": "expected a string, got a number",
        "$.theLimit": "expected a whole number, got a boolean",
    }


@pytest.mark.parametrize(
    "cls,value,problem",
    [
        (Box, 3, "$: expected an object"),
        (list[Point], [{"x_axis": None}], "$[0].x_axis: expected a whole number, got null"),
        (dict[str, int], {"a b": "c"}, "$['a b']: expected a whole number, got a string"),
        (Even, {"number": 3}, "$: must be even"),
        (str, None, "$: expected a string, got null"),
        (bool, 1, "$: expected true or false, got a number"),
        (int, True, "$: expected a whole number, got a boolean"),
        (float, "1", "$: expected a number, got a string"),
    ],
)
def test_nothing_is_coerced(cls: Any, value: object, problem: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        CODEC.decode(cls, value)
    assert str(raised.value) == problem


@pytest.mark.parametrize("value", [None, True, 1, 1.5, "text", [1, {"a": None}], {"a": [1]}])
def test_json_passes_through(value: object) -> None:
    assert CODEC.decode(Any, value) is value
    assert CODEC.encode(value) is value


@record
class Nudge(v1.CancelNotification):
    """A message of ours with a field more."""

    how_hard: int = 1


def test_inherited_fields_keep_their_names_on_the_wire() -> None:
    value = {"sessionId": "s", "how_hard": 2}
    nudge = CODEC.decode(Nudge, value)
    assert nudge == Nudge(session_id="s", how_hard=2)
    assert CODEC.encode(nudge) == value


@record
class Bounded(Notification):
    method = "_test/bounded"

    count: int = attrs.field(validator=attrs.validators.lt(3))


def test_a_users_validator_refuses_in_its_own_words() -> None:
    with pytest.raises(InvalidValue, match=r"^\$: 'count' must be < 3: 3$"):
        CODEC.decode(Bounded, {"count": 3})
    with pytest.raises(InvalidValue, match=r"^\$\.count: expected a whole number, got a string$"):
        CODEC.decode(Bounded, {"count": "3"})


def test_a_list_of_messages_is_decoded_and_encoded_through_its_annotation() -> None:
    blocks = [{"type": "text", "text": "a"}, {"type": "audio", "data": "", "mimeType": "m"}]
    made = CODEC.decode(list[v1.ContentBlock], blocks)
    assert made[0] == v1.TextContent(text="a")
    assert CODEC.encode(made, list[v1.ContentBlock]) == blocks
