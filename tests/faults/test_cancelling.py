"""Every public operation, cancelled at each of its points in turn, leaves nothing behind and everything whole."""

from __future__ import annotations

import logging
import sys

import pytest
import trio

from acp_trio.testing import cancel_everywhere
from acp_trio.transports import process

from .mcp_scenes import MCP_SCENES
from .real_scenes import PATIENCE, PROGRAMS, REAL_SCENES
from .scenes import SCENES

pytestmark = [pytest.mark.promise("P24", "P22", "P21"), pytest.mark.rule(28)]


@pytest.mark.parametrize("name", SCENES)
async def test_cancelled_at_any_point_it_leaves_nothing(autojump_clock, name, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        points = await cancel_everywhere(SCENES[name])
    assert points.all >= points.own >= 1
    assert not caplog.records


@pytest.mark.parametrize("name", MCP_SCENES)
async def test_cancelled_where_it_waits_for_mcp_it_leaves_nothing(autojump_clock, name, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        points = await cancel_everywhere(MCP_SCENES[name], own_only=True)
    assert points.own > 1
    assert not caplog.records


@pytest.mark.promise("P2")
@pytest.mark.parametrize("name", REAL_SCENES)
async def test_cancelled_where_it_waits_for_the_system_it_leaves_nothing(name, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        points = await cancel_everywhere(REAL_SCENES[name], own_only=True)
    assert points.own > 1
    assert not caplog.records


@pytest.mark.promise("P6")
async def test_stdio_cancelled_at_any_point_is_as_before_and_opens_again() -> None:
    command = [sys.executable, str(PROGRAMS / "cancelled_stdio.py")]
    with trio.fail_after(PATIENCE):
        async with process(command, exit_patience=PATIENCE).open() as link:
            while data := await link.receive():
                assert set(data.splitlines()) == {b"hello"}
                await link.write(data)
            words = await link.last_words()
    assert words.exit_status == 0, words
    assert int(words.stderr) > 1
