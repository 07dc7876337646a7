"""Values of users' classes that a codec may get wrong: None, defaults that are spelled out, what is no array."""

from __future__ import annotations

import enum
from typing import Any

import attrs
import pytest

from acp_trio.codec import CODEC, InvalidValue
from acp_trio.schema import Notification, Request


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Painted(Notification, method="_test/painted"):
    limit: int | None = 10
    ratio: float = 1.0
    colour: Colour = Colour.RED
    names: tuple[str, ...] = ()
    place: tuple[int, str] | None = None
    single: tuple[int] | None = None
    tags: frozenset[str] = frozenset()
    amounts: dict[Colour, int] | None = None


@attrs.frozen
class Palette:
    names: list[Any] | None = None
    colours: list[Colour] | None = None
    amounts: dict[Colour, int] | None = None


class Positive(Notification, method="_test/positive"):
    count: int = attrs.field(validator=attrs.validators.gt(0))


def test_none_survives_where_the_default_is_something_else() -> None:
    assert CODEC.decode(Painted, CODEC.encode(Painted(limit=None))).limit is None
    assert CODEC.decode(Painted, {}).limit == 10


@pytest.mark.parametrize("value", [{"ratio": 1}, {"ratio": 1.0}, {"colour": "red"}, {"limit": 10}, {"limit": None}])
def test_a_default_that_was_spelled_out_is_written_again(value: dict[str, Any]) -> None:
    assert CODEC.encode(CODEC.decode(Painted, value)) == value


@pytest.mark.parametrize(
    "cls, value, path",
    [
        (Painted, {"names": "abc"}, "$.names"),
        (Painted, {"names": {"a": 1}}, "$.names"),
        (Painted, {"names": ["a", 1]}, "$.names[1]"),
        (Painted, {"place": [1]}, "$.place"),
        (Painted, {"place": ["a", "b"]}, "$.place[0]"),
        (Painted, {"single": [1, 2]}, "$.single"),
        (Painted, {"tags": "abc"}, "$.tags"),
        (Painted, {"amounts": []}, "$.amounts"),
        (Painted, {"amounts": {"red": "x"}}, "$.amounts['red']"),
        (Palette, {"colours": {}}, "$.colours"),
        (Palette, {"colours": ["red", "grey"]}, "$.colours[1]"),
        (Palette, {"amounts": []}, "$.amounts"),
    ],
)
def test_what_is_no_array_or_no_object_is_refused_as_one(cls: type[Any], value: dict[str, Any], path: str) -> None:
    for _ in range(2):
        with pytest.raises(InvalidValue) as raised:
            CODEC.decode(cls, value)
        assert [problem["path"] for problem in raised.value.problems] == [path]


def test_arrays_and_objects_become_what_was_declared() -> None:
    value = {"names": ["a"], "place": [1, "b"], "tags": ["c"], "amounts": {"red": 1}}
    expected = Painted(names=("a",), place=(1, "b"), tags=frozenset(("c",)), amounts={Colour.RED: 1})
    assert CODEC.decode(Painted, value) == expected


def test_a_decoder_refuses_what_a_validator_refuses_as_decode_does() -> None:
    with pytest.raises(InvalidValue):
        CODEC.decode(Positive, {"count": 0})
    with pytest.raises(InvalidValue):
        CODEC.decoder(Positive)({"count": 0})


def test_a_message_cannot_have_a_field_with_the_name_of_what_every_message_has() -> None:
    with pytest.raises(TypeError, match="cannot have a field method"):

        class Fetch(Request[dict[str, str]], method="_test/fetch"):
            url: str
            method: str

    with pytest.raises(TypeError, match="cannot have a field extras"):

        class Extra(Notification, method="_test/fetch"):
            extras: dict[str, str]

    class Answered(Notification, method="_test/fetch"):
        response: str

    assert CODEC.encode(Answered(response="yes")) == {"response": "yes"}
