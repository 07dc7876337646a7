"""The nursery of a connection's actors, which outlive the body that uses them.

Owns starting and stopping them: each runs in a shielded scope of its own, so that a deadline around the body does not
take away what the body's clean-up needs. An actor that fails is a defect of ours and says so.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, final

import trio

from ..jsonrpc import AcpError
from ._groups import members
from ._hold import outside_holds


@final
class AcpInternalError(AcpError):
    """A defect in acp_trio; please report it. `__cause__` is what happened."""


class Actors:
    """Starts actors in a nursery and stops them when their connection has closed."""

    def __init__(self, nursery: trio.Nursery) -> None:
        self._nursery = nursery
        self._scopes: list[trio.CancelScope] = []
        self._stopped = False

    def start_soon(self, name: str, actor: Callable[..., Awaitable[None]], *args: Any) -> None:
        """Run an actor; if it fails, everything here ends with `AcpInternalError`."""
        outside_holds(self._nursery.start_soon, self._run, name, actor, *args, name=f"acp_trio {name} actor")

    async def start(self, name: str, actor: Callable[[], Awaitable[None]], started: trio.Event) -> None:
        """Run an actor whose own tasks may fail as themselves, and wait until it has `started`. Shielded."""

        async def run() -> None:
            with self._shielded():
                await actor()

        # Not `nursery.start`: cancelled around us, it would wait for ever for a task that is shielded from that.
        outside_holds(self._nursery.start_soon, run, name=f"acp_trio {name} actor")
        with trio.CancelScope(shield=True):
            await started.wait()

    def stop(self) -> None:
        """Cancel them all, those that did not take their first step yet too."""
        self._stopped = True
        for scope in self._scopes:
            scope.cancel("the connection is closed")

    async def _run(self, name: str, actor: Callable[..., Awaitable[None]], *args: Any) -> None:
        with self._shielded():
            try:
                await actor(*args)
            except Exception as exc:
                raise AcpInternalError(f"the {name} actor failed: {exc!r}") from exc

    def _shielded(self) -> trio.CancelScope:
        scope = trio.CancelScope(shield=True)
        self._scopes.append(scope)
        if self._stopped:
            scope.cancel("the connection is closed")
        return scope


def what_leaves(failures: Sequence[BaseException], body: BaseException | None) -> BaseException:
    """The exception that leaves a block whose nursery's tasks raised `failures` and whose body raised `body`.

    Ctrl-C and exit leave as themselves, a defect of ours as `AcpInternalError`; failed tasks of the application leave
    as a group, always, together with what the body raised.
    """
    for kind in (KeyboardInterrupt, SystemExit, AcpInternalError):
        found = BaseExceptionGroup("", failures).subgroup(kind)
        if found is not None:
            return _first_leaf(found)
    real = [failure for failure in failures if not isinstance(failure, trio.Cancelled)]
    if not real:  # a deadline around the block ended its tasks too
        return body or failures[0]
    own = [] if body is None or isinstance(body, trio.Cancelled) else [body]
    whole = BaseExceptionGroup("tasks of a connection or session failed", [*own, *real])
    whole.add_note("a task given to start_soon() failed, which ends the block that it belongs to")
    return whole


def _first_leaf(error: BaseException) -> BaseException:
    inner = members(error)
    return _first_leaf(inner[0]) if inner else error
