"""The exceptions of the lowest row: what they say and what they carry."""

from __future__ import annotations

import pickle

import pytest

from acp_trio.jsonrpc import AcpError, ErrorCode, LocalMisuse, PeerError, ProtocolViolation, RequestError


@pytest.mark.parametrize("kind", [RequestError, PeerError, ProtocolViolation, LocalMisuse])
def test_every_error_is_an_acp_error(kind) -> None:
    assert issubclass(kind, AcpError)


def test_a_refusal_by_us_and_one_by_the_peer_are_two_things() -> None:
    assert not issubclass(PeerError, RequestError)
    assert not issubclass(RequestError, PeerError)


@pytest.mark.promise("P8")
def test_errors_say_the_message_the_code_and_the_data() -> None:
    assert str(RequestError(-32000, "log in first")) == "log in first (-32000)"
    assert str(RequestError(-32000, "log in first", {"a": 1})) == 'log in first (-32000): {"a":1}'
    assert str(PeerError("session/new", -32000, "log in first")) == "session/new: log in first (-32000)"


def test_a_proxy_passes_a_refusal_on_unchanged() -> None:
    refusal = PeerError("m", 7, "no", [1]).as_refusal()
    assert (refusal.code, refusal.message, refusal.data) == (7, "no", [1])


def test_named_refusals_have_their_code_and_data() -> None:
    refusals = [
        RequestError.invalid_params("bad", ["a"]),
        RequestError.method_not_found("x/y"),
        RequestError.auth_required(),
        RequestError.auth_required("log in first", {"by": "key"}),
        RequestError.session_not_found("s1"),
    ]
    assert [(refusal.code, refusal.message, refusal.data) for refusal in refusals] == [
        (ErrorCode.INVALID_PARAMS, "bad", ["a"]),
        (ErrorCode.METHOD_NOT_FOUND, "method not found: x/y", {"method": "x/y"}),
        (ErrorCode.AUTH_REQUIRED, "authentication required", None),
        (ErrorCode.AUTH_REQUIRED, "log in first", {"by": "key"}),
        (ErrorCode.RESOURCE_NOT_FOUND, "session not found: s1", {"sessionId": "s1"}),
    ]


def test_data_that_is_no_json_is_shown_as_python_shows_it() -> None:
    data = object()
    assert str(RequestError(1, "no", data)) == f"no (1): {data!r}"


@pytest.mark.parametrize("error", [RequestError(1, "m", {"a": 1}), PeerError("x", 1, "m", [2]), ProtocolViolation("p")])
def test_errors_can_be_pickled(error) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), copy.args, str(copy)) == (type(error), error.args, str(error))


def test_local_misuse_is_a_runtime_error_like_trios_own() -> None:
    assert issubclass(LocalMisuse, RuntimeError)
