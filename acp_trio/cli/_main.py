"""Commands and their arguments: what `acp-trio` takes, and which exit status a usage error has.

Each command's module is imported when it is used, so that `acp-trio agent` starts fast.
"""

from __future__ import annotations

import argparse
import math
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from ._standard_streams import standard_streams, write_message

if TYPE_CHECKING:  # see above
    from ..schema import v1

USAGE_ERROR = 2
INTERRUPTED = 128 + signal.SIGINT

LATER = {
    "chat": "a conversation in the terminal",
    "tap": "a recorder between a client and an agent",
    "conduct": "chains of proxies",
    "view": "a viewer of recordings",
}
"""Commands that the contract names and that do not exist yet."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `acp-trio` and return its exit status.

    0: the turn ended, the agent conforms. 1: it refused, failed or broke the protocol. 2: usage. 3: it could not be
    checked. 130: Ctrl-C.
    """
    try:
        with standard_streams():
            status = _run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        status = INTERRUPTED
    if status == INTERRUPTED:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C more has nothing left to stop but the exit itself
    return status


def _run(given: list[str]) -> int:
    if given and given[0] in LATER:
        write_message(f"acp-trio: {given[0]} ({LATER[given[0]]}) does not exist yet\n")
        return USAGE_ERROR
    options, command = _split(given)
    parsed, rest = _parser().parse_known_args(options)
    parser: argparse.ArgumentParser = parsed.parser
    if parsed.command == "prompt":
        text, command = _text_and_command(parser, parsed.text, rest, command)
        return _prompt(parser, parsed, text, command)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if parsed.command == "check":
        return _check(parser, parsed, command)
    if parsed.command == "bench" and command is None:
        return _bench(parser, parsed)
    if command is not None:
        parser.error("there is no COMMAND to give behind --")
    if parsed.command == "demo":
        from ._demo import demo

        return demo()
    from ._example_agent import serve_stdio

    return serve_stdio()


def _split(given: list[str]) -> tuple[list[str], list[str] | None]:
    """Our own options, and what is behind the first `--`."""
    if "--" not in given:
        return given, None
    position = given.index("--")
    return given[:position], given[position + 1 :]


def _text_and_command(
    parser: argparse.ArgumentParser, text: str | None, rest: list[str], behind: list[str] | None
) -> tuple[str, list[str]]:
    """The two positional parts of `prompt`: `TEXT -- COMMAND...`, or `-- TEXT -- COMMAND...`."""
    options = [argument for argument in rest if argument.startswith("-")]
    if behind is None and rest != options:
        parser.error("put -- before the agent's command: acp-trio prompt TEXT -- COMMAND ARG...")
    if text is None and rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)} (for a TEXT that starts with -, put -- before it too)")
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if text is None and behind is not None and behind[1:2] == ["--"]:
        text, behind = behind[0], behind[2:]
    if text is None:
        parser.error("say what to send: acp-trio prompt TEXT -- COMMAND ARG...")
    if not behind:
        parser.error("say which agent to start: acp-trio prompt TEXT -- COMMAND ARG...")
    return text, behind


def _prompt(parser: argparse.ArgumentParser, parsed: argparse.Namespace, text: str, command: list[str]) -> int:
    from ._prompt import PromptOptions, prompt

    cwd = _directory(parser, parsed.cwd)
    options = PromptOptions(
        text=text,
        command=command,
        cwd=cwd,
        permission="allow" if parsed.allow else "deny" if parsed.deny else "ask",
        json=parsed.json,
        session=parsed.session,
        mode=parsed.mode,
        auth=parsed.auth,
        env=dict(_assignment(parser, "--env", item, "NAME=VALUE") for item in parsed.env),
        files=[_file(parser, name) for name in parsed.file],
        mcp_servers=[] if parsed.mcp is None else _mcp_servers(parser, parsed.mcp, cwd),
        trace=None if parsed.trace is None else _writable(parser, "--trace", parsed.trace),
        verbose=parsed.verbose,
    )
    return prompt(options)


def _check(parser: argparse.ArgumentParser, parsed: argparse.Namespace, command: list[str] | None) -> int:
    from ._check import CheckOptions, check

    if not command:
        parser.error("say what to check: acp-trio check -- COMMAND ARG...")
    if parsed.client and not any("{agent}" in argument for argument in command):
        parser.error("say where the client's agent goes: acp-trio check --client -- COMMAND ARG... {agent}")
    if parsed.client and parsed.auth is not None:
        parser.error("--auth is for agents")
    prompts = dict(_purpose(parser, item) for item in parsed.prompt)
    options = CheckOptions(
        command=command,
        auth=parsed.auth,
        client=parsed.client,
        prompts=prompts,
        patience=parsed.patience,
        json=None if parsed.json is None else _writable(parser, "--json", parsed.json),
        junit=None if parsed.junit is None else _writable(parser, "--junit", parsed.junit),
        html=None if parsed.html is None else _writable(parser, "--html", parsed.html),
    )
    return check(options)


def _bench(parser: argparse.ArgumentParser, parsed: argparse.Namespace) -> int:
    from ._bench import BenchOptions, bench

    options = BenchOptions(
        agents={f"{place}: {line}": _words(parser, line) for place, line in enumerate(parsed.agent, 1)},
        rounds=parsed.rounds,
        prompt=parsed.prompt,
        stream_prompt=parsed.stream_prompt,
        json=None if parsed.json is None else _writable(parser, "--json", parsed.json),
        svg=None if parsed.svg is None else _writable(parser, "--svg", parsed.svg),
    )
    return bench(options)


def _words(parser: argparse.ArgumentParser, line: str) -> list[str]:
    try:
        words = shlex.split(line)
    except ValueError as exc:
        parser.error(f"--agent: {line}: {exc}")
    if not words:
        parser.error("--agent: there is no command")
    return words


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="acp-trio", description="Talk to coding agents over the Agent Client Protocol.", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"acp-trio {version('acp_trio')}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_command(commands, "demo", "an agent and a client as two processes: a turn, a tool call, a permission")
    _add_command(commands, "agent", "the deterministic example agent, on standard input and output")
    prompt = _add_command(
        commands,
        "prompt",
        "one turn with any ACP agent",
        usage="acp-trio prompt [OPTION...] TEXT -- COMMAND ARG...",
        description="Start an agent, send it one prompt, and stream its answer to standard output.",
        epilog="A TEXT that starts with - goes between two --: acp-trio prompt -- TEXT -- COMMAND ARG...",
    )
    _add_prompt_options(prompt)
    check = _add_command(
        commands,
        "check",
        "whether an agent or a client speaks ACP, and how well",
        usage="acp-trio check [--client] [OPTION...] -- COMMAND ARG...",
        description="Start a program, again and again, and hold it against the requirements of the specification.",
    )
    _add_check_options(check)
    bench = _add_command(
        commands,
        "bench",
        "how fast agents are, compared",
        usage='acp-trio bench --agent "COMMAND ARG..." [--agent "COMMAND ARG..."] [OPTION...]',
        description="Measure agents in turns: start-up, round trips, turns, streaming, and memory.",
    )
    _add_bench_options(bench)
    return parser


def _add_command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    summary: str,
    *,
    usage: str | None = None,
    description: str | None = None,
    epilog: str | None = None,
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name, help=summary, usage=usage, description=description, epilog=epilog, allow_abbrev=False
    )
    command.set_defaults(parser=command)
    return command


def _add_prompt_options(prompt: argparse.ArgumentParser) -> None:
    prompt.add_argument("text", metavar="TEXT", nargs="?", help="the prompt; - reads it from standard input")
    prompt.add_argument("--cwd", metavar="DIR", default=".", help="the session's directory (default: this one)")
    answer = prompt.add_mutually_exclusive_group()
    answer.add_argument("--allow", action="store_true", help="grant every permission")
    answer.add_argument("--deny", action="store_true", help="refuse every permission")
    prompt.add_argument("--json", action="store_true", help="print updates and result as JSON lines")
    prompt.add_argument("--session", metavar="ID", help="load or resume this session in place of a new one")
    prompt.add_argument("--mode", metavar="ID", help="switch the session to this mode first")
    prompt.add_argument("--auth", metavar="ID", help="authenticate by this method of the agent first")
    prompt.add_argument("--env", metavar="NAME=VALUE", action="append", default=[], help="set this for the agent")
    prompt.add_argument(
        "--file",
        metavar="FILE",
        action="append",
        default=[],
        help="attach this file: its text if the agent takes it and it is UTF-8 of at most 256 KiB, or else a link",
    )
    prompt.add_argument(
        "--mcp",
        metavar="FILE",
        help='name the MCP servers of this JSON file to the agent: {"mcpServers": {NAME: {"command": ...}}}',
    )
    prompt.add_argument("--trace", metavar="FILE", help="record every message there, as JSON lines")
    prompt.add_argument("--verbose", action="store_true", help="show the agent's standard error, and whole failures")


def _add_check_options(check: argparse.ArgumentParser) -> None:
    check.add_argument(
        "--client",
        action="store_true",
        help="check a client: in its command {agent} stands for the agent to start, and {prompt} for the prompt",
    )
    check.add_argument("--auth", metavar="ID", help="authenticate by this method of the agent first")
    check.add_argument(
        "--prompt",
        metavar="[PURPOSE=]TEXT",
        action="append",
        default=[],
        help="what to say, in general or to make an agent do something: long, permission, tool, plan, read, write, run",
    )
    check.add_argument(
        "--patience",
        metavar="SECONDS",
        type=_seconds,
        help="how long an agent may take for an answer (default: 20), or a client for a scenario (default: 30)",
    )
    check.add_argument("--json", metavar="FILE", help="write the report there, for programs")
    check.add_argument("--junit", metavar="FILE", help="write the report there, for continuous integration")
    check.add_argument("--html", metavar="FILE", help="write the report there, as a page for people")


def _add_bench_options(bench: argparse.ArgumentParser) -> None:
    bench.add_argument("--agent", metavar="COMMAND", action="append", required=True, help="an agent, as in a shell")
    bench.add_argument(
        "--rounds", metavar="N", type=_positive, default=5, help="how often each is measured (default: 5)"
    )
    bench.add_argument("--prompt", metavar="TEXT", default="hello", help="what to say in a turn (default: hello)")
    bench.add_argument(
        "--stream-prompt",
        metavar="TEXT",
        default="stream 2000 16",
        help="what makes an agent send many updates in one turn (default: stream 2000 16)",
    )
    bench.add_argument("--json", metavar="FILE", help="write the figures there, for programs")
    bench.add_argument("--svg", metavar="FILE", help="write them there, as a picture")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not at least 1")
    return number


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"invalid float value: {text!r}") from None
    if not 0 < number < math.inf:
        raise argparse.ArgumentTypeError(f"{text} is no number of seconds above 0")
    return number


def _directory(parser: argparse.ArgumentParser, name: str) -> Path:
    path = _resolved(name)
    if not path.is_dir():
        parser.error(f"--cwd: {name} is no directory")
    return path


def _resolved(name: str) -> Path:
    return Path(os.path.realpath(name))  # `resolve` raises where links lead in a circle


def _file(parser: argparse.ArgumentParser, name: str) -> Path:
    path = _resolved(name)
    if not path.is_file():
        parser.error(f"--file: {name} is no file")
    return path


def _mcp_servers(parser: argparse.ArgumentParser, name: str, cwd: Path) -> list[v1.McpServer]:
    from ._mcp_file import McpFileInvalid, read_mcp_file

    try:
        return read_mcp_file(Path(name), cwd)
    except McpFileInvalid as exc:
        parser.error(f"--mcp: {name}: {exc}")


def _writable(parser: argparse.ArgumentParser, option: str, name: str) -> Path:
    path = Path(name)
    try:
        path.open("ab").close()  # what it holds is replaced only once everything else is in order
    except OSError as exc:
        parser.error(f"{option}: cannot write {name}: {exc.strerror}")
    return path


def _purpose(parser: argparse.ArgumentParser, item: str) -> tuple[str, str]:
    """What a prompt is for, and the prompt; a text without a known purpose is what is said in general."""
    from ..conformance import DEFAULT_PROMPTS

    purpose, equals, text = item.partition("=")
    if equals and purpose in DEFAULT_PROMPTS:
        return purpose, text
    if equals and purpose.isidentifier():
        parser.error(f"--prompt: {purpose!r} is none of {', '.join(DEFAULT_PROMPTS)}")
    return "hello", item


def _assignment(parser: argparse.ArgumentParser, option: str, item: str, form: str) -> tuple[str, str]:
    name, equals, value = item.partition("=")
    if not name or not equals:
        parser.error(f"{option}: {item!r} is not {form}")
    return name, value
