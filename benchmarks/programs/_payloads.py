"""What is said over the wire in each workload, the same for every peer.

Owns the texts and the one command an agent understands. Standard library only.
"""

from __future__ import annotations

from functools import cache

ECHO = "_bench/echo"
"""Extension request: the result is the params."""
USAGE = "_bench/usage"
"""Extension request: the result is a `Usage`."""
LONGEST_WAIT = "_bench/longest-wait"
"""Extension request of fairness: the result is a number of nanoseconds."""
BURST = 1000
"""Requests outstanding at once in b1."""
CHUNK_BYTES = 16
"""Bytes of text in each update of c."""
ROUNDS = 5
"""Turns of each session in f, and updates of each turn."""
MEBIBYTE = 1024 * 1024
AT_ONCE = "now"
"""The prompt of a2: answered at once."""

_LINE = "ACP " * 15 + "end\n"


@cache
def long_text(size: int) -> str:
    """Return a prompt of that many bytes: ASCII, in lines of 64."""
    return (_LINE * (size // len(_LINE) + 1))[:size]


def stream_command(count: int) -> str:
    """Return the prompt that asks for `count` updates of `CHUNK_BYTES` each."""
    return f"stream {count} {CHUNK_BYTES}"


def parse_stream(text: str) -> tuple[int, int]:
    """Return how many updates of how many bytes a prompt asks for; any prompt but `stream N BYTES` asks for none."""
    if not text.startswith("stream "):
        return 0, 0
    _, count, size = text.split()
    return int(count), int(size)
