"""What is true of sessions, turns, tool calls and settings in every conversation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Final

from ..jsonrpc import as_object
from ..testing import WireMessage
from ._arrays import objects
from ._checks import observation
from ._checks_history import CONVERSATION
from ._checks_settings import option_values
from ._transcript import Exchange, Transcript
from ._verdict import Unmet

_SESSION_MAKERS: Final = frozenset({"session/new", "session/load", "session/resume", "session/fork"})
_STOP_REASONS: Final = ("end_turn", "max_tokens", "max_turn_requests", "refusal", "cancelled")
_OF_A_TURN: Final = frozenset({*CONVERSATION, "tool_call_update"})


@observation("initialize.info", of="an answer to initialize")
def info(seen: Transcript) -> int:
    hellos = [exchange for exchange in seen.asked_of_it if exchange.method == "initialize" and exchange.result]
    for exchange in hellos:
        told = as_object((exchange.result or {}).get("agentInfo")) or {}
        if not told.get("name") or not told.get("version"):
            raise Unmet("`agentInfo` with a name and a version", "none", [exchange.answer])
    return len(hellos)


@observation("initialize.terminal-auth", of="an answer to a client that cannot authenticate in a terminal")
def terminal_auth(seen: Transcript) -> int:
    count = 0
    for exchange in seen.asked_of_it:
        if exchange.method != "initialize" or exchange.result is None:
            continue
        offered = as_object(exchange.params.get("clientCapabilities")) or {}
        if (as_object(offered.get("auth")) or {}).get("terminal") is True:
            continue
        count += 1
        if any(method.get("type") == "terminal" for method in objects(exchange.result.get("authMethods"))):
            raise Unmet("no method of type `terminal`", "one", [exchange.request, exchange.answer])
    return count


@observation("session.own-updates", of="an update")
def own_updates(seen: Transcript) -> int:
    known = {str(exchange.params.get("sessionId")) for exchange in seen.asked_of_it}
    known |= {str((exchange.result or {}).get("sessionId")) for exchange in _set_ups(seen)}
    count = 0
    for _, message, session_id, _update in seen.updates():
        count += 1
        if session_id not in known:
            raise Unmet("the id of a session of this connection", f"{session_id!r}", [message])
    return count


@observation("prompt.stop-reason", of="the end of a turn")
def stop_reason(seen: Transcript) -> int:
    turns = [exchange for exchange in seen.asked_of_it if exchange.method == "session/prompt" and exchange.result]
    for turn in turns:
        found = (turn.result or {}).get("stopReason")
        if found not in _STOP_REASONS:
            raise Unmet(f"one of {', '.join(sorted(_STOP_REASONS))}", f"{found!r}", [turn.answer])
    return len(turns)


@observation("cancel.last-updates", of="a cancelled turn")
def last_updates(seen: Transcript) -> int:
    turns = [exchange for exchange in seen.asked_of_it if exchange.method == "session/prompt"]
    cancelled = [turn for turn in turns if (turn.result or {}).get("stopReason") == "cancelled"]
    for turn in cancelled:
        session_id = turn.params.get("sessionId")
        for place, message, about, _update in seen.updates(*_OF_A_TURN):
            if about != session_id or place < (turn.answered_at or 0):
                continue
            if _client_spoke_of(seen, session_id, turn.answered_at or 0, place):
                break  # it may belong to what the client has asked for since
            raise Unmet("every update before the answer", "an update after it", [turn.answer, message])
    return len(cancelled)


@observation("tool.announced", of="an update of a tool call")
def announced(seen: Transcript) -> int:
    known: set[tuple[str, str]] = set()
    count = 0
    for _, message, session_id, update in seen.updates("tool_call", "tool_call_update"):
        identity = (session_id, str(update.get("toolCallId")))
        if update["sessionUpdate"] == "tool_call":
            known.add(identity)
            continue
        count += 1
        if identity not in known:
            raise Unmet("the id of a tool call that was announced", f"{identity[1]!r}", [message])
    return count


@observation("tool.unique-id", of="a tool call")
def unique_tool_id(seen: Transcript) -> int:
    known: dict[tuple[str, str], WireMessage] = {}
    loads = {exchange.params.get("sessionId") for exchange in seen.asked_of_it if exchange.method == "session/load"}
    for _, message, session_id, update in seen.updates("tool_call"):
        identity = (session_id, str(update.get("toolCallId")))
        if identity in known and session_id not in loads:
            raise Unmet("a new id", f"{identity[1]!r}, which another call has", [known[identity], message])
        known[identity] = message
    return len(known)


@observation("permission.unique-options", of="a request for permission")
def unique_options(seen: Transcript) -> int:
    asked = list(seen.calls("session/request_permission"))
    for _, message, params in asked:
        ids = [option.get("optionId") for option in objects(params.get("options"))]
        if len(ids) != len(set(map(str, ids))):
            raise Unmet("an id of its own for each option", f"{ids}", [message])
    return len(asked)


@observation("permission.options", of="a request for permission")
def some_options(seen: Transcript) -> int:
    asked = list(seen.calls("session/request_permission"))
    for _, message, params in asked:
        if not objects(params.get("options")):
            raise Unmet("an option to choose", "none", [message])
    return len(asked)


@observation("schema.absolute-paths", of="a path")
def absolute_paths(seen: Transcript) -> int:
    paths = list(_paths(seen))
    for message, path in paths:
        if isinstance(path, str) and not is_absolute(path):
            raise Unmet("an absolute path", f"{path!r}", [message])
    return len(paths)


@observation("schema.line-numbers", of="a line number")
def line_numbers(seen: Transcript) -> int:
    lines = list(_lines(seen))
    for message, number in lines:
        if number == 0:
            raise Unmet("a number from 1", "0", [message])
    return len(lines)


@observation("mode.current", of="a session with modes")
def current_mode(seen: Transcript) -> int:
    count = 0
    for exchange in _set_ups(seen):
        modes = as_object((exchange.result or {}).get("modes"))
        if modes is None:
            continue
        count += 1
        ids = [mode.get("id") for mode in objects(modes.get("availableModes"))]
        if modes.get("currentModeId") not in ids:
            raise Unmet(f"one of {ids}", f"{modes.get('currentModeId')!r}", [exchange.answer])
    return count


@observation("config.current", of="an option")
def current_value(seen: Transcript) -> int:
    count = 0
    for message, options in _option_lists(seen):
        for option in options:
            if option.get("type") == "select":
                count += 1
                values = option_values(option)
                if option.get("currentValue") not in values:
                    raise Unmet(f"one of {values}", f"{option.get('currentValue')!r}", [message])
    return count


@observation("config.unique", of="a list of options")
def unique_config(seen: Transcript) -> int:
    lists = list(_option_lists(seen))
    for message, options in lists:
        ids = [str(option.get("id")) for option in options]
        if len(ids) != len(set(ids)):
            raise Unmet("an id of its own for each option", f"{ids}", [message])
    return len(lists)


@observation("config.mode", of="a session with an option for the mode")
def mode_option(seen: Transcript) -> int:
    count = 0
    for exchange in _set_ups(seen):
        result = exchange.result or {}
        if any(option.get("category") == "mode" for option in objects(result.get("configOptions"))):
            count += 1
            if as_object(result.get("modes")) is None:
                raise Unmet("`modes` beside the option", "none", [exchange.answer])
    return count


@observation("offer.boolean", of="a list of options for a client that does not show such")
def boolean_options(seen: Transcript) -> int:
    if seen.offers("session.configOptions.boolean"):
        return 0
    lists = list(_option_lists(seen))
    for message, options in lists:
        if any(option.get("type") == "boolean" for option in options):
            raise Unmet("no option of type `boolean`", "one", [message])
    return len(lists)


def is_absolute(path: str) -> bool:
    """Whether a path is absolute on some system: which one the program runs on is not ours to say."""
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def _set_ups(seen: Transcript) -> list[Exchange]:
    return [exchange for exchange in seen.asked_of_it if exchange.method in _SESSION_MAKERS and exchange.result]


def _client_spoke_of(seen: Transcript, session_id: object, start: int, end: int) -> bool:
    """Whether the client has sent anything about this session in between."""
    for message in seen.messages[start:end]:
        if message.sender == "client" and message.method is not None:
            params = as_object(message.message.get("params")) or {}
            if params.get("sessionId") == session_id:
                return True
    return False


def _option_lists(seen: Transcript) -> Iterator[tuple[WireMessage, list[dict[str, Any]]]]:
    """Every list of config options: in answers and in updates."""
    for exchange in seen.asked_of_it:
        if exchange.answer is not None and exchange.result and "configOptions" in exchange.result:
            yield exchange.answer, objects(exchange.result["configOptions"])
    for _, message, _session_id, update in seen.updates("config_option_update"):
        yield message, objects(update.get("configOptions"))


def _paths(seen: Transcript) -> Iterator[tuple[WireMessage, object]]:
    for _, message, params in seen.calls("fs/read_text_file", "fs/write_text_file"):
        yield message, params.get("path")
    for _, message, params in seen.calls("terminal/create"):
        if params.get("cwd") is not None:
            yield message, params["cwd"]
    for message, call in _tool_calls(seen):
        for place in objects(call.get("locations")):
            yield message, place.get("path")
        for content in objects(call.get("content")):
            if content.get("type") == "diff":
                yield message, content.get("path")
    for exchange in seen.asked_of_it:
        if exchange.method == "session/list" and exchange.answer is not None:
            for session in objects((exchange.result or {}).get("sessions")):
                yield exchange.answer, session.get("cwd")


def _lines(seen: Transcript) -> Iterator[tuple[WireMessage, object]]:
    for _, message, params in seen.calls("fs/read_text_file"):
        if params.get("line") is not None:
            yield message, params["line"]
    for message, call in _tool_calls(seen):
        for place in objects(call.get("locations")):
            if place.get("line") is not None:
                yield message, place["line"]


def _tool_calls(seen: Transcript) -> Iterator[tuple[WireMessage, dict[str, Any]]]:
    """Every word about a tool call."""
    for _, message, _session_id, update in seen.updates("tool_call", "tool_call_update"):
        yield message, update
    for _, message, params in seen.calls("session/request_permission"):
        yield message, as_object(params.get("toolCall")) or {}
