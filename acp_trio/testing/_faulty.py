"""A wire that goes wrong: bytes come in pieces, late, twice, changed or not at all, as a seed says.

Owns the schedule and what each fault does to the bytes. It refuses to know lines: where a frame begins is no concern of
a wire. The transport inside is used as it is, so its own promises hold until a fault breaks them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, suppress
from random import Random
from typing import Literal, TypeAlias

import attrs
import trio

from ..transports import LastWords, Link, Transport

Fate: TypeAlias = Literal["broken", "ended", "stalled"]

_FOR_THE_NEXT = 0.01  # seconds that a chunk waits to be joined


@attrs.frozen(kw_only=True)
class Faults:
    """What goes wrong in one direction. Probabilities are from 0 to 1 and per chunk, as the transport makes them."""

    split: float = 0.0
    """It comes in two to five pieces, some of one byte."""
    join: float = 0.0
    """It waits for the next one, for at most a hundredth of a second, and comes with that. Only when received."""
    duplicate: float = 0.0
    """It comes twice."""
    truncate: float = 0.0
    """Its end is missing."""
    corrupt: float = 0.0
    """One of its bytes is another one."""
    delay: float = 0.0
    """Seconds by which a piece is late, at most."""
    stall_after: int | None = None
    """So many bytes pass, then nothing more, and nobody says so: a peer that was stopped."""
    end_after: int | None = None
    """So many bytes pass, then the stream ends: a peer that died. What is written raises trio.BrokenResourceError."""
    break_after: int | None = None
    """So many bytes pass, then reading raises trio.BrokenResourceError too: a connection that was reset."""


def faulty(
    transport: Transport, *, seed: int = 0, incoming: Faults | None = None, outgoing: Faults | None = None
) -> Transport:
    """Make a transport on whose wire things go wrong. The same seed makes the same faults of the same chunks.

    Args:
      transport: how the peer is reached.
      seed: decides what happens where a fault is probable; each opening begins anew.
      incoming: what goes wrong with what the peer sends.
      outgoing: what goes wrong with what is sent to it.

    Works under a MockClock if `transport` does.

    Example: `client.connect(faulty(transport, seed=7, incoming=Faults(split=0.5, delay=1)))`.
    """
    return _FaultyTransport(transport, seed, incoming or Faults(), outgoing or Faults())


class _FaultyTransport(Transport):
    def __init__(self, transport: Transport, seed: int, incoming: Faults, outgoing: Faults) -> None:
        self._transport = transport
        self._seed = seed
        self._incoming = incoming
        self._outgoing = outgoing

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        async with self._transport.open() as link:
            incoming = _Direction(self._incoming, Random(f"{self._seed} in"))  # noqa: S311 -- it is to be repeated
            outgoing = _Direction(self._outgoing, Random(f"{self._seed} out"))  # noqa: S311
            faulty_link = _FaultyLink(link, incoming, outgoing)
            try:
                yield faulty_link
            finally:
                faulty_link.left.set()


class _Direction:
    """One direction of one wire: what becomes of each chunk, and whether anything passes at all."""

    def __init__(self, faults: Faults, random: Random) -> None:
        self.faults = faults
        self._random = random
        self._passed = 0
        self.cut = False  # bytes were lost to the bound

    def happens(self, probability: float) -> bool:
        return probability > 0 and self._random.random() < probability

    def delay(self) -> float:
        return self._random.uniform(0, self.faults.delay)

    @property
    def fate(self) -> Fate | None:
        """What has happened to the wire for good."""
        for bound, fate in self._bounds:
            if self._passed >= bound:
                return fate
        return None

    def pieces(self, chunk: bytes) -> Iterator[bytes]:
        """What becomes of a chunk."""
        if chunk and self.happens(self.faults.truncate):
            chunk = chunk[: self._random.randrange(len(chunk))]
        if chunk and self.happens(self.faults.corrupt):
            at = self._random.randrange(len(chunk))
            chunk = chunk[:at] + bytes([chunk[at] ^ self._random.randrange(1, 256)]) + chunk[at + 1 :]
        for _ in range(1 + self.happens(self.faults.duplicate)):
            for piece in self._split(chunk):
                passing = piece[: self._room]
                self.cut = self.cut or len(passing) < len(piece)
                self._passed += len(passing)
                if passing:
                    yield passing

    def _split(self, chunk: bytes) -> Iterator[bytes]:
        count = self._random.randint(1, 4) if len(chunk) > 1 and self.happens(self.faults.split) else 0
        cuts = sorted(self._random.randrange(1, len(chunk)) for _ in range(count))
        return (chunk[start:end] for start, end in zip([0, *cuts], [*cuts, len(chunk)], strict=True))

    @property
    def _room(self) -> int | None:
        return min((max(0, bound - self._passed) for bound, _ in self._bounds), default=None)

    @property
    def _bounds(self) -> list[tuple[int, Fate]]:
        faults = self.faults
        bounds: list[tuple[int | None, Fate]] = [
            (faults.break_after, "broken"),
            (faults.end_after, "ended"),
            (faults.stall_after, "stalled"),
        ]
        return [(bound, fate) for bound, fate in bounds if bound is not None]


class _FaultyLink(Link):
    def __init__(self, link: Link, incoming: _Direction, outgoing: _Direction) -> None:
        self.name = link.name
        self._link = link
        self._incoming = incoming
        self._outgoing = outgoing
        self._arrived: deque[bytes] = deque()
        self.left = trio.Event()

    async def receive(self) -> bytes:
        while not self._arrived:
            if self._incoming.fate == "ended":
                await trio.lowlevel.checkpoint()  # the end of a stream is one too
                return b""
            await self._meet(self._incoming.fate)
            chunk = await self._link.receive()
            if not chunk:
                return b""
            await self._take(chunk)
        await self._be_late(self._incoming)
        return self._arrived.popleft()

    async def _take(self, chunk: bytes) -> None:
        """Keep what becomes of a chunk: from now on a cancellation loses nothing."""
        self._arrived.extend(self._incoming.pieces(chunk))
        if self._arrived and self._incoming.happens(self._incoming.faults.join):
            # What fails now fails again once this chunk has been read.
            with suppress(trio.BrokenResourceError), trio.move_on_after(_FOR_THE_NEXT):
                self._arrived[-1] += b"".join(self._incoming.pieces(await self._link.receive()))

    async def write(self, data: bytes | memoryview) -> None:
        await self._meet(self._outgoing.fate)
        for piece in self._outgoing.pieces(bytes(data)):
            await self._be_late(self._outgoing)
            await self._link.write(piece)
        if self._outgoing.cut:
            await self._meet(self._outgoing.fate)

    async def _meet(self, fate: Fate | None) -> None:
        match fate:
            case "stalled":
                await self.left.wait()
                raise trio.ClosedResourceError
            case "broken" | "ended":
                raise trio.BrokenResourceError("a fault that a test asked for")
            case None:
                await trio.lowlevel.checkpoint()

    async def _be_late(self, direction: _Direction) -> None:
        with trio.move_on_after(direction.delay()):
            await self.left.wait()
            raise trio.ClosedResourceError

    def close_by(self, deadline: float) -> None:
        self._link.close_by(deadline)

    async def last_words(self) -> LastWords:
        return await self._link.last_words()
