"""The floor: the least a trio program can do to speak ACP over pipes.

Owns reading, splitting, decoding, encoding and writing, one write per wake-up. Refuses everything an SDK is for: no
validation, no correlation of answers, no task or cancel scope for a request, no limits.
"""

from __future__ import annotations

from typing import Any

import msgspec
import trio

CHUNK = 65536
Message = dict[str, Any]

_decoder = msgspec.json.Decoder(Message)
_encoder = msgspec.json.Encoder()


class Wire:
    """Messages in batches over two byte streams."""

    def __init__(self, incoming: trio.abc.ReceiveStream, outgoing: trio.abc.SendStream) -> None:
        self._incoming = incoming
        self._outgoing = outgoing
        self._partial: list[bytes] = []
        self._queued = bytearray()

    async def receive(self) -> list[Message]:
        """Wait for the next read that completes a message and return all it completed; empty at the end."""
        while data := bytes(await self._incoming.receive_some(CHUNK)):
            cut = data.rfind(b"\n") + 1
            if not cut:
                self._partial.append(data)
                continue
            lines = b"".join((*self._partial, data[:cut]))
            self._partial = [data[cut:]]
            return _decoder.decode_lines(lines)
        return []

    def queue(self, **message: Any) -> None:
        """Encode a message for the next `flush`."""
        self._queued += _encoder.encode({"jsonrpc": "2.0", **message}) + b"\n"

    @property
    def full(self) -> bool:
        """Whether it is time to flush in the middle of a batch."""
        return len(self._queued) >= CHUNK

    async def flush(self) -> None:
        """Write all that is queued at once."""
        data, self._queued = self._queued, bytearray()
        await self._outgoing.send_all(data)
