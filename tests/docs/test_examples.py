"""Every example of the documentation runs and prints what the pages say; the README shows the first two as they are."""

from __future__ import annotations

import importlib.util
import re
import shlex
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import trio
import trio.testing

from acp_trio import Client
from acp_trio.testing import open_pair

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"

# What each example prints. They are run in this process; those that reach an agent start it as a process of its own.
OUTPUT = {
    "attached_tools.py": """
        remember: Remember a text; returns how many there are. Now there are {'result': 1}.
        ['buy milk']
    """,
    "attaching_proxy.py": """
        declared: notes
        while it is open, the directory is there: True
        afterwards: False
    """,
    "cancel_scope.py": """
        the agent says: I was not done
        ['initialize', '_example/forever', '$/cancel_request']
        -32800
    """,
    "chain.py": """
        watch: initialize
        watch: _example/greet
        capitalize
        = Hello, Ada
        watch: _example/greet
        capitalize
        = Who are you, Nobody?
        watch: _example/greet
        capitalize
        = _example/greet: method not found: _example/greet (-32601): {"method":"_example/greet"}
    """,
    "client_services.py": """
        > notes.txt in mode read
          plan: in_progress, pending
          Read notes.txt
          completed
          2 lines.
          plan: completed, in_progress
          plan: completed, completed
        > notes.txt in mode run
          plan: in_progress, pending
          Read notes.txt
          completed
          2 lines.
          plan: completed, in_progress
          head -n1 notes.txt
          completed
          milk
          rm -n1 notes.txt
          failed the client refused: not allowed here: rm
          No output.
          plan: completed, completed
        > hostname in mode read
          plan: in_progress, pending
          Read hostname
          failed the client refused: outside of the session's directories: /etc/hostname
        I cannot read files: this client offers none.
    """,
    "deadlock.py": """
        the handler 'my_request' for _example/my_request holds the dispatch loop, so waiting for the answer
        to _example/some_request could never end. Register the handler with concurrent=True, call
        task_status.started() before waiting, or move the wait into conn.start_soon(...).
        the peer gets: _example/my_request: internal error (-32603): {"type":"DispatchLoopHeld"}
        moved: asking
        later: Ada
    """,
    "deadlines.py": """
        gave up
        the agent says: cancelled
        still here
    """,
    "dispatch_loop.py": """
        the handler 'holding' for _example/holding holds the dispatch loop
        refused: _example/holding: internal error (-32603): {"type":"DispatchLoopHeld"}
        concurrent: Hello, Ada
        released: Hello, Ada
        answered: Hello, whoever you are
        afterwards: Ada
    """,
    "embedding.py": """
        ['first done', 'second done']
    """,
    "errors.py": """
        _example/refuse: the colour must be a name (-32602): {"colour":"#ff0000"}
        _example/defect: internal error (-32603): {"type":"ValueError"}
        _example/unheard-of: method not found: _example/unheard-of (-32601): {"method":"_example/unheard-of"}
        left as itself: KeyError('mine')
        left as a group: OSError('disk full')
    """,
    "held_answers.py": """
        plain: open
          in the same step
          a draught
          coat on
        held: open
          coat on
          a draught
    """,
    "long_lived.py": """
        one two
        three
    """,
    "permissions.py": """
        Deleted build.
        Kept src.
    """,
    "recording.py": """
        out session/prompt False
        in session/update False
    """,
    "scripted.py": """
        update: UnknownSessionUpdate(tag='new!')
        stop reason: end_turn
        malformed: 1 unknown: 1
        lost: the peer closed the connection
    """,
    "session_task.py": """
        while it is open: remember the milk
        afterwards, the directory is there: False
    """,
    "sessions.py": """
        [('echo first', 'first'), ('echo second', 'second')]
        ['normal', 'careful'] now normal
        QUIET, PLEASE
        user: remember this
        agent: remember this
    """,
    "streaming.py": """
        The quick brown fox jumps over
        (end_turn)
        [Count to three: pending]
        [in_progress]
        [completed]
        counted to three
        (end_turn)
    """,
    "tcp.py": """
        once
        again
    """,
    "tools_for_every_session.py": """
        {'result': 'this is number 1'}
        {'result': 'that is number 2'}
    """,
    "watching_proxy.py": """
        --> initialize
        <-- answered: initialize
        --> session/new
        <-- answered: session/new
        --> session/prompt
        <-- the agent says: Yes.
        <-- answered: session/prompt
        --> session/prompt
        <-- the agent says: Yes.
        <-- answered: session/prompt
    """,
    "workspace.py": """
        on disk: remember the milk
        read: remember the milk
        run: hello exit status 0
        asked: Remove the build directory
        permission: allow
        refused: read /etc/passwd {'type': 'PeerError'}
        refused: run rm -r / {'type': 'PeerError'}
    """,
}

# Run by tests of their own: below, and `openai_agent.py` in tests/openai_agent.
OTHERS = {
    "conduct.py",
    "hello_client.py",
    "openai_agent.py",
    "shout_agent.py",
    "shout_proxy.py",
    "test_shout_proxy.py",
    "test_sleepy.py",
}


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"docs_example_{name.removesuffix('.py')}", EXAMPLES / name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def code_lines(text: str) -> int:
    return sum(1 for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))


def test_every_example_is_run_here() -> None:
    assert {path.name for path in EXAMPLES.iterdir() if path.is_file()} == OUTPUT.keys() | OTHERS


@pytest.mark.parametrize("name", sorted(OUTPUT))
async def test_an_example_prints_what_the_pages_say(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with trio.fail_after(30):
        await load(name).main()
    assert capsys.readouterr().out == textwrap.dedent(OUTPUT[name]).lstrip()


def test_the_pages_show_what_is_printed() -> None:
    printed = [textwrap.dedent(output) for output in OUTPUT.values()]
    pages = [page.read_text() for page in (ROOT / "docs").rglob("*.md")]
    shown = [text for page in pages for text in re.findall(r"prints\b[^\n]*\n\n```text\n(.*?)```", page, re.DOTALL)]
    assert shown
    assert [text for text in shown if not any(text in output for output in printed)] == []


@pytest.mark.promise("P19", "P20")
@pytest.mark.parametrize("page", ["README.md", "docs/tutorial/first-steps.md"])
async def test_the_ten_line_client_talks_to_the_twelve_line_agent(page: str, tmp_path: Path) -> None:
    (command,) = re.findall(r"^```sh\n(.*hello_client.*)\n```$", (ROOT / page).read_text(), re.MULTILINE)
    # As in a clone whose environment is the one that runs this test.
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    with trio.fail_after(30):
        done = await trio.run_process(command.split(), cwd=tmp_path, capture_stdout=True)
    assert done.stdout == b"HELLO!\n"


@pytest.mark.promise("P20")
async def test_the_same_agent_serves_in_memory() -> None:
    agent = load("shout_agent.py").agent
    with trio.fail_after(30):
        async with open_pair(Client("test"), agent) as pair, pair.agent.open_session("/") as session:
            assert await session.ask("Hello!") == "HELLO!"


@pytest.mark.promise("P19")
@pytest.mark.parametrize("name, lines", [("hello_client.py", 10), ("shout_agent.py", 12)])
def test_the_first_examples_are_as_short_as_promised(name: str, lines: int) -> None:
    assert code_lines((EXAMPLES / name).read_text()) == lines


@pytest.mark.promise("P19")
def test_the_readme_shows_the_first_examples_as_they_are() -> None:
    shown = re.findall(r"^```python\n(.*?)^```$", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE)
    assert shown == [(EXAMPLES / name).read_text() for name in ("hello_client.py", "shout_agent.py")]


SLEEPY = [name for name in dir(load("test_sleepy.py")) if name.startswith("test_")]


@pytest.mark.parametrize("name", SLEEPY)
@pytest.mark.promise("P16")
async def test_the_tutorials_test_passes(name: str, autojump_clock: trio.testing.MockClock) -> None:
    with trio.fail_after(7200):  # on the clock that jumps
        await getattr(load("test_sleepy.py"), name)(autojump_clock)


@pytest.mark.parametrize("page", ["README.md", "docs/how-to/proxy.md"])
async def test_the_proxy_runs_between_processes(page: str, tmp_path: Path) -> None:
    (command,) = re.findall(r"^```sh\n(.*conduct.*)\n```$", (ROOT / page).read_text(), re.MULTILINE)
    # As above.
    (tmp_path / ".venv").symlink_to(sys.prefix)
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    with trio.fail_after(30):
        done = await trio.run_process(shlex.split(command), cwd=tmp_path, capture_stdout=True)
    assert done.stdout == b"ECHO HELLO\n"


@pytest.mark.parametrize("name", ["test_the_agent_gets_every_prompt_in_capitals", "test_two_of_them_do_no_harm"])
async def test_the_test_of_the_proxy_passes(
    name: str, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(EXAMPLES)
    with trio.fail_after(7200):  # on the clock that jumps
        await getattr(load("test_shout_proxy.py"), name)(autojump_clock)
