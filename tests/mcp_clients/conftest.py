"""What every test of MCP servers must leave behind: the tasks, descriptors and child processes it found."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from acp_trio.testing import no_leaks


@pytest.fixture(autouse=True)
async def nothing_leaks() -> AsyncIterator[None]:
    """P22 for this directory."""
    async with no_leaks():
        yield
