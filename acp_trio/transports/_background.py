"""Tasks that serve a block from behind and outlive what is cancelled in it.

Owns the one nursery of this package. It refuses to change what leaves the block: the body's exception leaves as
itself, not in a group.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import cast

import trio

Service = Callable[[], Awaitable[None]]


# Reason: Ctrl-C may only arrive where something is awaited, or the services would not be ended.
@asynccontextmanager
@trio.lowlevel.enable_ki_protection
async def background(*services: Service) -> AsyncGenerator[None]:
    """Run `services` for the time of the block, shielded from cancellation; leaving cancels and awaits them.

    A service does not raise: if one does, that is a defect, and it leaves the block as an exception group.
    """
    scope = trio.CancelScope(shield=True)
    failure: BaseException | None = None
    try:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            nursery.start_soon(_serve, scope, services)
            try:
                yield
            except BaseException as error:  # noqa: BLE001, ASYNC103 -- raised below, outside the nursery
                failure = error
            scope.cancel()
    except BaseExceptionGroup as group:
        _raise_interrupt(group)
        raise
    if failure is not None:
        try:
            raise failure
        finally:
            del failure


async def _serve(scope: trio.CancelScope, services: tuple[Service, ...]) -> None:
    with scope:
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            for service in services:
                nursery.start_soon(service)


def failure_of(error: BaseException) -> Exception:
    """What failed in a service. A cancellation beside it is over with the service; anything else, Ctrl-C, is raised."""
    if isinstance(error, Exception):
        return error
    if isinstance(error, BaseExceptionGroup):
        failed, rest = cast("BaseExceptionGroup[BaseException]", error).split(Exception)
        if failed is not None and (rest is None or rest.split(trio.Cancelled)[1] is None):
            return failed
    raise error


def _raise_interrupt(group: BaseExceptionGroup[BaseException]) -> None:
    """Ctrl-C while the services are awaited is Ctrl-C, not a group."""
    interrupts = group.subgroup(KeyboardInterrupt)
    if interrupts is not None:
        raise KeyboardInterrupt from interrupts
