"""The judgement of one line: what is a message, and what is wrong with everything else."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import UNSET

from acp_trio.jsonrpc import Envelope, ErrorCode, Junk, Malformed, Oversize, loads, parse_line

PARSE_ERROR = ErrorCode.PARSE_ERROR
INVALID_REQUEST = ErrorCode.INVALID_REQUEST


def parsed(line):
    return parse_line(line if isinstance(line, bytes) else json.dumps(line).encode())


@pytest.mark.rule(24)
@pytest.mark.parametrize("line", [b"", b"\r", b"   ", b"\t \r"])
def test_a_blank_line_is_nothing(line) -> None:
    assert parse_line(line) is None


@pytest.mark.rule(24)
@pytest.mark.parametrize(
    "line", [b'{"id":1,"method":"m"}\r', b'  {"id":1,"method":"m"}', b'{ "id" : 1 ,\t"method": "m" }\r']
)
def test_blanks_and_carriage_returns_around_a_message_are_ignored(line) -> None:
    frame = parse_line(line)
    assert isinstance(frame, Envelope)
    assert (frame.id, frame.method) == (1, "m")


@pytest.mark.parametrize("params", [{}, {"a": None}, [], [1], None])
def test_params_are_an_object_an_array_or_null_and_stay_raw(params) -> None:
    frame = parsed({"id": 1, "method": "m", "params": params})
    assert isinstance(frame, Envelope)
    assert loads(frame.params) == params


def test_absent_params_and_ids_are_not_null() -> None:
    frame = parsed({"method": "m"})
    assert isinstance(frame, Envelope)
    assert (frame.id, frame.params) == (UNSET, UNSET)


def test_unknown_members_and_a_missing_version_are_ignored() -> None:
    frame = parsed({"id": 1, "method": "m", "trace": {"a": 1}, "jsonrpc": "1.0"})
    assert isinstance(frame, Envelope)


@pytest.mark.rule(24)
@pytest.mark.promise("P23")
@pytest.mark.parametrize(
    "line",
    [
        b"hello",
        b"{",
        b'{"id":1,"method":"m"',
        b'{"id":1,"method":"m"} {}',
        b"{'id':1}",
        b'{"id":1,"method":"m","params":{"a":\xff}}',
        b'{"id":1,"method":"m","params":{"a":"\xff"}}',
        b'{"id":1,"method":"\xff"}',
        b'{"id":1,"method":"m","other":"\xff"}',
        b'{"id":1,"method":"m","params":[NaN]}',
        b'{"id":1,"method":"m","params":{"a":Infinity}}',
        b'{"id":1,"method":"m","params":["\\x"]}',
        b'{"id":1,"method":"m","params":["\x01"]}',
        b'{"id":1,"method":"m","params":[01]}',
        b'{"id":1,"method":"m","params":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b"[" * 100_000 + b"]" * 100_000,
        b"\xef\xbb\xbf{}",
        b"\x00",
    ],
)
def test_what_is_not_json_is_a_parse_error_without_an_id(line) -> None:
    frame = parse_line(line)
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.request_id) == (PARSE_ERROR, None)
    assert frame.line == line[:200]


@pytest.mark.rule(24)
@pytest.mark.parametrize("line", [b"1", b'"x"', b"null", b"true", b"1.5", b'"\\ud800"', b"1" * 100, b"[]", b"[1]"])
def test_scalars_null_and_arrays_are_invalid_requests_without_an_id(line) -> None:
    frame = parse_line(line)
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.request_id) == (INVALID_REQUEST, None)


@pytest.mark.rule(24)
def test_a_batch_is_one_invalid_request_and_none_of_its_entries() -> None:
    frame = parsed([{"id": 1, "method": "m"}, {"id": 2, "method": "m"}])
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.request_id) == (INVALID_REQUEST, None)


@pytest.mark.rule(24)
@pytest.mark.parametrize("request_id", [1.5, 1.0, True, False, None, 2**63, 2**70, -(2**70), "x" * 1025, [], {}, [1]])
def test_a_request_with_another_id_than_an_int64_or_a_short_string_is_answered_to_null(request_id) -> None:
    frame = parsed({"id": request_id, "method": "m"})
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.request_id, frame.is_call) == (INVALID_REQUEST, None, True)


@pytest.mark.rule(24)
@pytest.mark.parametrize("request_id", [0, -1, 2**63 - 1, -(2**63), "", "x" * 1024, "\N{SNOWMAN}" * 341, "\ud800"])
def test_a_request_with_an_int64_or_a_short_string_is_a_message(request_id) -> None:
    frame = parsed({"id": request_id, "method": "m"})
    assert isinstance(frame, Envelope)
    assert frame.id == request_id


@pytest.mark.rule(24)
@pytest.mark.parametrize("params", [1, 1.5, "x", True, False])
def test_params_of_another_kind_are_refused_to_their_request(params) -> None:
    frame = parsed({"id": "a", "method": "m", "params": params})
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.request_id, frame.is_call) == (INVALID_REQUEST, "a", True)


@pytest.mark.rule(24)
@pytest.mark.parametrize("method", [None, 1, True, [], {}])
def test_a_method_of_another_kind_is_refused_to_its_request(method) -> None:
    frame = parsed({"id": 1, "method": method})
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.request_id, frame.is_call) == (INVALID_REQUEST, 1, True)


@pytest.mark.rule(24)
@pytest.mark.parametrize("message", [{}, {"jsonrpc": "2.0"}, {"id": 1}, {"id": 1, "params": {}}, {"params": {}}])
def test_a_message_that_is_nothing_is_an_invalid_request_that_may_have_been_an_answer(message) -> None:
    frame = parsed(message)
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.request_id, frame.is_call) == (INVALID_REQUEST, message.get("id"), False)


@pytest.mark.rule(24)
@pytest.mark.parametrize("extra", [{"result": 1}, {"error": {}}, {"result": None}, {"result": 1, "error": {}}])
def test_a_request_and_a_response_at_once_is_refused(extra) -> None:
    frame = parsed({"id": 1, "method": "m", **extra})
    assert isinstance(frame, Malformed)
    assert (frame.code, frame.request_id) == (INVALID_REQUEST, 1)


@pytest.mark.parametrize(
    "member, value", [("result", None), ("result", {"a": 1}), ("error", {"code": 1, "message": ""})]
)
def test_a_response_keeps_what_it_says_raw(member, value) -> None:
    frame = parsed({"id": 7, member: value})
    assert isinstance(frame, Envelope)
    assert frame.method is UNSET
    assert loads(getattr(frame, member)) == value


@pytest.mark.promise("P23")
@pytest.mark.parametrize("request_id", [None, 1.5, True, 2**70, "x" * 1025, []])
@pytest.mark.parametrize("extra", [{"result": 1}, {"error": {}}, {"result": 1, "error": {}}])
def test_a_response_without_a_usable_id_is_junk_for_nobody(request_id, extra) -> None:
    frame = parsed({"id": request_id, **extra})
    assert isinstance(frame, Junk)
    assert frame.request_id is None


@pytest.mark.promise("P23")
def test_a_response_with_a_result_and_an_error_is_junk_for_whoever_waits() -> None:
    frame = parsed({"id": 3, "result": 1, "error": {}})
    assert isinstance(frame, Junk)
    assert frame.request_id == 3


@pytest.mark.parametrize("answer", [{"result": {"a": 1}, "error": None}, {"error": {"code": 1}, "result": None}])
def test_an_answer_that_spells_out_the_member_that_it_does_not_have_is_one(answer) -> None:
    """As in JSON-RPC 1.0."""
    frame = parsed({"id": 3, **answer})
    assert isinstance(frame, Envelope)
    assert frame.id == 3
    said, other = ("result", "error") if answer["result"] else ("error", "result")
    assert loads(getattr(frame, said)) == answer[said]
    assert getattr(frame, other) is UNSET


@pytest.mark.promise("P8")
@pytest.mark.parametrize(
    "line, reason",
    [
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":"\xff"}', "not UTF-8 at byte 6"),
        (b'{"a":NaN}', "NaN is not JSON"),
        (b'{"a":1e999,"b":"\\ud800"}', "a number out of range"),
        (b"[]", "the message is an array (ACP has no batches)"),
        (b'"x"', "the message is no object"),
        (b'{"id":1.5,"method":"m"}', "the id is neither a 64-bit integer nor a string of at most 1 KiB"),
        (b'{"id":1}', "there is no method"),
        (b'{"id":1,"method":"m","result":1}', "it is a request and a response at once"),
        (b'{"id":1,"method":"m","params":1}', "params is neither an object nor an array"),
        (b'{"id":null,"result":1}', "a response without a usable id"),
        (b'{"id":1,"result":1,"error":{}}', "a response with a result and an error"),
    ],
)
def test_a_line_that_is_no_message_says_why_and_shows_its_beginning(line, reason) -> None:
    frame = parse_line(line)
    assert isinstance(frame, Malformed | Junk)
    assert frame.reason == reason
    if isinstance(frame, Malformed):
        assert frame.line == line[:200]


@pytest.mark.promise("P23")
def test_a_response_without_an_id_is_junk() -> None:
    assert isinstance(parsed({"result": 1}), Junk)


@pytest.mark.rule(24)
def test_lone_surrogates_are_kept_in_every_member() -> None:
    frame = parse_line(b'{"id":"\\ud800","method":"\\udfff","params":{"\\ud801":["\\udc00",18446744073709551616]}}')
    assert isinstance(frame, Envelope)
    assert (frame.id, frame.method) == ("\ud800", "\udfff")
    assert loads(frame.params) == {"\ud801": ["\udc00", 2**64]}


@pytest.mark.rule(24)
def test_a_notification_with_lone_surrogates_is_one() -> None:
    frame = parse_line(b'{"method":"\\udfff"}')
    assert isinstance(frame, Envelope)
    assert (frame.id, frame.method) == (UNSET, "\udfff")


@pytest.mark.rule(24)
def test_nesting_of_400_in_params_is_a_message() -> None:
    frame = parse_line(b'{"id":1,"method":"m","params":' + b"[" * 400 + b"]" * 400 + b"}")
    assert isinstance(frame, Envelope)


@pytest.mark.rule(24)
@pytest.mark.promise("P23")
@pytest.mark.parametrize(
    "head", [b'{"id":1,"method":"m","params":', b'{"id":null,"params":', b'{"id":1,"method":"\\ud800","params":', b""]
)
def test_nesting_around_what_the_parser_takes_is_one_frame_or_another_but_no_exception(head) -> None:
    for depth in range(900, 1000):
        text = head + b"[" * depth + b'"\\ud800"' + b"]" * depth + (b"}" if head else b"")
        assert isinstance(parse_line(text), Envelope | Malformed)


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([0, 1, 1.5, 2**63, 2**70, -(2**70), "x", "x" * 1024, "x" * 1025, "\ud800"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "\ud800"]), inner, max_size=2),
    max_leaves=4,
)
MEMBERS = st.sampled_from(["jsonrpc", "id", "method", "params", "result", "error", "more"])


@pytest.mark.promise("P23")
@given(st.dictionaries(MEMBERS, ANYTHING, max_size=6))
def test_every_object_gets_the_judgement_that_its_members_deserve(message) -> None:
    """The rules once more, written as one table."""
    frame = parsed(message)
    request_id = message.get("id")
    usable = (type(request_id) is int and -(2**63) <= request_id < 2**63) or (
        type(request_id) is str and len(request_id.encode("utf-8", "surrogatepass")) <= 1024
    )
    answers = {"result", "error"} & message.keys()
    if "method" not in message and answers:
        if usable and len(answers) == 1:
            assert isinstance(frame, Envelope)
        else:
            assert isinstance(frame, Junk)
            assert frame.request_id == (request_id if usable else None)
        return
    sound = (
        ("id" not in message or usable)
        and isinstance(message.get("method"), str)
        and not answers
        and isinstance(message.get("params"), dict | list | None)
    )
    if sound:
        assert isinstance(frame, Envelope)
        assert frame.method == message["method"]
        assert frame.id == (request_id if "id" in message else UNSET)
        if "params" in message:
            assert loads(frame.params) == message["params"]
    else:
        assert isinstance(frame, Malformed)
        assert frame.code == INVALID_REQUEST
        assert frame.request_id == (request_id if usable else None)


@pytest.mark.promise("P23")
@given(st.binary(max_size=200).map(lambda line: line.replace(b"\n", b" ")))
@example(b'["\\ud800",1e999]')
@example(b'{"method":"\\ud800","params":["\\ud800",1e999]}')
@example(b'{"id":null,"params":[' + b"1" * 5000 + b"]}")
def test_any_line_is_one_frame_and_never_an_exception(line) -> None:
    assert isinstance(parse_line(line), Envelope | Malformed | Junk | None)
    assert not isinstance(parse_line(line), Oversize)
