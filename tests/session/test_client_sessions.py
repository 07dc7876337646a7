"""How a client opens and leaves sessions: what arrives before they are open, and what leaves their blocks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import (
    Agent,
    AgentSession,
    Client,
    ConnectionLost,
    Limits,
    LocalMisuse,
    PeerError,
    ProtocolViolation,
    SessionOverrun,
    Turn,
)
from acp_trio.schema import v1
from acp_trio.testing import open_pair

pytestmark = pytest.mark.usefixtures("nothing_leaks")

ENDED = {"stopReason": "end_turn"}


def texts(updates: Any) -> list[str]:
    return [update.content.text for update in updates]


def replay_of(session: Any) -> list[str]:
    return texts(session.replay)


@asynccontextmanager
async def answering(agent: Any, method: str, *messages: Any, result: Any) -> AsyncIterator[None]:
    """While the block runs, the scripted agent answers one request, behind `messages`, in one write."""

    async def answer() -> None:
        request = await agent.expect(method)
        await agent.send(*messages, {"id": request["id"], "result": result})

    async with trio.open_nursery() as nursery:
        nursery.start_soon(answer)
        yield


# Opening


@pytest.mark.rule(12)
@pytest.mark.promise("P4")
async def test_updates_before_the_answer_to_session_new_are_kept_for_the_session(
    autojump_clock, connecting, text_update
):
    mode = {"sessionUpdate": "current_mode_update", "currentModeId": "ask"}
    early = [
        text_update("s", "one"),
        {"method": "session/update", "params": {"sessionId": "s", "update": mode}},
        text_update("other", "not for it"),
        text_update("s", "two"),
    ]
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/new", *early, result={"sessionId": "s"}),
                connection.open_session("/", keep=True) as session,
            ):
                assert [type(update) for update in session.replay] == [
                    v1.AgentMessageChunk,
                    v1.CurrentModeUpdate,
                    v1.AgentMessageChunk,
                ]
                assert session.state.current_mode_id == "ask"


@pytest.mark.rule(12)
@pytest.mark.promise("P4")
async def test_updates_are_kept_for_one_session_while_another_one_is_opened_before_it(
    autojump_clock, connecting, text_update
):
    replays: list[int] = []

    async def open_one(connection: Any) -> None:
        async with connection.open_session("/", keep=True) as session:
            replays.append(len(session.replay))

    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(open_one, connection)
                nursery.start_soon(open_one, connection)
                first, second = await agent.expect("session/new"), await agent.expect("session/new")
                await agent.respond(first, {"sessionId": "one"})
                await trio.testing.wait_all_tasks_blocked()
                await agent.send(text_update("two", "early"))
                await trio.testing.wait_all_tasks_blocked()
                await agent.respond(second, {"sessionId": "two"})
    assert replays == [0, 1]


@pytest.mark.rule(12)
async def test_what_was_said_early_is_newer_than_the_state_in_the_answer(autojump_clock, connecting):
    # The answer was made before: an update that overtakes it must not be overwritten.
    mode = {"sessionUpdate": "current_mode_update", "currentModeId": "code"}
    modes = {"currentModeId": "ask", "availableModes": [{"id": "ask", "name": "Ask"}, {"id": "code", "name": "Code"}]}
    early = {"method": "session/update", "params": {"sessionId": "s", "update": mode}}
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/new", early, result={"sessionId": "s", "modes": modes}),
                connection.open_session("/", keep=True) as session,
            ):
                assert session.state.current_mode_id == "code"
                assert len(session.state.available_modes) == 2


@pytest.mark.rule(12)
async def test_the_shelf_is_bounded_and_empty_again_when_nothing_is_being_set_up(
    autojump_clock, connecting, text_update
):
    client = Client("test", limits=Limits(shelf=1000))
    async with connecting(client) as (agent, connection):
        with trio.fail_after(5):
            many = [text_update("s", str(number)) for number in range(100)]
            async with (
                answering(agent, "session/new", *many, result={"sessionId": "s"}),
                connection.open_session("/", keep=True) as session,
            ):
                kept = replay_of(session)
                assert 0 < len(kept) < 20
                assert kept == [str(number) for number in range(len(kept))]
            # A second one has the whole shelf again, and nothing of the first one's.
            async with (
                answering(agent, "session/new", *many[:3], result={"sessionId": "s"}),
                connection.open_session("/", keep=True) as session,
            ):
                assert replay_of(session) == ["0", "1", "2"]


@pytest.mark.rule(12)
async def test_updates_of_unknown_sessions_are_dropped_while_nothing_is_being_set_up(
    autojump_clock, connecting, text_update
):
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            await agent.send(text_update("s", "nobody's"))
            await trio.testing.wait_all_tasks_blocked()
            async with (
                answering(agent, "session/new", result={"sessionId": "s"}),
                connection.open_session("/", keep=True) as session,
            ):
                assert session.replay == ()


@pytest.mark.promise("P18")
async def test_a_loaded_session_has_its_conversation_before_its_block_begins(autojump_clock, connecting, text_update):
    history = [text_update("s", str(number)) for number in range(50)]
    async with connecting(Client("test"), loadSession=True) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/load", *history, text_update("other", "no"), result={}),
                connection.load_session("s", "/work", keep=True) as session,
            ):
                assert replay_of(session) == [str(number) for number in range(50)]
                assert session.id == "s"


@pytest.mark.promise("P18")
async def test_a_load_that_fails_raises_and_leaves_nothing(autojump_clock, connecting, text_update):
    async with connecting(Client("test"), loadSession=True) as (agent, connection):
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:

                async def refuse() -> None:
                    request = await agent.expect("session/load")
                    await agent.send(text_update("s", "half of it"))
                    await agent.refuse(request, 1001, "the file is broken")

                nursery.start_soon(refuse)
                with pytest.raises(PeerError, match="the file is broken") as caught:
                    async with connection.load_session("s", "/"):
                        raise AssertionError("the block must not run")
                assert caught.value.code == 1001
            assert len(connection.sessions) == 0
            async with (
                answering(agent, "session/load", text_update("s", "whole"), result={}),
                connection.load_session("s", "/", keep=True) as session,
            ):
                assert replay_of(session) == ["whole"]


@pytest.mark.promise("P18")
async def test_a_load_that_is_cancelled_leaves_nothing_and_says_so_to_the_agent(autojump_clock, connecting):
    async with connecting(Client("test"), loadSession=True) as (agent, connection):
        with trio.fail_after(60):
            with trio.move_on_after(1):
                async with connection.load_session("s", "/"):
                    raise AssertionError("the block must not run")
            request = await agent.expect("session/load")
            assert (await agent.expect("$/cancel_request"))["params"] == {"requestId": request["id"]}
            assert len(connection.sessions) == 0


@pytest.mark.promise("P18")
async def test_a_session_that_was_to_be_kept_is_not_closed_by_a_load_that_nobody_wants_any_more(
    autojump_clock, connecting
):
    capabilities = {"loadSession": True, "sessionCapabilities": {"close": {}}}
    async with connecting(Client("test"), **capabilities) as (agent, connection):
        with trio.fail_after(60):
            with trio.move_on_after(1):
                async with connection.load_session("s", "/", keep=True):
                    raise AssertionError("the block must not run")
            request = await agent.expect("session/load")
            await agent.expect("$/cancel_request")
            await agent.respond(request, {})
            await trio.testing.wait_all_tasks_blocked()
            # The next that the agent gets, and no session/close.
            async with answering(agent, "session/load", result={}), connection.load_session("s", "/", keep=True):
                assert connection.statistics().requests_waiting == 0


@pytest.mark.promise("P24")
@pytest.mark.parametrize("method", ["session/new", "session/load"])
@pytest.mark.parametrize("answer", ["session", "error"])
async def test_a_session_that_opens_when_nobody_wants_it_any_more_is_closed(
    autojump_clock, connecting, text_update, method, answer
):
    capabilities = {"loadSession": True, "sessionCapabilities": {"close": {}}}
    async with connecting(Client("test"), **capabilities) as (agent, connection):
        with trio.fail_after(60):
            block = connection.open_session("/") if method == "session/new" else connection.load_session("s", "/")
            with trio.move_on_after(1):
                async with block:
                    raise AssertionError("the block must not run")
            request = await agent.expect(method)
            await agent.expect("$/cancel_request")
            if answer == "error":
                await agent.refuse(request, -32800, "cancelled")
            else:
                await agent.respond(request, {"sessionId": "s"})
                closing = await agent.expect("session/close")
                assert closing["params"] == {"sessionId": "s"}
                await agent.refuse(closing, -32002, "gone already")
            await trio.testing.wait_all_tasks_blocked()
            assert connection.statistics().requests_waiting == 0


@pytest.mark.promise("P24")
async def test_a_load_that_was_given_up_and_made_again_is_not_closed_by_the_first_ones_late_answer(
    autojump_clock, connecting
):
    capabilities = {"loadSession": True, "sessionCapabilities": {"close": {}}}
    async with connecting(Client("test"), **capabilities) as (agent, connection), trio.open_nursery() as nursery:
        with trio.fail_after(60):
            with trio.move_on_after(1):
                async with connection.load_session("s", "/"):
                    raise AssertionError("the block must not run")
            first = await agent.expect("session/load")
            await agent.expect("$/cancel_request")

            async def answer_both() -> None:
                second = await agent.expect("session/load")
                await agent.respond(first, {})
                await agent.respond(second, {})

            nursery.start_soon(answer_both)
            async with (
                connection.load_session("s", "/", keep=True) as session,
                answering(agent, "session/prompt", result=ENDED),
            ):
                assert await session.ask("still there?") == ""


@pytest.mark.promise("P18")
async def test_the_route_of_a_load_is_there_before_its_request_is_sent(autojump_clock, connecting):
    client = Client("test")

    @client.on_permission
    async def permit(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id="yes"))

    async def ask_first(agent: Any) -> None:
        load = await agent.expect("session/load")
        params = {"sessionId": "s", "toolCall": {"toolCallId": "t"}, "options": []}
        await agent.send({"id": 1, "method": "session/request_permission", "params": params})
        assert (await agent.receive())["result"]["outcome"]["outcome"] == "selected"
        await agent.respond(load, {})

    async with connecting(client, loadSession=True) as (agent, connection):
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(ask_first, agent)
                async with connection.load_session("s", "/", keep=True):
                    pass


@pytest.mark.promise("P18")
async def test_resume_opens_a_session_without_its_conversation(autojump_clock, connecting):
    capabilities = {"resume": {}}
    async with connecting(Client("test"), sessionCapabilities=capabilities) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/resume", result={}),
                connection.resume_session("s", "/work", keep=True) as session,
            ):
                assert session.replay == ()
                async with answering(agent, "session/prompt", result=ENDED):
                    assert await session.ask("go on") == ""


async def test_opening_a_session_that_is_open_is_misuse_and_harms_nothing(autojump_clock, connecting):
    async with connecting(Client("test"), loadSession=True) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/load", result={}),
                connection.load_session("s", "/", keep=True) as session,
            ):
                with pytest.raises(LocalMisuse, match="open already"):
                    async with connection.load_session("s", "/"):
                        raise AssertionError("the block must not run")
                async with answering(agent, "session/prompt", result=ENDED):
                    await session.ask("still there?")


@pytest.mark.promise("P23")
async def test_an_agent_that_gives_two_sessions_one_id_breaks_the_second_alone(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/new", result={"sessionId": "s"}),
                connection.open_session("/", keep=True) as session,
            ):
                async with answering(agent, "session/new", result={"sessionId": "s"}):
                    with pytest.raises(ProtocolViolation, match="two sessions"):
                        async with connection.open_session("/"):
                            raise AssertionError("the block must not run")
                async with answering(agent, "session/prompt", result=ENDED):
                    await session.ask("still there?")


async def test_a_setup_request_of_ones_own_opens_a_session(autojump_clock, connecting, text_update):
    request = v1.LoadSessionRequest(session_id="s", cwd="/", mcp_servers=[])
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            async with (
                answering(agent, "session/load", text_update("s", "history"), result={}),
                connection.open_session_with(request, session_id="s", keep=True) as session,
            ):
                assert replay_of(session) == ["history"]
            own = v1.NewSessionRequest(cwd="/", mcp_servers=[], meta={"tag": "mine"})
            async with (
                answering(agent, "session/new", result={"sessionId": "t"}),
                connection.open_session_with(own, keep=True) as session,
            ):
                assert session.id == "t"


async def test_a_setup_request_whose_response_names_no_session_is_misuse(autojump_clock, connecting):
    async with connecting(Client("test")) as (agent, connection):
        with trio.fail_after(5):
            async with answering(agent, "session/list", result={"sessions": []}):
                with pytest.raises(LocalMisuse, match="session_id"):
                    async with connection.open_session_with(v1.ListSessionsRequest()):
                        raise AssertionError("the block must not run")
            assert not connection.is_closed


@pytest.mark.rule(14)
async def test_a_replay_that_does_not_fit_fails_the_load_and_leaves_nothing(autojump_clock, connecting, text_update):
    client = Client("test", limits=Limits(session_inbox=1000))
    async with connecting(client, loadSession=True) as (agent, connection):
        with trio.fail_after(5):
            async with trio.open_nursery() as nursery:

                async def replay() -> None:
                    request = await agent.expect("session/load")
                    await agent.send(*[text_update("s", str(number)) for number in range(100)])
                    assert (await agent.expect("session/cancel"))["params"] == {"sessionId": "s"}
                    await agent.respond(request, {})

                nursery.start_soon(replay)
                with pytest.raises(SessionOverrun):
                    async with connection.load_session("s", "/"):
                        raise AssertionError("the block must not run")
            assert len(connection.sessions) == 0


# Leaving


@pytest.mark.rule(21)
@pytest.mark.parametrize("advertised", [True, False])
@pytest.mark.parametrize("keep", [True, False])
async def test_leaving_closes_the_session_where_that_is_advertised_and_wanted(autojump_clock, advertised, keep):
    agent = Agent("test")
    ended: list[str] = []

    if advertised:

        @agent.on_close_session
        async def close(request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
            ended.append(request.session_id)
            return v1.CloseSessionResponse()

    with trio.fail_after(20):
        async with open_pair(Client("test"), agent) as pair:
            async with pair.agent.open_session("/", keep=keep) as session:
                assert len(pair.agent.sessions) == 1
            assert len(pair.agent.sessions) == 0
            assert len(pair.client.sessions) == (0 if advertised and not keep else 1)
    assert ended == ([session.id] if advertised and not keep else [])


@pytest.mark.rule(21)
async def test_a_session_is_closed_after_its_turn_has_drained(autojump_clock):
    agent = Agent("test")

    @agent.on_close_session
    async def close(request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
        return v1.CloseSessionResponse()

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        await trio.sleep_forever()

    with trio.fail_after(20):
        async with open_pair(Client("test"), agent) as pair:
            with pytest.raises(ValueError):
                async with pair.agent.open_session("/") as session, session.prompt("go"):
                    raise ValueError
    said = [message.method or message.message.get("result") for message in pair.wire.messages]
    assert said[-4:] == ["session/cancel", {"stopReason": "cancelled"}, "session/close", {}]


@pytest.mark.rule(21)
async def test_an_agent_that_refuses_to_close_a_session_is_only_logged(autojump_clock, connecting, caplog):
    async def refuse(agent: Any) -> None:
        await agent.refuse(await agent.expect("session/close"), -32603, "cannot")

    async with connecting(Client("test"), sessionCapabilities={"close": {}}) as (agent, connection):
        with trio.fail_after(5):
            async with (
                trio.open_nursery() as nursery,
                answering(agent, "session/new", result={"sessionId": "s"}),
                connection.open_session("/"),
            ):
                nursery.start_soon(refuse, agent)
    assert "could not be closed" in caplog.text


@pytest.mark.promise("P12")
async def test_the_bodys_exception_leaves_a_session_as_itself(autojump_clock):
    error = ValueError("mine")
    with trio.fail_after(20):
        async with open_pair(Client("test"), Agent("test")) as pair:

            async def use() -> None:
                async with pair.agent.open_session("/") as session:
                    session.start_soon(trio.sleep_forever)
                    raise error

            with pytest.raises(ValueError) as caught:
                await use()
            assert caught.value is error
            assert not pair.agent.is_closed


@pytest.mark.promise("P12")
async def test_a_failed_task_of_a_session_leaves_its_block_as_a_group_and_the_connection_goes_on(autojump_clock):
    async def fail() -> None:
        raise ValueError("in a task")

    with trio.fail_after(20):
        async with open_pair(Client("test"), Agent("test")) as pair:

            async def use() -> None:
                async with pair.agent.open_session("/") as session:
                    session.start_soon(fail)
                    await trio.sleep_forever()

            with pytest.raises(ExceptionGroup) as caught:
                await use()
            assert [str(error) for error in caught.value.exceptions] == ["in a task"]
            async with pair.agent.open_session("/"):
                pass


async def test_a_task_of_a_session_gets_its_arguments_and_its_name(autojump_clock):
    seen: list[Any] = []

    async def work(*arguments: Any) -> None:
        seen.append((arguments, trio.lowlevel.current_task().name))

    with trio.fail_after(20):
        async with open_pair(Client("test"), Agent("test")) as pair, pair.agent.open_session("/") as session:
            session.start_soon(work, 1, "two", name="a task of mine")
            await trio.testing.wait_all_tasks_blocked()
    assert seen == [((1, "two"), "a task of mine")]


@pytest.mark.promise("P12")
async def test_a_failed_task_and_the_bodys_own_exception_leave_together(autojump_clock):
    async def fail() -> None:
        raise ValueError("in a task")

    with trio.fail_after(20):
        async with open_pair(Client("test"), Agent("test")) as pair:

            async def use() -> None:
                async with pair.agent.open_session("/") as session:
                    session.start_soon(fail)
                    try:
                        await trio.sleep_forever()
                    finally:
                        raise KeyError("in the body")

            with pytest.raises(ExceptionGroup) as caught:
                await use()
    assert {type(error) for error in caught.value.exceptions} == {ValueError, KeyError}


@pytest.mark.promise("P12")
async def test_a_session_left_by_another_task_is_misuse(autojump_clock):
    with trio.fail_after(20):
        async with open_pair(Client("test"), Agent("test")) as pair:
            block = pair.agent.open_session("/")
            await block.__aenter__()

            async def leave() -> None:
                with pytest.raises(LocalMisuse, match="must be left by the task"):
                    await block.__aexit__(None, None, None)

            async with trio.open_nursery() as nursery:
                nursery.start_soon(leave)
            with pytest.raises(LocalMisuse, match="entered already"):
                await block.__aenter__()
            await block.__aexit__(None, None, None)


@pytest.mark.promise("P12")
async def test_sessions_are_opened_and_left_in_any_order_on_a_stack(autojump_clock):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        return "end_turn"

    with trio.fail_after(20):
        async with open_pair(Client("test"), agent) as pair, AsyncExitStack() as stack:
            sessions = [await stack.enter_async_context(pair.agent.open_session("/")) for _ in range(5)]
            for session in sessions:
                await session.ask("hello")


@pytest.mark.promise("P12")
async def test_a_lost_connection_is_never_a_cancellation_of_the_body(autojump_clock, connecting):
    with trio.fail_after(20):
        async with (
            connecting(Client("test"), sessionCapabilities={"close": {}}) as (agent, connection),
            answering(agent, "session/new", result={"sessionId": "s"}),
            connection.open_session("/") as session,
        ):
            await agent.hang_up()
            await connection.wait_closed()
            with pytest.raises(ConnectionLost):
                await session.ask("hello")
            await trio.sleep(1)


async def test_a_session_lives_on_in_a_task_that_opened_it(autojump_clock):
    agent = Agent("test")

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        await turn.say("hi")
        return "end_turn"

    async def keep_open(connection: Any, *, task_status: trio.TaskStatus[Any]) -> None:
        async with connection.open_session("/") as session:
            task_status.started(session)
            await trio.sleep_forever()

    with trio.fail_after(20):
        async with open_pair(Client("test"), agent) as pair, trio.open_nursery() as nursery:
            session = await nursery.start(keep_open, pair.agent)
            assert await session.ask("hello") == "hi"
            nursery.cancel_scope.cancel()


async def test_relative_directories_are_misuse_before_anything_is_sent(autojump_clock):
    with trio.fail_after(20):
        async with open_pair(Client("test"), Agent("test")) as pair:
            with pytest.raises(LocalMisuse, match="absolute"):
                pair.agent.open_session("here")
            with pytest.raises(LocalMisuse, match="additionalDirectories"):
                pair.agent.open_session("/", additional_directories=["/more"])
    assert pair.wire.methods("client") == ["initialize"]


@pytest.mark.promise("P18")
async def test_load_replays_what_the_agent_kept(autojump_clock):
    agent = Agent("test")
    kept: dict[str, list[str]] = {}

    @agent.on_prompt
    async def work(turn: Turn) -> str:
        kept.setdefault(turn.session_id, []).append(turn.text)
        return "end_turn"

    @agent.on_load_session
    async def load(request: v1.LoadSessionRequest, session: AgentSession) -> v1.LoadSessionResponse:
        for text in kept[request.session_id]:
            await session.update(v1.UserMessageChunk(content=v1.TextContent(text=text)))
        return v1.LoadSessionResponse()

    with trio.fail_after(20):
        async with open_pair(Client("test"), agent) as pair:
            async with pair.agent.open_session("/") as session:
                await session.ask("one")
                await session.ask("two")
            async with pair.agent.load_session(session.id, "/") as again:
                assert replay_of(again) == ["one", "two"]
                await again.ask("three")
    assert kept == {session.id: ["one", "two", "three"]}
