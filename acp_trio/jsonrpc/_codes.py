"""The error codes that JSON-RPC 2.0 and ACP give a meaning. It knows numbers and names, nothing of who sends them."""

from __future__ import annotations

from enum import IntEnum


class ErrorCode(IntEnum):
    """Error codes with a meaning in ACP; the set is open, any other int is legal on the wire."""

    PARSE_ERROR = -32700
    INVALID_REQUEST = -32600
    METHOD_NOT_FOUND = -32601
    INVALID_PARAMS = -32602
    INTERNAL_ERROR = -32603
    REQUEST_CANCELLED = -32800
    AUTH_REQUIRED = -32000
    RESOURCE_NOT_FOUND = -32002
