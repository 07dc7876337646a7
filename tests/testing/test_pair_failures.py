"""What leaves a pair in memory when its agent's side fails, and when the body fails as well."""

from __future__ import annotations

import pytest
import trio

from acp_trio import Agent, Client
from acp_trio.testing import no_leaks, open_pair

pytestmark = [pytest.mark.promise("P16"), pytest.mark.promise("P12")]


async def fail() -> None:
    raise ValueError("the agent's task")


async def test_the_failure_of_the_agents_side_keeps_the_bodys_exception(autojump_clock) -> None:
    with trio.fail_after(60):
        async with no_leaks():
            with pytest.RaisesGroup(
                pytest.RaisesExc(AssertionError, match="the test's own"),
                pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="the agent's task")),
            ):
                async with open_pair(Client("c"), Agent("a")) as pair:
                    pair.client.start_soon(fail)
                    try:
                        await trio.sleep_forever()
                    finally:
                        raise AssertionError("the test's own")


async def test_the_failure_of_the_agents_side_alone_leaves_as_a_group(autojump_clock) -> None:
    with trio.fail_after(60):
        async with no_leaks():
            with pytest.RaisesGroup(pytest.RaisesExc(ValueError, match="the agent's task"), flatten_subgroups=True):
                async with open_pair(Client("c"), Agent("a")) as pair:
                    pair.client.start_soon(fail)
                    await trio.sleep_forever()
