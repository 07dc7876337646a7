"""What is the same for all servers of one block.

Owns nothing that runs.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, TypeAlias

import attrs

if TYPE_CHECKING:  # agents without MCP servers do not have the package, and need not wait for its import
    from mcp.client._transport import TransportStreams
    from mcp.client.auth import TokenStorage

OverAcp: TypeAlias = "Callable[[str], AbstractAsyncContextManager[TransportStreams]]"
"""Makes the transport of a server that the client itself runs, by its id in the declaration."""

TokenStorageOf: TypeAlias = "Callable[[str], TokenStorage]"
"""Gives the official package's token storage for a server's URL."""


@attrs.frozen(kw_only=True)
class Surroundings:
    """What is the same for all servers of one block.

    Attributes:
      cwd: where programs are started.
      grace: seconds for leaving.
      over_acp: see `OverAcp`.
      token_storage: see `TokenStorageOf`; None keeps tokens in memory.
      sign_in_patience: seconds in which a user must have authenticated.
    """

    cwd: str | os.PathLike[str] | None
    grace: float
    over_acp: OverAcp | None
    token_storage: TokenStorageOf | None
    sign_in_patience: float
