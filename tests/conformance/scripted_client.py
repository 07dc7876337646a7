"""A client of bare JSON lines that meets every requirement, made so that a subclass breaks one of them in one method.

It opens one session, sends one prompt and ends with the turn. Its files and terminals are not real, but for the one
file that it writes.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import trio

from acp_trio.conformance._client_run import ScenarioRun
from acp_trio.conformance._played_agent import PlayedAgent
from acp_trio.conformance._scenarios import READABLE, SCENARIOS
from acp_trio.conformance._transcript import Transcript
from acp_trio.testing import WireMessage
from acp_trio.transports import Link, TappedFrame, memory_pair, tap

PATIENCE = 60  # seconds of the mock clock
METHOD_NOT_FOUND, INVALID_PARAMS, NOT_FOUND = -32601, -32602, -32002


class Refused(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class CleanClient:
    leaves_its_agent = False

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.link: Link
        self.nursery: trio.Nursery
        self.waiting: dict[object, tuple[trio.Event, list[Any]]] = {}
        self.agent: dict[str, Any] = {}
        self.asked = 0
        self.interrupted = trio.Event()
        self.pending: dict[object, trio.CancelScope] = {}
        self.terminals: dict[str, str] = {}
        self.made = 0

    # The conversation

    async def run(self, link: Link) -> None:
        self.link = link
        async with trio.open_nursery() as nursery:
            self.nursery = nursery
            nursery.start_soon(self.listen)
            await self.converse()
            nursery.cancel_scope.cancel()

    async def converse(self) -> None:
        hello = await self.request("initialize", self.hello())
        if not self.speaks(hello["result"]["protocolVersion"]):
            return
        self.agent = hello["result"]["agentCapabilities"]
        session = await self.request("session/new", self.new_session())
        session_id = session["result"]["sessionId"]
        self.nursery.start_soon(self.cancel_when_interrupted, session_id)
        await self.request("session/prompt", {"sessionId": session_id, "prompt": self.prompt()})
        await self.leave(session_id)

    def speaks(self, version: int) -> bool:
        return version == 1

    def capabilities(self) -> dict[str, Any]:
        return {"fs": {"readTextFile": True, "writeTextFile": True}, "terminal": True}

    def hello(self) -> dict[str, Any]:
        info = {"name": "scripted", "version": "1"}
        return {"protocolVersion": 1, "clientCapabilities": self.capabilities(), "clientInfo": info}

    def new_session(self) -> dict[str, Any]:
        return {"cwd": str(self.directory), "mcpServers": []}

    def prompt(self) -> list[dict[str, Any]]:
        return [{"type": "text", "text": "hello"}]

    async def leave(self, session_id: str) -> None:
        if "close" in self.agent.get("sessionCapabilities", {}):
            await self.request("session/close", {"sessionId": session_id})

    async def cancel_when_interrupted(self, session_id: str) -> None:
        await self.interrupted.wait()
        await self.notify("session/cancel", {"sessionId": session_id})
        for scope in self.pending.values():
            scope.cancel()

    # The wire

    async def listen(self) -> None:
        rest = b""
        while data := await self.link.receive():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                await self.take_line(line)
        self.gone()

    def gone(self) -> None:
        self.nursery.cancel_scope.cancel()

    async def take_line(self, line: bytes) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            return self.not_json()
        if "method" not in message:
            event, answer = self.waiting.pop(message["id"])
            answer.append(message)
            event.set()
        elif "id" in message:
            self.nursery.start_soon(self.serve, message)
        else:
            await self.take_notification(message["method"], message["params"])
        return None

    def not_json(self) -> None:
        """What is not JSON is passed over."""

    async def take_notification(self, method: str, params: dict[str, Any]) -> None:
        if method == "$/cancel_request" and params["requestId"] in self.pending:
            self.pending[params["requestId"]].cancel()
        elif method == "session/update":
            self.update(params["update"])

    def update(self, update: dict[str, Any]) -> None:
        """Every update is taken."""

    def encode(self, message: dict[str, Any]) -> bytes:
        return json.dumps(message).encode() + b"\n"

    async def write(self, message: dict[str, Any]) -> None:
        await self.write_line(self.encode({"jsonrpc": "2.0", **message}))

    async def write_line(self, line: bytes) -> None:
        try:
            await self.link.write(line)
        except trio.BrokenResourceError:
            self.gone()

    async def notify(self, method: str, params: Any) -> None:
        await self.write({"method": method, "params": params})

    async def request(self, method: str, params: Any) -> dict[str, Any]:
        self.asked += 1
        return await self.request_as(self.asked, method, params)

    async def request_as(self, number: object, method: str, params: Any) -> dict[str, Any]:
        event, answer = trio.Event(), []
        self.waiting[number] = event, answer
        await self.write({"id": number, "method": method, "params": params})
        await event.wait()
        return answer[0]

    # What the agent asks

    async def serve(self, message: dict[str, Any]) -> None:
        scope = self.pending[message["id"]] = trio.CancelScope()
        result = None
        try:
            with scope:
                result = await self.result(message["method"], message["params"])
        except Refused as refused:
            await self.refuse(message, refused.code)
        else:
            await self.answer(message, await self.cancelled(message) if scope.cancelled_caught else result)
        self.pending.pop(message["id"], None)

    async def cancelled(self, message: dict[str, Any]) -> Any:
        return {"outcome": {"outcome": "cancelled"}}

    async def answer(self, message: dict[str, Any], result: Any) -> None:
        await self.write({"id": message["id"], "result": result})

    async def refuse(self, message: dict[str, Any], code: int) -> None:
        await self.write({"id": message["id"], "error": {"code": code, "message": "refused"}})

    async def result(self, method: str, params: dict[str, Any]) -> Any:
        handler = {
            "session/request_permission": self.permission,
            "fs/read_text_file": self.read,
            "fs/write_text_file": self.write_file,
            "terminal/create": self.create,
            "terminal/output": self.output,
            "terminal/wait_for_exit": self.wait,
            "terminal/kill": self.kill,
            "terminal/release": self.release,
            "elicitation/create": self.elicit,
        }.get(method)
        if handler is None:
            return await self.unknown_method(method)
        return await handler(params)

    async def unknown_method(self, method: str) -> Any:
        raise Refused(METHOD_NOT_FOUND)

    async def permission(self, params: dict[str, Any]) -> Any:
        await trio.sleep(0.5)
        options = params["options"]
        if not options:
            return {"outcome": {"outcome": "cancelled"}}
        return {"outcome": {"outcome": "selected", "optionId": options[0]["optionId"]}}

    async def read(self, params: dict[str, Any]) -> Any:
        if not params["path"].endswith("read.txt"):
            raise Refused(NOT_FOUND)
        lines = READABLE.splitlines(keepends=True)
        first = params.get("line", 1) - 1
        return {"content": "".join(lines[first : first + params.get("limit", len(lines))])}

    async def write_file(self, params: dict[str, Any]) -> Any:
        Path(params["path"]).write_text(params["content"])
        return {}

    async def create(self, params: dict[str, Any]) -> Any:
        self.made += 1
        name = f"terminal-{self.made}"
        text = {1: "text\n", 2: "", 3: self.kept(params.get("outputByteLimit", 0))}[self.made]
        self.terminals[name] = text
        return {"terminalId": name}

    def kept(self, limit: int) -> str:
        return "é" * (limit // 2)

    def terminal(self, params: dict[str, Any]) -> str:
        if params["terminalId"] not in self.terminals:
            raise Refused(INVALID_PARAMS)
        return params["terminalId"]

    def exit_code(self) -> int:
        return 0

    async def output(self, params: dict[str, Any]) -> Any:
        status = {"exitCode": self.exit_code()}
        return {"output": self.terminals[self.terminal(params)], "truncated": False, "exitStatus": status}

    async def wait(self, params: dict[str, Any]) -> Any:
        self.terminal(params)
        return {"exitCode": self.exit_code()}

    async def kill(self, params: dict[str, Any]) -> Any:
        self.terminal(params)
        return {}

    async def release(self, params: dict[str, Any]) -> Any:
        del self.terminals[self.terminal(params)]
        return {}

    async def elicit(self, params: dict[str, Any]) -> Any:
        raise Refused(INVALID_PARAMS)


class Play:
    """Runs a scripted client in memory, as the kit runs a process."""

    def __init__(self, client: type[CleanClient], directory: Path) -> None:
        self.client = client
        self.directory = directory

    async def __call__(self, scenario: str) -> ScenarioRun:
        place = self.directory / scenario
        place.mkdir()
        client = self.client(place)
        ours, theirs = memory_pair()
        messages: list[WireMessage] = []

        def note(frame: TappedFrame) -> None:
            try:
                message = json.loads(frame.data)
            except ValueError:
                message = frame.data.decode("utf-8", "replace")
            sender = "client" if frame.direction == "in" else "agent"
            messages.append(WireMessage(sender=sender, time=frame.time, message=message))

        exit_status = None
        agents_life = trio.CancelScope()

        async def serve() -> None:
            agent = PlayedAgent(
                SCENARIOS[scenario],
                directory=str(place),
                patience=5,
                interrupt=client.interrupted.set,
                die=lambda _status: agents_life.cancel(),
            )
            with agents_life:
                await agent.serve(tap(theirs, note))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(serve)
            with trio.move_on_after(PATIENCE):
                async with ours.open() as link:
                    await client.run(link)
                exit_status = 0
        return ScenarioRun(
            transcript=Transcript(messages, role="client", capabilities={}),
            exit_status=exit_status,
            survived=client.leaves_its_agent,
            directory=str(place),
        )
