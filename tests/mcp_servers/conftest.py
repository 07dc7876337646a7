"""Every test here runs inside `no_leaks`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from acp_trio.testing import no_leaks


@pytest.fixture(autouse=True)
async def nothing_leaks() -> AsyncIterator[None]:
    async with no_leaks():
        yield
