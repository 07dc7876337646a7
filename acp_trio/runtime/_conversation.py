"""What is kept of a conversation: its entries, how a turn's stream becomes them, and what loading it sends again.

Owns which updates are conversation, and that a message is kept whole and sent again whole. It knows nothing of files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias, final

import attrs

from ..schema import evolve, v1

MEDIA_TITLE: Final = "Media prompt"
"""The title of a conversation whose first prompt has no text."""

_TITLE_LENGTH = 80  # characters


@final
@attrs.frozen
class Prompted:
    """The user said something."""

    blocks: Sequence[v1.ContentBlock] = attrs.field(converter=tuple["v1.ContentBlock", ...])


@final
@attrs.frozen
class Updated:
    """The agent did something: a whole message or thought, a step of a tool call, a plan."""

    update: v1.SessionUpdate


@final
@attrs.frozen
class AgentSwitched:
    """From here on another of the session's agents is at work.

    Attributes:
      agent: its name.
    """

    agent: str


@final
@attrs.frozen
class TurnEnded:
    """The agent stopped.

    Attributes:
      stop_reason: why; None if it failed.
    """

    stop_reason: v1.StopReason | None


Entry: TypeAlias = Prompted | Updated | AgentSwitched | TurnEnded
"""One step of a conversation."""


@final
class Transcriber:
    """Turns the updates that an agent streams into entries: pieces of one message become one entry.

    Pieces belong together when they follow each other, are text, and say the same of themselves: kind, message id,
    annotations, extension data. What is no conversation (state such as modes, commands and usage, a notice, the echo of
    a prompt) becomes no entry and does not part a message.

    Example:
        transcriber = Transcriber()
        async for update in agent:
            await store.append(session_id, *transcriber.take(update))
        await store.append(session_id, *transcriber.finish(), TurnEnded("end_turn"))
    """

    def __init__(self) -> None:
        self._first: tuple[v1.AgentMessageChunk | v1.AgentThoughtChunk, v1.TextContent] | None = None
        self._traits: tuple[Any, ...] = ()
        self._texts: list[str] = []

    def take(self, update: v1.SessionUpdate) -> Sequence[Updated]:
        """Take the next update and return the entries that are complete now."""
        match update:
            case (
                v1.AgentMessageChunk(content=v1.TextContent() as content)
                | v1.AgentThoughtChunk(content=v1.TextContent() as content)
            ):
                return self._take_text(update, content)
            case _ if _is_conversation(update):
                return (*self.finish(), Updated(update))
            case _:
                return ()

    def peek(self) -> Sequence[Updated]:
        """Return the message that is under way, if any, as far as it got."""
        if self._first is None:
            return ()
        update, content = self._first
        return (Updated(evolve(update, content=evolve(content, text="".join(self._texts)))),)

    def finish(self) -> Sequence[Updated]:
        """Return the message that was under way, if any: nothing more belongs to it."""
        message = self.peek()
        self._first = None
        self._texts.clear()
        return message

    def _take_text(
        self, update: v1.AgentMessageChunk | v1.AgentThoughtChunk, content: v1.TextContent
    ) -> Sequence[Updated]:
        traits = _traits(update, content)
        complete = self.finish() if traits != self._traits else ()
        if self._first is None:
            self._first, self._traits = (update, content), traits
        self._texts.append(content.text)
        return complete


def replay(entries: Iterable[Entry]) -> Iterator[v1.SessionUpdate]:
    """What `session/load` sends before it answers: the conversation in whole messages."""
    for entry in entries:
        match entry:
            case Prompted(blocks):
                for block in blocks:
                    yield v1.UserMessageChunk(content=block)
            case Updated(update):
                yield update
            case AgentSwitched() | TurnEnded():
                pass


def title_of(entries: Iterable[Entry]) -> str | None:
    """The first line of the first prompt, cut to 80 characters; None if there was no prompt yet."""
    for entry in entries:
        if isinstance(entry, Prompted):
            return _title(entry.blocks)
    return None


def _title(blocks: Iterable[v1.ContentBlock]) -> str:
    texts = (block.text.strip() for block in blocks if isinstance(block, v1.TextContent))
    text = next(filter(None, texts), MEDIA_TITLE)
    line = text.splitlines()[0].rstrip()
    return line if len(line) <= _TITLE_LENGTH else line[: _TITLE_LENGTH - 1].rstrip() + "…"


def _is_conversation(update: v1.SessionUpdate) -> bool:
    match update:
        case (
            v1.AvailableCommandsUpdate()
            | v1.ConfigOptionUpdate()
            | v1.CurrentModeUpdate()
            | v1.SessionInfoUpdate()
            | v1.UsageUpdate()
        ):
            return False
        case v1.Notice() | v1.UserMessageChunk():
            return False
        case _:
            return True


def _traits(update: v1.AgentMessageChunk | v1.AgentThoughtChunk, content: v1.TextContent) -> tuple[Any, ...]:
    """All that two pieces of text say of themselves beside the text."""
    beside = (update.message_id, update.meta, update.extras, content.annotations, content.meta, content.extras)
    return (update.__class__, *beside)
