import sys
from pathlib import Path

import trio

from acp_trio import Client
from acp_trio.transports import process


async def main() -> None:
    async with Client("hello").connect(process(sys.argv[1:])) as agent, agent.open_session(Path.cwd()) as session:
        print(await session.ask("Hello!"))


if __name__ == "__main__":
    trio.run(main)
