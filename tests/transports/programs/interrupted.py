"""Runs trio with a child process as a transport, says the child's pid, and waits for Ctrl-C.

Arguments: where to be when it comes (`starting`, where it sends it to itself, `body`, `receive`, `leaving`), then the
child's command, which says `ready`.
"""

import os
import signal
import sys
from functools import partial

import trio
import trio.testing

from acp_trio.transports import Link, process

place, *command = sys.argv[1:]


# Protected, so that Ctrl-C reaches the main task, where it is, and not this one.
@trio.lowlevel.enable_ki_protection
async def say_pid_once_everybody_waits(link: Link) -> None:
    await trio.testing.wait_all_tasks_blocked(0.05)
    print(link.pid, flush=True)


def interrupt_once(set_blocking, *arguments) -> None:
    """What the transport calls between starting the child and having told anybody."""
    os.set_blocking = set_blocking
    signal.raise_signal(signal.SIGINT)
    set_blocking(*arguments)


async def main() -> None:
    if place == "starting":
        os.set_blocking = partial(interrupt_once, os.set_blocking)
    async with trio.open_nursery() as nursery, process(command).open() as link:
        if place == "starting":
            link.close_by(trio.current_time())
            print(link.pid, flush=True)
        said = b""
        while b"ready" not in said:
            said += await link.receive()
        nursery.start_soon(say_pid_once_everybody_waits, link)
        link.close_by(trio.current_time() + (60 if place == "leaving" else 0.2))
        if place == "body":
            await trio.sleep_forever()
        if place == "receive":
            await link.receive()


try:
    trio.run(main)
except* KeyboardInterrupt:
    print("interrupted", flush=True)
