"""Reaching a component of this process as if it were behind a wire.

Owns the task that the component runs in, for as long as the link is open, and what is known when it has failed. The
wire between is memory; the component cannot tell it from another.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Protocol, cast, runtime_checkable

import trio

from ._background import background, failure_of
from ._memory import MemoryLink, memory_links
from ._transport import LastWords, Link, Transport

logger = logging.getLogger("acp_trio.transports")

_LEAVING = 5.0  # seconds that the component may take to end when nobody said
_PATIENCE = 0.25  # seconds in which a component whose wire has ended may still say why


@runtime_checkable
class Component(Protocol):
    """What serves whoever connects to it: an agent, a proxy, a conductor."""

    async def serve(self, transport: Transport, /) -> None:
        """Serve one peer until it ends the connection."""
        ...


def in_process(component: Component) -> Transport:
    """Make a transport that reaches a component in this process. Each opening serves it anew, in a task of its own.

    A component that fails ends the stream; its exception is logged, and what it says is in the last words.

    Example: `async with client.connect(in_process(agent)) as connection: ...`.
    """
    return _InProcess(component)


def as_transport(reached: Transport | Component) -> Transport:
    """A transport as it is, or the one to a component. Raises TypeError for anything else."""
    if isinstance(reached, Transport):
        return reached
    if not isinstance(reached, Component):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers err
        raise TypeError(f"give a Transport, such as process([...]) or stdio(), or a component, not {reached!r}")
    return in_process(reached)


class _InProcess(Transport):
    def __init__(self, component: Component) -> None:
        self._component = component

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        ours, theirs = memory_links()
        link = _ComponentLink(ours, theirs, self._component)
        async with background(link.run):
            try:
                yield link
            finally:
                ours.close()
                with trio.CancelScope(shield=True, deadline=link.deadline):
                    await link.finished.wait()


class _ComponentLink(Link):
    def __init__(self, ours: MemoryLink, theirs: MemoryLink, component: Component) -> None:
        self.name = repr(component)
        self._ours = ours
        self._theirs = theirs
        self._component = component
        self.finished = trio.Event()
        self._failure: Exception | None = None
        self._close_by: float | None = None

    async def run(self) -> None:
        try:
            await self._component.serve(_Given(self._theirs))
        except (Exception, BaseExceptionGroup) as exc:
            self._failure = failure_of(exc)
            logger.exception("%r failed", self._component)
        finally:
            self._theirs.close()
            self.finished.set()

    @property
    def deadline(self) -> float:
        """When the component must have ended."""
        return trio.current_time() + _LEAVING if self._close_by is None else self._close_by

    async def receive(self) -> bytes:
        return await self._ours.receive()

    def write_nowait(self, data: bytes | memoryview) -> int:
        return self._ours.write_nowait(data)

    async def write(self, data: bytes | memoryview) -> None:
        await self._ours.write(data)

    def close_by(self, deadline: float) -> None:
        self._close_by = deadline

    async def last_words(self) -> LastWords:
        with trio.move_on_after(_PATIENCE, shield=True):
            await self.finished.wait()
        if self._failure is None:
            return LastWords()
        return LastWords(stderr="; ".join(_said(self._failure)).encode("utf-8", "backslashreplace"))


def _said(failure: BaseException) -> list[str]:
    """What went wrong, without the groups around it."""
    if not isinstance(failure, BaseExceptionGroup):
        return [f"{type(failure).__name__}: {failure}"]
    return [line for inner in cast("BaseExceptionGroup[BaseException]", failure).exceptions for line in _said(inner)]


class _Given(Transport):
    """A link that is open already."""

    def __init__(self, link: MemoryLink) -> None:
        self._link = link

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        try:
            yield self._link
        finally:
            self._link.close()
