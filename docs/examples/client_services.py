"""An agent that uses its client: a file, a terminal, a plan, modes; and says why when the client refuses."""

from __future__ import annotations

import tempfile
from pathlib import Path

import trio

from acp_trio import Agent, AgentSession, Client, ClientSession, PeerError, RequestError, Turn
from acp_trio.schema import v1
from acp_trio.session import text_of
from acp_trio.testing import open_pair

agent = Agent("first-line")

MODES = [
    v1.SessionMode(id="read", name="Read", description="Reads files"),
    v1.SessionMode(id="run", name="Run", description="Runs commands too, for one prompt"),
]
STEPS = ["Read the file", "Run a command on it"]


# Modes


@agent.on_new_session
async def new(_request: v1.NewSessionRequest, session: AgentSession) -> v1.NewSessionResponse:
    session.state = "read"
    modes = v1.SessionModeState(current_mode_id="read", available_modes=MODES)
    return v1.NewSessionResponse(session_id=session.session_id, modes=modes)


@agent.on_set_mode
async def set_mode(request: v1.SetSessionModeRequest, session: AgentSession) -> v1.SetSessionModeResponse:
    if request.mode_id not in [mode.id for mode in MODES]:
        raise RequestError.invalid_params(f"there is no mode {request.mode_id!r}")
    session.state = request.mode_id
    return v1.SetSessionModeResponse()


async def leave_run_mode(turn: Turn) -> None:
    turn.session.state = "read"
    await turn.update(v1.CurrentModeUpdate(current_mode_id="read"))  # nobody asked, so the client must be told


# The client's files and terminals


async def read(turn: Turn, path: str) -> str | None:
    if not turn.offer.capabilities.fs.read_text_file:
        await turn.say("I cannot read files: this client offers none.")
        return None
    shown = turn.tool_call(f"Read {Path(path).name}", kind="read", locations=[v1.ToolCallLocation(path=path)])
    async with shown as call:
        await call.progress()
        try:
            return await turn.read_text_file(path)
        except PeerError as exc:
            call.fail(f"the client refused: {exc.message}")  # the user sees why, and the turn goes on
            return None


async def run(turn: Turn, command: str, *args: str) -> str | None:
    if not turn.offer.capabilities.terminal:
        await turn.say("I cannot run commands: this client offers no terminal.")
        return None
    async with turn.tool_call(" ".join([command, *args]), kind="execute") as call:
        try:
            async with turn.terminal(command, args, cwd=turn.session.cwd) as terminal:
                await call.progress([v1.Terminal(terminal_id=terminal.id)])  # the editor shows it live
                status = await terminal.wait_for_exit()
                output = (await terminal.output()).output
        except PeerError as exc:
            call.fail(f"the client refused: {exc.message}")
            return None
        if status.exit_code != 0:
            call.fail(f"exit status {status.exit_code}")
        return output


# A turn of them


@agent.on_prompt
async def work(turn: Turn) -> v1.StopReason:
    """The prompt is the path of a file."""
    await show_plan(turn, done=0)
    text = await read(turn, turn.text)
    if text is None:
        return "end_turn"
    await turn.say(f"{len(text.splitlines())} lines.")
    await show_plan(turn, done=1)
    if turn.session.state == "run":
        for command in ("head", "rm"):
            await turn.say(await run(turn, command, "-n1", Path(turn.text).name) or "No output.")
        await leave_run_mode(turn)
    await show_plan(turn, done=2)
    return "end_turn"


async def show_plan(turn: Turn, done: int) -> None:
    def status(index: int) -> v1.PlanEntryStatus:
        return "completed" if index < done else "in_progress" if index == done else "pending"

    await turn.plan(
        v1.PlanEntry(content=step, priority="medium", status=status(index)) for index, step in enumerate(STEPS)
    )


# A client that shows it all


async def show_turn(session: ClientSession, prompt: str) -> None:
    print(f"> {Path(prompt).name} in mode {session.state.current_mode_id}")
    async with session.prompt(prompt) as turn:
        async for update in turn:
            match update:
                case v1.AgentMessageChunk(content=v1.TextContent(text=text)):
                    print("  " + text.strip())
                case v1.Plan(entries=entries):
                    print("  plan:", ", ".join(str(entry.status) for entry in entries))
                case v1.ToolCall(title=title):
                    print(f"  {title}")
                case v1.ToolCallUpdate(status=("completed" | "failed") as status, content=content):
                    why = [text_of(part.content) for part in content or () if isinstance(part, v1.Content)]
                    print(f"  {status}", *why)
                case _:
                    pass


async def main() -> None:
    client = Client("shower")
    client.serve_files()
    client.serve_terminals(allow=lambda request: request.command == "head")
    with tempfile.TemporaryDirectory() as directory:
        notes = Path(directory, "notes.txt")
        notes.write_text("milk\nbread\n")
        async with open_pair(client, agent) as pair, pair.agent.open_session(directory) as session:
            await show_turn(session, str(notes))
            await session.set_mode("run")
            await show_turn(session, str(notes))
            await show_turn(session, "/etc/hostname")

    async with open_pair(Client("bare"), agent) as pair, pair.agent.open_session("/") as session:
        print(await session.ask("/etc/hostname"))


if __name__ == "__main__":
    trio.run(main)
