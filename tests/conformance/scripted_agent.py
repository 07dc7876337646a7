"""An agent of bare JSON lines that meets every requirement, made so that a subclass breaks one of them in one method.

It knows nothing of acp_trio's own agent. It is reached in memory, so that a whole run takes no real time.
"""

from __future__ import annotations

import json
from typing import Any

import trio

from acp_trio.transports import Link, Transport

METHOD_NOT_FOUND, INVALID_PARAMS, INVALID_REQUEST, PARSE_ERROR, NOT_FOUND = -32601, -32602, -32600, -32700, -32002


class Refused(Exception):
    def __init__(self, code: int, message: str = "refused") -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Session:
    def __init__(self, session_id: str, cwd: str) -> None:
        self.id = session_id
        self.cwd = cwd
        self.mode = "ask"
        self.history: list[dict[str, Any]] = []
        self.turn: trio.CancelScope | None = None
        self.calls = 0
        self.open = True


class CleanAgent:
    """One program; each connection is a process of it, with memory of its own."""

    async def serve(self, transport: Transport) -> None:
        async with transport.open() as link, trio.open_nursery() as nursery:
            connection = type(self)()
            await connection.talk(link, nursery)
            nursery.cancel_scope.cancel()

    def __init__(self) -> None:
        self.link: Link
        self.nursery: trio.Nursery
        self.sessions: dict[str, Session] = {}
        self.client: dict[str, Any] | None = None
        self.waiting: dict[object, tuple[trio.Event, list[Any]]] = {}
        self.tasks: dict[object, trio.CancelScope] = {}
        self.asked = 0
        self.made = 0

    # The wire

    async def talk(self, link: Link, nursery: trio.Nursery) -> None:
        self.link, self.nursery = link, nursery
        rest = b""
        while data := await self.receive():
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                if not await self.take_line(line):
                    return

    async def receive(self) -> bytes:
        return await self.link.receive()

    async def take_line(self, line: bytes) -> bool:
        try:
            message = json.loads(line)
        except ValueError:
            await self.not_json()
            return True
        if not isinstance(message, dict):
            await (self.batch(message) if isinstance(message, list) else self.no_request())
        elif "method" not in message:
            event, answer = self.waiting.pop(message["id"])
            answer.append(message)
            event.set()
        elif "id" in message:
            scope = self.tasks[message["id"]] = trio.CancelScope()
            self.nursery.start_soon(self.serve_request, message, scope)
        else:
            await self.take_notification(message["method"], message.get("params") or {})
        return True

    async def not_json(self) -> None:
        await self.write(self.error(None, PARSE_ERROR))

    async def no_request(self) -> None:
        await self.write(self.error(None, INVALID_REQUEST))

    async def batch(self, entries: list[Any]) -> None:
        await self.write(self.error(None, INVALID_REQUEST))

    async def write(self, message: dict[str, Any]) -> None:
        await self.write_line(self.encode({"jsonrpc": "2.0", **message}))

    def encode(self, message: dict[str, Any]) -> bytes:
        return json.dumps(message).encode() + b"\n"

    async def write_line(self, line: bytes) -> None:
        try:
            await self.link.write(line)
        except trio.BrokenResourceError:
            self.nursery.cancel_scope.cancel()

    async def notify(self, method: str, params: Any) -> None:
        await self.write({"method": method, "params": params})

    async def request(self, method: str, params: Any) -> dict[str, Any]:
        self.asked += 1
        number = self.asked
        event, answer = trio.Event(), []
        self.waiting[number] = event, answer
        await self.write({"id": number, "method": method, "params": params})
        await event.wait()
        return answer[0]

    def error(self, request_id: object, code: int, message: str = "refused") -> dict[str, Any]:
        return {"id": request_id, "error": {"code": code, "message": message}}

    # Requests

    async def serve_request(self, message: dict[str, Any], scope: trio.CancelScope) -> None:
        try:
            with scope:
                result = await self.result(message["method"], message.get("params"), message["id"])
            if scope.cancelled_caught:
                await self.write(self.error(message["id"], -32800))
            else:
                await self.answer(message, result)
        except Refused as refused:
            await self.write(self.error(message["id"], refused.code, refused.message))

    async def answer(self, message: dict[str, Any], result: Any) -> None:
        await self.write({"id": message["id"], "result": result})

    async def result(self, method: str, params: Any, request_id: object) -> Any:
        params = params or {}
        if method == "initialize":
            return self.initialize(params)
        self.require_handshake()
        handler = {
            "authenticate": self.authenticate,
            "session/new": self.new,
            "session/prompt": self.prompt,
            "session/load": self.load,
            "session/resume": self.resume,
            "session/list": self.list,
            "session/close": self.close,
            "session/delete": self.delete,
            "session/set_mode": self.set_mode,
            "session/set_config_option": self.set_option,
        }.get(method)
        if handler is None:
            return await self.unknown_method(method)
        return await handler(params)

    def require_handshake(self) -> None:
        if self.client is None:
            raise Refused(INVALID_REQUEST)

    async def unknown_method(self, method: str) -> Any:
        raise Refused(METHOD_NOT_FOUND)

    async def take_notification(self, method: str, params: dict[str, Any]) -> None:
        if method == "session/cancel":
            session = self.sessions.get(params["sessionId"])
            if session is not None:
                self.cancel(session)
        elif method == "$/cancel_request":
            await self.cancel_request(params["requestId"])

    def cancel(self, session: Session) -> None:
        if session.turn is not None:
            session.turn.cancel()

    async def cancel_request(self, request_id: object) -> None:
        for session in self.sessions.values():
            if session.turn is not None and session.turn is self.tasks.get(request_id):
                session.turn.cancel()
        scope = self.tasks.get(request_id)
        if scope is not None:
            scope.cancel()

    # The handshake

    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        self.client = params.get("clientCapabilities") or {}
        return {
            "protocolVersion": self.version(params["protocolVersion"]),
            "agentCapabilities": {
                "loadSession": True,
                "promptCapabilities": {"image": True, "audio": True, "embeddedContext": True},
                "sessionCapabilities": {"list": {}, "resume": {}, "close": {}, "delete": {}},
            },
            "agentInfo": {"name": "scripted", "version": "1"},
            "authMethods": self.auth_methods(),
        }

    def version(self, _requested: int) -> int:
        return 1

    def auth_methods(self) -> list[dict[str, Any]]:
        methods: list[dict[str, Any]] = [{"id": "token", "name": "Token"}]
        if self.offered("auth", "terminal"):
            methods.append({"id": "terminal", "name": "Terminal", "type": "terminal"})
        return methods

    def offered(self, *path: str) -> bool:
        value: Any = self.client
        for name in path:
            value = (value or {}).get(name)
        return value is not None and value is not False

    async def authenticate(self, params: dict[str, Any]) -> Any:
        if params["methodId"] != "token":
            raise Refused(INVALID_PARAMS)
        return {}

    # Sessions

    async def new(self, params: dict[str, Any]) -> Any:
        self.check_new(params)
        session_id = self.new_id()
        self.sessions[session_id] = Session(session_id, params["cwd"])
        return {"sessionId": session_id, **self.settings(self.sessions[session_id])}

    def check_new(self, params: dict[str, Any]) -> None:
        if not isinstance(params.get("cwd"), str):
            raise Refused(INVALID_PARAMS)

    def new_id(self) -> str:
        self.made += 1
        return f"session-{self.made}"

    def settings(self, session: Session) -> dict[str, Any]:
        return {"modes": self.modes(session), "configOptions": self.options(session)}

    def modes(self, session: Session) -> Any:
        names = ["ask", "code"]
        return {"currentModeId": session.mode, "availableModes": [{"id": name, "name": name} for name in names]}

    def options(self, session: Session) -> list[dict[str, Any]]:
        values = [{"value": name, "name": name} for name in ("ask", "code")]
        select = {"type": "select", "id": "mode", "name": "Mode", "category": "mode", "currentValue": session.mode}
        options = [{**select, "options": values}]
        if self.offered("session", "configOptions", "boolean"):
            options.append({"type": "boolean", "id": "loud", "name": "Loud", "currentValue": False})
        return options

    def session(self, params: dict[str, Any]) -> Session:
        session = self.sessions.get(params["sessionId"])
        if session is None:
            raise Refused(NOT_FOUND)
        return session

    async def load(self, params: dict[str, Any]) -> Any:
        session = self.session(params)
        session.open = True
        for update in session.history:
            await self.update(session.id, update)
        return self.settings(session)

    async def resume(self, params: dict[str, Any]) -> Any:
        session = self.session(params)
        session.open = True
        return self.settings(session)

    async def list(self, params: dict[str, Any]) -> Any:
        at = self.page(params.get("cursor"))
        wanted = [session for session in self.sessions.values() if params.get("cwd") in (None, session.cwd)]
        page = [{"sessionId": session.id, "cwd": session.cwd} for session in wanted[at : at + 1]]
        more = {"nextCursor": str(at + 1)} if at + 1 < len(wanted) else {}
        return {"sessions": page, **more}

    def page(self, cursor: str | None) -> int:
        if cursor is None:
            return 0
        if not cursor.isdecimal():
            raise Refused(INVALID_PARAMS)
        return int(cursor)

    async def close(self, params: dict[str, Any]) -> Any:
        session = self.session(params)
        session.open = False
        self.cancel(session)
        return {}

    async def delete(self, params: dict[str, Any]) -> Any:
        self.sessions.pop(params["sessionId"], None)
        return {}

    async def set_mode(self, params: dict[str, Any]) -> Any:
        session = self.session(params)
        if params["modeId"] not in ("ask", "code"):
            raise Refused(INVALID_PARAMS)
        session.mode = params["modeId"]
        return {}

    async def set_option(self, params: dict[str, Any]) -> Any:
        session = self.session(params)
        if params["configId"] != "mode" or params["value"] not in ("ask", "code"):
            raise Refused(INVALID_PARAMS)
        session.mode = params["value"]
        return {"configOptions": self.options(session)}

    # Turns

    async def prompt(self, params: dict[str, Any]) -> Any:
        session = self.session(params)
        for block in params["prompt"]:
            self.check_block(block)
            session.history.append({"sessionUpdate": "user_message_chunk", "content": block})
        session.turn = trio.CancelScope()
        with session.turn:
            await self.obey(session, params["prompt"][0]["text"])
        cancelled = session.turn.cancelled_caught
        session.turn = None
        return await self.end(session, cancelled=cancelled)

    def check_block(self, block: dict[str, Any]) -> None:
        """Every kind of content is taken."""

    async def end(self, session: Session, *, cancelled: bool) -> Any:
        return {"stopReason": "cancelled" if cancelled else "end_turn"}

    async def obey(self, session: Session, text: str) -> None:
        word = text.partition(" ")[0]
        command = {
            "sleep": self.sleep,
            "permission": self.permission,
            "tool": self.tool,
            "plan": self.plan,
            "read": self.read,
            "write": self.write_file,
            "run": self.run,
        }.get(word)
        if command is not None:
            await command(session)
        await self.say(session, text)

    async def say(self, session: Session, text: str) -> None:
        update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}}
        session.history.append(update)
        await self.update(session.id, update)

    async def update(self, session_id: str, update: dict[str, Any]) -> None:
        await self.notify("session/update", {"sessionId": session_id, "update": update})

    async def sleep(self, session: Session) -> None:
        await trio.sleep(30)

    def call_id(self, session: Session) -> str:
        session.calls += 1
        return f"call-{session.calls}"

    def location(self) -> dict[str, Any]:
        return {"path": "/work/a.txt", "line": 1}

    async def announce(self, session: Session, call: str) -> None:
        await self.update(
            session.id,
            {"sessionUpdate": "tool_call", "toolCallId": call, "title": "Look", "locations": [self.location()]},
        )

    async def tool(self, session: Session) -> None:
        for _ in range(2):
            call = self.call_id(session)
            await self.announce(session, call)
            await self.update(
                session.id, {"sessionUpdate": "tool_call_update", "toolCallId": call, "status": "completed"}
            )
        if self.offered("session", "notices"):
            await self.notice(session)

    async def notice(self, session: Session) -> None:
        await self.update(session.id, {"sessionUpdate": "notice", "severity": "info", "title": "Note", "message": "x"})

    def permission_options(self) -> list[dict[str, Any]]:
        return [
            {"optionId": "yes", "name": "Yes", "kind": "allow_once"},
            {"optionId": "no", "name": "No", "kind": "reject_once"},
        ]

    async def permission(self, session: Session) -> None:
        call = self.call_id(session)
        await self.announce(session, call)
        answer = await self.request(
            "session/request_permission",
            {"sessionId": session.id, "toolCall": {"toolCallId": call}, "options": self.permission_options()},
        )
        if answer["result"]["outcome"]["outcome"] == "cancelled":
            await trio.lowlevel.checkpoint()

    async def plan(self, session: Session) -> None:
        await self.update(session.id, {"sessionUpdate": "plan", "entries": []})
        if self.offered("elicitation", "form"):
            await self.elicit(session)

    async def elicit(self, session: Session) -> None:
        schema = {"type": "object", "properties": {}}
        await self.request(
            "elicitation/create",
            {"sessionId": session.id, "mode": "form", "message": "?", "requestedSchema": schema},
        )

    def path(self) -> str:
        return "/work/a.txt"

    async def read(self, session: Session) -> None:
        if self.offered("fs", "readTextFile"):
            await self.request("fs/read_text_file", {"sessionId": session.id, "path": self.path(), "line": 1})

    async def write_file(self, session: Session) -> None:
        if self.offered("fs", "writeTextFile"):
            params = {"sessionId": session.id, "path": self.path(), "content": "x"}
            await self.request("fs/write_text_file", params)

    async def run(self, session: Session) -> None:
        if self.offered("terminal"):
            made = await self.request("terminal/create", {"sessionId": session.id, "command": "echo", "cwd": "/work"})
            await self.use_terminal({"sessionId": session.id, "terminalId": made["result"]["terminalId"]})

    async def use_terminal(self, terminal: dict[str, Any]) -> None:
        await self.request("terminal/wait_for_exit", terminal)
        await self.request("terminal/output", terminal)
        await self.release(terminal)

    async def release(self, terminal: dict[str, Any]) -> None:
        await self.request("terminal/release", terminal)
