"""Every public operation, cancelled at each of its points in turn, leaves nothing behind and everything whole."""

from __future__ import annotations

import logging

import pytest

from acp_trio.testing import cancel_everywhere

from .scenes import SCENES

pytestmark = [pytest.mark.promise("P24", "P22", "P21"), pytest.mark.rule(28)]


@pytest.mark.parametrize("name", SCENES)
async def test_cancelled_at_any_point_it_leaves_nothing(autojump_clock, name, caplog) -> None:
    with caplog.at_level(logging.WARNING):
        points = await cancel_everywhere(SCENES[name])
    assert points.all >= points.own >= 1
    assert not caplog.records
