"""A wire over file descriptors of this process.

Owns the link made of a read end and a write end, and the transport that takes private ends of two descriptors. It
refuses to own the descriptors themselves, and to know which ones are special: that is `_stdio`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from ._end import ReadEnd, WriteEnd
from ._errors import HandshakeFailed
from ._private_ends import private_reader, private_writer
from ._transport import Link, Transport


def file_descriptors(read_fd: int, write_fd: int) -> Transport:
    """Make a transport over two descriptors (or one, twice): pipes, sockets, terminals, regular files.

    They stay yours: the transport opens private ends when it is opened, closes these when it is left, and the peer
    sees the end of the stream once you have closed yours. Their flags are as before afterwards, and during the block
    too wherever the system permits. A regular file that is read ends where the file ends. No checkpoint.
    """
    return _DescriptorTransport(read_fd, write_fd)


class _DescriptorTransport(Transport):
    def __init__(self, read_fd: int, write_fd: int) -> None:
        self._read_fd = read_fd
        self._write_fd = write_fd

    @asynccontextmanager
    async def open(self) -> AsyncGenerator[Link]:
        link = open_descriptors(f"descriptors {self._read_fd} and {self._write_fd}", self._read_fd, self._write_fd)
        try:
            yield link
        finally:
            link.close()


def open_descriptors(name: str, read_fd: int, write_fd: int) -> DescriptorLink:
    """Open private ends of both. Raises `HandshakeFailed`."""
    if sys.platform == "win32":
        raise HandshakeFailed(f"{name}: file descriptors are not supported on Windows")
    try:
        # Looked at first: otherwise the first private end could get the number of the second, closed one.
        os.fstat(write_fd)
        reader = private_reader(read_fd)
        try:
            writer = private_writer(write_fd)
        except BaseException:
            reader.close()
            raise
    except OSError as error:
        raise HandshakeFailed(f"cannot use {name}: {error.strerror}") from error
    return DescriptorLink(name, reader, writer)


class DescriptorLink(Link):
    """A read end and a write end."""

    def __init__(self, name: str, reader: ReadEnd, writer: WriteEnd) -> None:
        self.name = name
        self._reader = reader
        self._writer = writer

    async def receive(self) -> bytes:
        return await self._reader.receive()

    def write_nowait(self, data: bytes | memoryview) -> int:
        return self._writer.write_nowait(data)

    async def write(self, data: bytes | memoryview) -> None:
        await self._writer.write(data)

    def close(self) -> None:
        """Close both ends. Idempotent."""
        self._writer.close()
        self._reader.close()
