"""What each side advertises follows from its handlers, and what is not advertised is not asked for."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, LocalMisuse, PeerError, RequestError
from acp_trio.schema import v1
from acp_trio.testing import open_pair, scripted_peer
from acp_trio.transports import memory_pair

pytestmark = pytest.mark.promise("P17")


async def handler(request: Any) -> Any:
    raise AssertionError("never called here")


# What is advertised


@pytest.mark.parametrize(
    "register, advertised",
    [
        ("on_load_session", lambda capabilities: capabilities.load_session),
        ("on_resume_session", lambda capabilities: capabilities.session_capabilities.resume),
        ("on_close_session", lambda capabilities: capabilities.session_capabilities.close),
        ("on_delete_session", lambda capabilities: capabilities.session_capabilities.delete),
        ("on_list_sessions", lambda capabilities: capabilities.session_capabilities.list),
        ("on_logout", lambda capabilities: capabilities.auth.logout),
    ],
)
def test_an_agent_advertises_exactly_what_it_handles(register, advertised):
    agent = Agent("test")
    assert not advertised(agent.capabilities)
    assert agent.capabilities == v1.AgentCapabilities()
    getattr(agent, register)(handler)
    assert advertised(agent.capabilities)


@pytest.mark.parametrize(
    "register, advertised",
    [
        ("on_read_text_file", lambda capabilities: capabilities.fs.read_text_file),
        ("on_write_text_file", lambda capabilities: capabilities.fs.write_text_file),
        ("on_elicitation", lambda capabilities: capabilities.elicitation and capabilities.elicitation.form),
    ],
)
def test_a_client_advertises_exactly_what_it_handles(register, advertised):
    client = Client("test")
    assert not advertised(client.capabilities)
    assert client.capabilities == v1.ClientCapabilities()
    getattr(client, register)(handler)
    assert advertised(client.capabilities)


def test_terminals_are_advertised_with_the_handler_that_creates_them():
    client = Client("test")
    client.on_request(v1.CreateTerminalRequest, concurrent=True)(handler)
    assert client.capabilities.terminal


def test_a_handler_for_a_request_given_by_its_class_counts_as_the_convenience_does():
    agent = Agent("test")
    agent.on_request(v1.ListSessionsRequest)(handler)
    assert agent.capabilities.session_capabilities.list is not None


async def test_what_is_given_is_advertised_in_place_of_what_follows(autojump_clock):
    agents = v1.AgentCapabilities(load_session=True, meta={"beta": True})
    clients = v1.ClientCapabilities(terminal=True)
    with trio.fail_after(5):
        async with open_pair(Client("test", capabilities=clients), Agent("test", capabilities=agents)) as pair:
            assert pair.agent.agent_capabilities == agents
            assert pair.client.client_capabilities == clients


async def test_arguments_of_the_agent_are_advertised(autojump_clock):
    prompts = v1.PromptCapabilities(image=True)
    mcp = v1.McpCapabilities(http=True)
    with trio.fail_after(5):
        async with open_pair(Client("test"), Agent("test", prompt_capabilities=prompts, mcp_capabilities=mcp)) as pair:
            assert pair.agent.agent_capabilities.prompt_capabilities == prompts
            assert pair.agent.agent_capabilities.mcp_capabilities == mcp


async def test_what_an_agent_does_not_advertise_is_misuse_before_anything_is_sent(autojump_clock):
    with trio.fail_after(5):
        async with open_pair(Client("test"), Agent("test")) as pair:
            with pytest.raises(LocalMisuse, match="loadSession"):
                pair.agent.load_session("s", "/")
            with pytest.raises(LocalMisuse, match="resume"):
                pair.agent.resume_session("s", "/")
            with pytest.raises(LocalMisuse, match=r"mcpCapabilities\.http, which the MCP server 'web' wants"):
                pair.agent.open_session("/", mcp_servers=[v1.McpServerHttp(name="web", url="http://x")])
            with pytest.raises(LocalMisuse, match=r"mcpCapabilities\.sse, which the MCP server 'old' wants"):
                pair.agent.open_session("/", mcp_servers=[v1.McpServerSse(name="old", url="http://x")])
            with pytest.raises(LocalMisuse, match="list"):
                await pair.agent.list_sessions()
            with pytest.raises(LocalMisuse, match="delete"):
                await pair.agent.delete_session("s")
            with pytest.raises(LocalMisuse, match="logout"):
                await pair.agent.logout()
            with pytest.raises(LocalMisuse, match="it has: none"):
                await pair.agent.authenticate("browser")
    assert pair.wire.methods("client") == ["initialize"]


# Handlers that do not fit


async def two(request: Any, session: Any) -> Any:
    raise AssertionError


async def three(request: Any, session: Any, more: Any) -> Any:
    raise AssertionError


async def none() -> Any:
    raise AssertionError


async def keyword(request: Any, *, needed: Any) -> Any:
    raise AssertionError


async def with_task_status(turn: Any, *, task_status: Any) -> Any:
    raise AssertionError


def plain(request: Any) -> Any:
    raise AssertionError


@pytest.mark.parametrize(
    "function", [three, none, keyword, plain, 7], ids=lambda value: getattr(value, "__name__", "7")
)
@pytest.mark.parametrize("register", ["on_prompt", "on_new_session", "on_list_sessions"])
def test_a_handler_whose_parameters_do_not_fit_is_refused_when_it_is_registered(register, function):
    agent = Agent("test")
    with pytest.raises(TypeError, match="session/"):
        getattr(agent, register)(function)


@pytest.mark.parametrize("function", [three, none, keyword, plain], ids=lambda value: value.__name__)
@pytest.mark.parametrize("register", ["on_permission", "on_elicitation", "on_read_text_file"])
def test_a_clients_handler_whose_parameters_do_not_fit_is_refused_when_it_is_registered(register, function):
    client = Client("test")
    with pytest.raises(TypeError, match="handler for"):
        getattr(client, register)(function)


@pytest.mark.parametrize("function", [two, with_task_status], ids=lambda value: value.__name__)
def test_a_prompt_handler_takes_the_turn_and_nothing_else(function):
    with pytest.raises(TypeError, match="one parameter, the turn"):
        Agent("test").on_prompt(function)


def test_a_notification_is_no_request():
    with pytest.raises(TypeError, match="notification"):
        Agent("test").on_request(v1.CancelRequestNotification)(handler)


def test_registering_returns_the_function_itself():
    agent, client = Agent("test"), Client("test")
    assert agent.on_prompt(handler) is handler
    assert agent.on_new_session(two) is two
    assert agent.on_list_sessions(handler) is handler
    assert client.on_permission(two) is two
    assert client.on_request("_mine")(handler) is handler


# Listing


async def test_sessions_are_listed_page_by_page_and_an_empty_cursor_is_a_cursor(autojump_clock):
    agent = Agent("test")
    asked: list[Any] = []
    pages = {None: ("a", ""), "": ("b", "third"), "third": ("c", None)}

    @agent.on_list_sessions
    async def list_sessions(request: v1.ListSessionsRequest) -> v1.ListSessionsResponse:
        asked.append((request.cursor, request.cwd))
        name, following = pages[request.cursor]
        found = [v1.SessionInfo(session_id=name, cwd="/", title=name.upper())]
        return v1.ListSessionsResponse(sessions=found, next_cursor=following)

    with trio.fail_after(5):
        async with open_pair(Client("test"), agent) as pair:
            assert [info.session_id for info in await pair.agent.list_sessions()] == ["a", "b", "c"]
            assert [info.title for info in await pair.agent.list_sessions("/work")] == ["A", "B", "C"]
    cursors = [None, "", "third"]
    assert asked == [(cursor, None) for cursor in cursors] + [(cursor, "/work") for cursor in cursors]


async def test_a_list_that_is_refused_half_way_raises(autojump_clock):
    agent = Agent("test")

    @agent.on_list_sessions
    async def list_sessions(request: v1.ListSessionsRequest) -> v1.ListSessionsResponse:
        if request.cursor is not None:
            raise RequestError.invalid_params("that cursor has expired")
        return v1.ListSessionsResponse(sessions=[], next_cursor="next")

    with trio.fail_after(5):
        async with open_pair(Client("test"), agent) as pair:
            with pytest.raises(PeerError, match="expired"):
                await pair.agent.list_sessions()


async def test_sessions_that_are_not_valid_are_left_out_of_the_list(autojump_clock):
    async def play(agent: Any) -> None:
        await agent.answer_initialize(sessionCapabilities={"list": {}})
        request = await agent.expect("session/list")
        assert request["params"] == {}
        await agent.respond(
            request, {"sessions": [{"sessionId": 7}, {"sessionId": "s", "cwd": "/"}], "nextCursor": None}
        )

    async with scripted_peer() as (agent, transport), trio.open_nursery() as nursery:
        with trio.fail_after(5):
            nursery.start_soon(play, agent)
            async with Client("test").connect(transport) as connection:
                assert [info.session_id for info in await connection.list_sessions()] == ["s"]


async def test_additional_directories_are_sent_where_the_agent_takes_them(autojump_clock):
    takes = v1.SessionCapabilities(additional_directories=v1.SessionAdditionalDirectoriesCapabilities())
    agent = Agent("test", capabilities=v1.AgentCapabilities(session_capabilities=takes))
    with trio.fail_after(5):
        async with (
            open_pair(Client("test"), agent) as pair,
            pair.agent.open_session("/", additional_directories=["/a", "/b"]),
        ):
            pass
    assert pair.wire.sent("session/new")[0]["additionalDirectories"] == ["/a", "/b"]


@pytest.mark.promise("P17")
async def test_an_agent_that_offers_authentication_without_a_handler_says_so_when_it_is_served() -> None:
    agent = Agent("test", auth_methods=[v1.AuthMethodAgent(id="key", name="Key")])
    transport, _other = memory_pair()
    with trio.fail_after(5), pytest.raises(LocalMisuse, match="on_authenticate"):
        await agent.serve(transport)


@pytest.mark.promise("P17")
def test_additional_directories_are_advertised_when_the_agent_takes_them() -> None:
    assert Agent("test").capabilities.session_capabilities.additional_directories is None
    taking = Agent("test", additional_directories=True)
    assert taking.capabilities.session_capabilities.additional_directories is not None


@pytest.mark.promise("P17")
@pytest.mark.parametrize(
    "grace, error", [(None, TypeError), ("5", TypeError), (-1, ValueError), (float("inf"), ValueError)]
)
@pytest.mark.parametrize("role", [Agent, Client])
def test_a_grace_that_bounds_nothing_is_refused(role, grace, error) -> None:
    with pytest.raises(error, match="grace"):
        role("test", grace=grace)


@pytest.mark.promise("P17")
@pytest.mark.parametrize("grace", [0, 0.05, 1, 3600])
@pytest.mark.parametrize("role", [Agent, Client])
def test_a_grace_may_be_short_or_none_at_all(role, grace) -> None:
    role("test", grace=grace)


@pytest.mark.promise("P17")
def test_a_policy_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="drop"):
        Agent("test", second_prompt="drop")


@pytest.mark.promise("P17")
@pytest.mark.parametrize("method", ["session/new", "session/prompt", "initialize"])
def test_a_handler_for_what_the_agent_handles_itself_is_refused_with_what_to_use(method) -> None:
    with pytest.raises(LocalMisuse, match=f"handles {method} itself"):
        Agent("test").on_request(method)


@pytest.mark.promise("P17")
def test_a_decorator_without_its_message_is_refused() -> None:
    async def handler(_request) -> None: ...

    with pytest.raises(TypeError, match="say which message"):
        Agent("test").on_request(handler)


@pytest.mark.promise("P17")
async def test_what_is_no_transport_is_refused_by_name() -> None:
    with trio.fail_after(5), pytest.raises(TypeError, match="give a Transport"):
        async with Client("test").connect(["my-agent"]):
            pass


@pytest.mark.promise("P17")
async def test_a_block_that_is_awaited_says_how_to_enter_it() -> None:
    one, _other = memory_pair()
    with trio.fail_after(5), pytest.raises(TypeError, match="async with"):
        await Client("test").connect(one)


@pytest.mark.promise("P17")
@pytest.mark.parametrize("outcome", ["end-turn", ""])
async def test_a_stop_reason_that_version_1_does_not_have_is_an_internal_error(autojump_clock, outcome) -> None:
    agent = Agent("test")

    @agent.on_prompt
    async def prompt(_turn):
        return outcome

    with trio.fail_after(5):
        async with open_pair(Client("test"), agent) as pair, pair.agent.open_session("/") as session:
            with pytest.raises(PeerError, match="LocalMisuse"):
                await session.ask("hello")


async def test_a_client_runs_in_a_nursery_until_the_agent_ends(autojump_clock) -> None:
    ours, theirs = memory_pair()
    with trio.fail_after(5):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(Agent("test").serve, theirs)
            connection = await nursery.start(Client("test").run, ours)
            assert connection.peer == "test"
            nursery.cancel_scope.cancel()
