"""A message without a class: what it takes, what it tells of itself, and that its text stays as it came."""

from __future__ import annotations

import pytest
from msgspec import UNSET, Raw

from acp_trio.jsonrpc import Envelope, LocalMisuse, UntypedMessage, parse_line

TEXT = b'{"sessionId" : "s", "secret":[1,  2]}'


def arrived() -> UntypedMessage:
    envelope = parse_line(b'{"method":"_a/b","params":' + TEXT + b"}")
    assert isinstance(envelope, Envelope)
    return UntypedMessage.of(envelope)


def test_params_that_came_are_decoded_when_they_are_asked_for_and_sent_on_as_they_came() -> None:
    message = arrived()
    assert (message.method, message.size) == ("_a/b", len(TEXT))
    assert message.params == {"sessionId": "s", "secret": [1, 2]}
    assert isinstance(message.encoded, Raw)
    assert bytes(message.encoded) == TEXT


def test_params_that_were_made_here_have_no_size_and_are_sent_as_they_are() -> None:
    message = UntypedMessage("m", [1])
    assert (message.params, message.encoded, message.size) == ([1], [1], 0)
    assert UntypedMessage("m").encoded is UNSET
    assert UntypedMessage("m").params is None
    assert UntypedMessage("m", None).encoded is None


def test_it_knows_its_session_and_which_members_it_has() -> None:
    assert arrived().session_id == "s"
    assert UntypedMessage("m", {"sessionId": 1}).session_id is None
    assert UntypedMessage("m", ["sessionId"]).session_id is None
    assert arrived().has_field("secret")
    assert not arrived().has_field("other")
    assert not UntypedMessage("m", ["other"]).has_field("other")


def test_messages_are_equal_by_method_and_params_and_cannot_be_hashed() -> None:
    assert arrived() == UntypedMessage("_a/b", {"sessionId": "s", "secret": [1, 2]})
    assert arrived() != UntypedMessage("_a/c", {"sessionId": "s", "secret": [1, 2]})
    assert arrived() != UntypedMessage("_a/b")
    assert arrived() != "_a/b"
    with pytest.raises(TypeError, match=r"^unhashable: params hold lists and dicts$"):
        hash(arrived())


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    "message, shown",
    [
        (arrived(), "UntypedMessage('_a/b', {sessionId, secret})"),
        (UntypedMessage("m", ["a prompt", "a secret"]), "UntypedMessage('m', [2])"),
        (UntypedMessage("m"), "UntypedMessage('m', nothing)"),
        (UntypedMessage("m", {"x" * 300: 1}), f"UntypedMessage('m', {{{'x' * 199})"),
    ],
)
def test_it_shows_which_members_it_has_and_none_of_their_values(message, shown) -> None:
    assert repr(message) == shown


@pytest.mark.parametrize("params, kind", [(1, "int"), ("x", "str"), (True, "bool"), ((1,), "tuple")])
def test_params_of_another_kind_are_misuse(params, kind) -> None:
    with pytest.raises(LocalMisuse, match=f"^the params of m must be an object or an array, not {kind}$"):
        UntypedMessage("m", params)
