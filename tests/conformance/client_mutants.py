"""Clients with one defect each, by the requirement that they break."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import trio
import trio.lowlevel

from .scripted_client import INVALID_PARAMS, METHOD_NOT_FOUND, CleanClient, Refused

CLIENT_MUTANTS: dict[str, list[type[CleanClient]]] = {}


def breaks(requirement: str) -> Callable[[type[CleanClient]], type[CleanClient]]:
    def register(mutant: type[CleanClient]) -> type[CleanClient]:
        CLIENT_MUTANTS.setdefault(requirement, []).append(mutant)
        return mutant

    return register


# The wire


@breaks("wire.json-lines")
class Mumbles(CleanClient):
    async def leave(self, session_id: str) -> None:
        await self.write_line(b"bye\n")
        await super().leave(session_id)


@breaks("wire.jsonrpc")
class ForgetsTheVersionOfJsonRpc(CleanClient):
    def encode(self, message: dict[str, Any]) -> bytes:
        del message["jsonrpc"]
        return super().encode(message)


@breaks("wire.result-or-error")
class AnswersBoth(CleanClient):
    async def answer(self, message: dict[str, Any], result: Any) -> None:
        await self.write({"id": message["id"], "result": result, "error": None})


@breaks("wire.error-object")
class HasNoWords(CleanClient):
    async def refuse(self, message: dict[str, Any], code: int) -> None:
        await self.write({"id": message["id"], "error": {"code": code}})


@breaks("wire.response-id")
class AnswersToNobody(CleanClient):
    async def leave(self, session_id: str) -> None:
        await self.write({"id": "nobody", "result": {}})
        await super().leave(session_id)


@breaks("wire.one-response")
class AnswersTwice(CleanClient):
    async def refuse(self, message: dict[str, Any], code: int) -> None:
        await super().refuse(message, code)
        await super().refuse(message, code)


@breaks("wire.pending-id")
class HasOneId(CleanClient):
    async def cancel_when_interrupted(self, session_id: str) -> None:
        await trio.lowlevel.checkpoint()
        await self.write({"id": self.asked, "method": "_acme/same", "params": {}})
        await super().cancel_when_interrupted(session_id)

    async def take_line(self, line: bytes) -> None:
        if b'"_acme/same' not in line and b"Method not found: _acme" not in line:
            await super().take_line(line)


@breaks("wire.id-spaces")
class TakesARequestForAnAnswer(CleanClient):
    async def serve(self, message: dict[str, Any]) -> None:
        if message["method"] != "_acp_trio/same_id":
            await super().serve(message)


@breaks("wire.notification")
class AnswersNotifications(CleanClient):
    async def take_notification(self, method: str, params: dict[str, Any]) -> None:
        if method.startswith("_"):
            await self.write({"id": None, "error": {"code": METHOD_NOT_FOUND, "message": "?"}})
        await super().take_notification(method, params)


class Sulks(CleanClient):
    """Answers no more once it has been offended."""

    offended = False

    async def serve(self, message: dict[str, Any]) -> None:
        if not self.offended:
            await super().serve(message)
        elif message["method"] == "_acp_trio/fence":
            self.offended = False


@breaks("wire.unknown-notification")
class SulksAtUnknownNotifications(Sulks):
    async def take_notification(self, method: str, params: dict[str, Any]) -> None:
        self.offended = method.startswith("_")
        await super().take_notification(method, params)


@breaks("wire.unknown-method")
class TakesUnknownMethods(CleanClient):
    async def unknown_method(self, method: str) -> Any:
        return await super().unknown_method(method) if method.startswith("_") else None


@breaks("wire.unknown-extension")
class TakesUnknownExtensions(CleanClient):
    async def unknown_method(self, method: str) -> Any:
        return None if method.startswith("_") else await super().unknown_method(method)


@breaks("wire.own-methods")
class InventsMethods(CleanClient):
    async def leave(self, session_id: str) -> None:
        await self.notify("acme/bye", {})
        await super().leave(session_id)


@breaks("wire.own-fields")
class InventsFields(CleanClient):
    def new_session(self) -> dict[str, Any]:
        return {**super().new_session(), "acme": 1}


@breaks("wire.not-json")
class LeavesAtNonsense(CleanClient):
    def not_json(self) -> None:
        self.nursery.cancel_scope.cancel()


@breaks("wire.large")
class TakesShortLines(Sulks):
    async def take_line(self, line: bytes) -> None:
        if len(line) > 1 << 20:
            self.offended = True
        else:
            await super().take_line(line)


# The handshake


@breaks("initialize.first")
class IsInAHurry(CleanClient):
    async def converse(self) -> None:
        await self.request("session/new", self.new_session())
        await super().converse()


@breaks("initialize.info")
class HasNoName(CleanClient):
    def hello(self) -> dict[str, Any]:
        hello = super().hello()
        del hello["clientInfo"]
        return hello


@breaks("initialize.version")
class SpeaksEverything(CleanClient):
    def speaks(self, version: int) -> bool:
        return True


@breaks("initialize.unknown-capability")
class RefusesTheUnknown(CleanClient):
    def new_session(self) -> dict[str, Any]:
        if "acp_trio" in self.agent:
            self.nursery.cancel_scope.cancel()
        return super().new_session()

    async def write(self, message: dict[str, Any]) -> None:
        if "acp_trio" not in self.agent:
            await super().write(message)


@breaks("initialize.slow")
class IsImpatient(CleanClient):
    async def request_as(self, number: object, method: str, params: Any) -> dict[str, Any]:
        if method != "initialize":
            return await super().request_as(number, method, params)
        with trio.move_on_after(1):
            return await super().request_as(number, method, params)
        return {"result": {"protocolVersion": 0}}


# The schema, and what the agent offers


@breaks("schema.requests")
class PromptsWithText(CleanClient):
    def new_session(self) -> dict[str, Any]:
        return {**super().new_session(), "mcpServers": {}}


@breaks("schema.notifications")
class CancelsNothing(CleanClient):
    async def leave(self, session_id: str) -> None:
        await self.notify("$/cancel_request", {})
        await super().leave(session_id)


@breaks("schema.results")
class ReadsNothing(CleanClient):
    async def kill(self, params: dict[str, Any]) -> Any:
        self.terminal(params)
        return 5


@breaks("schema.absolute-paths")
class WorksHere(CleanClient):
    def new_session(self) -> dict[str, Any]:
        return {**super().new_session(), "cwd": "."}


@breaks("offer.methods")
class ClosesAnyway(CleanClient):
    async def leave(self, session_id: str) -> None:
        await self.request("session/close", {"sessionId": session_id})


@breaks("offer.content")
class SendsImagesAnyway(CleanClient):
    def prompt(self) -> list[dict[str, Any]]:
        return [*super().prompt(), {"type": "image", "data": "", "mimeType": "image/png"}]


@breaks("offer.transports")
class SendsServersAnyway(CleanClient):
    def new_session(self) -> dict[str, Any]:
        server = {"type": "http", "name": "x", "url": "http://localhost/", "headers": []}
        return {**super().new_session(), "mcpServers": [server]}


@breaks("offer.directories")
class SendsDirectoriesAnyway(CleanClient):
    def new_session(self) -> dict[str, Any]:
        return {**super().new_session(), "additionalDirectories": ["/"]}


# Sessions and updates


@breaks("session.known")
class CancelsAnother(CleanClient):
    async def leave(self, session_id: str) -> None:
        await self.notify("session/cancel", {"sessionId": "another"})
        await super().leave(session_id)


@breaks("update.early")
class LeavesAtEarlyUpdates(CleanClient):
    def update(self, update: dict[str, Any]) -> None:
        if update["sessionUpdate"] == "available_commands_update":
            self.nursery.cancel_scope.cancel()


@breaks("update.unknown")
class SulksAtUnknownUpdates(Sulks):
    def update(self, update: dict[str, Any]) -> None:
        self.offended = update["sessionUpdate"].startswith("acp_trio")


@breaks("update.content")
class SulksAtUnknownContent(Sulks):
    def update(self, update: dict[str, Any]) -> None:
        self.offended = update.get("content", {}).get("type") == "acp_trio_hologram"


@breaks("update.extra")
class SulksAtUnknownFields(Sulks):
    def update(self, update: dict[str, Any]) -> None:
        self.offended = "_meta" in update


@breaks("update.many")
class TakesAHundredUpdates(Sulks):
    count = 0

    def update(self, update: dict[str, Any]) -> None:
        self.count += 1
        self.offended = self.count > 100


# Permissions and cancelling


@breaks("permission.answer")
class InventsAnOption(CleanClient):
    async def permission(self, params: dict[str, Any]) -> Any:
        outcome = await super().permission(params)
        return {"outcome": {"outcome": "selected", "optionId": "maybe"}} if params["options"] else outcome


@breaks("permission.none")
class GrantsWithoutAnOption(CleanClient):
    async def permission(self, params: dict[str, Any]) -> Any:
        outcome = await super().permission(params)
        return outcome if params["options"] else {"outcome": {"outcome": "selected", "optionId": "yes"}}


@breaks("permission.cancel")
class GrantsWhatIsCancelled(CleanClient):
    async def cancelled(self, message: dict[str, Any]) -> Any:
        return {"outcome": {"outcome": "selected", "optionId": "yes"}}


@breaks("cancel.updates")
class SulksAtLateUpdates(Sulks):
    def update(self, update: dict[str, Any]) -> None:
        self.offended = update["sessionUpdate"] == "tool_call_update"


@breaks("cancel.request")
class DropsWhatIsCancelled(CleanClient):
    async def take_notification(self, method: str, params: dict[str, Any]) -> None:
        if method == "$/cancel_request":
            self.dropped = params["requestId"]
        await super().take_notification(method, params)

    async def answer(self, message: dict[str, Any], result: Any) -> None:
        if message["id"] != "a cancelled permission":
            await super().answer(message, result)


# Files and terminals


class OffersNothing(CleanClient):
    def capabilities(self) -> dict[str, Any]:
        return {}


@breaks("files.unoffered")
class ReadsUnoffered(OffersNothing):
    async def result(self, method: str, params: dict[str, Any]) -> Any:
        if method.startswith("terminal/"):
            raise Refused(METHOD_NOT_FOUND)
        return await super().result(method, params)


@breaks("terminal.unoffered")
class RunsUnoffered(OffersNothing):
    async def result(self, method: str, params: dict[str, Any]) -> Any:
        if method.startswith("fs/"):
            raise Refused(METHOD_NOT_FOUND)
        return await super().result(method, params)


@breaks("files.read")
class ReadsItsOwnWay(CleanClient):
    async def read(self, params: dict[str, Any]) -> Any:
        found = await super().read(params)
        return found if "line" in params else {"content": found["content"].strip()}


@breaks("files.lines")
class CountsFromZero(CleanClient):
    async def read(self, params: dict[str, Any]) -> Any:
        return await super().read({**params, "line": params["line"] + 1} if "line" in params else params)


@breaks("files.missing")
class ReadsWhatIsNotThere(CleanClient):
    async def read(self, params: dict[str, Any]) -> Any:
        return {"content": ""} if params["path"].endswith("missing.txt") else await super().read(params)


@breaks("files.write")
class WritesNothing(CleanClient):
    async def write_file(self, params: dict[str, Any]) -> Any:
        return {}


@breaks("terminal.create")
class ForgetsTheLongOne(CleanClient):
    async def create(self, params: dict[str, Any]) -> Any:
        made = await super().create(params)
        if self.made == 2:
            raise Refused(INVALID_PARAMS)
        return made


@breaks("terminal.output")
class LosesOutput(CleanClient):
    async def output(self, params: dict[str, Any]) -> Any:
        found = await super().output(params)
        return {**found, "output": ""} if "text" in found["output"] else found


@breaks("terminal.wait")
class LosesTheStatus(CleanClient):
    async def wait(self, params: dict[str, Any]) -> Any:
        self.terminal(params)
        return {}


@breaks("terminal.kill")
class ForgetsTheKilled(CleanClient):
    async def kill(self, params: dict[str, Any]) -> Any:
        del self.terminals[self.terminal(params)]
        return {}


@breaks("terminal.release")
class KeepsTheReleased(CleanClient):
    async def release(self, params: dict[str, Any]) -> Any:
        self.terminal(params)
        return {}


@breaks("terminal.limit")
class CutsCharacters(CleanClient):
    def kept(self, limit: int) -> str:
        return "\N{REPLACEMENT CHARACTER}" + super().kept(limit - 3)


@breaks("terminal.limit")
class CutsTheEnd(CleanClient):
    def kept(self, limit: int) -> str:
        return "a" + super().kept(limit - 1)


@breaks("elicitation.unoffered")
class TakesEveryQuestion(CleanClient):
    async def elicit(self, params: dict[str, Any]) -> Any:
        return {"action": "accept", "content": {}}


# The process


@breaks("process.notices")
class WaitsForTheDead(CleanClient):
    def gone(self) -> None:
        """Nothing is noticed."""


@breaks("process.ends")
class LeavesItsAgent(CleanClient):
    leaves_its_agent = True
