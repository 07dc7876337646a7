"""Makes the harness importable, and messages countable.

The harness is no part of the package, so no installation brings it; its place is appended, so that `acp_trio` still is
the installed one.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from acp_trio.connection import _incoming, _slice

from .work import CALLS, StandingClock

sys.path.append(str(Path(__file__).parents[2]))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make reads and writes countable, and let no time pass."""
    monkeypatch.setattr(os, "read", CALLS.counted(os.read))
    monkeypatch.setattr(os, "write", CALLS.counted(os.write))
    for module in (_incoming, _slice):
        monkeypatch.setattr(module, "time", StandingClock)
