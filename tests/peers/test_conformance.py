"""The verdicts on other projects' agents and clients: each that fails was confirmed by hand, from the frames.

What changes here has changed with them, and docs/how-to/check.md lists it for readers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from .conftest import Commands, Peers

# Of our small programs on an SDK, not of the SDK: they know no cursor, and fail at a session that they do not have.
OF_THE_PROGRAMS = {"list.cursor", "session.unknown", "load.unknown"}

PYTHON_SDK_AGENT = {
    "wire.unknown-extension",
    "input.not-json",
    "input.no-request",
    "input.batch",
    "initialize.first",
}
FAST_AGENT = {
    "input.not-json",
    "input.no-request",
    "input.batch",
    "initialize.unsupported-version",
    "initialize.first",
    "session.unknown",
    "resume.no-replay",
}
STEPS = json.dumps([{"do": "new"}, {"do": "prompt", "text": "hello"}])


class Checking:
    """Runs `acp-trio check` and keeps the report."""

    def __init__(self, commands: Commands, acp_trio: list[str], directory: Path) -> None:
        self.commands = commands
        self.acp_trio = acp_trio
        self.file = directory / "report.json"

    async def failed(self, *arguments: str, program: Sequence[str]) -> dict[str, str]:
        """Return what failed, with its level."""
        command = [*self.acp_trio, "check", "--json", str(self.file), *arguments, "--", *program]
        done = await self.commands.run(command)
        assert done.returncode in {0, 1}, done
        verdicts = json.loads(self.file.read_text())["verdicts"]
        return {verdict["id"]: verdict["level"] for verdict in verdicts if verdict["outcome"] == "fail"}


@pytest.fixture
def checking(commands: Commands, acp_trio: list[str], tmp_path: Path) -> Checking:
    return Checking(commands, acp_trio, tmp_path)


@pytest.mark.peer("typescript-sdk")
async def test_an_agent_on_the_typescript_sdk_meets_every_must(checking: Checking, peers: Peers) -> None:
    failed = await checking.failed("--prompt", "long=wait", program=peers.program("typescript-sdk", "agent"))
    assert set(failed) == OF_THE_PROGRAMS | {"cancel.request"}
    assert "must" not in failed.values()


@pytest.mark.peer("python-sdk")
async def test_an_agent_on_the_python_sdk(checking: Checking, peers: Peers) -> None:
    failed = await checking.failed("--prompt", "long=wait", program=peers.program("python-sdk", "agent"))
    assert set(failed) == OF_THE_PROGRAMS | PYTHON_SDK_AGENT | {"cancel.request"}


@pytest.mark.peer("fast-agent")
async def test_fast_agent(checking: Checking, peers: Peers) -> None:
    assert set(await checking.failed("--patience", "60", program=peers.fast_agent())) == FAST_AGENT


@pytest.mark.peer("typescript-sdk")
async def test_a_client_on_the_typescript_sdk(checking: Checking, peers: Peers) -> None:
    client = [*peers.program("typescript-sdk", "client"), STEPS, "--", "{agent}"]
    assert set(await checking.failed("--client", program=client)) == {"initialize.version"}


@pytest.mark.peer("python-sdk")
async def test_a_client_on_the_python_sdk(checking: Checking, peers: Peers) -> None:
    client = [*peers.program("python-sdk", "client"), STEPS, "--", "{agent}"]
    assert set(await checking.failed("--client", program=client)) == {
        "wire.unknown-extension",
        "initialize.version",
        "schema.results",
        "files.unoffered",
        "terminal.unoffered",
    }


@pytest.mark.peer("acpx")
async def test_acpx(checking: Checking, peers: Peers) -> None:
    client = [*peers.acpx(), "--approve-all", "--format", "json", "--agent", "{agent}", "exec", "{prompt}"]
    assert set(await checking.failed("--client", program=client)) == {"initialize.version", "elicitation.unoffered"}


async def test_our_own_command_line_is_a_client_that_meets_everything(checking: Checking, acp_trio: list[str]) -> None:
    client = [*acp_trio, "prompt", "{prompt}", "--", "{agent}"]
    assert await checking.failed("--client", program=client) == {}
