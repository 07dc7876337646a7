"""Permissions answered by a policy: only what was offered is ever picked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing

from acp_trio import Agent, Client, LocalMisuse, PeerError, Turn
from acp_trio.jsonrpc import ErrorCode
from acp_trio.schema import v1

ALL = ["reject_once", "reject_always", "allow_always", "allow_once"]


def options(kinds: Sequence[str]) -> list[v1.PermissionOption]:
    """One option of each kind; its id is its number."""
    return [v1.PermissionOption(option_id=str(at), name=kind, kind=kind) for at, kind in enumerate(kinds)]


def asking(kinds: Sequence[str]):
    async def ask(turn: Turn) -> v1.RequestPermissionOutcome:
        return await turn.request_permission(v1.ToolCallUpdate(tool_call_id="call"), options(kinds))

    return ask


def picked(at: int | None) -> v1.RequestPermissionOutcome:
    return v1.CancelledOutcome() if at is None else v1.SelectedOutcome(option_id=str(at))


@pytest.mark.parametrize(
    "policy, kinds, expected",
    [
        ("allow", ALL, 3),
        ("allow", ["reject_once", "allow_always"], 1),
        ("allow", ["allow_once", "allow_once"], 0),
        ("allow", ["reject_once", "reject_always"], None),
        ("allow", ["allow_for_a_year"], None),
        ("allow", [], None),
        ("deny", ALL, 0),
        ("deny", ["allow_once", "reject_always"], 1),
        ("deny", ["allow_once", "allow_always"], None),
        ("deny", ["deny"], None),
    ],
)
async def test_a_policy_picks_the_mildest_option_that_it_stands_for(
    client: Client, tmp_path: Path, run_turn, policy: Any, kinds: list[str], expected: int | None
) -> None:
    client.permissions(policy)
    assert await run_turn(client, tmp_path, asking(kinds)) == picked(expected)


async def test_without_a_policy_nothing_is_permitted(client: Client, tmp_path: Path, run_turn) -> None:
    assert await run_turn(client, tmp_path, asking(ALL)) == v1.CancelledOutcome()


@pytest.mark.parametrize("chosen", [None, 0, 2])
async def test_a_function_chooses_an_option_or_none(
    client: Client, tmp_path: Path, run_turn, chosen: int | None
) -> None:
    asked: list[v1.RequestPermissionRequest] = []

    async def ask(request: v1.RequestPermissionRequest) -> str | None:
        asked.append(request)
        return None if chosen is None else request.options[chosen].option_id

    client.permissions(ask)
    assert await run_turn(client, tmp_path, asking(ALL)) == picked(chosen)
    assert [list(request.options) for request in asked] == [options(ALL)]


@pytest.mark.promise("P17")
@pytest.mark.parametrize("answer", ["allow_once", "", 3, True])
async def test_an_option_that_was_not_offered_is_a_defect_and_no_approval(
    client: Client, tmp_path: Path, run_turn, caplog: pytest.LogCaptureFixture, answer: Any
) -> None:
    async def ask(request: v1.RequestPermissionRequest) -> Any:
        return answer

    client.permissions(ask)
    with pytest.raises(PeerError) as caught:
        await run_turn(client, tmp_path, asking(ALL))
    assert (caught.value.code, caught.value.data) == (ErrorCode.INTERNAL_ERROR, {"type": LocalMisuse.__name__})
    assert f"the permission policy chose {answer!r}; offered were '0', '1', '2', '3'" in caplog.text


@pytest.mark.promise("P3")
async def test_a_function_that_still_asks_is_cancelled_with_the_turn(client: Client, tmp_path: Path, connected) -> None:
    agent = Agent("agent")
    outcomes: list[v1.RequestPermissionOutcome] = []
    asked = trio.Event()
    stopped = trio.Event()

    @agent.on_prompt
    async def prompt(turn: Turn) -> str:
        with trio.CancelScope(shield=True):
            outcomes.append(await asking(ALL)(turn))
        return "end_turn"

    async def ask(request: v1.RequestPermissionRequest) -> str | None:
        asked.set()
        try:
            await trio.sleep_forever()
        finally:
            stopped.set()

    client.permissions(ask)
    async with connected(client, agent) as connection, connection.open_session(tmp_path) as session:
        async with session.prompt("go") as turn:
            await asked.wait()
            await turn.cancel()
            await turn.finish()
        await stopped.wait()
    assert outcomes == [v1.CancelledOutcome()]


@pytest.mark.promise("P17")
@pytest.mark.parametrize("policy", ["ask", "", None, True, lambda request: "0"])
def test_what_is_no_policy_is_an_error_at_once(client: Client, policy: Any) -> None:
    with pytest.raises(TypeError, match="'allow', 'deny' or an async function"):
        client.permissions(policy)


async def test_an_object_can_be_asked(client: Client, tmp_path: Path, run_turn) -> None:
    class Asker:
        async def __call__(self, request: v1.RequestPermissionRequest) -> str | None:
            return "1"

    client.permissions(Asker())
    assert await run_turn(client, tmp_path, asking(ALL)) == picked(1)
