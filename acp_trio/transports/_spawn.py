"""Starting a program, and saying why it could not be started.

Owns the call and the wording. It refuses to run anything through a shell.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Mapping

import attrs

from ._errors import HandshakeFailed
from ._transport import LastWords


@attrs.frozen(kw_only=True)
class Program:
    """What to start."""

    command: tuple[str, ...]
    env: Mapping[str, str] | None = attrs.field(repr=False)  # it may hold secrets
    """Added to this process's environment."""
    cwd: str | None

    def environment(self) -> dict[str, str]:
        return {**os.environ, **(self.env or {})}


def spawn(program: Program, *, capture_stderr: bool) -> subprocess.Popen[bytes]:
    """Start it with pipes, in a session of its own. Blocks until it runs; raises `HandshakeFailed`."""
    return _started(program, stdin=subprocess.PIPE, stderr=subprocess.PIPE if capture_stderr else None)


def spawn_for_output(program: Program) -> subprocess.Popen[bytes]:
    """Start it with nothing to read and one pipe for both outputs, in a session of its own. Otherwise like `spawn`."""
    return _started(program, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)


def _started(program: Program, *, stdin: int, stderr: int | None) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 -- the command is the caller's
            program.command,
            bufsize=0,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=program.cwd,
            env=program.environment(),
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        reason = _why_not(program, error)
        raise HandshakeFailed(reason, LastWords(command=program.command)) from error


def _why_not(program: Program, error: OSError | ValueError) -> str:
    name = program.command[0]
    if isinstance(error, ValueError):
        return f"cannot run {name!r}: {error}"
    if program.cwd is not None and error.filename == program.cwd:
        return f"cannot use working directory {program.cwd!r}: {error.strerror}"
    match error.errno:
        case errno.ENOENT if _found(program):
            return f"cannot run {name!r}: the interpreter that its first line names does not exist"
        case errno.ENOENT:
            return f"command not found: {name!r}"
        case errno.EACCES:
            return f"permission denied: {name!r}"
        case errno.ENOEXEC:
            return f"cannot run {name!r}: neither a program of this machine nor a script with an interpreter (#!)"
        case _:
            return f"cannot run {name!r}: {error.strerror}"


def _found(program: Program) -> bool:
    search_path = os.pathsep.join(os.get_exec_path(program.environment()))
    name = program.command[0]
    if os.path.dirname(name):  # noqa: PTH120 -- a Path forgets that it began with a dot
        name = os.path.join(program.cwd or "", name)  # noqa: PTH118
    return shutil.which(name, path=search_path) is not None
