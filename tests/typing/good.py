"""What users may write, as type checkers see it. Checked by `nox -s typing`, never run.

One function for each thing that must type-check and, where it matters, to exactly this type.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar, assert_type

import trio

from acp_trio import Agent, Client, ClientSession, Connection, PeerError, RequestError, SentRequest, Turn
from acp_trio.jsonrpc import ErrorCode
from acp_trio.schema import Notification, Request, Unknown, record, v1
from acp_trio.transports import Link, Transport, memory_pair, process, stdio

T = TypeVar("T")


@record
class Weather(v1.TextContent):
    """A record of the user's own."""

    degrees: float


@record
class WeatherRequest(Request[Weather]):
    """A request of the user's own says its method and, in brackets, its response."""

    method = "_weather/get"
    place: str


@record
class WeatherChanged(Notification):
    method = "_weather/changed"
    place: str = "here"


def send(request: Request[T]) -> T:
    """Stand in for everything that sends a request and returns its response."""
    raise NotImplementedError(request)


def a_request_knows_its_response(session_id: v1.SessionId) -> None:
    prompt = v1.PromptRequest(session_id=session_id, prompt=[v1.TextContent(text="hello")])
    assert_type(send(prompt), v1.PromptResponse)
    assert_type(send(WeatherRequest(place="here")), Weather)
    assert_type(send(v1.NewSessionRequest(cwd="/", mcp_servers=())).session_id, str)


def a_notification_needs_only_what_has_no_default() -> Sequence[Notification]:
    return [WeatherChanged(), WeatherChanged(place="there"), v1.CancelNotification(session_id="s")]


def a_union_is_told_apart_by_class(block: v1.ContentBlock) -> str:
    match block:
        case v1.TextContent():
            return block.text
        case v1.ImageContent() | v1.AudioContent():
            return block.mime_type
        case v1.ResourceLink():
            return block.uri
        case v1.EmbeddedResource():
            return "resource"
        case Unknown():
            return block.tag


def an_unknown_reason_is_still_a_reason(response: v1.PromptResponse) -> bool:
    reason: v1.StopReason = "invented next year"
    return response.stop_reason in {"end_turn", reason}


def an_error_says_who_refused(error: PeerError) -> RequestError:
    assert_type(error.method, str)
    assert_type(error.code, int)
    if error.code == ErrorCode.AUTH_REQUIRED:
        return RequestError.auth_required()
    return error.as_refusal()


async def every_transport_is_opened_alike(kind: Literal["memory", "process", "stdio"]) -> bytes:
    transport: Transport
    match kind:
        case "memory":
            transport, _ = memory_pair()
        case "process":
            transport = process(["agent", "--acp"], env={"DEBUG": "1"}, stderr=print)
        case "stdio":
            transport = stdio()
    async with transport.open() as link:
        assert_type(link, Link)
        await link.write(b"{}\n")
        return await link.receive()


agent = Agent("weather", version="1.0")


@agent.on_prompt
async def answer(turn: Turn) -> v1.StopReason:
    async with turn.tool_call("look outside") as call:
        await call.progress()
    await turn.say(turn.text)
    return "end_turn"


@agent.on_request(WeatherRequest)
async def weather(request: WeatherRequest, *, task_status: trio.TaskStatus[Weather]) -> None:
    task_status.started(Weather(text=request.place, degrees=-5))


async def a_handler_stays_the_function_it_was(turn: Turn) -> None:
    assert_type(await answer(turn), v1.StopReason)


async def a_client_is_blocks_in_blocks(client: Client) -> v1.StopReason:
    async with client.connect(process(["agent"])) as connection, connection.open_session("/") as session:
        assert_type(session, ClientSession)
        assert_type(await session.ask("hello"), str)
        async with session.prompt([v1.TextContent(text="hello")]) as turn:
            async for update in turn:
                if isinstance(update, v1.AgentMessageChunk):
                    assert_type(update.content, v1.ContentBlock)
        return turn.stop_reason


async def a_connection_answers_with_the_response(connection: Connection) -> None:
    assert_type(await connection.request(WeatherRequest(place="here")), Weather)
    assert_type(connection.send_request(WeatherRequest(place="here")), SentRequest[Weather])
    async with connection.send_request(WeatherRequest(place="here")).hold() as response:
        assert_type(response, Weather)
    anything: Any = await connection.request("_weather/history", {"days": 3})
    await connection.notify(WeatherChanged(place=str(anything)))
