"""What every test of a transport must leave behind: the descriptors and the child processes it found."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PROGRAMS = Path(__file__).with_name("programs")


@pytest.fixture(autouse=True)
def nothing_leaks() -> Iterator[None]:
    """P22 for this directory."""
    before = descriptors()
    yield
    assert descriptors() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def descriptors() -> dict[str, str]:
    found: dict[str, str] = {}
    for entry in Path("/proc/self/fd").iterdir():
        try:
            found[entry.name] = str(entry.readlink())
        except FileNotFoundError:
            continue  # the listing's own descriptor
    return found


@pytest.fixture
def program() -> Callable[..., list[str]]:
    """The command of a test program: its name and its arguments."""

    def command(name: str, *arguments: object) -> list[str]:
        return [sys.executable, "-ES", str(PROGRAMS / f"{name}.py"), *map(str, arguments)]

    return command


@pytest.fixture
def script() -> Callable[[str], list[str]]:
    """The command that runs a few lines of Python."""

    def command(source: str) -> list[str]:
        return [sys.executable, "-ESc", source]

    return command


@pytest.fixture
def running() -> Callable[[int], bool]:
    """Whether a process runs: it exists and is not a zombie."""

    def check(pid: int) -> bool:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        return stat.rpartition(")")[2].split()[0] != "Z"

    return check
