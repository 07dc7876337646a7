"""A client that serves files and terminals from a directory, and answers permissions by a policy."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import trio

from acp_trio import Client, PeerError
from acp_trio.schema import v1
from acp_trio.transports import process

EXAMPLE_AGENT = [sys.executable, "-m", "acp_trio", "agent"]


async def decide(request: v1.RequestPermissionRequest) -> str | None:
    """Return the id of an offered option, or None for `cancelled`."""
    print("asked:", request.tool_call.title)
    return next((option.option_id for option in request.options if option.kind == "allow_once"), None)


async def main() -> None:
    client = Client("workspace")
    client.serve_files(write=True)
    client.serve_terminals(allow=lambda request: request.command == "echo")
    client.permissions(decide)  # or "allow", or "deny"

    with tempfile.TemporaryDirectory() as directory:
        async with client.connect(process(EXAMPLE_AGENT)) as agent, agent.open_session(directory) as session:
            await session.ask(f"write {directory}/notes.txt remember the milk")
            print("on disk:", Path(directory, "notes.txt").read_text())
            print("read:", await session.ask(f"read {directory}/notes.txt"))
            print("run:", " ".join((await session.ask("run echo hello")).split()))
            print("permission:", await session.ask("permission"))
            for forbidden in ("read /etc/passwd", "run rm -r /"):
                try:
                    await session.ask(forbidden)
                except PeerError as exc:
                    print("refused:", forbidden, exc.data)


if __name__ == "__main__":
    trio.run(main)
