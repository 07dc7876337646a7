"""The root of every exception acp_trio raises, and the two that JSON-RPC itself needs.

Owns `AcpError`, who is to blame for a broken rule, and the error object in both directions: `RequestError` is raised
by our handlers to refuse, `PeerError` is raised at our callers when the peer refused. They are two classes on purpose:
a peer's refusal must never travel on as our own answer by accident.
"""

from __future__ import annotations

from typing import Any, final

from ._codes import ErrorCode
from ._json import dumps


class AcpError(Exception):
    """What acp_trio raises while it runs; a wrong argument is a TypeError or ValueError, as everywhere."""


@final
class RequestError(AcpError):
    """Raise it in a handler to refuse the request: the peer gets exactly this code, message and data.

    Args:
      code: a JSON-RPC error code; the ones ACP names are in `ErrorCode`.
      message: one sentence for the person who must act.
      data: anything JSON can hold.
    """

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(code, message, data)
        self.code = code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return _sentence(self.code, self.message, self.data)

    @classmethod
    def invalid_params(cls, message: str, data: Any = None) -> RequestError:
        """The params do not fit the method (-32602)."""
        return cls(ErrorCode.INVALID_PARAMS, message, data)

    @classmethod
    def method_not_found(cls, method: str) -> RequestError:
        """Nobody here answers this method (-32601)."""
        return cls(ErrorCode.METHOD_NOT_FOUND, f"method not found: {method}", {"method": method})

    @classmethod
    def auth_required(cls, message: str = "authentication required", data: Any = None) -> RequestError:
        """The client must authenticate first (-32000)."""
        return cls(ErrorCode.AUTH_REQUIRED, message, data)

    @classmethod
    def session_not_found(cls, session_id: str) -> RequestError:
        """No such session here (-32002), with its id in `data.sessionId`."""
        return cls(ErrorCode.RESOURCE_NOT_FOUND, f"session not found: {session_id}", {"sessionId": session_id})


@final
class PeerError(AcpError):
    """The peer answered one of our requests with an error.

    Attributes:
      method: the method we called.
      code: the peer's error code.
      message: the peer's message.
      data: the peer's data, or None.
    """

    def __init__(self, method: str, code: int, message: str, data: Any = None) -> None:
        super().__init__(method, code, message, data)
        self.method = method
        self.code = code
        self.message = message
        self.data = data

    def __str__(self) -> str:
        return f"{self.method}: {self.refusal}"

    @property
    def refusal(self) -> str:
        """What the peer said, without the method."""
        return _sentence(self.code, self.message, self.data)

    def as_refusal(self) -> RequestError:
        """The same error as ours, for a proxy that wants to pass it on: `raise error.as_refusal() from error`."""
        return RequestError(self.code, self.message, self.data)


class ProtocolViolation(AcpError):
    """The peer broke JSON-RPC or ACP."""


class LocalMisuse(AcpError, RuntimeError):
    """This side broke a rule of acp_trio or of the protocol: a defect in the calling code."""


def _sentence(code: int, message: str, data: Any) -> str:
    return f"{message} ({code})" if data is None else f"{message} ({code}): {_shown(data)}"


def _shown(data: Any) -> str:
    """Data as the JSON it came from, as far as it is that."""
    try:
        return dumps(data).decode()
    except TypeError:
        return repr(data)
