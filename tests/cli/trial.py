"""What the command line's tests share: agents in a few lines of script, and our command run against them.

The scripts speak bare JSON lines, so that each can break the protocol in exactly one way.
"""

from __future__ import annotations

import fcntl
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import trio

DEADLINE = 30  # seconds; each of these takes a fraction of one on a quiet machine
LONGEST_LINE = 600  # characters: the cause, the exit status and 200 of the agent's own

# What every script starts with: it can read requests and write messages, and it and all that it forks hold a lock.
PRELUDE = """
import fcntl, json, os, signal, sys

lock = open(sys.argv[1], "w")
fcntl.flock(lock, fcntl.LOCK_SH)

def read():
    line = sys.stdin.readline()
    return json.loads(line) if line else sys.exit(0)

def write(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)

def expect(method):
    while (message := read()).get("method") != method:
        pass
    return message.get("id")

def set_up():
    write(id=expect("initialize"), result={"protocolVersion": 1, "agentCapabilities": {}})
    write(id=expect("session/new"), result={"sessionId": "s"})
    return expect("session/prompt")

def say(text):
    content = {"type": "text", "text": text}
    update = {"sessionUpdate": "agent_message_chunk", "content": content}
    write(method="session/update", params={"sessionId": "s", "update": update})

def ask(number, options):
    options = [{"optionId": option, "name": option, "kind": "allow_once"} for option in options]
    params = {"sessionId": "s", "toolCall": {"toolCallId": str(number), "title": f"task {number}"}, "options": options}
    write(id=number, method="session/request_permission", params=params)

def end_turn(prompt):
    write(id=prompt, result={"stopReason": "end_turn"})

def stay():
    while True:
        read()

"""


OUR_COMMAND = [sys.executable, "-m", "acp_trio"]
OUR_AGENT = [*OUR_COMMAND, "agent"]


@dataclass
class Running:
    """Our command while it runs, and everything it has written to pipes."""

    process: trio.Process
    stdout: str = ""
    stderr: str = ""
    heard: trio.Event = field(default_factory=trio.Event)

    async def listen(self, name: str, stream: trio.abc.ReceiveStream) -> None:
        async for chunk in stream:
            setattr(self, name, getattr(self, name) + chunk.decode())
            self.heard.set()
            self.heard = trio.Event()

    async def says(self, text: str) -> None:
        """Wait until the text is on stdout or stderr."""
        while text not in self.stdout and text not in self.stderr:
            await self.heard.wait()

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)


@dataclass(frozen=True)
class Finished:
    returncode: int
    stdout: str
    stderr: str

    def error_line(self) -> str:
        """Return the one line on stderr."""
        assert self.stderr.count("\n") == 1, self.stderr
        assert len(self.stderr) <= LONGEST_LINE
        return self.stderr


@dataclass(frozen=True)
class Trial:
    """A directory, our command run in it, and whether an agent outlives that."""

    directory: Path

    @property
    def lock(self) -> Path:
        return self.directory / "lock"

    def agent(self, script: str) -> list[str]:
        return [sys.executable, "-ISc", PRELUDE + script, str(self.lock)]

    async def run(self, *arguments: str, stdin: bytes = b"") -> Finished:
        """Run our command to its end."""
        command = [*OUR_COMMAND, *arguments]
        with trio.fail_after(DEADLINE):
            done = await trio.run_process(
                command, stdin=stdin, capture_stdout=True, capture_stderr=True, check=False, cwd=self.directory
            )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    async def prompt(self, agent: list[str]) -> Finished:
        return await self.run("prompt", "hello", "--", *agent)

    async def shell(self, script: str, *arguments: str) -> Finished:
        """Run a script of bash, in which "$@" is the arguments."""
        with trio.fail_after(DEADLINE):
            done = await trio.run_process(
                ["bash", "-c", script, "bash", *arguments],
                capture_stdout=True,
                capture_stderr=True,
                check=False,
                cwd=self.directory,
            )
        return Finished(done.returncode, done.stdout.decode(), done.stderr.decode())

    @asynccontextmanager
    async def start(self, *arguments: str, **streams: Any) -> AsyncGenerator[Running]:
        """Run our command beside the block, and see it end after the block."""
        piped = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        with trio.fail_after(DEADLINE):
            async with trio.open_nursery() as nursery:
                command = [*OUR_COMMAND, *arguments]
                process = await nursery.start(
                    partial(trio.run_process, command, check=False, cwd=self.directory, **piped)
                )
                running = Running(process)
                for name in ("stdout", "stderr"):
                    if (stream := getattr(process, name)) is not None:
                        nursery.start_soon(running.listen, name, stream)
                yield running

    async def failure(self, agent: list[str]) -> str:
        """Return the one line with which the command failed, once sure that nothing of the agent is left."""
        done = await self.prompt(agent)
        assert done.returncode == 1, done
        self.assert_nothing_is_left()
        return done.error_line()

    def assert_nothing_is_left(self) -> None:
        with self.lock.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails while a process of the agent's lives
