"""Record every frame as JSON lines, with the text of prompts and answers taken out."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import trio

from acp_trio import Client
from acp_trio.transports import process, record_jsonl, tap

EXAMPLE_AGENT = [sys.executable, "-m", "acp_trio", "agent"]


def hide_text(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"text": "..."} if "text" in item else item


def redact(message: Any) -> Any:
    """Take out every `text`, however deep."""
    return json.loads(json.dumps(message), object_hook=hide_text)


async def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        log = Path(directory, "wire.jsonl")
        with record_jsonl(log, redact=redact) as record:
            transport = tap(process(EXAMPLE_AGENT), record)
            async with Client("recorder").connect(transport) as agent, agent.open_session("/") as session:
                await session.ask("a secret")
        for line in log.read_text().splitlines():
            entry = json.loads(line)
            if entry["msg"].get("method") in {"session/prompt", "session/update"}:
                print(entry["dir"], entry["msg"]["method"], "secret" in line)


if __name__ == "__main__":
    trio.run(main)
