"""The slash commands that an agent offers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from .._message import MetaRecord, record
from .._wire import lenient


@record
class UnstructuredCommandInput(MetaRecord):
    """Whatever follows the command's name is its input.

    Attributes:
      hint: shown while there is no input.
    """

    hint: str


AvailableCommandInput: TypeAlias = UnstructuredCommandInput
"""What a command takes as input."""


@record
class AvailableCommand(MetaRecord):
    """A command.

    Attributes:
      input: None for a command without input.
    """

    name: str
    description: str
    input: AvailableCommandInput | None = lenient(default=None)


@record
class AvailableCommandsUpdate(MetaRecord):
    """All commands of a session; they replace those before."""

    available_commands: Sequence[AvailableCommand] = lenient(skip_invalid=True)
