"""Questions of MCP servers: the user is asked beside everything else, and every question is answered."""

from __future__ import annotations

from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Client, RequestError, Turn
from acp_trio.mcp import Elicitation, UrlElicitationComplete
from acp_trio.runtime import Runtime
from acp_trio.schema import v1

from .hosting import Fakes, FakeServers, hosting, spec, talking_to

pytestmark = pytest.mark.usefixtures("nothing_leaks")

FORM = v1.ElicitationFormMode(requested_schema=v1.ElicitationSchema())
PAGE = v1.ElicitationUrlMode(elicitation_id="1", url="http://localhost/")


def form() -> Elicitation:
    return Elicitation("files", "Which one?", FORM)


class User:
    """A client whose user answers when told."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.completed: list[str] = []
        self.go = trio.Event()
        self.refuses = False
        offered = v1.ElicitationCapabilities(form=v1.ElicitationFormCapabilities(), url=v1.ElicitationUrlCapabilities())
        self.client = Client("test", capabilities=v1.ClientCapabilities(elicitation=offered))
        self.client.on_elicitation(self.answer)
        self.client.on_notification(v1.CompleteElicitationNotification)(self.note)

    async def answer(self, request: v1.CreateElicitationRequest) -> v1.CreateElicitationResponse:
        self.asked.append(request.message)
        if self.refuses:
            raise RequestError(1, "the window is gone")
        await self.go.wait()
        return v1.CreateElicitationResponse(action=v1.ElicitationAcceptAction(content={"name": "a.txt"}))

    async def note(self, done: v1.CompleteElicitationNotification) -> None:
        self.completed.append(done.elicitation_id)


async def echo(turn: Turn, runtime: Runtime) -> str:
    await turn.say(turn.text)
    return "end_turn"


async def wait(turn: Turn, runtime: Runtime) -> str:
    await turn.say("waiting")
    await trio.sleep_forever()
    return "end_turn"


def served(loop: Any, servers: FakeServers) -> Any:
    return hosting(spec(loop), factory=Fakes({"planner": servers}))


async def test_the_users_answer_reaches_the_server(autojump_clock):
    user, servers, question = User(), FakeServers(), form()
    user.go.set()
    with trio.fail_after(5):
        async with talking_to(served(echo, servers), user.client) as pair, pair.agent.open_session("/"):
            await servers.tell.send(question)
            assert await question.wait() == v1.ElicitationAcceptAction(content={"name": "a.txt"})
    assert user.asked == ["files: Which one?"]


@pytest.mark.promise("P3")
async def test_while_a_form_is_open_output_flows_and_a_cancel_is_answered_at_once(autojump_clock):
    user, servers, question = User(), FakeServers(), form()
    with trio.fail_after(5):
        async with talking_to(served(wait, servers), user.client) as pair, pair.agent.open_session("/") as session:
            await servers.tell.send(question)
            await trio.testing.wait_all_tasks_blocked()
            assert user.asked
            async with session.prompt("go") as turn:
                assert (await anext(turn)).content.text == "waiting"
                await turn.cancel()
                assert (await turn.finish()).stop_reason == "cancelled"
            assert await question.wait() == v1.ElicitationCancelAction()


async def test_a_client_without_forms_answers_cancel_and_is_not_asked(autojump_clock):
    servers, question = FakeServers(), form()
    with trio.fail_after(5):
        async with talking_to(served(echo, servers)) as pair, pair.agent.open_session("/"):
            await servers.tell.send(question)
            assert await question.wait() == v1.ElicitationCancelAction()
        assert "elicitation/create" not in pair.wire.methods("agent")


async def test_a_client_that_refuses_is_a_cancel_not_a_hang(autojump_clock, caplog):
    user, servers, question = User(), FakeServers(), form()
    user.refuses = True
    with trio.fail_after(5):
        async with talking_to(served(echo, servers), user.client) as pair, pair.agent.open_session("/"):
            await servers.tell.send(question)
            assert await question.wait() == v1.ElicitationCancelAction()
    assert "the window is gone" in caplog.text


async def test_a_session_that_ends_answers_its_open_questions_cancel(autojump_clock):
    user, servers, question = User(), FakeServers(), form()
    with trio.fail_after(5):
        async with talking_to(served(echo, servers), user.client) as pair:
            async with pair.agent.open_session("/"):
                await servers.tell.send(question)
                await trio.testing.wait_all_tasks_blocked()
                assert user.asked
            assert await question.wait() == v1.ElicitationCancelAction()


async def test_a_question_that_the_server_withdraws_is_taken_back_from_the_user(autojump_clock):
    user, servers, question = User(), FakeServers(), form()
    with trio.fail_after(5):
        async with talking_to(served(echo, servers), user.client) as pair, pair.agent.open_session("/"):
            await servers.tell.send(question)
            await trio.testing.wait_all_tasks_blocked()
            question.dismiss()
            await trio.testing.wait_all_tasks_blocked()
            assert "$/cancel_request" in pair.wire.methods("agent")


async def test_a_page_that_is_done_is_told_while_its_question_is_open(autojump_clock):
    user, servers, question = User(), FakeServers(), Elicitation("web", "Sign in", PAGE)
    with trio.fail_after(5):
        async with talking_to(served(echo, servers), user.client) as pair, pair.agent.open_session("/"):
            await servers.tell.send(question)
            await servers.tell.send(UrlElicitationComplete("web", "1"))
            await trio.testing.wait_all_tasks_blocked()
            assert user.completed == ["1"]
            user.go.set()
            assert isinstance(await question.wait(), v1.ElicitationAcceptAction)
