"""The agents of one session: which of them run, and which one is active.

Owns starting an agent when it is first needed, keeping it warm, and what its crash ends. Only the active one is heard.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import final

import trio

from ..jsonrpc import LocalMisuse
from ..session import AgentSession
from ._conversation import Entry
from ._factory import RuntimeFactory
from ._relay import Relay, RuntimeEvent
from ._runtime import AgentSpec, Runtime, RuntimeCrashed, RuntimeExited
from ._starts import Starts


@final
class SessionAgents:
    """The agents that a session can run, and those that do.

    Args:
      specs: by name.
      factory: opens them.
      session: whose they are.
      relay: where their events go.
      nursery: runs each of them in a task.
      end: waits until no turn runs, so that it can be answered, and lets none begin; then a crash ends the session.
    """

    def __init__(
        self,
        specs: Mapping[str, AgentSpec],
        factory: RuntimeFactory,
        session: AgentSession,
        relay: Relay,
        nursery: trio.Nursery,
        *,
        end: Callable[[], Awaitable[object]],
    ) -> None:
        self._specs = specs
        self._factory = factory
        self._session = session
        self._relay = relay
        self._nursery = nursery
        self._end = end
        self._running: dict[str, Runtime] = {}
        self._active = ""
        self.starts: Starts = Starts()
        self.is_lost: bool = False  # one has crashed, and the session ends

    @property
    def active(self) -> Runtime:
        """The agent that answers. Raises LocalMisuse if it does not run."""
        runtime = self._running.get(self._active)
        if runtime is None:
            raise LocalMisuse(f"the agent {self._active or 'of this session'} does not run")
        return runtime

    def is_running(self, name: str) -> bool:
        """Whether this agent runs."""
        return name in self._running

    def is_active(self, name: str) -> bool:
        """Whether what this agent says is heard."""
        return name == self._active

    async def activate(self, name: str, history: Sequence[Entry]) -> Runtime:
        """Have this agent be the active one, on this conversation; started if it does not run.

        Raises what starting it raises; then the one before stays. Cancelled, too. Checkpoints.
        """
        runtime = self._running.get(name)
        if runtime is None:
            runtime = await self.starts.run(partial(self._start, name, history))
        else:
            await trio.lowlevel.checkpoint()
            runtime.replace_conversation(history)
        self._active = name
        return runtime

    async def _start(self, name: str, history: Sequence[Entry]) -> Runtime:
        started: Runtime = await self._nursery.start(self._hold, self._specs[name], history, name=f"agent {name}")
        return started

    async def _hold(self, spec: AgentSpec, history: Sequence[Entry], *, task_status: trio.TaskStatus[Runtime]) -> None:
        crash = await self._run(spec, history, task_status)
        if spec.on_crash == "session":
            self.is_lost = True
            await self._end()
            raise crash
        await self._relay.send(RuntimeEvent(spec.name, None, RuntimeExited(crash)))

    async def _run(
        self, spec: AgentSpec, history: Sequence[Entry], task_status: trio.TaskStatus[Runtime]
    ) -> RuntimeCrashed:
        """Run it until it crashes, and return how."""
        try:
            opening = self._factory.open(spec, session=self._session, relay=self._relay, history=history)
            async with opening as runtime:
                self._running[spec.name] = runtime
                task_status.started(runtime)
                await trio.sleep_forever()
        except RuntimeCrashed as crash:
            if spec.name not in self._running:
                raise  # it did not start
            return crash
        except Exception as exc:
            if spec.name not in self._running:
                raise  # it did not start
            failure = RuntimeCrashed(f"the agent {spec.name} crashed: {exc!r}")
            failure.__cause__ = exc
            return failure
        finally:
            self._running.pop(spec.name, None)
