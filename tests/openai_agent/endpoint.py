"""What the tests of the OpenAI agent talk to: a model that answers as a test has scripted it, and servers over HTTP.

Owns the form of an endpoint's answers. Everything is served on this machine, by the test's own event loop.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import hypercorn.trio
import trio
from hypercorn.config import Config
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

HOLD = {"hold": "the stream stays open"}
FLOOD = {"flood": "pieces without end"}
BREAK = {"break": "the stream ends in the middle"}


def say(text: str) -> dict[str, Any]:
    return {"content": text}


def think(text: str, *, key: str = "reasoning_content") -> dict[str, Any]:
    return {key: text}


def call(name: str, index: int = 0, **arguments: Any) -> list[dict[str, Any]]:
    """The pieces of a tool call: its name first, then its arguments in two."""
    text = json.dumps(arguments)
    first = {"index": index, "id": f"call-{name}-{index}", "type": "function", "function": {"name": name}}
    rest = [{"index": index, "function": {"arguments": part}} for part in (text[:3], text[3:])]
    return [{"tool_calls": [part]} for part in (first, *rest)]


class Endpoint:
    """A model behind an endpoint. Each request gets the next of the answers: pieces, then why it finished.

    Attributes:
      url: for OPENAI_BASE_URL.
      requests: the bodies of all requests.
      keys: what they were authorized with.
      sent: how many pieces were taken by whoever reads.
      held: a stream is held open.
      left: whoever read a held stream has left.
    """

    def __init__(self) -> None:
        self.url = ""
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.sent = 0
        self.held = trio.Event()
        self.left = trio.Event()
        self._answers: list[Response | tuple[Sequence[dict[str, Any]], str]] = []

    def answer(self, *pieces: dict[str, Any] | list[dict[str, Any]], finish: str = "stop") -> None:
        """Script the next answer."""
        flat = [part for piece in pieces for part in (piece if isinstance(piece, list) else [piece])]
        self._answers.append((flat, finish))

    def refuse(self, status: int, message: str, code: str | None = None) -> None:
        """Script a refusal."""
        self._answers.append(JSONResponse({"error": {"message": message, "code": code}}, status_code=status))

    def messages(self, role: str, request: int = -1) -> list[Any]:
        """What a request had of one role."""
        return [message for message in self.requests[request]["messages"] if message["role"] == role]

    async def serve(self, request: Request) -> Response:
        self.requests.append(await request.json())
        self.keys.append(request.headers["authorization"])
        answer = self._answers.pop(0)
        return answer if isinstance(answer, Response) else StreamingResponse(self._stream(*answer))

    async def _stream(self, pieces: Sequence[dict[str, Any]], finish: str) -> AsyncIterator[str]:
        for piece in pieces:
            if piece is BREAK:
                return
            if piece is HOLD:
                await self._hold()
            while piece is FLOOD:
                yield _event(say("x" * 10_000))
                self.sent += 1
            yield _event(piece)
        yield _event({}, finish)
        yield "data: [DONE]\n\n"

    async def _hold(self) -> None:
        self.held.set()
        try:
            await trio.sleep_forever()
        finally:
            self.left.set()


def _event(delta: dict[str, Any], finish: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    chunk = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(chunk)}\n\n"


@asynccontextmanager
async def open_endpoint() -> AsyncGenerator[Endpoint]:
    endpoint = Endpoint()
    routes = [Route("/v1/chat/completions", endpoint.serve, methods=["POST"])]
    async with over_http(Starlette(routes=routes)) as url:
        endpoint.url = f"{url}/v1"
        yield endpoint


@asynccontextmanager
async def over_http(app: Any) -> AsyncGenerator[str]:
    """Serve an ASGI application on a free port for the time of the block. Its base URL."""
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.errorlog = config.accesslog = None
    config.graceful_timeout = 0.1
    async with trio.open_nursery() as nursery:
        (url,) = await nursery.start(partial(hypercorn.trio.serve, app, config))
        yield url
        nursery.cancel_scope.cancel()
