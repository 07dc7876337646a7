"""What every test of the runtime leaves behind: nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from acp_trio.testing import no_leaks


@pytest.fixture
async def nothing_leaks() -> AsyncIterator[None]:
    """P22; the modules here ask for it by `pytestmark`."""
    async with no_leaks():
        yield
