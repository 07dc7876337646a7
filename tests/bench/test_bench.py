"""Comparing agents: what is measured, what cannot be, and how it is shown."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import trio

from acp_trio import Agent, Turn
from acp_trio.bench import FIGURES, AgentFigures, Spread, as_svg, as_table, bench_agents
from acp_trio.bench._memory import group_memory
from acp_trio.cli import main
from acp_trio.schema import v1
from acp_trio.testing import no_leaks

pytestmark = pytest.mark.slow

OUR_AGENT = [sys.executable, "-m", "acp_trio", "agent"]
DEADLINE = 60  # seconds


def quiet_agent() -> Agent:
    agent = Agent("quiet")

    @agent.on_new_session
    async def new(_request: v1.NewSessionRequest) -> v1.NewSessionResponse:
        return v1.NewSessionResponse(session_id="s")

    @agent.on_prompt
    async def prompt(turn: Turn) -> v1.StopReason:
        await turn.say("one word")
        return "end_turn"

    return agent


async def test_what_an_agent_cannot_do_is_said_and_the_rest_is_measured() -> None:
    with trio.fail_after(DEADLINE):
        (figures,) = await bench_agents({"quiet": quiet_agent()}, rounds=2, trips=5, turns=2)
    assert set(figures.measured) == {"start", "trip-p50", "trip-p99", "turn-p50", "outstanding"}
    assert figures.missing["stream"] == "'stream 2000 16' made it send 1 updates only"
    assert figures.missing["memory"] == "this system does not tell"
    assert all(spread.low <= spread.median <= spread.high for spread in figures.measured.values())


async def test_agents_are_measured_in_turns_and_none_stays() -> None:
    told: list[tuple[str, int]] = []
    agents = {"ours": OUR_AGENT, "none": [sys.executable, "-c", "raise SystemExit('not today')"]}
    async with no_leaks():
        with trio.fail_after(DEADLINE):
            ours, none = await bench_agents(
                agents, rounds=2, trips=20, turns=3, tell=lambda name, number: told.append((name, number))
            )
    assert told == [("ours", 1), ("none", 1), ("ours", 2), ("none", 2)]
    assert set(ours.measured) == {figure.name for figure in FIGURES}
    assert 5 < ours.measured["memory"].median < 500
    assert none.measured == {}
    assert none.missing["start"] == "the agent ended; exit status 1; stderr: not today"


def test_the_memory_of_no_process_is_not_told() -> None:
    assert group_memory(2**22 + 1) is None


MANY = Spread.of([3.0, 1.0, 2.0])
FAST = AgentFigures(program="1: fast", measured={figure.name: MANY for figure in FIGURES}, missing={})
LACKING = AgentFigures(program="2: <b>", measured={"start": Spread.of([250.0])}, missing={"stream": "it has no words"})
DEAD = AgentFigures(program="3: dead", measured={}, missing={figure.name: "it is dead" for figure in FIGURES})


def test_the_table_has_medians_with_the_middle_half_and_says_what_is_missing() -> None:
    table = as_table([FAST, LACKING, DEAD])
    assert table.startswith("1: fast\n2: <b>\n3: dead\n")
    (start,) = (line for line in table.splitlines() if line.startswith("from the start"))
    assert start.split("ms", 1)[1].split("  ") != []
    assert "2 (1.5 to 2.5)" in start
    assert " 250 " in start
    assert "2 cannot: updates streamed in one turn: it has no words" in table
    assert table.endswith("3 cannot be measured: it is dead\n")


def test_the_picture_is_xml_with_a_bar_for_each_figure_that_there_is() -> None:
    root = ET.fromstring(as_svg([FAST, LACKING, DEAD]))
    bars = [shape for shape in root.iter("{http://www.w3.org/2000/svg}rect") if shape.get("height") == "18"]
    assert len(bars) == len(FIGURES) + 1
    assert "cannot: it has no words" in "".join(root.itertext())


def test_the_command_writes_its_files_and_exits_3_if_no_agent_could_be_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    json, svg = tmp_path / "b.json", tmp_path / "b.svg"
    given = ["bench", "--agent", "no-such-agent --acp", "--rounds", "1", "--json", str(json), "--svg", str(svg)]
    assert main(given) == 3
    shown = capsys.readouterr()
    assert "1: no-such-agent --acp" in shown.out
    assert "1 cannot be measured: command not found: 'no-such-agent'" in shown.out
    assert '"program": "1: no-such-agent --acp"' in json.read_text()
    assert svg.read_text().startswith("<svg ")


@pytest.mark.parametrize(
    "arguments, complaint",
    [
        ([], "--agent"),
        (["--agent", ""], "there is no command"),
        (["--agent", "'"], "No closing quotation"),
        (["--agent", "x", "--rounds", "0"], "0 is not at least 1"),
    ],
)
def test_usage_errors_exit_2(capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["bench", *arguments])
    assert left.value.code == 2
    assert complaint in capsys.readouterr().err


async def test_an_answer_that_cannot_be_read_is_a_reason() -> None:
    script = (
        "import sys\n"
        "sys.stdin.readline()\n"
        'print(\'{"jsonrpc":"2.0","id":1,"result":{"x":1e999}}\', flush=True)\n'
        "sys.stdin.read()"
    )
    with trio.fail_after(DEADLINE):
        (figures,) = await bench_agents({"odd": [sys.executable, "-c", script]}, rounds=1)
    assert figures.measured == {}
