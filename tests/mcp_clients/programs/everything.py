"""A server for tests of processes: it tells its process id, hangs, starts a child, crashes."""

import os
import subprocess
import sys
from typing import Annotated

import trio
from mcp.server.mcpserver import Elicit, MCPServer, Resolve
from pydantic import BaseModel

print("starting up ...\n\n{}", flush=True)  # what some programs do on their standard output

server = MCPServer("everything", instructions="Be kind.")


@server.tool()
async def pid() -> int:
    return os.getpid()


@server.tool()
async def where() -> str:
    return os.getcwd()  # noqa: PTH109


@server.tool()
async def variable(name: str) -> str:
    return os.environ[name]


class Colour(BaseModel):
    name: str


@server.tool()
async def ask(colour: Annotated[Colour, Resolve(lambda: Elicit("Which colour?", Colour))]) -> str:
    return colour.name


@server.tool()
async def long(characters: int) -> str:
    return "x" * characters


@server.tool()
async def hang() -> None:
    print("hanging", file=sys.stderr, flush=True)
    await trio.sleep_forever()


@server.tool()
def spawn() -> int:
    return subprocess.Popen(["sleep", "1000"]).pid


@server.tool()
async def crash(last_words: str) -> None:
    print(last_words, file=sys.stderr, flush=True)
    os._exit(3)


if __name__ == "__main__":
    trio.run(server.run_stdio_async)
