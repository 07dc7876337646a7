"""The one boundary between exceptions and error responses.

Owns what a peer learns of a failure: exactly what a `RequestError` says, the problems of bad params, and of anything
else the type alone. The text of an exception stays here, in the log: it may hold paths, prompts or secrets.
"""

from __future__ import annotations

import logging

from ..codec import InvalidValue
from ..jsonrpc import ErrorCode, RequestError
from ..transports import ConnectionClosed, ConnectionLost
from ._groups import lone_leaf

logger = logging.getLogger("acp_trio.connection")

CANCELLED = RequestError(ErrorCode.REQUEST_CANCELLED, "request cancelled")


def refusal_of(error: Exception, method: str) -> RequestError:
    """The error response that a handler's exception deserves; what is not meant for the peer goes to the log."""
    refusal = _lone_refusal(error)
    if refusal is not None:
        return refusal
    if isinstance(error, ConnectionLost | ConnectionClosed):
        logger.info("the handler for %r ended with its connection: %r", method, error)
    else:
        logger.error("the handler for %r failed", method, exc_info=error)
    return RequestError(ErrorCode.INTERNAL_ERROR, "internal error", {"type": type(error).__name__})


def invalid_params(method: str, error: InvalidValue) -> RequestError:
    """Params that do not fit their class: where, and what is wrong there."""
    return RequestError.invalid_params(f"invalid params for {method}", {"problems": error.problems})


def _lone_refusal(error: Exception) -> RequestError | None:
    """A `RequestError`, also one that left a nursery alone in its group."""
    lone = lone_leaf(error)
    return lone if isinstance(lone, RequestError) else None
