"""A client of bare JSON lines: it can say anything, sees every line, and waits for no longer than it was told to.

Owns the three tasks around a link: what goes out, what comes in, and the services that a client owes an agent.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable, Mapping
from functools import partial
from typing import Any, TypeVar, final

import attrs
import trio

from ..connection import CarriedError, Gong, block, members, what_leaves
from ..jsonrpc import ErrorCode, JSONInvalid, as_object, dumps, loads
from ..testing import WireMessage
from ..transports import ConnectionLost, Link, TappedFrame, Transport, tap
from ._arrays import objects
from ._services import Services
from ._verdict import NotApplicable, Unclear, Unmet

T = TypeVar("T")


@attrs.frozen(kw_only=True)
class Manner:
    """How to talk to the agent under test.

    Attributes:
      directory: the sessions' directory, and where a file lies that prompts may name.
      patience: seconds to wait for an answer.
      patience_for_work: seconds to wait for what takes work: `initialize`, a new session, the end of a turn.
      grace: seconds that ending the agent may take; half of them it may use to leave by itself.
      auth: the method to authenticate by.
      prompts: what to say to make the agent do something, by what it is to do.
    """

    directory: str
    patience: float
    patience_for_work: float
    grace: float
    auth: str | None
    prompts: Mapping[str, str]


class Silence(Exception):
    """What was waited for did not come; the argument says what."""


class NoSession(Unclear):
    """What was to be checked needs a session, and there is none."""


class Gone(Exception):
    """The agent has ended the connection; the argument says how."""


@final
class Conversation:
    """One agent and everything said to it and by it.

    Attributes:
      services: what the client does for the agent.
      agent: the agent's answer to `initialize`, an empty object before that.
      manner: how to talk.
      messages: everything so far, both ways.
      began: where in `messages` the running check began.
      leaving: seconds that ending the agent took; None while it runs, or if it went by itself.
    """

    def __init__(self, link: Link, messages: list[WireMessage], services: Services, manner: Manner) -> None:
        self.services = services
        self.manner = manner
        self.agent: dict[str, Any] = {}
        self.messages = messages
        self.began = 0
        self.leaving: float | None = None
        self.ended: str | None = None
        self._link = link
        self._count = 0
        self._seen = 0
        self._changed = Gong()
        self._send, self._to_send = trio.open_memory_channel[bytes](1000)

    # What the client says

    async def send(self, *messages: dict[str, Any]) -> None:
        """Send messages in one write."""
        await self.send_bytes(b"".join(line({"jsonrpc": "2.0", **message}) for message in messages))

    async def send_bytes(self, data: bytes) -> None:
        """Send these very bytes."""
        if self.ended is not None:
            raise Gone(self.ended)
        with trio.move_on_after(self.manner.patience):
            await self._send.send(data)
            return
        raise Silence(f"the agent has read nothing for {self.manner.patience:g} s")

    async def notify(self, method: str, params: Any = None) -> None:
        """Send a notification."""
        await self.send({"method": method, **({} if params is None else {"params": params})})

    async def begin(self, method: str, params: Any = None) -> int:
        """Send a request and return its id."""
        self._count += 1
        await self.send({"id": self._count, "method": method, **({} if params is None else {"params": params})})
        return self._count

    async def request(self, method: str, params: Any = None) -> WireMessage:
        """Send a request and wait for its answer."""
        return await self.answer(await self.begin(method, params))

    # What it waits for

    async def answer(self, request_id: int | str, *, patience: float | None = None) -> WireMessage:
        """Wait for the answer to a request."""
        what = f"an answer to request {json.dumps(request_id)}"
        return await self.wait(lambda: self.find_answer(request_id), what, patience=patience)

    async def wait(self, found: Callable[[], T | None], what: str, *, patience: float | None = None) -> T:
        """Wait until `found` finds something. Raises Silence and Gone."""
        with trio.move_on_after(self.manner.patience if patience is None else patience):
            while (result := found()) is None:
                if self.ended is not None:
                    raise Gone(f"where {what} was due, {self.ended}")
                await self._changed.wait()
            return result
        raise Silence(f"no sign of {what} within {self.manner.patience if patience is None else patience:g} s")

    def find_answer(self, request_id: object) -> WireMessage | None:
        """The answer to a request, if it is there."""
        for message in self.messages[self.began :]:
            content = as_object(message.message)
            if message.sender == "agent" and content is not None and is_answer(content):
                answered = content.get("id")
                if type(answered) is type(request_id) and answered == request_id:
                    return message
        return None

    async def fence(self) -> None:
        """Wait until the agent has taken everything sent so far, twice over."""
        for _ in range(2):
            try:
                await self.request("_acp_trio/fence")
            except Silence as silence:
                raise Unclear(f"it cannot be told when the agent has taken a message: {silence}") from None

    # What every check needs

    async def initialize(self) -> WireMessage:
        """Shake hands."""
        request_id = await self.begin("initialize", initialize_params(self.services.capabilities))
        answer = await self.answer(request_id, patience=self.manner.patience_for_work)
        self.agent = as_object(answer.message.get("result")) or {}
        return answer

    async def new_session(self) -> str:
        """Open a session, and return its id."""
        return str((await self.open_session())["sessionId"])

    async def open_session(self) -> dict[str, Any]:
        """Open a session, and return everything that the agent says of it."""
        try:
            answer = await self.ask_for_session()
        except (Gone, Silence) as nothing:
            raise NoSession(f"there is no session: {nothing}") from nothing
        session = as_object(answer.message.get("result")) or {}
        if not isinstance(session.get("sessionId"), str):
            raise NoSession(f"there is no session: session/new was answered {dumps(answer.message).decode()[:200]}")
        return session

    async def ask_for_session(self) -> WireMessage:
        """Send `session/new` and return its answer, unless that is that the agent wants authentication."""
        request_id = await self.begin("session/new", {"cwd": self.manner.directory, "mcpServers": []})
        answer = await self.answer(request_id, patience=self.manner.patience_for_work)
        if error_code(answer) == ErrorCode.AUTH_REQUIRED:
            raise NotApplicable(f"the agent wants authentication{_offered(self.agent)}")
        return answer

    async def begin_prompt(self, session_id: str, text: str, *blocks: dict[str, Any]) -> int:
        """Send a prompt and return its id."""
        return await self.begin("session/prompt", prompt_params(session_id, text, *blocks))

    async def prompt(self, session_id: str, text: str, *blocks: dict[str, Any]) -> WireMessage:
        """Send a prompt and wait for the end of the turn."""
        return await self.end_of(await self.begin_prompt(session_id, text, *blocks))

    async def end_of(self, turn: int) -> WireMessage:
        """Wait for the end of a turn that nobody cancels."""
        return await self.answer(turn, patience=self.manner.patience_for_work)

    # The tasks around the link

    async def write(self) -> None:
        """Send what is to be sent."""
        async for data in self._to_send:
            try:
                await self._link.write(data)
            except trio.BrokenResourceError:
                return  # the reader finds out how it ended

    async def read(self) -> None:
        """Take what comes, and answer what the agent asks. The tap has recorded it before it is here."""
        try:
            while await self._link.receive():
                await self._serve()
        except trio.BrokenResourceError:
            pass
        self.ended = str(ConnectionLost("the agent ended", await self._link.last_words()))
        self._tell()

    async def _serve(self) -> None:
        for message in self.messages[self._seen :]:
            self._seen += 1
            content = as_object(message.message)
            if message.sender == "agent" and content is not None and "method" in content and "id" in content:
                reply = self.services.answer(content)
                if reply is not None:
                    await self._send.send(line({"jsonrpc": "2.0", "id": content["id"], **reply}))
        self._tell()

    def _tell(self) -> None:
        self._changed.strike()


@block
async def open_conversation(transport: Transport, services: Services, manner: Manner) -> AsyncGenerator[Conversation]:
    """Start an agent and talk to it for the time of a block. Raises HandshakeFailed if it cannot be started."""
    wire: list[WireMessage] = []
    carried = CarriedError()
    conversation: Conversation | None = None
    left = 0.0
    try:
        async with tap(transport, partial(_note, wire)).open() as link:
            conversation = Conversation(link, wire, services, manner)
            async with trio.open_nursery(strict_exception_groups=True) as nursery:
                nursery.start_soon(conversation.read)
                nursery.start_soon(conversation.write)
                with carried:
                    yield conversation
                nursery.cancel_scope.cancel("the conversation is over")
            left = trio.current_time()
            link.close_by(left + manner.grace)
    except BaseExceptionGroup as group:
        carried.error = what_leaves(members(group), carried.error)
    if conversation is not None and conversation.ended is None:
        conversation.leaving = trio.current_time() - left
    carried.release()


def _note(messages: list[WireMessage], frame: TappedFrame) -> None:
    """Record a line. One that was cut off when the conversation ended is nobody's fault."""
    if frame.complete:
        messages.append(as_wire_message(frame))


def as_wire_message(frame: TappedFrame) -> WireMessage:
    """A line with what it decodes to, or its text."""
    try:
        message = loads(frame.data)
    except JSONInvalid:
        message = frame.data.decode("utf-8", "replace")
    return WireMessage(sender="client" if frame.direction == "out" else "agent", time=frame.time, message=message)


def line(message: dict[str, Any]) -> bytes:
    """One message as it goes out."""
    return dumps(message) + b"\n"


def is_answer(message: Mapping[str, Any]) -> bool:
    """Whether this is a response, however badly made."""
    return "method" not in message and ("result" in message or "error" in message)


def initialize_params(capabilities: Mapping[str, Any]) -> dict[str, Any]:
    """What a client says of itself."""
    info = {"name": "acp-trio-check", "title": "acp_trio conformance check", "version": "1"}
    return {"protocolVersion": 1, "clientCapabilities": dict(capabilities), "clientInfo": info}


def prompt_params(session_id: str, text: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    """A prompt of text, and more."""
    return {"sessionId": session_id, "prompt": [{"type": "text", "text": text}, *blocks]}


def result_of(answer: WireMessage, expected: str) -> dict[str, Any]:
    """The result of an answer, an empty object for `null`. Raises Unmet for an error."""
    if is_refusal(answer):
        raise Unmet(expected, f"the error {dumps(answer.message['error']).decode()[:300]}", [answer])
    return as_object(answer.message.get("result")) or {}


def is_refusal(answer: WireMessage) -> bool:
    """Whether this is an error; one that is null is none."""
    return answer.message.get("error") is not None


def error_code(answer: WireMessage) -> object:
    """The code of an error; None for a result."""
    return (as_object(answer.message.get("error")) or {}).get("code")


def expect_code(answer: WireMessage, wanted: int) -> None:
    """Raise Unmet unless the answer is this error."""
    if error_code(answer) != wanted:
        found = f"the error {error_code(answer)}" if is_refusal(answer) else "a result"
        raise Unmet(f"the error {wanted:d}", found, [answer])


def _offered(agent: Mapping[str, Any]) -> str:
    ids = [str(method.get("id")) for method in objects(agent.get("authMethods"))]
    return f"; use --auth with one of: {', '.join(ids)}" if ids else ", and offers no method"
