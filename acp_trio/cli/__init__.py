"""The command line: `acp-trio demo`, `agent` and `prompt`."""

from ._main import main as main

__all__ = ["main"]
