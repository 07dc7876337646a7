"""Deliberate defects: each takes away one mechanism that keeps a promise, and some test must fail. `nox -s mutants`.

`MUTANTS` is the table: the docs print it below each promise, a test sees that it fits the code, and running this file
plants each defect in a copy of the tree and runs the tests that should notice.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import attrs

import acp_trio

TREE = Path(__file__).parents[2]
PATIENCE = 300
"""Seconds after which a test that hangs has noticed."""


@attrs.frozen
class Mutant:
    """A defect."""

    promise: str
    what: str
    """What is missing, as half a sentence."""
    file: str
    """Below acp_trio/."""
    code: str
    """What stands there once."""
    defect: str
    """What stands there instead."""
    tests: str
    """Which tests are enough to notice, by path below tests/."""

    @property
    def path(self) -> Path:
        """In the package that is installed."""
        return Path(acp_trio.__file__).parent / self.file

    @property
    def line(self) -> int:
        """Where it is now."""
        return self.path.read_text().partition(self.code)[0].count("\n") + 1


MUTANTS = [
    Mutant(
        "P1",
        "an answer that was received before the end still wins",
        "connection/_connection.py",
        "self._lose(reason, words, cause, keep=answered)",
        "self._lose(reason, words, cause)",
        "faults/test_lost_peers.py",
    ),
    Mutant(
        "P1",
        "closing fails what still waits",
        "connection/_connection.py",
        "            self._sent.fail(self._loss, finally_=True)\n",
        "",
        "connection",
    ),
    Mutant(
        "P1",
        "the output of a program ends with it, whoever holds the pipe",
        "transports/_process_link.py",
        "        self._output.expect_no_more()\n",
        "",
        "faults/test_programs.py transports",
    ),
    Mutant(
        "P2",
        "a stopped program is woken to take its SIGTERM",
        "transports/_process_group.py",
        "        self._send(signal.SIGCONT)\n",
        "",
        "transports faults/test_programs.py",
    ),
    Mutant(
        "P3",
        "a cancel stops a request that waits for its turn",
        "connection/_waiting_cancels.py",
        "return request_id in self._count",
        "return False",
        "connection",
    ),
    Mutant(
        "P3",
        "a cancel that has had its turn is forgotten",
        "connection/_waiting_cancels.py",
        "            self._count[request_id] -= 1\n",
        "            pass\n",
        "connection",
    ),
    Mutant(
        "P3",
        "a session/cancel reaches the running turn before its own turn comes",
        "session/_turn_queue.py",
        "        if turns and turns[0].running:\n            turns[0].responder",
        "        if False:\n            turns[0].responder",
        "session",
    ),
    Mutant(
        "P7",
        "small lines are counted as they take memory",
        "connection/_receiver.py",
        "len(chunk) + _FRAME * len(frames)",
        "len(chunk)",
        "connection/test_hostile_amounts.py",
    ),
    Mutant(
        "P10",
        "senders that wait for room are let go on",
        "connection/_outgoing.py",
        "        if self._unwritten <= self._soft // 2:\n",
        "        if False:\n",
        "connection",
    ),
    Mutant(
        "P10",
        "an inbox has a bound",
        "session/_inbox.py",
        "        if self._size > self._maximum:\n            return False",
        "        if False:\n            return False",
        "session",
    ),
    Mutant(
        "P10",
        "what waits for a relay is counted as it takes memory",
        "roles/_relays.py",
        "dispatch.size + _MESSAGE",
        "dispatch.size",
        "proxies",
    ),
    Mutant(
        "P24",
        "a request that is cancelled before it is sent is not sent",
        "connection/_messaging.py",
        "        await trio.lowlevel.checkpoint_if_cancelled()  # cancelled by now, nothing is sent\n"
        "        if not self._outgoing.has_room:\n            await self._outgoing.wait_for_room()\n        return",
        "        if not self._outgoing.has_room:\n            await self._outgoing.wait_for_room()\n        return",
        "connection faults/test_cancelling.py",
    ),
    Mutant(
        "P24",
        "a prompt that was not sent leaves its session free",
        "session/_client_session.py",
        "            self._turn = None\n            self._turn_left.set()\n            raise",
        "            self._turn_left.set()\n            raise",
        "faults/test_cancelling.py session",
    ),
    Mutant(
        "P24",
        "a terminal that was given up while it was made is released",
        "session/_facilities.py",
        "    if sent.is_awaited or connection.is_closed:\n        return\n",
        "    return\n",
        "faults/test_cancelling.py",
    ),
    Mutant(
        "P24",
        "a terminal is released although its block is cancelled",
        "session/_facilities.py",
        "    with connection.leaving(carried.error):\n        try:\n            await terminal.release()",
        "    if True:\n        try:\n            await terminal.release()",
        "faults/test_cancelling.py",
    ),
    Mutant(
        "P24",
        "sessions that wait for their relay are refused when their block is left",
        "roles/_relays.py",
        "        if (backlog := self._waiting.pop(session.id, None)) is not None:\n            backlog.refuse()\n",
        "        self._waiting.pop(session.id, None)\n",
        "proxies",
    ),
]


def is_noticed(mutant: Mutant) -> bool:
    """Plant a defect in a copy of the tree, and say whether its tests fail."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory) / "tree"
        unwanted = shutil.ignore_patterns(".*", "__pycache__", "_build")
        shutil.copytree(TREE, copy, ignore=unwanted)
        planted = copy / "acp_trio" / mutant.file
        planted.write_text(planted.read_text().replace(mutant.code, mutant.defect))
        tests = [f"tests/{path}" for path in mutant.tests.split()]
        command = [sys.executable, "-m", "pytest", "-m", "", "-x", "-q", "-p", "no:cacheprovider", *tests]
        try:
            environment = {**os.environ, "PYTHONPATH": str(copy)}
            done = subprocess.run(
                command, cwd=copy, env=environment, capture_output=True, timeout=PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            return True
    assert done.returncode in {0, 1}, done.stdout.decode()
    return done.returncode == 1


def main() -> int:
    survivors = 0
    for mutant in MUTANTS:
        noticed = is_noticed(mutant)
        survivors += not noticed
        print("noticed " if noticed else "SURVIVED", mutant.promise, mutant.what, flush=True)
    return survivors


if __name__ == "__main__":
    sys.exit(main())
