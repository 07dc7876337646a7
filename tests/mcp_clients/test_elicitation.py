"""Servers that ask the user: forms and links, answered or not, in both versions of MCP."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
import trio
import trio.testing
from mcp.server.elicitation import ElicitationResult
from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
from mcp.shared.exceptions import MCPError, UrlElicitationRequiredError
from mcp_types import URL_ELICITATION_REQUIRED, ElicitRequestURLParams
from pydantic import BaseModel

from acp_trio.mcp import Elicitation, McpError, McpServers, UrlElicitationComplete, connect_servers
from acp_trio.schema import v1

from .served import DEADLINE, heard, in_memory, in_memory_as_before, over_acp, ready, text


class Name(BaseModel):
    name: str
    age: int = 7


async def name_of_user() -> Elicit[Name]:
    return Elicit("Who are you?", Name)


def describe(result: Any) -> str:
    return f"{result.action} {result.data.name}" if result.action == "accept" else str(result.action)


def curious() -> MCPServer:
    server = MCPServer("curious")

    @server.tool()
    async def ask_before(answer: Annotated[ElicitationResult[Name], Resolve(name_of_user)]) -> str:
        return describe(answer)

    @server.tool()
    async def ask(context: Context[Any, Any]) -> str:
        return describe(await context.elicit("Who are you?", Name))

    @server.tool()
    async def send_away(context: Context[Any, Any]) -> str:
        answer = await context.elicit_url("Pay first", "https://pay.example/1", "pay-1")
        await context.session.send_elicit_complete("pay-1")
        await context.session.send_elicit_complete("never-shown")
        return answer.action

    @server.tool()
    async def demand() -> str:
        link = ElicitRequestURLParams(message="Sign", url="https://sign.example", elicitation_id="sign-1")
        raise UrlElicitationRequiredError([link])

    @server.tool()
    async def ask_nonsense(context: Context[Any, Any]) -> str:
        nonsense = {"type": "object", "properties": {"name": {"type": "string", "minLength": "long"}}}
        try:
            answer = await context.session.elicit_form("?", nonsense, related_request_id=context.request_id)
        except MCPError as error:
            return error.message
        return answer.action

    @server.tool()
    async def demand_nonsense() -> str:
        raise MCPError(URL_ELICITATION_REQUIRED, "Sign", data="somewhere")

    return server


def connected(reach: Any) -> Any:
    return connect_servers(over_acp("a"), over_acp=reach(a=curious()))


class Call:
    """A call in the background."""

    def __init__(self, servers: McpServers, name: str) -> None:
        self._servers = servers
        self._name = name
        self.result = ""

    async def __call__(self) -> None:
        try:
            self.result = text(await self._servers.call_tool(self._name, {}))
        except McpError as error:
            self.result = str(error)


FORMS = pytest.mark.parametrize(
    "reach, tool", [(in_memory, "ask_before"), (in_memory_as_before, "ask_before"), (in_memory_as_before, "ask")]
)
ACCEPT = v1.ElicitationAcceptAction(content={"name": "Ada", "age": 36})


@FORMS
@pytest.mark.parametrize(
    "action, told",
    [
        (ACCEPT, "accept Ada"),
        (v1.ElicitationDeclineAction(), "decline"),
        (v1.ElicitationCancelAction(), "cancel"),
        (v1.UnknownElicitationAction(tag="_later"), "cancel"),
    ],
)
async def test_the_answer_to_a_form_reaches_the_server(reach: Any, tool: str, action: Any, told: str) -> None:
    with trio.fail_after(DEADLINE):
        async with connected(reach) as servers, trio.open_nursery() as nursery:
            await ready(servers)
            call = Call(servers, f"a__{tool}")
            nursery.start_soon(call)
            elicitation = await heard(servers, Elicitation)
            assert (elicitation.server, elicitation.message) == ("a", "Who are you?")
            assert isinstance(elicitation.mode, v1.ElicitationFormMode)
            form = elicitation.mode.requested_schema
            assert isinstance(form.properties["name"], v1.StringPropertySchema)
            assert isinstance(form.properties["age"], v1.IntegerPropertySchema)
            assert form.required == ["name"]
            elicitation.answer(action)
    assert call.result == told


@FORMS
async def test_a_question_is_dismissed_when_its_call_is_cancelled(reach: Any, tool: str) -> None:
    with trio.fail_after(DEADLINE):
        async with connected(reach) as servers:
            await ready(servers)
            async with trio.open_nursery() as nursery:
                nursery.start_soon(Call(servers, f"a__{tool}"))
                elicitation = await heard(servers, Elicitation)
                nursery.cancel_scope.cancel()
            await elicitation.wait()


@FORMS
async def test_a_question_is_dismissed_when_the_servers_are_left(reach: Any, tool: str) -> None:
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery, connected(reach) as servers:
            await ready(servers)
            call = Call(servers, f"a__{tool}")
            nursery.start_soon(call)
            elicitation = await heard(servers, Elicitation)
        assert await elicitation.wait() == v1.ElicitationCancelAction()
        assert "is gone: the MCP servers are left" in call.result


async def test_questions_hold_up_neither_calls_nor_each_other() -> None:
    with trio.fail_after(DEADLINE):
        async with connected(in_memory_as_before) as servers, trio.open_nursery() as nursery:
            await ready(servers)
            first, second = Call(servers, "a__ask"), Call(servers, "a__ask")
            nursery.start_soon(first)
            await trio.testing.wait_all_tasks_blocked()
            nursery.start_soon(second)
            await trio.testing.wait_all_tasks_blocked()
            assert await servers.list_prompts() == []
            (await heard(servers, Elicitation)).answer(ACCEPT)
            (await heard(servers, Elicitation)).answer(v1.ElicitationDeclineAction())
    assert (first.result, second.result) == ("accept Ada", "decline")


async def test_a_link_is_told_with_its_completion() -> None:
    with trio.fail_after(DEADLINE):
        async with connected(in_memory_as_before) as servers, trio.open_nursery() as nursery:
            await ready(servers)
            call = Call(servers, "a__send_away")
            nursery.start_soon(call)
            elicitation = await heard(servers, Elicitation)
            assert elicitation.mode == v1.ElicitationUrlMode(elicitation_id="pay-1", url="https://pay.example/1")
            elicitation.answer(v1.ElicitationAcceptAction())
            assert await heard(servers, UrlElicitationComplete) == UrlElicitationComplete("a", "pay-1")
    assert call.result == "accept"


@pytest.mark.parametrize(
    "action, told",
    [(v1.ElicitationAcceptAction(), "call the tool again"), (v1.ElicitationDeclineAction(), "did not go there")],
)
async def test_a_demanded_visit_asks_the_user_and_lets_the_model_try_again(action: Any, told: str) -> None:
    with trio.fail_after(DEADLINE):
        async with connected(in_memory_as_before) as servers, trio.open_nursery() as nursery:
            await ready(servers)

            async def call() -> None:
                result = await servers.call_tool("a__demand", {})
                assert result.is_error
                assert told in text(result)

            nursery.start_soon(call)
            elicitation = await heard(servers, Elicitation)
            assert elicitation.mode == v1.ElicitationUrlMode(elicitation_id="sign-1", url="https://sign.example")
            elicitation.answer(action)


async def test_a_question_or_demand_that_makes_no_sense_is_refused() -> None:
    with trio.fail_after(DEADLINE):
        async with connected(in_memory_as_before) as servers:
            await ready(servers)
            assert "minLength" in text(await servers.call_tool("a__ask_nonsense", {}))
            with pytest.raises(McpError, match="'a' broke the protocol"):
                await servers.call_tool("a__demand_nonsense", {})
