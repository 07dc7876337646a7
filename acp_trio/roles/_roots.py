"""What of the file system an agent may name in a session: the directories it works in, and what is below them.

Owns that decision. A path is judged by where it leads once symbolic links are followed, and what was judged is what is
opened: between the two, no link that somebody puts in its way is followed. It is a fence for file requests, not a
sandbox: a command that a terminal runs can open what this process can.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ..jsonrpc import ErrorCode, RequestError
from ..session import ClientSession
from ._client_connection import ClientConnection

# Linux can open a directory that it may pass through and not list.
_DIRECTORY = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def session_of(agent: ClientConnection, session_id: str) -> ClientSession:
    """The open session with this id. Raises RequestError (-32002) if there is none, or its block is being left."""
    session = agent.sessions.get(session_id)
    if session is None or session.nursery.cancel_scope.cancel_called:
        raise RequestError.session_not_found(session_id)
    return session


def directory_inside(directories: Sequence[str], path: str) -> Path:
    """Where `path` leads, if that is one of the directories or below. Blocks; raises RequestError."""
    return _inside(directories, path)[1]


@contextmanager
def parent_inside(directories: Sequence[str], path: str) -> Generator[tuple[int, str]]:
    """Open the directory that holds what `path` leads to; gives its descriptor and the name of the file in it.

    Blocks. Raises RequestError for a path that is not below one of `directories`, OSError if its directory cannot be
    opened. Open the name relative to the descriptor, and with O_NOFOLLOW.
    """
    root, real = _inside(directories, path)
    *parents, name = real.relative_to(root).parts or ("",)
    if not name:
        raise RequestError.invalid_params(f"a directory, not a file: {path}", {"path": path})
    # Step by step: a directory that was replaced by a link since it was judged is not entered.
    descriptor = os.open(root, _DIRECTORY)
    try:
        for parent in parents:
            inner = os.open(parent, _DIRECTORY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        yield descriptor, name
    finally:
        os.close(descriptor)


@contextmanager
def refusals(path: str, what: str) -> Generator[None]:
    """Turn what the system says about `path` into what the agent is told; `what` is "read" or the like."""
    try:
        yield
    except FileNotFoundError as exc:
        message = f"cannot {what} {path}: it, or a directory on the way to it, does not exist"
        raise RequestError(ErrorCode.RESOURCE_NOT_FOUND, message, {"uri": Path(path).as_uri()}) from exc
    except (IsADirectoryError, NotADirectoryError) as exc:
        raise RequestError.invalid_params(f"cannot {what} {path}: {exc.strerror}", {"path": path}) from exc
    except OSError as exc:
        message = f"cannot {what} {path}: {exc.strerror}"
        raise RequestError(ErrorCode.INTERNAL_ERROR, message, {"path": path}) from exc


def _inside(directories: Sequence[str], path: str) -> tuple[Path, Path]:
    """The directory that holds what `path` leads to, and where it leads; neither has a link in it any more."""
    _check_spelling(path)
    # What does not exist yet is resolved as far as it does, and ".." there is taken away from the name.
    real = Path(os.path.realpath(path))
    for directory in directories:
        root = Path(os.path.realpath(directory))
        if real.is_relative_to(root):
            return root, real
    raise RequestError.invalid_params(f"outside of the session's directories: {path}", {"path": path})


def _check_spelling(path: str) -> None:
    try:
        representable = b"\0" not in os.fsencode(path)
    except UnicodeEncodeError:
        representable = False
    if not representable:
        raise RequestError.invalid_params(f"no file can have this path: {path!r}")
    if not Path(path).is_absolute():
        raise RequestError.invalid_params(f"not an absolute path: {path}", {"path": path})
