"""Commands and their arguments: what `acp-trio` takes, and which exit status a usage error has.

Each command's module is imported when it is used, so that `acp-trio agent` starts fast.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

USAGE_ERROR = 2

LATER = {
    "chat": "a conversation in the terminal",
    "tap": "a recorder between a client and an agent",
    "conduct": "chains of proxies",
    "view": "a viewer of recordings",
    "check": "the conformance kit",
    "bench": "a comparison of agents",
}
"""Commands that the contract names and that do not exist yet."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `acp-trio` and return its exit status.

    0: the turn ended. 1: the agent refused, failed or broke the protocol. 2: usage. 130: Ctrl-C.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given and given[0] in LATER:
        print(f"acp-trio: {given[0]} ({LATER[given[0]]}) does not exist yet", file=sys.stderr)
        return USAGE_ERROR
    options, command = _split(given)
    parser = _parser()
    parsed = parser.parse_args(options)
    if parsed.command == "prompt":
        return _prompt(parser, parsed, command)
    if command is not None:
        parser.error(f"{parsed.command} takes no `-- COMMAND`")
    if parsed.command == "demo":
        from ._demo import demo

        return demo()
    from ._example_agent import serve_stdio

    return serve_stdio()


def _prompt(parser: argparse.ArgumentParser, parsed: argparse.Namespace, command: list[str] | None) -> int:
    from ._prompt import PromptOptions, prompt

    if not command:
        parser.error("say which agent to start: acp-trio prompt TEXT -- COMMAND ARG...")
    options = PromptOptions(
        text=parsed.text,
        command=command,
        cwd=_directory(parser, parsed.cwd),
        permission="allow" if parsed.allow else "deny" if parsed.deny else "ask",
        json=parsed.json,
        session=parsed.session,
        mode=parsed.mode,
        auth=parsed.auth,
        env=dict(_assignment(parser, item) for item in parsed.env),
        files=[_file(parser, name) for name in parsed.file],
        trace=parsed.trace,
        verbose=parsed.verbose,
    )
    return prompt(options)


def _split(given: list[str]) -> tuple[list[str], list[str] | None]:
    """Our own options, and the agent's command behind the first `--`."""
    if "--" not in given:
        return given, None
    position = given.index("--")
    return given[:position], given[position + 1 :]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="acp-trio", description="Talk to coding agents over the Agent Client Protocol."
    )
    parser.add_argument("--version", action="version", version=f"acp-trio {version('acp_trio')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    commands.add_parser("demo", help="an agent and a client as two processes: a turn, a tool call, a permission")
    commands.add_parser("agent", help="the deterministic example agent, on standard input and output")
    prompt = commands.add_parser(
        "prompt",
        help="one turn with any ACP agent",
        usage="acp-trio prompt [OPTION...] TEXT -- COMMAND ARG...",
        description="Start an agent, send it one prompt, and stream its answer to standard output.",
    )
    prompt.add_argument("text", metavar="TEXT", help="the prompt; - reads it from standard input")
    prompt.add_argument("--cwd", metavar="DIR", default=".", help="the session's directory (default: this one)")
    answer = prompt.add_mutually_exclusive_group()
    answer.add_argument("--allow", action="store_true", help="grant every permission")
    answer.add_argument("--deny", action="store_true", help="refuse every permission")
    prompt.add_argument("--json", action="store_true", help="print updates and result as JSON lines")
    prompt.add_argument("--session", metavar="ID", help="load or resume this session in place of a new one")
    prompt.add_argument("--mode", metavar="ID", help="switch the session to this mode first")
    prompt.add_argument("--auth", metavar="ID", help="authenticate by this method of the agent first")
    prompt.add_argument("--env", metavar="NAME=VALUE", action="append", default=[], help="set this for the agent")
    prompt.add_argument("--file", metavar="FILE", action="append", default=[], help="attach this file to the prompt")
    prompt.add_argument("--trace", metavar="FILE", help="record every message there, as JSON lines")
    prompt.add_argument("--verbose", action="store_true", help="show the agent's standard error, and whole failures")
    return parser


def _directory(parser: argparse.ArgumentParser, name: str) -> Path:
    path = Path(name).resolve()
    if not path.is_dir():
        _fail(parser, f"--cwd: {name} is no directory")
    return path


def _file(parser: argparse.ArgumentParser, name: str) -> Path:
    path = Path(name).resolve()
    if not path.is_file():
        _fail(parser, f"--file: {name} is no file")
    return path


def _assignment(parser: argparse.ArgumentParser, item: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not name or not equals:
        _fail(parser, f"--env: {item!r} is not NAME=VALUE")
    return name, value


def _fail(parser: argparse.ArgumentParser, message: str) -> NoReturn:
    parser.error(message)
