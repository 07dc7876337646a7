"""A prompt turn as the client sees it: a stream of updates whose last item is the agent's answer.

Owns the turn's end: leaving its block early tells the agent to cancel and takes what still comes, until the answer or a
deadline (https://agentclientprotocol.com/protocol/prompt-turn). It is a plain iterator over an inbox, not a generator.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, final

import trio

from ..codec import CODEC, InvalidValue
from ..connection import SentRequest
from ..jsonrpc import JSONInvalid, LocalMisuse, loads
from ..schema import v1
from ._inbox import Inbox

if TYPE_CHECKING:
    from ._client_session import ClientSession

logger = logging.getLogger("acp_trio.session")


@final
class PromptTurn:
    """One turn. Iterate it for its updates; afterwards `stop_reason` says how it ended.

    Made by `ClientSession.prompt`. One task iterates.
    """

    def __init__(self, session: ClientSession, inbox: Inbox[SentRequest[v1.PromptResponse]]) -> None:
        self.session = session
        self._inbox = inbox
        self._cancelled = False
        self._response: v1.PromptResponse | None = None
        self._ended = False

    def __aiter__(self) -> PromptTurn:
        return self

    async def __anext__(self) -> v1.SessionUpdate:
        """The next update.

        Raises what the prompt raised (PeerError, ConnectionLost) once all updates before it were taken, SessionOverrun
        if they were not taken for too long. An update that is not valid is logged and left out. Checkpoints when it
        waits, on every 64th update, and earlier if those take longer than a millisecond; cancelling it loses no update.
        """
        while not self._ended:
            item = self._inbox.take_nowait() or await self._inbox.take()
            if not isinstance(item, bytes):
                self._ended = True
                self._response = item.result()
            elif (update := decode_update(item)) is not None:
                return update
        raise StopAsyncIteration

    @property
    def is_over(self) -> bool:
        """Whether the agent's answer was taken."""
        return self._ended

    @property
    def response(self) -> v1.PromptResponse:
        """The agent's answer. Raises LocalMisuse while updates are left; `finish()` takes them."""
        if self._response is None:
            raise LocalMisuse("the turn is not over: iterate it to its end, or await finish()")
        return self._response

    @property
    def stop_reason(self) -> v1.StopReason:
        """Why the turn ended. Raises LocalMisuse while updates are left."""
        return self.response.stop_reason

    async def finish(self) -> v1.PromptResponse:
        """Take the rest of the updates and return the agent's answer. Raises and checkpoints as iterating does."""
        async for _ in self:
            pass
        return self.response

    async def cancel(self) -> None:
        """Tell the agent to cancel, once, and go on: updates still come, and the answer.

        Until then permissions and elicitations of this session are answered `cancelled`, those that are open included.
        Once the answer is there it does nothing. Checkpoints; cancelled, it did nothing.
        """
        await trio.lowlevel.checkpoint()
        if self._inbox.ended or self._cancelled:
            return
        self._cancelled = True
        self.session.questions.stop()
        # In the same step, and past senders that wait for room: what stops an agent must not queue behind its input.
        self.session.connection.notify_nowait(v1.CancelNotification(session_id=self.session.id))

    async def drop_until_answered(self) -> None:
        """Take and drop everything up to the answer, whatever it is."""
        while not self._ended:
            item = await self._inbox.take()
            if not isinstance(item, bytes):
                self._ended = True
                if item.succeeded:
                    self._response = item.result()


@cache
def _decoder() -> Callable[[object], v1.SessionUpdate]:
    return CODEC.decoder(v1.SessionUpdate)


def decode_update(raw: bytes) -> v1.SessionUpdate | None:
    """The update of a `session/update` notification's params; None, and a line in the log, if it is not valid.

    The route has looked at the params already: they have a session id and an update with a tag.
    """
    try:
        return _decoder()(loads(raw)["update"])
    except (InvalidValue, JSONInvalid) as exc:
        logger.warning("an update that is not valid was dropped: %s", exc)
        return None
