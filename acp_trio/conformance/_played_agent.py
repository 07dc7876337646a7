"""The agent that plays a scenario to a client: in memory, or as a program that the client under test starts.

Owns an agent's manners, so that a client gets as far as the scenario needs it. It judges nothing: what happened is
recorded by whoever taps its transport.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NoReturn, final

import trio

from ..connection import Gong
from ..jsonrpc import JSONInvalid, as_object, dumps, loads
from ..transports import Link, Transport, record_jsonl, stdio, tap
from ._arrays import items
from ._scenarios import SCENARIOS, Ask, AskWithPromptId, AwaitAnswer, Die, Interrupt, Scenario, Step, Tell, Write


@final
class PlayedAgent:
    """One connection of the agent.

    Args:
      scenario: what to play.
      directory: what `{directory}` stands for.
      patience: seconds to wait for an answer, before the scenario goes on without it.
      interrupt: what presses Ctrl-C for the client.
      die: what ends the process.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        directory: str,
        patience: float,
        interrupt: Callable[[], None],
        die: Callable[[int], NoReturn],
    ) -> None:
        self._scenario = scenario
        self._patience = patience
        self._interrupt = interrupt
        self._die = die
        self._known = {"session": "session-1", "directory": directory, "terminal": "no terminal"}
        self._answers: dict[object, dict[str, Any]] = {}
        self._cancelled = trio.Event()
        self._changed = Gong()
        self._send, self._to_send = trio.open_memory_channel[bytes](100)

    async def serve(self, transport: Transport) -> None:
        """Play to one client until it hangs up."""
        async with transport.open() as link, trio.open_nursery() as nursery:
            nursery.start_soon(self._write, link)
            await self._listen(link, nursery)
            nursery.cancel_scope.cancel("the client has hung up")

    async def _write(self, link: Link) -> None:
        async for data in self._to_send:
            try:
                await link.write(data)
            except trio.BrokenResourceError:
                return

    async def _listen(self, link: Link, nursery: trio.Nursery) -> None:
        rest = b""
        try:
            while chunk := await link.receive():
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    self._take(line, nursery)
        except trio.BrokenResourceError:
            return

    def _take(self, line: bytes, nursery: trio.Nursery) -> None:
        try:
            message = as_object(loads(line))
        except JSONInvalid:
            return
        if message is None:
            return
        if "method" in message and message.get("id") is not None:
            nursery.start_soon(self._serve, message)
        elif message.get("method") == "session/cancel":
            self._cancelled.set()
        elif "method" not in message:
            self._note_answer(message)

    def _note_answer(self, message: dict[str, Any]) -> None:
        request_id = message.get("id")
        if isinstance(request_id, int | str):
            self._answers.setdefault(request_id, message)
            terminal = (as_object(message.get("result")) or {}).get("terminalId")
            if isinstance(terminal, str):
                self._known["terminal"] = terminal
        self._changed.strike()

    # What a client asks

    async def _serve(self, request: dict[str, Any]) -> None:
        method, params = request["method"], as_object(request.get("params")) or {}
        if method == "initialize":
            await trio.sleep(self._scenario.delay)
            await self._answer(request, self._hello())
        elif method == "session/new":
            await self._play(self._scenario.before_session, request["id"])
            await self._answer(request, {"sessionId": self._known["session"]})
        elif method == "session/prompt":
            self._known["session"] = str(params.get("sessionId"))
            await self._play(self._scenario.turn, request["id"])
            await self._answer(request, {"stopReason": "cancelled" if self._cancelled.is_set() else "end_turn"})
        elif method == "session/list":
            await self._answer(request, {"sessions": []})
        elif method in {"session/load", "session/resume", "session/close", "session/delete", "authenticate"}:
            await self._answer(request, {})
        else:
            refusal = {"code": -32601, "message": f"Method not found: {method}"}
            await self._message({"id": request["id"], "error": refusal})

    def _hello(self) -> dict[str, Any]:
        return {
            "protocolVersion": self._scenario.version,
            "agentCapabilities": dict(self._scenario.capabilities),
            "agentInfo": {"name": "acp-trio-check", "version": "1"},
            "authMethods": [],
        }

    async def _answer(self, request: Mapping[str, Any], result: Any) -> None:
        await self._message({"id": request["id"], "result": result})

    async def _message(self, message: dict[str, Any]) -> None:
        await self._send.send(dumps({"jsonrpc": "2.0", **message}) + b"\n")

    # The scenario

    async def _play(self, steps: tuple[Step, ...], prompt_id: object) -> None:
        for step in steps:
            await self._take_step(step, prompt_id)

    async def _take_step(self, step: Step, prompt_id: object) -> None:
        match step:
            case Ask(id, method, params, wait):
                await self._message({"id": id, "method": method, "params": self._filled(params)})
                if wait:
                    await self._wait_for(id)
            case AskWithPromptId(method):
                await self._message({"id": prompt_id, "method": method, "params": {}})
                await self._wait_for(prompt_id)
            case Tell(method, params, times):
                filled = self._filled(params)
                for _ in range(times):
                    await self._message({"method": method, "params": filled})
            case Write(data):
                await self._send.send(data)
            case AwaitAnswer(id):
                await self._wait_for(id)
            case Interrupt():
                self._interrupt()
                with trio.move_on_after(self._patience):
                    await self._cancelled.wait()
            case Die(status):
                await trio.sleep(0.1)  # what was said before is on its way
                self._die(status)

    async def _wait_for(self, request_id: object) -> None:
        with trio.move_on_after(self._patience):
            while request_id not in self._answers:
                await self._changed.wait()

    def _filled(self, value: Any) -> Any:
        """The params with what is known in place of the names in braces."""
        if isinstance(value, str):
            for name, known in self._known.items():
                value = value.replace("{" + name + "}", known)
            return value
        members = as_object(value)
        if members is not None:
            return {key: self._filled(item) for key, item in members.items()}
        return [self._filled(item) for item in items(value)] or value


def main() -> None:
    """Play to whoever started this process: `SCENARIO DIRECTORY PATIENCE JOURNALS`."""
    name, directory, patience, journals = sys.argv[1:]
    journal = Path(journals) / f"{os.getpid()}.jsonl"
    with record_jsonl(journal) as record:
        agent = PlayedAgent(
            SCENARIOS[name],
            directory=directory,
            patience=float(patience),
            interrupt=lambda: os.kill(os.getppid(), signal.SIGINT),
            die=os._exit,
        )
        trio.run(agent.serve, tap(stdio(), lambda frame: frame.complete and record(frame)))
