"""Agents with one defect each, by the requirement that they break."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import trio

from .scripted_agent import INVALID_PARAMS, METHOD_NOT_FOUND, CleanAgent, Refused, Session

MUTANTS: dict[str, list[type[CleanAgent]]] = {}


def breaks(requirement: str) -> Callable[[type[CleanAgent]], type[CleanAgent]]:
    def register(mutant: type[CleanAgent]) -> type[CleanAgent]:
        MUTANTS.setdefault(requirement, []).append(mutant)
        return mutant

    return register


# The wire


@breaks("wire.json-lines")
class LogsToStandardOutput(CleanAgent):
    async def say(self, session: Session, text: str) -> None:
        await self.write_line(b"DEBUG: about to answer\n")
        await super().say(session, text)


@breaks("wire.json-lines")
class BreaksLines(CleanAgent):
    async def notify(self, method: str, params: Any) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        await self.write_line(json.dumps(message, indent=1).encode() + b"\n")


@breaks("wire.json-lines")
class WritesLatin1(CleanAgent):
    async def say(self, session: Session, text: str) -> None:
        await self.write_line(b'{"jsonrpc": "2.0", "method": "_note", "params": "caf\xe9"}\n')


@breaks("wire.jsonrpc")
class ForgetsTheVersionOfJsonRpc(CleanAgent):
    def encode(self, message: dict[str, Any]) -> bytes:
        del message["jsonrpc"]
        return super().encode(message)


@breaks("wire.result-or-error")
class AnswersBoth(CleanAgent):
    async def answer(self, message: dict[str, Any], result: Any) -> None:
        await self.write({"id": message["id"], "result": result, "error": None})


@breaks("wire.error-object")
class NamesErrors(CleanAgent):
    async def not_json(self) -> None:
        await self.write({"id": None, "error": {"code": -32700}})


@breaks("wire.response-id")
class AnswersToNobody(CleanAgent):
    async def say(self, session: Session, text: str) -> None:
        await super().say(session, text)
        await self.write({"id": 4711, "result": {}})


@breaks("wire.one-response")
class AnswersTwice(CleanAgent):
    async def answer(self, message: dict[str, Any], result: Any) -> None:
        await super().answer(message, result)
        if message["method"] == "session/prompt":
            await super().answer(message, result)


@breaks("wire.string-id")
class DropsStringIds(CleanAgent):
    async def answer(self, message: dict[str, Any], result: Any) -> None:
        if message["id"] != "a string":
            await super().answer(message, result)


@breaks("wire.notification")
class AnswersNotifications(CleanAgent):
    async def take_notification(self, method: str, params: dict[str, Any]) -> None:
        if method.startswith("acp_trio/"):
            await self.write(self.error(None, METHOD_NOT_FOUND))
        await super().take_notification(method, params)


@breaks("wire.unknown-notification")
class DiesOfUnknownNotifications(CleanAgent):
    async def take_notification(self, method: str, params: dict[str, Any]) -> None:
        if method == "_acp_trio/no_such_notification":
            self.nursery.cancel_scope.cancel()
        await super().take_notification(method, params)


@breaks("wire.unknown-method")
class TakesUnknownMethods(CleanAgent):
    async def unknown_method(self, method: str) -> Any:
        if method.startswith("_"):
            return await super().unknown_method(method)
        return None


@breaks("wire.unknown-extension")
class TakesUnknownExtensions(CleanAgent):
    async def unknown_method(self, method: str) -> Any:
        if method.startswith("_"):
            return None
        return await super().unknown_method(method)


@breaks("wire.own-methods")
class InventsMethods(CleanAgent):
    async def say(self, session: Session, text: str) -> None:
        await self.notify("acme/progress", {})
        await super().say(session, text)


@breaks("wire.own-fields")
class InventsFields(CleanAgent):
    async def say(self, session: Session, text: str) -> None:
        await self.update(
            session.id, {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": text}, "acme": 1}
        )
        await super().say(session, text)


@breaks("wire.own-fields")
class InventsFieldsInResults(CleanAgent):
    async def end(self, session: Session, *, cancelled: bool) -> Any:
        return {**await super().end(session, cancelled=cancelled), "acmeCost": 3}


@breaks("wire.meta")
class RefusesMeta(CleanAgent):
    def check_new(self, params: dict[str, Any]) -> None:
        super().check_new(params)
        if "_meta" in params:
            raise Refused(INVALID_PARAMS)


@breaks("wire.split")
class TakesEveryReadForALine(CleanAgent):
    async def receive(self) -> bytes:
        data = await super().receive()
        return data if not data or data.endswith(b"\n") or len(data) > 1000 else data + b"\n"


@breaks("wire.joined")
class ReadsOneLineAtATime(CleanAgent):
    async def receive(self) -> bytes:
        data = await super().receive()
        return data[: data.find(b"\n") + 1] if b'"two"' in data else data


# Bad input


@breaks("input.not-json")
class PassesOverWhatIsNotJson(CleanAgent):
    async def not_json(self) -> None:
        return


@breaks("input.no-request")
class EndsAtANumber(CleanAgent):
    async def no_request(self) -> None:
        self.nursery.cancel_scope.cancel()


@breaks("input.batch")
class RunsBatches(CleanAgent):
    async def batch(self, entries: list[Any]) -> None:
        for entry in entries:
            await self.write(self.error(entry["id"], METHOD_NOT_FOUND))


@breaks("input.refused")
class OpensSessionsNowhere(CleanAgent):
    def check_new(self, params: dict[str, Any]) -> None:
        super().check_new({"cwd": "/", **params})
        params.setdefault("cwd", "/")


@breaks("input.code")
class HasOneErrorForAll(CleanAgent):
    def check_new(self, params: dict[str, Any]) -> None:
        if not isinstance(params.get("cwd"), str):
            raise Refused(-32603)


@breaks("input.large")
class ReadsShortLinesOnly(CleanAgent):
    async def take_line(self, line: bytes) -> bool:
        return len(line) < 65536 and await super().take_line(line)


# The handshake


@breaks("initialize.unsupported-version")
class EchoesTheVersion(CleanAgent):
    def version(self, requested: int) -> int:
        return requested


@breaks("initialize.unsupported-version")
class RefusesTheFuture(CleanAgent):
    def version(self, requested: int) -> int:
        if requested > 1:
            raise Refused(INVALID_PARAMS)
        return 1


@breaks("initialize.version")
class SpeaksVersionTwo(CleanAgent):
    def version(self, _requested: int) -> int:
        return 2


@breaks("initialize.omitted")
class WantsCapabilities(CleanAgent):
    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        if "clientCapabilities" not in params:
            raise Refused(INVALID_PARAMS)
        return super().initialize(params)


@breaks("initialize.unknown-capability")
class RefusesTheUnknown(CleanAgent):
    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        if "acp_trio" in params.get("clientCapabilities", {}):
            raise Refused(INVALID_PARAMS)
        return super().initialize(params)


@breaks("initialize.info")
class HasNoName(CleanAgent):
    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        answer = super().initialize(params)
        del answer["agentInfo"]
        return answer


@breaks("initialize.first")
class NeedsNoHandshake(CleanAgent):
    def require_handshake(self) -> None:
        return


@breaks("initialize.terminal-auth")
class OffersTerminalsToAll(CleanAgent):
    def auth_methods(self) -> list[dict[str, Any]]:
        return [{"id": "terminal", "name": "Terminal", "type": "terminal"}]


@breaks("initialize.unknown-auth")
class TakesAnyAuth(CleanAgent):
    async def authenticate(self, params: dict[str, Any]) -> Any:
        return {}


# The schema


@breaks("schema.results")
class AnswersWithAnArray(CleanAgent):
    async def set_mode(self, params: dict[str, Any]) -> Any:
        await super().set_mode(params)
        return [1]


@breaks("prompt.stop-reason")
class StopsForNoReasonOfTheProtocol(CleanAgent):
    async def end(self, session: Session, *, cancelled: bool) -> Any:
        return {"stopReason": "cancelled" if cancelled else "finished"}


@breaks("schema.updates")
class ForgetsTheContent(CleanAgent):
    async def plan(self, session: Session) -> None:
        await self.update(session.id, {"sessionUpdate": "agent_message_chunk"})
        await super().plan(session)


@breaks("schema.requests")
class ReadsANumber(CleanAgent):
    async def read(self, session: Session) -> None:
        if self.offered("fs", "readTextFile"):
            await self.request("fs/read_text_file", {"sessionId": session.id, "path": 5})


@breaks("schema.absolute-paths")
class ReadsRelativePaths(CleanAgent):
    def path(self) -> str:
        return "a.txt"


@breaks("schema.absolute-paths")
class NamesRelativePlaces(CleanAgent):
    def location(self) -> dict[str, Any]:
        return {"path": "a.txt", "line": 1}


@breaks("schema.line-numbers")
class CountsFromZero(CleanAgent):
    def location(self) -> dict[str, Any]:
        return {"path": "/a.txt", "line": 0}


# Sessions and turns


@breaks("session.new")
class OpensASessionTwice(CleanAgent):
    def new_id(self) -> str:
        self.made += 1
        return f"session-{max(2, self.made)}"


@breaks("session.mcp-stdio")
class TakesNoServers(CleanAgent):
    def check_new(self, params: dict[str, Any]) -> None:
        super().check_new(params)
        if params["mcpServers"]:
            raise Refused(INVALID_PARAMS)


@breaks("session.unknown")
class PromptsAnything(CleanAgent):
    async def prompt(self, params: dict[str, Any]) -> Any:
        if params["sessionId"] not in self.sessions:
            return {"stopReason": "end_turn"}
        return await super().prompt(params)


@breaks("session.own-updates")
class TalksAboutOthers(CleanAgent):
    async def say(self, session: Session, text: str) -> None:
        await super().say(session, text)
        await self.update("another", {"sessionUpdate": "plan", "entries": []})


@breaks("session.several")
class HasOneTurnAtATime(CleanAgent):
    async def prompt(self, params: dict[str, Any]) -> Any:
        if any(session.turn for session in self.sessions.values()):
            raise Refused(-32603)
        return await super().prompt(params)

    async def say(self, session: Session, text: str) -> None:
        await trio.sleep(0.1)
        await super().say(session, text)


@breaks("prompt.text")
class FailsAtFirst(CleanAgent):
    """In the first session that it opens."""

    async def prompt(self, params: dict[str, Any]) -> Any:
        if params["sessionId"] == "session-1" and len(params["prompt"]) == 1 and not self.session(params).history:
            raise Refused(-32603)
        return await super().prompt(params)


@breaks("prompt.resource-link")
class TakesNoLinks(CleanAgent):
    def check_block(self, block: dict[str, Any]) -> None:
        if block["type"] == "resource_link" and block["name"] == "readme":
            raise Refused(INVALID_PARAMS)


@breaks("prompt.image")
class TakesNoImages(CleanAgent):
    def check_block(self, block: dict[str, Any]) -> None:
        if block["type"] == "image":
            raise Refused(INVALID_PARAMS)


@breaks("prompt.audio")
class TakesNoAudio(CleanAgent):
    def check_block(self, block: dict[str, Any]) -> None:
        if block["type"] == "audio":
            raise Refused(INVALID_PARAMS)


@breaks("prompt.embedded")
class TakesNoResources(CleanAgent):
    def check_block(self, block: dict[str, Any]) -> None:
        if block["type"] == "resource":
            raise Refused(INVALID_PARAMS)


@breaks("prompt.again")
class TakesOnePrompt(CleanAgent):
    """Until the session is loaded or cancelled: those have requirements of their own."""

    async def prompt(self, params: dict[str, Any]) -> Any:
        session = self.session(params)
        if session.calls == "used up":
            raise Refused(-32603)
        result = await super().prompt(params)
        if result["stopReason"] == "end_turn":
            session.calls = "used up"
        return result


@breaks("tool.announced")
class AnnouncesNothing(CleanAgent):
    async def announce(self, session: Session, call: str) -> None:
        return


@breaks("tool.unique-id")
class HasOneCallId(CleanAgent):
    def call_id(self, session: Session) -> str:
        return "call"


@breaks("permission.unique-options")
class OffersTwins(CleanAgent):
    def permission_options(self) -> list[dict[str, Any]]:
        return [{**option, "optionId": "it"} for option in super().permission_options()]


@breaks("permission.options")
class OffersNothing(CleanAgent):
    def permission_options(self) -> list[dict[str, Any]]:
        return []


# Cancelling


@breaks("cancel.stop-reason")
class FailsWhenCancelled(CleanAgent):
    async def end(self, session: Session, *, cancelled: bool) -> Any:
        if cancelled and session.calls == 0:
            raise Refused(-32603)
        return await super().end(session, cancelled=cancelled)


@breaks("cancel.permission")
class GoesOnAfterThePermission(CleanAgent):
    async def permission(self, session: Session) -> None:
        with trio.CancelScope(shield=True):
            await super().permission(session)

    async def say(self, session: Session, text: str) -> None:
        if text == "permission":
            with trio.CancelScope(shield=True):
                await super().say(session, text)
        else:
            await super().say(session, text)


@breaks("cancel.last-updates")
class TalksAfterTheEnd(CleanAgent):
    async def answer(self, message: dict[str, Any], result: Any) -> None:
        await super().answer(message, result)
        if isinstance(result, dict) and result.get("stopReason") == "cancelled":
            update = {"sessionUpdate": "agent_message_chunk", "content": {"type": "text", "text": "late"}}
            await self.update(message["params"]["sessionId"], update)


@breaks("cancel.idle")
class RemembersCancels(CleanAgent):
    """What comes while nothing runs hits the next turn."""

    async def take_notification(self, method: str, params: dict[str, Any]) -> None:
        session = self.sessions.get(str(params.get("sessionId")))
        if method == "session/cancel" and session is not None and session.turn is None:
            session.mode = "cancelled"
        await super().take_notification(method, params)

    async def obey(self, session: Session, text: str) -> None:
        if session.mode == "cancelled" and session.turn is not None:
            session.turn.cancel()
        await super().obey(session, text)


@breaks("cancel.again")
class IsCancelledForGood(CleanAgent):
    def cancel(self, session: Session) -> None:
        if session.turn is not None:
            session.calls = -1000
        super().cancel(session)

    async def obey(self, session: Session, text: str) -> None:
        if session.calls < 0 and session.turn is not None:
            session.turn.cancel()
        await super().obey(session, text)


@breaks("cancel.unknown-request")
class AnswersCancels(CleanAgent):
    async def cancel_request(self, request_id: object) -> None:
        if request_id == 1_000_000:
            await self.write(self.error(None, -32602))
            await self.write(self.error(None, -32602))
        await super().cancel_request(request_id)


@breaks("cancel.request")
class IgnoresCancelRequest(CleanAgent):
    async def cancel_request(self, request_id: object) -> None:
        return


# Later


@breaks("load.replay")
class LoadsWithoutReplay(CleanAgent):
    async def load(self, params: dict[str, Any]) -> Any:
        return self.settings(self.session(params))


@breaks("load.replay-first")
class ReplaysLate(CleanAgent):
    async def answer(self, message: dict[str, Any], result: Any) -> None:
        await super().answer(message, result)
        if message["method"] == "session/load":
            await self.load(message["params"])


@breaks("load.unknown")
class LoadsAnything(CleanAgent):
    async def load(self, params: dict[str, Any]) -> Any:
        return await super().load(params) if params["sessionId"] in self.sessions else {}


@breaks("resume.no-replay")
class ReplaysOnResume(CleanAgent):
    async def resume(self, params: dict[str, Any]) -> Any:
        return await self.load(params)


@breaks("list.sessions")
class ListsWithoutEnd(CleanAgent):
    async def list(self, params: dict[str, Any]) -> Any:
        answer = await super().list(params)
        return {**answer, "nextCursor": "0"} if params.get("cwd") is None and not self.deleted() else answer

    def deleted(self) -> bool:
        return "session-1" not in self.sessions

    async def delete(self, params: dict[str, Any]) -> Any:
        self.sessions.pop("session-1", None)
        return await super().delete(params)


@breaks("list.directory")
class ListsEveryDirectory(CleanAgent):
    async def list(self, params: dict[str, Any]) -> Any:
        return await super().list({**params, "cwd": None})


@breaks("list.cursor")
class TakesAnyCursor(CleanAgent):
    def page(self, cursor: str | None) -> int:
        return int(cursor) if cursor is not None and cursor.isdecimal() else 0


@breaks("close.session")
class ClosesNothing(CleanAgent):
    """But sessions that run, whose turn is another requirement's."""

    async def close(self, params: dict[str, Any]) -> Any:
        if self.session(params).turn is None:
            raise Refused(METHOD_NOT_FOUND)
        return await super().close(params)


@breaks("close.turn")
class ClosesRoundTheTurn(CleanAgent):
    async def close(self, params: dict[str, Any]) -> Any:
        self.session(params)
        return {}


@breaks("delete.session")
class DeletesNothing(CleanAgent):
    async def delete(self, params: dict[str, Any]) -> Any:
        return {}


@breaks("delete.again")
class DeletesOnce(CleanAgent):
    async def delete(self, params: dict[str, Any]) -> Any:
        self.session(params)
        return await super().delete(params)


# Settings


@breaks("mode.current")
class IsInNoMode(CleanAgent):
    def modes(self, session: Session) -> Any:
        return {**super().modes(session), "currentModeId": "nowhere"}


@breaks("mode.set")
class OffersModesItLacks(CleanAgent):
    async def set_mode(self, params: dict[str, Any]) -> Any:
        if params["modeId"] == "code":
            raise Refused(INVALID_PARAMS)
        return await super().set_mode(params)


@breaks("mode.unknown")
class TakesAnyMode(CleanAgent):
    async def set_mode(self, params: dict[str, Any]) -> Any:
        self.session(params)
        return {}


@breaks("config.current")
class HasNoValue(CleanAgent):
    def options(self, session: Session) -> list[dict[str, Any]]:
        select, *rest = super().options(session)
        other = {**select, "id": "other", "category": "model", "currentValue": "nothing"}
        return [select, other, *rest]

    async def set_option(self, params: dict[str, Any]) -> Any:
        if params["configId"] == "other":
            self.session(params)
            if params["value"] not in ("ask", "code"):
                raise Refused(INVALID_PARAMS)
            found = self.options(self.session(params))
            found[1]["currentValue"] = params["value"]
            return {"configOptions": found}
        return await super().set_option(params)


@breaks("config.unique")
class HasTwins(CleanAgent):
    def options(self, session: Session) -> list[dict[str, Any]]:
        select, *rest = super().options(session)
        return [select, select, *rest]


@breaks("config.set")
class AnswersWithoutOptions(CleanAgent):
    async def set_option(self, params: dict[str, Any]) -> Any:
        await super().set_option(params)
        return {"configOptions": []}


@breaks("config.set")
class SetsNothing(CleanAgent):
    async def set_option(self, params: dict[str, Any]) -> Any:
        await super().set_option(params)
        session = self.session(params)
        session.mode = "ask"
        return {"configOptions": self.options(session)}


@breaks("config.unknown")
class TakesAnyValue(CleanAgent):
    async def set_option(self, params: dict[str, Any]) -> Any:
        if params["value"] in ("ask", "code"):
            return await super().set_option(params)
        return {"configOptions": self.options(self.session(params))}


@breaks("config.mode")
class HasNoModesBesideTheOption(CleanAgent):
    def settings(self, session: Session) -> dict[str, Any]:
        return {"configOptions": self.options(session)}


# What the client offers


@breaks("offer.read")
class ReadsAnyway(CleanAgent):
    async def read(self, session: Session) -> None:
        await self.request("fs/read_text_file", {"sessionId": session.id, "path": self.path(), "line": 1})


@breaks("offer.write")
class WritesAnyway(CleanAgent):
    async def write_file(self, session: Session) -> None:
        await self.request("fs/write_text_file", {"sessionId": session.id, "path": self.path(), "content": "x"})


@breaks("offer.terminal")
class RunsAnyway(CleanAgent):
    async def run(self, session: Session) -> None:
        if self.offered("terminal"):
            await super().run(session)
        else:
            await self.request("terminal/create", {"sessionId": session.id, "command": "echo"})


@breaks("offer.elicitation")
class AsksAnyway(CleanAgent):
    async def plan(self, session: Session) -> None:
        await self.elicit(session)


@breaks("offer.boolean")
class OffersSwitchesToAll(CleanAgent):
    def options(self, session: Session) -> list[dict[str, Any]]:
        switch = {"type": "boolean", "id": "quiet", "name": "Quiet", "currentValue": False}
        return [*super().options(session), switch]


@breaks("offer.updates")
class NotesToAll(CleanAgent):
    async def think(self, session: Session) -> None:
        await self.notice(session)

    async def plan(self, session: Session) -> None:
        await self.notice(session)
        await super().plan(session)


@breaks("terminal.release")
class KeepsTerminals(CleanAgent):
    async def release(self, terminal: dict[str, Any]) -> None:
        return


@breaks("terminal.known")
class UsesTerminalsAfterwards(CleanAgent):
    async def release(self, terminal: dict[str, Any]) -> None:
        await super().release(terminal)
        await self.request("terminal/output", terminal)


@breaks("process.ends")
class Stays(CleanAgent):
    async def receive(self) -> bytes:
        data = await super().receive()
        if not data:
            await trio.sleep_forever()
        return data
