"""Files for agents, from the disk: what `Client.serve_files` registers.

Owns what is a text file, how much of one is read, and how one is replaced: at once or not at all. Which paths an agent
may name is decided by `_roots`. It knows no unsaved changes; an editor has those, and handlers of its own
(https://agentclientprotocol.com/protocol/file-system).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from io import FileIO

import trio

from ..jsonrpc import RequestError
from ..schema import v1
from ._client_connection import ClientConnection
from ._roots import parent_inside, refusals, session_of

_PIECE = 64 * 1024  # bytes between two looks at whether the agent still wants it
# A pipe or a device that somebody put there must not keep a thread waiting.
_OPEN = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class DiskFiles:
    """The two handlers.

    Args:
      limit: how many bytes one read may return.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit

    async def read(self, request: v1.ReadTextFileRequest, agent: ClientConnection) -> v1.ReadTextFileResponse:
        """Answer `fs/read_text_file`."""
        directories = session_of(agent, request.session_id).directories
        content = await trio.to_thread.run_sync(
            partial(self._read, directories, request.path, skipped=max(0, (request.line or 1) - 1), lines=request.limit)
        )
        return v1.ReadTextFileResponse(content=content)

    async def write(self, request: v1.WriteTextFileRequest, agent: ClientConnection) -> v1.WriteTextFileResponse:
        """Answer `fs/write_text_file`."""
        directories = session_of(agent, request.session_id).directories
        try:
            content = request.content.encode()
        except UnicodeEncodeError as exc:
            raise RequestError.invalid_params("the content holds half of a character (a lone surrogate)") from exc
        await trio.to_thread.run_sync(_write, directories, request.path, content)
        return v1.WriteTextFileResponse()

    def _read(self, directories: Sequence[str], path: str, *, skipped: int, lines: int | None) -> str:
        with refusals(path, "read"):
            with parent_inside(directories, path) as (directory, name):
                file = _opened(directory, name, os.O_RDONLY, path)
            with file:
                for _ in _pieces(file, skipped):
                    pass
                content = self._joined(_pieces(file, lines), path)
        try:
            return content.decode()
        except UnicodeDecodeError as exc:
            raise RequestError.invalid_params(f"not a text file (no UTF-8): {path}", {"path": path}) from exc

    def _joined(self, pieces: Iterator[bytes], path: str) -> bytearray:
        content = bytearray()
        for piece in pieces:
            content += piece
            if len(content) > self._limit:
                message = f"more than {self._limit} bytes; ask for fewer lines: {path}"
                raise RequestError.invalid_params(message, {"path": path, "limit": self._limit})
        return content


def _pieces(file: FileIO, lines: int | None) -> Iterator[bytes]:
    """The next lines (None: all) in pieces, line ends included; the file is then behind them."""
    while lines is None or lines > 0:
        trio.from_thread.check_cancelled()
        piece = file.read(_PIECE)
        if not piece:
            return
        if lines is not None:
            ends = piece.count(b"\n")
            if ends >= lines:
                whole = piece
                piece = piece[: _end_of_line(piece, lines)]
                file.seek(len(piece) - len(whole), os.SEEK_CUR)
            lines -= ends
        yield piece


def _end_of_line(piece: bytes, number: int) -> int:
    """Where the line after the one with this number begins; the first has number 1."""
    end = 0
    for _ in range(number):
        end = piece.index(b"\n", end) + 1
    return end


def _write(directories: Sequence[str], path: str, content: bytes) -> None:
    with refusals(path, "write"), parent_inside(directories, path) as (directory, name):
        mode = _mode_to_keep(directory, name, path)
        temporary = f".{os.urandom(8).hex()}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN
        # What replaces a private file is private from the start.
        descriptor = os.open(temporary, flags, 0o666 if mode is None else 0o600, dir_fd=directory)
        try:
            with FileIO(descriptor, "wb") as file:
                _fill(file, content, mode)
            trio.from_thread.check_cancelled()
            os.replace(temporary, name, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=directory)
            raise


def _mode_to_keep(directory: int, name: str, path: str) -> int | None:
    """The permissions of the file that is replaced, None if there is none. Raises unless it could be written to."""
    try:
        # Replacing it needs no right to write to it; the user who took that right away meant it.
        file = _opened(directory, name, os.O_WRONLY, path)
    except FileNotFoundError:
        return None
    with file:
        return os.fstat(file.fileno()).st_mode & 0o777


def _fill(file: FileIO, content: bytes, mode: int | None) -> None:
    rest = memoryview(content)
    while rest:
        trio.from_thread.check_cancelled()
        rest = rest[file.write(rest[: 16 * _PIECE]) :]
    if mode is not None:
        os.fchmod(file.fileno(), mode)
    # Without it a power failure may leave neither the old content nor the new.
    os.fsync(file.fileno())


def _opened(directory: int, name: str, mode: int, path: str) -> FileIO:
    """Open a file as it is. Raises OSError, and RequestError for what is not a regular file."""
    descriptor = os.open(name, mode | _OPEN, dir_fd=directory)
    try:
        kind = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(kind):
            what = "a directory" if stat.S_ISDIR(kind) else "a device, pipe or socket"
            raise RequestError.invalid_params(f"{what}, not a file: {path}", {"path": path})
    except BaseException:
        os.close(descriptor)
        raise
    return FileIO(descriptor, "rb" if mode == os.O_RDONLY else "wb")
