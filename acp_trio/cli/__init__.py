"""The command line: `acp-trio demo`, `agent`, `prompt`, `check` and `bench`."""

from ._main import main as main

__all__ = ["main"]
