"""The extension request `_bench/echo` as a message class of acp_trio: this is how its users declare theirs.

Owns the two classes; the other peers have no typed extensions and pass dicts.
"""

from __future__ import annotations

from acp_trio.schema import Record, Request, record
from benchmarks.programs._payloads import ECHO


@record
class EchoResponse(Record):
    """What came back."""

    number: int
    text: str


@record
class Echo(Request[EchoResponse]):
    """What is to come back."""

    method = ECHO

    number: int
    text: str
