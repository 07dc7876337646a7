"""Runs trio with a child process as a transport, says the child's pid, and waits for Ctrl-C.

Arguments: where to be when it comes (`body`, `receive`, `leaving`), then the child's command.
"""

import sys

import trio

from acp_trio.transports import process


async def main() -> None:
    async with process(sys.argv[2:]).open() as link:
        await link.receive()
        link.close_by(trio.current_time() + (60 if sys.argv[1] == "leaving" else 0.2))
        print(link.pid, flush=True)
        if sys.argv[1] == "body":
            await trio.sleep_forever()
        if sys.argv[1] == "receive":
            await link.receive()


try:
    trio.run(main)
except KeyboardInterrupt:
    print("interrupted", flush=True)
