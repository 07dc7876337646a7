"""From the answer to a request of ours to the answer to a request of a peer.

Owns that whoever asked is answered, whatever became of the request that was sent on, and whatever a user's function
makes of it: this runs in the dispatch loop.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from ..jsonrpc import AcpError, ErrorCode, PeerError, RequestError
from ._responder import Responder

if TYPE_CHECKING:
    from ._sent_request import SentRequest

logger = logging.getLogger("acp_trio.connection")


def pass_on(sent: SentRequest[Any], responder: Responder[Any]) -> None:
    """Answer `responder` with what `sent` was answered."""
    if responder.answered:
        return
    if (answer := sent.raw_answer) is not None and not responder.is_wrapped:
        responder.pass_on(answer)
        return
    try:
        responder.respond(sent.result())
    except PeerError as exc:
        responder.refuse(exc.as_refusal())
    except Exception as exc:  # a function of map() may raise anything, and this is called in the loop
        if responder.answered:
            logger.exception("the answer to %s could not be passed on", sent.method)
        elif isinstance(exc, AcpError):
            responder.refuse(RequestError(ErrorCode.INTERNAL_ERROR, f"no answer to {sent.method}: {exc}"))
        else:
            logger.exception("what was to make another value of the answer to %s failed", sent.method)
            responder.refuse(RequestError(ErrorCode.INTERNAL_ERROR, "internal error", {"type": type(exc).__name__}))
