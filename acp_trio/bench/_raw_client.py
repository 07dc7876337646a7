"""The client that measures: bare lines, so that what it costs itself is small beside what it measures.

It answers whatever the agent asks with -32601, and counts updates without looking into them.
"""

from __future__ import annotations

from typing import Any, final

import msgspec
import trio

from ..jsonrpc import Envelope, ErrorCode, JSONInvalid, as_object, dumps, loads, parse_line
from ..transports import ConnectionLost, Link


class CannotMeasure(Exception):
    """The agent cannot do this work; the argument says why."""


@final
class RawClient:
    """One agent, spoken to by one task.

    Attributes:
      updates: how many updates have come so far.
      pid: the agent's process group; None for an agent of this process.
    """

    def __init__(self, link: Link) -> None:
        self.updates = 0
        self.pid: int | None = getattr(link, "pid", None)
        self._link = link
        self._count = 0
        self._rest = b""
        self._answers: dict[int, Envelope] = {}

    async def initialize(self) -> None:
        """Shake hands. Raises CannotMeasure if the agent refuses."""
        info = {"name": "acp-trio-bench", "version": "1"}
        await self.request("initialize", {"protocolVersion": 1, "clientCapabilities": {}, "clientInfo": info})

    async def new_session(self, directory: str) -> str:
        """Open a session and return its id. Raises CannotMeasure if the agent refuses."""
        result = await self.request("session/new", {"cwd": directory, "mcpServers": []})
        return str(result.get("sessionId"))

    async def prompt(self, session_id: str, text: str) -> None:
        """Run a turn. Raises CannotMeasure if the agent refuses."""
        await self.request("session/prompt", {"sessionId": session_id, "prompt": [{"type": "text", "text": text}]})

    async def request(self, method: str, params: Any) -> dict[str, Any]:
        """Send a request and return its result. Raises CannotMeasure for an error."""
        answer = await self.round_trip(method, params)
        if isinstance(answer.error, msgspec.Raw):
            raise CannotMeasure(f"{method} was refused: {bytes(answer.error).decode('utf-8', 'replace')[:120]}")
        try:
            return (as_object(loads(answer.result)) if isinstance(answer.result, msgspec.Raw) else None) or {}
        except JSONInvalid as invalid:
            raise CannotMeasure(f"the answer to {method} cannot be read: {invalid}") from invalid

    async def round_trip(self, method: str, params: Any) -> Envelope:
        """Send a request and return its answer, whatever it is."""
        await self._write(self._line(method, params))
        return await self._answer_to(self._count)

    async def round_trips(self, method: str, params: Any, count: int) -> None:
        """Send so many requests at once, and wait for all their answers."""
        first = self._count + 1
        await self._write(b"".join(self._line(method, params) for _ in range(count)))
        for number in range(first, first + count):
            await self._answer_to(number)

    def _line(self, method: str, params: Any) -> bytes:
        self._count += 1
        return dumps({"jsonrpc": "2.0", "id": self._count, "method": method, "params": params}) + b"\n"

    async def _answer_to(self, number: int) -> Envelope:
        while number not in self._answers:
            chunk = await self._link.receive()
            if not chunk:
                raise await self._ended()
            *lines, self._rest = (self._rest + chunk).split(b"\n")
            for line in lines:
                await self._take(line)
        return self._answers.pop(number)

    async def _write(self, data: bytes) -> None:
        try:
            await self._link.write(data)
        except trio.BrokenResourceError:
            raise await self._ended() from None

    async def _ended(self) -> CannotMeasure:
        return CannotMeasure(str(ConnectionLost("the agent ended", await self._link.last_words())))

    async def _take(self, line: bytes) -> None:
        frame = parse_line(line)
        if not isinstance(frame, Envelope):
            return
        if not isinstance(frame.method, str):
            if isinstance(frame.id, int):
                self._answers[frame.id] = frame
        elif frame.method == "session/update":
            self.updates += 1
        elif isinstance(frame.id, int | str):
            refusal = {"code": ErrorCode.METHOD_NOT_FOUND, "message": "Method not found"}
            await self._write(dumps({"jsonrpc": "2.0", "id": frame.id, "error": refusal}) + b"\n")
