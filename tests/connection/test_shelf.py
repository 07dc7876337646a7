"""The shelf itself: its order, its bound, and that taking what is for one leaves what is for the others."""

from __future__ import annotations

from msgspec import Raw

from acp_trio.connection import Shelf
from acp_trio.jsonrpc import Envelope


def message(text: str) -> Envelope:
    return Envelope(method="m", params=Raw(text.encode()))


def texts(envelopes: list[Envelope]) -> list[str]:
    return [bytes(envelope.params).decode() for envelope in envelopes]


def test_what_is_for_one_is_taken_in_its_order_and_the_rest_stays() -> None:
    shelf = Shelf(100)
    for text, key in (("[1]", "a"), ("[2]", "b"), ("[3]", "a"), ("[4]", "b")):
        assert shelf.add(message(text), key)
    assert texts(shelf.take("a")) == ["[1]", "[3]"]
    assert texts(shelf.waiting()) == ["[2]", "[4]"]
    assert texts(shelf.take("a")) == []
    assert texts(shelf.take("b")) == ["[2]", "[4]"]
    assert len(shelf) == 0


def test_as_many_bytes_fit_as_the_limit_says_and_what_goes_makes_room() -> None:
    shelf = Shelf(6)
    first = message("[1]")
    assert shelf.add(first, "a")
    assert shelf.add(message("[2]"), "b")
    assert not shelf.add(message("1"), "c")
    shelf.discard([first])
    assert shelf.add(message("[3]"), "c")
    assert not shelf.add(message("1"), "c")
    shelf.take("b")
    assert shelf.add(message("[4]"), "c")
    shelf.clear()
    assert shelf.add(message("[5]"), "d")
    assert shelf.add(message("[6]"), "d")
    assert not shelf.add(message("1"), "d")
