"""What failed wires say of themselves: one line for the person who must act."""

from __future__ import annotations

import pytest
import trio

from acp_trio.jsonrpc import AcpError
from acp_trio.transports import ConnectionClosed, ConnectionLost, HandshakeFailed, LastWords

pytestmark = pytest.mark.promise("P8")


@pytest.mark.parametrize("error", [ConnectionLost, HandshakeFailed])
@pytest.mark.parametrize(
    "words, text",
    [
        (LastWords(), "it went away"),
        (LastWords(exit_status=3), "it went away; exit status 3"),
        (LastWords(exit_status=0), "it went away; exit status 0"),
        (LastWords(exit_status=-9), "it went away; killed by SIGKILL"),
        (LastWords(exit_status=-200), "it went away; killed by signal 200"),
        (LastWords(stderr=b"one\n two \n\n \n"), "it went away; stderr: two"),
        (LastWords(stderr=b"a\x1b[31mb\xff"), "it went away; stderr: a\ufffd[31mb\ufffd"),
        (LastWords(exit_status=1, stderr=b"x" * 300), "it went away; exit status 1; stderr: " + "x" * 200),
    ],
)
def test_a_failure_says_the_reason_the_exit_and_the_last_line_of_stderr(error, words, text) -> None:
    failure = error("it went away", words)
    assert str(failure) == text
    assert failure.reason == "it went away"
    assert failure.last_words is words


def test_a_failure_without_last_words_has_empty_ones() -> None:
    assert HandshakeFailed("no").last_words == ConnectionLost("no").last_words == LastWords()


def test_lost_and_closed_connections_are_caught_as_trio_resources() -> None:
    assert issubclass(ConnectionLost, trio.BrokenResourceError)
    assert issubclass(ConnectionClosed, trio.ClosedResourceError)
    assert all(issubclass(error, AcpError) for error in (ConnectionLost, ConnectionClosed, HandshakeFailed))
