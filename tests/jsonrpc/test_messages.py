"""The text of outgoing messages: members, their order, and that every message reads back as what it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET, Raw

from acp_trio.jsonrpc import (
    Envelope,
    error_text,
    loads,
    notification_text,
    parse_line,
    request_text,
    result_text,
)

IDS = st.integers(-(2**63), 2**63 - 1) | st.text(st.characters(codec=None), max_size=20)
METHODS = st.text(st.characters(codec=None), max_size=20)
PARAMS = st.none() | st.dictionaries(st.text(max_size=4), st.text(st.characters(codec=None)), max_size=3)


def test_the_members_stand_in_one_order() -> None:
    assert request_text(1, "m", {"a": 1}) == b'{"jsonrpc":"2.0","id":1,"method":"m","params":{"a":1}}'
    assert notification_text("m", [1]) == b'{"jsonrpc":"2.0","method":"m","params":[1]}'
    assert result_text("x", None) == b'{"jsonrpc":"2.0","id":"x","result":null}'
    assert error_text(1, -32603, "no") == b'{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"no"}}'


def test_params_that_are_not_given_are_left_out_and_null_is_kept() -> None:
    assert request_text(1, "m") == b'{"jsonrpc":"2.0","id":1,"method":"m"}'
    assert notification_text("m") == b'{"jsonrpc":"2.0","method":"m"}'
    assert notification_text("m", None) == b'{"jsonrpc":"2.0","method":"m","params":null}'


def test_an_error_without_a_readable_id_has_the_id_null() -> None:
    assert loads(error_text(None, -32700, "what?"))["id"] is None


def test_an_error_has_data_only_if_there_is_some() -> None:
    assert "data" not in loads(error_text(1, 1, "m"))["error"]
    assert loads(error_text(1, 1, "m", {"a": []}))["error"]["data"] == {"a": []}


def test_raw_params_are_written_as_they_are() -> None:
    assert notification_text("m", Raw(b'{ "a" : 1.50 }')).endswith(b'"params":{ "a" : 1.50 }}')


def test_a_lone_surrogate_beside_raw_params_loses_nothing() -> None:
    text = request_text("\ud800", "m", Raw(b'{"a":["\\udfff",1]}'))
    assert loads(text) == {"jsonrpc": "2.0", "id": "\ud800", "method": "m", "params": {"a": ["\udfff", 1]}}


@pytest.mark.parametrize("make", [request_text, result_text])
def test_what_json_cannot_hold_is_a_type_error(make) -> None:
    arguments = (1, object()) if make is result_text else (1, "m", object())
    with pytest.raises(TypeError):
        make(*arguments)


@given(IDS, METHODS, PARAMS)
def test_a_request_reads_back(request_id, method, params) -> None:
    frame = parse_line(request_text(request_id, method, params))
    assert isinstance(frame, Envelope)
    assert (frame.id, frame.method, loads(frame.params)) == (request_id, method, params)
    assert (frame.result, frame.error) == (UNSET, UNSET)


@given(METHODS, PARAMS)
def test_a_notification_reads_back(method, params) -> None:
    frame = parse_line(notification_text(method, params))
    assert isinstance(frame, Envelope)
    assert (frame.id, frame.method, loads(frame.params)) == (UNSET, method, params)


@given(IDS, PARAMS)
def test_a_result_reads_back(request_id, result) -> None:
    frame = parse_line(result_text(request_id, result))
    assert isinstance(frame, Envelope)
    assert (frame.id, loads(frame.result), frame.error, frame.method) == (request_id, result, UNSET, UNSET)


@given(IDS, st.integers(-(2**31), 2**31), st.text(st.characters(codec=None)), PARAMS)
def test_an_error_reads_back(request_id, code, message, data) -> None:
    frame = parse_line(error_text(request_id, code, message, data))
    assert isinstance(frame, Envelope)
    expected = {"code": code, "message": message} if data is None else {"code": code, "message": message, "data": data}
    assert (frame.id, loads(frame.error), frame.result) == (request_id, expected, UNSET)
