"""Peers that are judged all the same: values of a wrong type, an agent that is deaf, one that outlives its client."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio.conformance import check_agent
from acp_trio.conformance._client_process import ClientCommand
from acp_trio.conformance._run_client import ClientRun
from acp_trio.transports import Link

from .scripted_agent import CleanAgent, Session
from .scripted_client import CleanClient, Play

DEADLINE = 60.0


@pytest.mark.slow
async def test_a_client_in_one_long_word_can_be_checked(tmp_path: Path) -> None:
    script = f"# {'x' * 300}\nexit 3"
    client = ClientCommand(arguments=["sh", "-c", script, "{agent}"], prompt="", patience=10, directory=tmp_path)
    with trio.fail_after(DEADLINE):
        run = await client.play("plain")
    assert run.exit_status == 3


HOLDS_ITS_OWN_INPUT = """
import os, subprocess, sys, time
reading, writing = os.pipe()
os.set_inheritable(writing, True)
quiet = {"stdout": subprocess.DEVNULL, "close_fds": False, "start_new_session": True}
agent = subprocess.Popen([sys.argv[1]], stdin=reading, **quiet)
open(sys.argv[2], "w").write(str(agent.pid))
hello = b'{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":1}}\\n'
os.write(writing, hello)
while not [name for name in os.listdir("../journals") if os.path.getsize("../journals/" + name)]:
    time.sleep(0.01)
if sys.argv[3] == "stay":
    open(sys.argv[4], "w").close()
    time.sleep(1000)
"""


def holds_its_own_input(directory: Path) -> list[str]:
    program = directory / "client.py"
    program.write_text(HOLDS_ITS_OWN_INPUT)
    return [sys.executable, str(program), "{agent}", str(directory / "pid")]


async def has_ended(pid: int) -> bool:
    """Whether a process that was killed is gone in a moment. It is ended here if not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        with trio.move_on_after(5):
            await trio.lowlevel.wait_readable(descriptor)
            return True
        os.kill(pid, signal.SIGKILL)
        return False
    finally:
        os.close(descriptor)


@pytest.mark.slow
async def test_an_agent_that_outlives_its_client_is_seen_by_the_impatient(tmp_path: Path) -> None:
    words = [*holds_its_own_input(tmp_path), "go"]
    client = ClientCommand(arguments=words, prompt="", patience=3, directory=tmp_path)
    with trio.fail_after(DEADLINE):
        run = await client.play("plain")
    assert run.exit_status == 0
    assert run.survived
    assert await has_ended(int((tmp_path / "pid").read_text()))


@pytest.mark.slow
async def test_a_check_that_is_cancelled_leaves_no_agent(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    words = [*holds_its_own_input(tmp_path), "stay", str(tmp_path / "gate")]
    client = ClientCommand(arguments=words, prompt="", patience=DEADLINE, directory=tmp_path)
    with trio.fail_after(DEADLINE):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.play, "plain")
            await trio.to_thread.run_sync((tmp_path / "gate").read_bytes, abandon_on_cancel=True)
            nursery.cancel_scope.cancel()
    assert await has_ended(int((tmp_path / "pid").read_text()))


class EndsWithAnObject(CleanAgent):
    async def end(self, session: Session, *, cancelled: bool) -> Any:
        return {"stopReason": {"reason": "end_turn"}}


class CallsByAnObject(CleanAgent):
    def call_id(self, session: Session) -> Any:
        return {"call": super().call_id(session)}


class ForgetsTheId(CleanAgent):
    async def set_option(self, params: dict[str, Any]) -> Any:
        await super().set_option(params)
        return {"configOptions": [{"type": "select"}]}


class HasOptionsWithoutIds(CleanAgent):
    def options(self, session: Session) -> list[dict[str, Any]]:
        options = super().options(session)
        for option in options:
            del option["id"]
        return options


class AsksInANotification(CleanAgent):
    async def permission(self, session: Session) -> None:
        await self.notify("session/request_permission", {"sessionId": session.id, "options": self.permission_options()})


class NamesATerminalByAList(CleanAgent):
    async def run(self, session: Session) -> None:
        await self.request("terminal/output", {"sessionId": session.id, "terminalId": []})


@pytest.mark.parametrize(
    "agent",
    [EndsWithAnObject, CallsByAnObject, ForgetsTheId, HasOptionsWithoutIds, AsksInANotification, NamesATerminalByAList],
)
async def test_an_agent_with_a_value_of_a_wrong_type_is_judged(
    autojump_clock: trio.testing.MockClock, agent: type[CleanAgent]
) -> None:
    report = await check_agent(agent())
    assert not report.conformant


class AsksAndNeverListens(CleanAgent):
    async def talk(self, link: Link, nursery: trio.Nursery) -> None:
        self.link, self.nursery = link, nursery
        line = (await self.receive()).split(b"\n")[0]
        await self.take_line(line)
        await trio.testing.wait_all_tasks_blocked()
        for number in range(100_000):
            await self.write({"id": number, "method": "_more", "params": {}})


async def test_an_agent_that_asks_and_never_listens_is_judged(autojump_clock: trio.testing.MockClock) -> None:
    with trio.fail_after(100_000):
        report = await check_agent(AsksAndNeverListens())
    assert not report.conformant


class PicksAList(CleanClient):
    async def permission(self, params: dict[str, Any]) -> Any:
        return {"outcome": {"outcome": "selected", "optionId": []}}


class DeclaresAServerOfAListOfTypes(CleanClient):
    def new_session(self) -> dict[str, Any]:
        return {**super().new_session(), "mcpServers": [{"type": [], "name": "x"}]}


@pytest.mark.parametrize("client", [PicksAList, DeclaresAServerOfAListOfTypes])
async def test_a_client_with_a_value_of_a_wrong_type_is_judged(
    autojump_clock: trio.testing.MockClock, tmp_path: Path, client: type[CleanClient]
) -> None:
    verdicts = await ClientRun(Play(client, tmp_path), at_once=4, tell=lambda _verdict: None).run()
    assert any(verdict.outcome == "fail" for verdict in verdicts)
