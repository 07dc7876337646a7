"""Mistakes that type checkers must catch, each silenced for mypy and for pyright. Checked by `nox -s typing`, not run.

A comment that silences nothing is an error to both, so this file fails as soon as a mistake is no longer noticed.
"""

from __future__ import annotations

from typing import TypeVar

from acp_trio import ClientSession, Connection, RequestError, Turn
from acp_trio.schema import Request, record, v1
from acp_trio.transports import Transport, process

T = TypeVar("T")


@record
class Echo(Request[v1.TextContent]):
    method = "_echo"
    text: str


def send(request: Request[T]) -> T:
    raise NotImplementedError(request)


def fields_are_named() -> None:
    v1.TextContent("hello")  # type: ignore[call-arg, arg-type] # pyright: ignore[reportCallIssue]


def a_required_field_is_required() -> None:
    v1.PromptRequest(session_id="s")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def an_unknown_field_is_refused() -> None:
    Echo(text="hello", loud=True)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]


def a_field_has_a_type() -> None:
    Echo(text=1)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def a_message_does_not_change(echo: Echo) -> None:
    echo.text = "other"  # type: ignore[misc] # pyright: ignore[reportAttributeAccessIssue]


def a_response_is_not_another_response() -> v1.PromptResponse:
    return send(Echo(text="hello"))  # type: ignore[return-value] # pyright: ignore[reportReturnType]


def a_response_is_no_request(response: v1.PromptResponse) -> None:
    send(response)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


def a_name_that_the_protocol_lacks() -> None:
    v1.PromptReqest  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue] # noqa: B018


def an_optional_text_may_be_missing(content: v1.ImageContent) -> str:
    return content.uri.upper()  # type: ignore[union-attr] # pyright: ignore[reportOptionalMemberAccess]


def a_command_is_a_list_of_words() -> None:
    process([b"agent"])  # type: ignore[list-item] # pyright: ignore[reportArgumentType]


def a_refusal_has_a_code() -> None:
    raise RequestError("no")  # type: ignore[call-arg, arg-type] # pyright: ignore[reportCallIssue]


async def a_transport_is_opened_as_a_block(transport: Transport) -> None:
    await transport.open()  # type: ignore[misc] # pyright: ignore[reportGeneralTypeIssues]


async def a_notification_is_not_requested(connection: Connection) -> None:
    await connection.request(v1.CancelNotification(session_id="s"))  # type: ignore[call-overload] # pyright: ignore[reportCallIssue, reportArgumentType]


async def an_answer_is_waited_for(connection: Connection) -> v1.TextContent:
    return connection.send_request(Echo(text="hello"))  # type: ignore[return-value] # pyright: ignore[reportReturnType]


async def a_prompt_is_text_or_content(session: ClientSession) -> None:
    await session.ask(42)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]


async def a_session_is_told_how_to_call_a_function(session: ClientSession, turn: Turn) -> None:
    session.start_soon(turn.say, 42)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
