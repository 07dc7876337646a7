"""A model of one connection, and whether ours agrees: who is answered what, and what is delivered, in any order.

Steps come in bursts: those of one burst are made without letting anything else run in between, then everything settles.
What a burst leaves open, because two of its steps concern one call, the model leaves open too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeAlias

import attrs
import pytest
import trio
import trio.testing
from hypothesis import event, given, settings
from hypothesis import strategies as st

from acp_trio import Agent, Client, ClientSession, Connection, ConnectionClosed, ConnectionLost, PeerError, Turn
from acp_trio.jsonrpc import ErrorCode
from acp_trio.schema import v1
from acp_trio.testing import no_leaks
from acp_trio.transports import memory_pair

from .ends import DEADLINE

pytestmark = pytest.mark.promise("P1", "P3", "P4", "P11", "P22")

Side: TypeAlias = Literal["client", "agent"]
Step: TypeAlias = tuple[str, Any]

sides = st.sampled_from(["client", "agent"])
numbers = st.integers(0, 5)
steps = st.one_of(
    st.tuples(st.just("request"), sides),
    st.tuples(st.just("refused request"), sides),
    st.tuples(st.just("notify"), sides),
    st.tuples(st.just("open"), st.none()),
    st.tuples(st.just("prompt"), numbers),
    st.tuples(st.just("release"), numbers),
    st.tuples(st.just("cancel"), numbers),
    st.tuples(st.just("leave session"), numbers),
)
bursts = st.lists(st.lists(steps, min_size=1, max_size=5), min_size=1, max_size=10)
ends = st.sampled_from([["client"], ["agent"], ["client", "agent"]])


@attrs.define(eq=False)
class Call:
    """A request or a turn: what was done to it, and what came of it."""

    number: int
    side: Side
    kind: Literal["request", "refused", "turn"]
    session: ClientSession | None = None
    scope: trio.CancelScope = attrs.Factory(trio.CancelScope)
    gate: trio.Event = attrs.Factory(trio.Event)
    allowed: set[str] = attrs.Factory(set)
    """The outcomes that the model allows; none while it must be waiting."""
    outcome: str | None = None
    running: int = 0
    """Handlers of it."""

    @property
    def is_open(self) -> bool:
        return not self.allowed


class World:
    """Both ends, and the model of what they owe each other."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self.nursery = nursery
        self.calls: list[Call] = []
        self.sessions: list[ClientSession] = []
        self.notified: dict[Side, list[int]] = {"client": [], "agent": []}
        self.heard: dict[Side, list[int]] = {"client": [], "agent": []}
        self.connections: dict[Side, Connection] = {}
        self.client = Client("model")
        self.agent = Agent("model")
        self._equip("client", self.client)
        self._equip("agent", self.agent)
        self.agent.on_prompt(self._take_prompt)
        self.agent.on_close_session(_close_session)

    def _equip(self, side: Side, endpoint: Client | Agent) -> None:
        @endpoint.on_request("_wait", concurrent=True)
        async def wait(params: list[int]) -> list[int]:
            await self._work(self.calls[params[0]])
            return params

        @endpoint.on_request("_refuse")
        async def refuse(params: list[int]) -> None:
            raise KeyError(params)

        @endpoint.on_notification("_note")
        async def note(params: list[int]) -> None:
            self.heard[side].append(params[0])
            await trio.lowlevel.checkpoint()

    async def _take_prompt(self, turn: Turn) -> str:
        await self._work(self.calls[int(turn.text)])
        await turn.say(turn.text)
        return "end_turn"

    async def _work(self, call: Call) -> None:
        call.running += 1
        try:
            await call.gate.wait()
        finally:
            call.running -= 1

    # Steps

    async def take(self, step: Step) -> None:
        match step:
            case "request", side:
                self._call(side, "request")
            case "refused request", side:
                self._call(side, "refused").allowed.add("refused")
            case "notify", side:
                self.notified[side].append(len(self.notified[side]))
                await self.connections[side].notify("_note", [self.notified[side][-1]])
            case "open", _:
                self.sessions.append(await self.nursery.start(self.connections["client"].run_session, "/"))  # type: ignore[attr-defined]
            case "prompt", number if free := self._free_sessions():
                self._call("client", "turn", free[number % len(free)])
            case "release", number if waiting := self._open_calls():
                call = waiting[number % len(waiting)]
                call.gate.set()
                call.allowed.add("done")
            case "cancel", number if waiting := self._open_calls():
                call = waiting[number % len(waiting)]
                call.scope.cancel()
                call.allowed |= {"cancelled"}
            case "leave session", number if self.sessions:
                session = self.sessions.pop(number % len(self.sessions))
                self.nursery.start_soon(session.close)
                for call in self.calls:
                    if call.session is session:
                        call.allowed |= {"stopped", "lost"}
            case _:
                event(f"nothing to {step[0]}")

    def _call(self, side: Side, kind: Literal["request", "refused", "turn"], session: Any = None) -> Call:
        call = Call(len(self.calls), side, kind, session)
        self.calls.append(call)
        self.nursery.start_soon(self._make, call)
        return call

    def _open_calls(self) -> list[Call]:
        return [call for call in self.calls if call.outcome is None and call.kind != "refused"]

    def _free_sessions(self) -> list[ClientSession]:
        taken = {id(call.session) for call in self.calls if call.outcome is None}
        return [session for session in self.sessions if id(session) not in taken]

    async def _make(self, call: Call) -> None:
        operation = {"request": self._ask, "refused": self._ask_in_vain, "turn": self._run_turn}[call.kind]
        with call.scope:
            call.outcome = await self._outcome(operation, call)
        call.outcome = call.outcome or "cancelled"

    async def _outcome(self, operation: Callable[[Call], Awaitable[str]], call: Call) -> str:
        try:
            return await operation(call)
        except PeerError as exc:
            return "lost" if exc.code == ErrorCode.REQUEST_CANCELLED else "refused"
        except (ConnectionLost, ConnectionClosed):
            return "lost"

    async def _ask(self, call: Call) -> str:
        assert await self.connections[call.side].request("_wait", [call.number]) == [call.number]
        return "done"

    async def _ask_in_vain(self, call: Call) -> str:
        await self.connections[call.side].request("_refuse", [call.number])
        return "done"

    async def _run_turn(self, call: Call) -> str:
        assert call.session is not None
        async with call.session.prompt(str(call.number)) as turn:
            texts = [update.content.text async for update in turn]  # type: ignore[union-attr]
        if turn.stop_reason == "cancelled":
            return "stopped"
        assert texts == [str(call.number)]
        return "done"

    # What must hold

    def check(self) -> None:
        for call in self.calls:
            if call.is_open:
                assert (call.outcome, call.running) == (None, 1), call
            else:
                assert call.outcome in call.allowed, call
                assert call.running == 0, call
        assert self.heard == {"agent": self.notified["client"], "client": self.notified["agent"]}
        waiting: dict[Side, int] = {
            side: sum(call.is_open and call.side == side for call in self.calls) for side in ("client", "agent")
        }
        for side, other in (("client", "agent"), ("agent", "client")):
            assert self.connections[side].statistics().requests_waiting == waiting[side]
            assert self.connections[other].statistics().requests_in_flight == waiting[side]
        assert all(len(end.sessions) == len(self.sessions) for end in self.connections.values())  # type: ignore[attr-defined]

    def close(self) -> None:
        """The connection is being closed: what is open is lost, or answered as cancelled."""
        for call in self._open_calls():
            call.allowed |= {"lost", "stopped", "cancelled"}


async def _close_session(_request: v1.CloseSessionRequest) -> v1.CloseSessionResponse:
    return v1.CloseSessionResponse()


async def play(world: World, plan: list[list[Step]], closing: list[Side]) -> None:
    ours, theirs = memory_pair()
    leave = trio.Event()

    async def connect(task_status: trio.TaskStatus[Connection]) -> None:
        async with world.client.connect(ours) as connection:
            task_status.started(connection)
            await leave.wait()

    serving = trio.CancelScope()

    async def serve(task_status: trio.TaskStatus[Connection]) -> None:
        with serving:
            await world.agent.serve(theirs, task_status=task_status)

    async with trio.open_nursery() as nursery:
        world.connections["agent"] = await nursery.start(serve)
        world.connections["client"] = await nursery.start(connect)
        for burst in plan:
            for step in burst:
                await world.take(step)
            await trio.testing.wait_all_tasks_blocked()
            world.check()
        world.close()
        if "client" in closing:
            leave.set()
        if "agent" in closing:
            serving.cancel()
        await trio.testing.wait_all_tasks_blocked()
        leave.set()
    for call in world.calls:
        assert call.outcome in call.allowed
        assert call.running == 0


@given(plan=bursts, closing=ends)
@settings(max_examples=100)
def test_the_connection_does_what_the_model_says(plan, closing) -> None:
    async def main() -> None:
        with trio.fail_after(DEADLINE):
            async with no_leaks(), trio.open_nursery() as nursery:
                await play(World(nursery), plan, closing)

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))
