"""What a command that failed says: which failure counts, and the one line for it."""

from __future__ import annotations

from ..connection import members
from ..jsonrpc import AcpError, PeerError
from ..transports import ConnectionLost
from ._standard_streams import StreamLost

FAILED = 1


def expected_failure(error: BaseException) -> AcpError | OSError | StreamLost:
    """The failure that counts among those in `error`. Raises what is none: Ctrl-C, and our own defects in `error`."""
    leaves = _leaves(error)
    for leaf in leaves:
        if isinstance(leaf, KeyboardInterrupt):
            raise leaf
    failures = [leaf for leaf in leaves if isinstance(leaf, AcpError | OSError | StreamLost)]
    if len(failures) < len(leaves):
        raise error
    # What else went wrong then followed from it.
    return next((failure for failure in failures if isinstance(failure, StreamLost)), failures[0])


def explain(failure: AcpError | OSError | StreamLost) -> str | None:
    """The line about a failure; None for one to be silent about."""
    match failure:
        case StreamLost(complaint=complaint):
            return complaint
        case PeerError(method=method) as answer:
            return f"the agent refused {method}: {answer.refusal}"
        case ConnectionLost():
            return f"the agent is gone: {failure}"
        case _:
            return str(failure) or type(failure).__name__


def error_object(failure: BaseException, line: str) -> dict[str, object]:
    """The failure for programs: the agent's own code, message and data if it refused, or else our line."""
    for error in (failure, failure.__cause__):
        if isinstance(error, PeerError):
            return {"code": error.code, "message": error.message, "data": error.data}
    return {"code": None, "message": line, "data": None}


def _leaves(error: BaseException) -> list[BaseException]:
    inner = members(error)
    return [leaf for member in inner for leaf in _leaves(member)] if inner else [error]
