"""Nothing stays behind: a block that fails if a task, a file descriptor or a child process does.

Descriptors and children are read from `/proc`, and not looked at where there is none.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import attrs
import trio

_DESCRIPTORS = Path("/proc/self/fd")
_TASKS = Path("/proc/self/task")
_DELETED = " (deleted)"  # what /proc adds to a file without a name: it is the same file still


@attrs.frozen
class _Snapshot:
    tasks: frozenset[trio.lowlevel.Task]
    descriptors: dict[str, str]
    children: frozenset[int]


@asynccontextmanager
async def no_leaks() -> AsyncGenerator[None]:
    """Raise AssertionError at the end of the block for what it left behind, named one by one.

    An exception of the body goes before. Inside a pytest-trio fixture it guards a whole test:

        @pytest.fixture
        async def guarded():
            async with no_leaks():
                yield
    """
    before = _snapshot()
    yield
    after = _snapshot()
    left = [
        *(f"task {task.name}" for task in after.tasks - before.tasks),
        *(f"descriptor {fd} ({what})" for fd, what in after.descriptors.items() if before.descriptors.get(fd) != what),
        *(f"child process {pid}" for pid in after.children - before.children),
    ]
    if left:
        raise AssertionError("left behind: " + ", ".join(left))


def _snapshot() -> _Snapshot:
    return _Snapshot(_all_tasks(), _open_descriptors(), _child_processes())


def _all_tasks() -> frozenset[trio.lowlevel.Task]:
    root = trio.lowlevel.current_root_task()  # the only way to see every task
    found: set[trio.lowlevel.Task] = set()
    unseen = [root] if root is not None else []
    while unseen:
        task = unseen.pop()
        found.add(task)
        unseen += [child for nursery in task.child_nurseries for child in nursery.child_tasks]
    return frozenset(found)


def _open_descriptors() -> dict[str, str]:
    found: dict[str, str] = {}
    if _DESCRIPTORS.is_dir():
        for entry in _DESCRIPTORS.iterdir():
            try:
                found[entry.name] = str(entry.readlink()).removesuffix(_DELETED)
            except FileNotFoundError:
                continue  # the listing's own descriptor
    return found


def _child_processes() -> frozenset[int]:
    lists = [task / "children" for task in _TASKS.iterdir()] if _TASKS.is_dir() else []
    return frozenset(int(pid) for path in lists if path.exists() for pid in path.read_text().split())
