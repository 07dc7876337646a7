"""`acp-trio prompt --mcp FILE`: which servers the session names, and what is refused before the agent is started."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from acp_trio.cli import main

from .trial import Finished, Trial

SECRET = "do-not-tell"

SHOWS_SERVERS = """
capabilities = {"loadSession": True, "mcpCapabilities": CAPABILITIES}
write(id=expect("initialize"), result={"protocolVersion": 1, "agentCapabilities": capabilities})
message = read()
write(id=message["id"], result={"sessionId": "s"})
say(json.dumps([message["method"], message["params"]["mcpServers"]]))
end_turn(expect("session/prompt"))
stay()
"""


async def prompted(trial: Trial, servers: dict[str, Any], *options: str, offered: object = None) -> Finished:
    (trial.directory / "mcp.json").write_text(json.dumps({"mcpServers": servers}))
    agent = trial.agent(SHOWS_SERVERS.replace("CAPABILITIES", repr(offered or {})))
    return await trial.run("prompt", "--mcp", "mcp.json", *options, "hello", "--", *agent)


async def test_the_session_names_the_servers_of_the_file(trial: Trial) -> None:
    servers = {
        "files": {"command": "sh", "args": ["-c", "true"], "env": {"KEY": "k"}},
        "bare": {"type": "stdio", "command": sys.executable},
        "web": {"type": "http", "url": "https://example.com/mcp", "headers": {"Authorization": "Bearer x"}},
        "old": {"type": "sse", "url": "http://127.0.0.1:1/sse"},
        "short": {"url": "http://127.0.0.1:1/mcp"},
    }
    done = await prompted(trial, servers, offered={"http": True, "sse": True})
    assert done.returncode == 0, done.stderr
    method, named = json.loads(done.stdout)
    assert method == "session/new"
    files, *rest = named
    assert Path(files.pop("command")).is_absolute()
    assert files == {"name": "files", "args": ["-c", "true"], "env": [{"name": "KEY", "value": "k"}]}
    assert rest == [
        {"name": "bare", "command": sys.executable, "args": [], "env": []},
        {
            "type": "http",
            "name": "web",
            "url": "https://example.com/mcp",
            "headers": [{"name": "Authorization", "value": "Bearer x"}],
        },
        {"type": "sse", "name": "old", "url": "http://127.0.0.1:1/sse", "headers": []},
        {"type": "http", "name": "short", "url": "http://127.0.0.1:1/mcp", "headers": []},
    ]


async def test_a_session_that_is_loaded_names_them_too(trial: Trial) -> None:
    done = await prompted(trial, {"one": {"command": sys.executable}}, "--session", "s")
    method, [server] = json.loads(done.stdout)
    assert (method, server["name"]) == ("session/load", "one")


async def test_a_program_with_a_slash_is_found_from_the_sessions_directory(trial: Trial) -> None:
    program = trial.directory / "work" / "serve"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o700)
    done = await prompted(trial, {"one": {"command": "./serve"}}, "--cwd", "work")
    _method, [server] = json.loads(done.stdout)
    assert server["command"] == str(program)


@pytest.mark.parametrize("kind", ["http", "sse"])
async def test_a_server_that_the_agent_cannot_reach_ends_it_with_one_line(trial: Trial, kind: str) -> None:
    servers = {"web": {"type": kind, "url": "http://127.0.0.1:1", "headers": {"Authorization": SECRET}}}
    done = await prompted(trial, servers, offered={"http": kind == "sse", "sse": kind == "http"})
    assert done.returncode == 1
    line = f"acp-trio: the agent does not offer mcpCapabilities.{kind}, which the MCP server 'web' wants\n"
    assert (done.stdout, done.error_line()) == ("", line)
    trial.assert_nothing_is_left()


@pytest.mark.parametrize(
    "server, words",
    [
        ("x", "is not an object"),
        ({}, 'has neither a "command" nor a "url"'),
        ({"command": "sh", "url": "http://x"}, "has both"),
        ({"command": 1}, '"command" is not a text'),
        ({"command": ""}, '"command" is empty'),
        ({"command": "no-such-program"}, "there is no program 'no-such-program'"),
        ({"command": "./no-such-program"}, "there is no program './no-such-program'"),
        ({"command": "sh", "args": "-c"}, '"args" is not a list of texts'),
        ({"command": "sh", "args": [1]}, '"args" is not a list of texts'),
        ({"command": "sh", "env": [SECRET]}, '"env" is not an object of texts'),
        ({"command": "sh", "env": {"KEY": [SECRET]}}, '"env" is not an object of texts'),
        ({"command": "sh", "type": "http"}, '"type" is not "stdio"'),
        ({"command": "sh", "cwd": "/", "disabled": True}, 'has "cwd", "disabled", and only "args", "command",'),
        ({"url": 1}, '"url" is not a text'),
        ({"url": "localhost"}, '"url" does not begin with http:// or https://'),
        ({"url": "http://x", "type": "stdio"}, '"type" is not "http" or "sse"'),
        ({"url": "http://x", "headers": {"X-Key": {"value": SECRET}}}, '"headers" is not an object of texts'),
    ],
    ids=str,
)
def test_what_is_wrong_with_a_server_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server: object, words: str
) -> None:
    complaint = refused(tmp_path, capsys, json.dumps({"mcpServers": {"files": server}}))
    assert f'the server "files": {words}' in complaint
    assert SECRET not in complaint


@pytest.mark.parametrize(
    "content, words",
    [
        ("{", "is not JSON: "),
        ("[]", 'has no object "mcpServers"'),
        ('{"mcpServers": []}', 'has no object "mcpServers"'),
        ('{"servers": {}}', 'has no object "mcpServers"'),
        (None, "cannot be read: No such file or directory"),
    ],
)
def test_what_is_wrong_with_the_file_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, words: str
) -> None:
    assert words in refused(tmp_path, capsys, content)


def refused(directory: Path, capsys: pytest.CaptureFixture[str], content: str | None) -> str:
    """The line about a file, for which nothing was started."""
    file = directory / "mcp.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SystemExit) as left:
        main(["prompt", "--mcp", str(file), "hello", "--", "touch", str(directory / "started")])
    assert left.value.code == 2
    assert not (directory / "started").exists()
    *_usage, line = capsys.readouterr().err.splitlines()
    assert line.startswith(f"acp-trio prompt: error: --mcp: {file}: ")
    return line
