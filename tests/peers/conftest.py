"""When the peers' tests run, and what they are given: installed peers, our command, and a way to run commands.

They install other projects' software, so they are collected only when asked for: by `-m peer`, or by ACP_TRIO_PEERS
naming a directory for the environments (as `nox -s peers` does). ACP_TRIO_PEERS=off leaves them out by one named skip.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import trio

from .install import NEEDS_NODE, PROGRAMS, VERSIONS, InstallFailed, default_root, install, missing_tool
from .terminal import Terminal

OFF = "ACP_TRIO_PEERS=off: no other project's agent or client is run"
DEADLINE = 180  # seconds; fast-agent alone may take 18 to start, and checking it starts it fifteen times
PEERS_RUN = pytest.StashKey[set[str]]()


def switched_off() -> bool:
    return os.environ.get("ACP_TRIO_PEERS") == "off"


def asked_for(config: pytest.Config) -> bool:
    return "ACP_TRIO_PEERS" in os.environ or re.search(r"(?<!not )\bpeer\b", config.option.markexpr) is not None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return None if asked_for(config) else True


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    ours = [item for item in items if item.get_closest_marker("peer")]
    if switched_off():
        keep_one_skipped(config, items, ours, OFF)
        return
    for reason in {missing_tool(peer) for peer in VERSIONS} - {None}:
        lacking = [item for item in ours if any(missing_tool(peer) == reason for peer in peers_of(item))]
        keep_one_skipped(config, items, lacking, str(reason))


def keep_one_skipped(config: pytest.Config, items: list[pytest.Item], out: list[pytest.Item], reason: str) -> None:
    """Leave one of these tests to say why none of them runs."""
    if not out:
        return
    out[0].add_marker(pytest.mark.skip(reason=reason))
    config.hook.pytest_deselected(items=out[1:])
    items[:] = [item for item in items if item not in out[1:]]


def peers_of(item: pytest.Item) -> list[str]:
    return [peer for mark in item.iter_markers("peer") for peer in mark.args]


def pytest_runtest_call(item: pytest.Item) -> None:
    item.config.stash.setdefault(PEERS_RUN, set()).update(peers_of(item))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if ran := config.stash.get(PEERS_RUN, set()):
        listed = ", ".join(f"{peer} {version}" for peer, version in VERSIONS.items() if peer in ran)
        terminalreporter.write_line(f"peers run: {listed}")


@dataclass(frozen=True)
class Peers:
    """The installed peers: the command lines that run them."""

    root: Path
    installed: dict[str, Path | InstallFailed] = field(default_factory=dict)

    def program(self, peer: str, role: str) -> list[str]:
        """Return the command of our own small agent or client on an SDK; installs the SDK the first time."""
        place = self._place(peer)
        if peer in NEEDS_NODE:
            return ["node", str(place / f"typescript_{role}.mjs")]
        return [str(place / "venv" / "bin" / "python"), str(PROGRAMS / f"python_{role}.py")]

    def fast_agent(self) -> list[str]:
        return [str(self._place("fast-agent") / "venv" / "bin" / "fast-agent-acp"), "--model", "passthrough"]

    def acpx(self) -> list[str]:
        binaries = self._place("acpx") / "node_modules" / ".bin"
        return [str(binaries / "node"), str((binaries / "acpx").resolve())]

    def _place(self, peer: str) -> Path:
        if peer not in self.installed:
            try:
                self.installed[peer] = install(peer, self.root)
            except InstallFailed as failed:  # each of the peer's tests says so, and only the first one waits for it
                self.installed[peer] = failed
        outcome = self.installed[peer]
        if isinstance(outcome, InstallFailed):
            raise outcome
        return outcome


@pytest.fixture(scope="session")
def peers() -> Peers:
    return Peers(default_root())


@pytest.fixture(scope="session")
def acp_trio() -> list[str]:
    """Our command line."""
    return [sys.executable, "-m", "acp_trio"]


@dataclass(frozen=True)
class Finished:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str

    def error_line(self) -> str:
        """Return the only line on stderr."""
        assert self.stderr.count("\n") == 1, self.stderr
        return self.stderr


class Running:
    """A command that is running, with what it has said so far."""

    def __init__(self, process: trio.Process) -> None:
        self._process = process
        self._said = {name: bytearray() for name in ("stdout", "stderr")}
        self._silent = {name: trio.Event() for name in self._said}
        self._grew = trio.Condition()

    async def says(self, text: str) -> None:
        """Wait until the text is on stdout."""
        async with self._grew:
            while text.encode() not in self._said["stdout"]:
                await self._grew.wait()

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        self._process.send_signal(signal.SIGINT)

    async def finish(self) -> Finished:
        """Wait until the command has ended and nobody holds its output any more."""
        returncode = await self._process.wait()
        for silent in self._silent.values():
            await silent.wait()
        return Finished(returncode, self._said["stdout"].decode(), self._said["stderr"].decode())

    async def collect(self, name: str, stream: trio.abc.ReceiveStream) -> None:
        async for chunk in stream:
            async with self._grew:
                self._said[name] += chunk
                self._grew.notify_all()
        self._silent[name].set()


@dataclass(frozen=True)
class Commands:
    """Runs commands in a directory of the test's own, with a home of its own."""

    home: Path

    def environment(self) -> dict[str, str]:
        return {**os.environ, "HOME": str(self.home), "ENVIRONMENT_DIR": str(self.home / "fast-agent")}

    async def run(self, argv: Sequence[str], *, stdin: str = "") -> Finished:
        """Run a command to its end, without a terminal."""
        return await self._run(argv, stdin=stdin.encode(), capture_stderr=True)

    async def run_at(self, terminal: Terminal, argv: Sequence[str]) -> Finished:
        """Run a command to its end for a person at a terminal, who sees its stderr; its stdout goes elsewhere."""
        return await self._run(argv, stdin=terminal.descriptor, stderr=terminal.descriptor)

    async def _run(self, argv: Sequence[str], **streams: Any) -> Finished:
        with trio.fail_after(DEADLINE):
            done = await trio.run_process(
                list(argv), capture_stdout=True, check=False, cwd=self.home, env=self.environment(), **streams
            )
        return Finished(done.returncode, done.stdout.decode(), (done.stderr or b"").decode())

    @asynccontextmanager
    async def start(self, argv: Sequence[str]) -> AsyncIterator[Running]:
        """Start a command; leaving the block ends it, and a block that takes too long fails."""
        pipes = {"stdin": b"", "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        options = {"check": False, "cwd": self.home, "env": self.environment()}
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                process = await nursery.start(partial(trio.run_process, list(argv), **pipes, **options))
                running = Running(process)
                nursery.start_soon(running.collect, "stdout", process.stdout)
                nursery.start_soon(running.collect, "stderr", process.stderr)
                yield running
                nursery.cancel_scope.cancel()


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    return Commands(tmp_path)


SDKS = [pytest.param(peer, marks=pytest.mark.peer(peer)) for peer in ("python-sdk", "typescript-sdk")]


@pytest.fixture(params=SDKS)
def sdk_agent(request: pytest.FixtureRequest, peers: Peers) -> list[str]:
    """The command of our small agent on one of the SDKs."""
    return peers.program(request.param, "agent")


@pytest.fixture(params=SDKS)
def sdk_client(request: pytest.FixtureRequest, peers: Peers) -> list[str]:
    """The command of our small client on one of the SDKs."""
    return peers.program(request.param, "client")
