"""The command line: `acp-trio demo`, `agent`, `prompt` and `check`."""

from ._main import main as main

__all__ = ["main"]
