"""Slash commands: those of the application and the prompts of an agent's MCP servers, in one list.

Owns what a command is called, how its arguments are read, and that whatever goes wrong with one leaves the user's text
as it was typed.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeAlias, cast

import attrs

from ..jsonrpc import AcpError
from ..mcp import McpPrompt
from ..schema import Record, v1
from ._runtime import Runtime

logger = logging.getLogger("acp_trio.runtime")

Expand: TypeAlias = "Callable[[str], Awaitable[Sequence[v1.ContentBlock]]]"
"""Makes a prompt of what was typed behind a command's name."""

ARGUMENTS = "ARGUMENTS"
"""The argument of an MCP prompt that gets everything typed behind its name; `1`, `2` and so on get the words."""


@attrs.frozen(kw_only=True)
class Command:
    """A command of the application's own.

    Attributes:
      name: what is typed behind the slash.
      description: for people.
      expand: makes the prompt.
      hint: shown while nothing is typed behind it; None for a command without input.

    Example: `Command(name="review", description="Review the changes", expand=review)`.
    """

    name: str
    description: str
    expand: Expand
    hint: str | None = None


def shown_commands(own: Sequence[Command], prompts: Sequence[McpPrompt]) -> Sequence[v1.AvailableCommand]:
    """All commands as a client sees them, each name once: the application's own come first, then the servers' order."""
    shown = {command.name: _shown(command.name, command.description, command.hint) for command in own}
    for prompt in prompts:
        shown.setdefault(prompt.prompt, _shown(prompt.prompt, prompt.description, _hint_of(prompt)))
    return list(shown.values())


async def expand(
    prompt: Sequence[v1.ContentBlock], own: Sequence[Command], runtime: Runtime
) -> Sequence[v1.ContentBlock]:
    """The prompt, its command expanded if its first block is text that begins with one.

    What fails leaves the text as it is, with a line in the log. Checkpoints if a command is expanded; it waits for the
    server, and cancelling it does not.
    """
    first = prompt[0] if prompt else None
    if not isinstance(first, v1.TextContent) or not first.text.startswith("/"):
        return prompt
    name, *typed = first.text[1:].split(maxsplit=1) or [""]
    try:
        expanded = await _expanded(name, "".join(typed).strip(), own, runtime)
    except Exception as exc:  # whatever a command does, the user's words arrive
        logger.warning("the command /%s failed, and the agent gets the text: %s", name, exc, exc_info=_defect(exc))
        return prompt
    return prompt if expanded is None else [*expanded, *prompt[1:]]


def _checked(name: str, blocks: object) -> Sequence[v1.ContentBlock]:
    found = list(cast("Sequence[object]", blocks)) if isinstance(blocks, Sequence) else [blocks]
    if not all(isinstance(block, Record) for block in found):
        raise TypeError(f"the command {name} must give a list of content blocks, not {blocks!r:.100}")
    return cast("Sequence[v1.ContentBlock]", found)


async def _expanded(
    name: str, typed: str, own: Sequence[Command], runtime: Runtime
) -> Sequence[v1.ContentBlock] | None:
    for command in own:
        if command.name == name:
            return _checked(command.name, await command.expand(typed))
    for prompt in await runtime.list_prompts():
        if prompt.prompt == name:
            messages = await runtime.get_prompt(prompt.name, arguments_of(typed, prompt))
            return [message.content for message in messages if message.role == "user"] or None
    return None


def arguments_of(typed: str, prompt: McpPrompt) -> Mapping[str, str]:
    """What was typed, as the arguments that the prompt declares: `ARGUMENTS`, words by number, or by their order."""
    words = typed.split()
    numbered = {ARGUMENTS: typed} | {str(number): word for number, word in enumerate(words, 1)}
    declared = [argument.name for argument in prompt.arguments]
    if not declared or not typed:
        return {}
    if set(declared) <= numbered.keys():
        return {name: numbered[name] for name in declared}
    *first, last = declared
    rest = typed.split(maxsplit=len(first))
    return dict(zip([*first, last], rest, strict=False))


def _shown(name: str, description: str, hint: str | None) -> v1.AvailableCommand:
    input_ = None if hint is None else v1.UnstructuredCommandInput(hint=hint)
    return v1.AvailableCommand(name=name, description=description, input=input_)


def _hint_of(prompt: McpPrompt) -> str | None:
    if not prompt.arguments:
        return None
    return " ".join(argument.description or argument.name for argument in prompt.arguments)


def _defect(error: Exception) -> Exception | None:
    """Errors of a protocol say all there is to say; of others the traceback is wanted."""
    return None if isinstance(error, AcpError) else error
