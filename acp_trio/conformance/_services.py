"""What the mock client does for an agent: permissions, files, terminals, elicitations.

Owns a client's manners, so that an agent can be seen at work: it answers what it advertised and refuses the rest. It
touches no file and runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, final

from ..jsonrpc import ErrorCode, as_object
from ._arrays import objects

NOTHING: Final[Mapping[str, Any]] = {}
"""The capabilities of a client that has none."""

EVERYTHING: Final[Mapping[str, Any]] = {
    "fs": {"readTextFile": True, "writeTextFile": True},
    "terminal": True,
    "session": {"configOptions": {"boolean": {}}, "compaction": {}, "notices": {}},
    "auth": {"terminal": True},
    "elicitation": {"form": {}, "url": {}},
}
"""The capabilities of a client that has all of them."""

FILE_TEXT: Final = "the quick brown fox\n"
"""What every file holds."""


def advertised(capabilities: object, path: str) -> bool:
    """Whether a capability is there, by its path: `fs.readTextFile`. An empty object is, null and false are not."""
    for name in path.split("."):
        capabilities = (as_object(capabilities) or {}).get(name)
    return capabilities is not None and capabilities is not False


@final
class Services:
    """One client's services.

    Attributes:
      capabilities: what it advertises.
      hold_permissions: leave permissions open until `release` is called.
    """

    def __init__(self, capabilities: Mapping[str, Any], *, hold_permissions: bool = False) -> None:
        self.capabilities = capabilities
        self.hold_permissions = hold_permissions
        self._terminals = 0
        self._open_terminals: set[str] = set()

    def answer(self, request: dict[str, Any]) -> dict[str, Any] | None:
        """The answer to a request of the agent; None for one that is held."""
        method = request["method"]
        params = as_object(request.get("params")) or {}
        if method == "session/request_permission":
            return None if self.hold_permissions else {"result": {"outcome": _allow(params)}}
        capability, serve = self._served().get(str(method), (None, None))
        if serve is None or capability is None or not advertised(self.capabilities, capability):
            return _refusal(ErrorCode.METHOD_NOT_FOUND, f"Method not found: {method}")
        return serve(params)

    def _served(self) -> Mapping[str, tuple[str, Callable[[dict[str, Any]], dict[str, Any]]]]:
        return {
            "fs/read_text_file": ("fs.readTextFile", lambda _params: {"result": {"content": FILE_TEXT}}),
            "fs/write_text_file": ("fs.writeTextFile", lambda _params: {"result": {}}),
            "elicitation/create": ("elicitation", self._elicit),
            "terminal/create": ("terminal", self._create),
            "terminal/output": ("terminal", self._for_open({"output": FILE_TEXT, "truncated": False})),
            "terminal/wait_for_exit": ("terminal", self._for_open({"exitCode": 0, "signal": None})),
            "terminal/kill": ("terminal", self._for_open({})),
            "terminal/release": ("terminal", self._release),
        }

    def _create(self, _params: dict[str, Any]) -> dict[str, Any]:
        self._terminals += 1
        name = f"terminal-{self._terminals}"
        self._open_terminals.add(name)
        return {"result": {"terminalId": name}}

    def _for_open(self, result: dict[str, Any]) -> Callable[[dict[str, Any]], dict[str, Any]]:
        def answer(params: dict[str, Any]) -> dict[str, Any]:
            if str(params.get("terminalId")) in self._open_terminals:
                return {"result": result}
            return _refusal(ErrorCode.INVALID_PARAMS, "there is no such terminal")

        return answer

    def _release(self, params: dict[str, Any]) -> dict[str, Any]:
        answer = self._for_open({})(params)
        self._open_terminals.discard(str(params.get("terminalId")))
        return answer

    def _elicit(self, params: dict[str, Any]) -> dict[str, Any]:
        if advertised(self.capabilities, f"elicitation.{params.get('mode')}"):
            return {"result": {"action": "decline"}}
        return _refusal(ErrorCode.INVALID_PARAMS, "this client has no such mode of elicitation")


def _allow(params: dict[str, Any]) -> dict[str, Any]:
    for option in objects(params.get("options")):
        if str(option.get("kind")).startswith("allow"):
            return {"outcome": "selected", "optionId": option.get("optionId")}
    return {"outcome": "cancelled"}


def _refusal(code: int, message: str) -> dict[str, Any]:
    return {"error": {"code": code, "message": message}}
