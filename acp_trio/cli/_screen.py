"""What a person sees of a turn: the answer on standard output, everything else on standard error.

Owns colours (only on a terminal, never with NO_COLOR), line breaks between the two streams when they share a terminal,
and the sign of life while nothing comes. A pipe gets the agent's text and nothing else.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence

import trio

from ..schema import v1
from ..session import text_of
from ._standard_streams import messages_are_terminal, output_is_terminal, write_message, write_output

_DIM = "2"
_BOLD = "1"
_GREEN = "32"
_YELLOW = "33"
_RED = "31"

_PATIENCE = 1.0  # seconds without anything to show, before the sign of life
_FRAMES = "|/-\\"
_CLEAR = "\r\x1b[K"

_PLAN_MARKS = {"completed": "x", "in_progress": ">", "pending": " "}
_STATUS_COLOURS = {"completed": _GREEN, "failed": _RED, "in_progress": _YELLOW}


# Control characters, half surrogate pairs, line separators, and what has no shape of its own: it may turn text round.
_NOT_SHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
_JOINERS = "\u200c\u200d"  # shapeless, and part of words and of emoji


class Screen:
    """The standard streams, and what was last written to them. What it writes to standard output raises StreamLost."""

    def __init__(self) -> None:
        self._to_terminal = output_is_terminal()
        messages = messages_are_terminal()
        self._colours = messages and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._shared = self._to_terminal and messages
        self._mid_line = False  # of the answer
        self._spinning = False
        self._titles: dict[str, str] = {}
        self._statuses: dict[str, str] = {}
        self._thinking = False
        self._asking = False
        self._behind_question = False  # the cursor, where the answer is typed
        self._shown_at = 0.0

    def show(self, update: v1.SessionUpdate) -> None:
        """Show one update of the turn."""
        match update:
            case v1.AgentMessageChunk(content=content):
                self._answer(text_of(content))
            case v1.AgentThoughtChunk(content=content):
                self._thought(text_of(content))
            case v1.ToolCall(tool_call_id=call, title=title, status=status, content=content):
                self._titles[call] = title
                self._tool_call(call, status or "pending", content)
            case v1.ToolCallUpdate(tool_call_id=call, title=title, status=status, content=content):
                self._titles[call] = title or self._titles.get(call, call)
                self._tool_call(call, status, content or ())
            case v1.Plan(entries=entries):
                self._plan(entries)
            case v1.CurrentModeUpdate(current_mode_id=mode):
                self.note(f"mode: {mode}")
            case v1.Notice(severity=severity, title=title):
                self.note(f"{severity}: {title}")
            case _:
                pass  # what a client does not know it does not show

    def note(self, line: str, colour: str = _DIM) -> None:
        """Show one line beside the answer."""
        self._stop_spinning()
        self._break_line()
        self._end_thought()
        write_message(self._coloured(printable(line), colour) + "\n")
        self._shown_at = trio.current_time()

    def question(self, request: v1.RequestPermissionRequest) -> None:
        """Show what the agent asks permission for, and the options by number."""
        title = request.tool_call.title or self._titles.get(request.tool_call.tool_call_id, "a tool call")
        self.note(f"Permission: {title}", _BOLD)
        for number, option in enumerate(request.options, 1):
            self.note(f"  {number}) {option.name}", _BOLD)

    def ask(self, text: str) -> None:
        """Show a prompt for the keyboard, and leave the cursor behind it until `answered`."""
        self._asking = True
        self._stop_spinning()
        self._break_line()
        write_message(self._coloured(text, _BOLD))
        self._behind_question = True

    def entered(self) -> None:
        """The answer was ended with Enter, which the terminal shows."""
        self._behind_question = False

    def answered(self) -> None:
        """The question is settled, by an answer or because nobody waits for one any more."""
        self._leave_question()
        self._asking = False
        self._shown_at = trio.current_time()

    def finish(self) -> None:
        """The turn is over: end the answer's last line."""
        self._stop_spinning()
        self._end_thought()
        if self._mid_line:
            self._mid_line = False
            write_output("\n")

    async def show_life(self) -> None:
        """On a terminal, show a sign of life whenever nothing else was shown for a while. Runs until cancelled."""
        if not self._colours:
            await trio.sleep_forever()
        turn = 0
        self._shown_at = trio.current_time()
        while True:
            await trio.sleep(0.15)
            busy = self._mid_line or self._thinking or self._asking
            if trio.current_time() - self._shown_at > _PATIENCE and not busy:
                turn += 1
                self._spinning = True
                write_message(f"\r{self._coloured(_FRAMES[turn % len(_FRAMES)] + ' working', _DIM)}")

    def _answer(self, text: str) -> None:
        self._stop_spinning()
        self._end_thought()
        self._leave_question()
        self._shown_at = trio.current_time()
        if text:
            self._mid_line = not text.endswith("\n")
            write_output(printable(text.replace("\r\n", "\n"), keep="\n\t") if self._to_terminal else text)

    def _thought(self, text: str) -> None:
        self._stop_spinning()
        if not self._thinking:
            self._break_line()
        self._thinking = True
        write_message(self._coloured(printable(text, keep="\n\t"), _DIM))
        self._shown_at = trio.current_time()

    def _end_thought(self) -> None:
        if self._thinking:
            self._thinking = False
            write_message("\n")

    def _tool_call(self, call: str, status: str | None, content: Sequence[v1.ToolCallContent]) -> None:
        if status is not None and self._statuses.get(call) != status:
            self._statuses[call] = status
            self.note(f"[{status}] {self._titles[call]}", _STATUS_COLOURS.get(status, _DIM))
        for item in content:
            match item:
                case v1.Diff(path=path):
                    self.note(f"    changes {path}")
                case v1.Content(content=v1.TextContent(text=text)):
                    for line in text.splitlines():
                        self.note(f"    {line}")
                case _:
                    pass

    def _plan(self, entries: Sequence[v1.PlanEntry]) -> None:
        self.note("Plan:", _BOLD)
        for entry in entries:
            self.note(f"  [{_PLAN_MARKS.get(entry.status, ' ')}] {entry.content}")

    def _break_line(self) -> None:
        """Beside the answer on one terminal: start a line of its own."""
        self._leave_question()
        if self._shared and self._mid_line:
            write_message("\n")
            self._mid_line = False

    def _leave_question(self) -> None:
        """Where an answer is awaited: start a line of its own."""
        if self._behind_question:
            self._behind_question = False
            write_message("\n")

    def _stop_spinning(self) -> None:
        if self._spinning:
            self._spinning = False
            write_message(_CLEAR)

    def _coloured(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours else text


def printable(text: str, keep: str = "\t") -> str:
    """Text from a peer that may go to a terminal: no control characters, so no escape sequences."""
    if text.isprintable():
        return text
    return "".join(char if char in keep or _is_shown(char) else "\N{REPLACEMENT CHARACTER}" for char in text)


def _is_shown(char: str) -> bool:
    return char in _JOINERS or unicodedata.category(char) not in _NOT_SHOWN
