"""Every message of every recorded conversation, of any version of the protocol, is one frame and comes back equal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import UNSET

from acp_trio.jsonrpc import Envelope, error_text, notification_text, parse_line, request_text, result_text

SAMPLES = Path(__file__).parents[3] / "shared" / "wire-samples"
WITHOUT = pytest.mark.skip(reason="there are no recordings beside the project")
NO_RECORDINGS = pytest.param(None, id="none", marks=WITHOUT)


def messages(path: Path) -> list[Any]:
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line["msg"] for line in lines if line["dir"] in ("c2a", "a2c") and "msg" in line]


def recordings() -> list[Path]:
    return [path for path in sorted(SAMPLES.glob("*.jsonl")) if messages(path)]


def written_again(envelope: Envelope) -> bytes:
    if envelope.method is UNSET:
        if envelope.error is UNSET:
            return result_text(envelope.id, envelope.result)
        error = json.loads(bytes(envelope.error))
        return error_text(envelope.id, error["code"], error["message"], error.get("data"))
    if envelope.id is UNSET:
        return notification_text(envelope.method, envelope.params)
    return request_text(envelope.id, envelope.method, envelope.params)


@pytest.mark.promise("P9")
@pytest.mark.parametrize("path", recordings() or [NO_RECORDINGS], ids=lambda path: path.stem)
def test_every_message_of_a_recording_comes_back_equal(path: Path) -> None:
    for message in messages(path):
        envelope = parse_line(json.dumps(message).encode())
        assert isinstance(envelope, Envelope)
        assert json.loads(written_again(envelope)) == message
