"""The two files of a kept session: what its conversation is, a line an entry, and what is kept beside it.

Owns their names, their permissions, and that neither is ever left half written. All of it blocks; it knows bytes only.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

import attrs

_OPEN: Final = os.O_NOFOLLOW | os.O_CLOEXEC
_PRIVATE: Final = 0o600
_META: Final = ".json"


@attrs.frozen
class SessionFiles:
    """The files of one session.

    A session's id comes from outside, so the files are named by its digest: whatever the id is, they are in the
    directory, and no two ids share them, also where the file system does not tell `a` from `A`.
    """

    directory: Path
    session_id: str

    @property
    def meta(self) -> Path:
        """What is kept beside the conversation. A session exists when this does."""
        return self.directory / (self._name + _META)

    @property
    def entries(self) -> Path:
        """The conversation."""
        return self.directory / (self._name + ".jsonl")

    @property
    def _name(self) -> str:
        return sha256(self.session_id.encode("utf-8", "surrogatepass")).hexdigest()

    def create(self, meta: bytes) -> None:
        """Begin an empty conversation. Raises FileExistsError."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.meta.exists():
            raise FileExistsError("it exists")
        os.close(os.open(self.entries, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _OPEN, _PRIVATE))
        self._replace_meta(meta)

    def append(self, lines: bytes) -> None:
        """Add whole lines, all of them or, when it raises, none."""
        descriptor = os.open(self.entries, os.O_RDWR | os.O_APPEND | _OPEN)
        try:
            end = os.fstat(descriptor).st_size
            whole = end == 0 or os.pread(descriptor, 1, end - 1) == b"\n"
            try:
                _write(descriptor, lines if whole else b"\n" + lines)
            except OSError:
                with suppress(OSError):  # what stays of a line is then parted from the next, and not read
                    os.ftruncate(descriptor, end)
                raise
        finally:
            os.close(descriptor)

    def save(self, change: Callable[[bytes], bytes]) -> None:
        """Replace what is kept beside the conversation by what `change` makes of it. Raises FileNotFoundError."""
        self._replace_meta(change(self.meta.read_bytes()))

    def load(self) -> tuple[bytes, bytes] | None:
        """What is beside the conversation, and the conversation; None if there is no such session."""
        try:
            meta = self.meta.read_bytes()
        except FileNotFoundError:
            return None
        return meta, self.entries.read_bytes()

    def delete(self) -> None:
        """Take both away, and what a crash has left of them; what is not there is gone already."""
        self.meta.unlink(missing_ok=True)
        for path in self.directory.glob(f"{self._name}.*"):
            path.unlink(missing_ok=True)

    def _replace_meta(self, content: bytes) -> None:
        temporary = self.meta.with_suffix(f".{os.urandom(8).hex()}.tmp")
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, _PRIVATE)
            try:
                _write(descriptor, content)
                # Without it a power failure may leave neither the old content nor the new.
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            temporary.replace(self.meta)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise


def all_metas(directory: Path) -> dict[Path, bytes]:
    """What is kept beside each conversation in the directory; nothing if there is no directory."""
    metas: dict[Path, bytes] = {}
    for path in directory.glob(f"*{_META}"):
        with suppress(FileNotFoundError):  # it was deleted meanwhile
            metas[path] = path.read_bytes()
    return metas


def _write(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
