"""The recording that `--trace` asks for.

Owns what happens when it cannot be kept: the turn goes on, and the command says so when it is over. The form of a
recording is `record_jsonl`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

from ..transports import TappedFrame, record_jsonl
from ._standard_streams import StreamLost


@contextmanager
def trace(path: Path) -> Generator[Callable[[TappedFrame], None]]:
    """Record frames in a file for the time of a block. Raises StreamLost at its end if some were lost."""
    lost: OSError | None = None
    with record_jsonl(path) as record:

        def observe(frame: TappedFrame) -> None:
            nonlocal lost
            if lost is None:
                try:
                    record(frame)
                except OSError as exc:
                    lost = exc

        yield observe
    if lost is not None:
        raise StreamLost(f"--trace: {path} is incomplete: {lost.strerror}") from lost
