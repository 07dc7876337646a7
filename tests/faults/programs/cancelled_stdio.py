"""Opens stdio, writes, reads and leaves, cancelled at each of its points; says on standard error how many there were.

Whoever starts it sends back what it writes.
"""

import os
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from acp_trio.testing import cancel_everywhere
from acp_trio.transports import stdio


def streams() -> list[object]:
    return [(Path(f"/proc/self/fd/{fd}").readlink(), os.get_blocking(fd)) for fd in (0, 1)]


async def operation() -> None:
    async with stdio().open() as link:
        await link.write(b"hello\n")
        assert (await link.receive()).startswith(b"hello\n")


@asynccontextmanager
async def scene():
    before = streams()
    stdout = sys.stdout
    yield operation
    assert streams() == before
    assert sys.stdout is stdout
    await operation()


print((trio.run(cancel_everywhere, scene)).own, file=sys.stderr)
