"""Arguments that are nearly right, and a reader that goes away before the report is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from acp_trio.cli import main

from .trial import OUR_AGENT, OUR_COMMAND, Trial


@pytest.mark.parametrize("seconds", ["-1", "nan", "0", "inf"])
def test_a_patience_that_is_no_time_is_a_usage_error(capsys: pytest.CaptureFixture[str], seconds: str) -> None:
    with pytest.raises(SystemExit) as left:
        main(["check", "--patience", seconds, "--", "true"])
    assert left.value.code == 2
    assert "--patience" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--cwd", "--file"])
def test_links_in_a_circle_are_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str) -> None:
    (tmp_path / "circle").symlink_to(tmp_path / "circle")
    with pytest.raises(SystemExit) as left:
        main(["prompt", option, str(tmp_path / "circle"), "hello", "--", "true"])
    assert left.value.code == 2
    assert option in capsys.readouterr().err


@pytest.mark.slow
async def test_a_reader_that_goes_away_costs_no_report(tmp_path: Path) -> None:
    command = [*OUR_COMMAND, "check", "--junit", str(tmp_path / "acp.xml"), "--", *OUR_AGENT]
    done = await Trial(tmp_path).shell('"$@" | true; exit ${PIPESTATUS[0]}', *command)
    assert done.stderr == ""
    assert "<testsuites" in (tmp_path / "acp.xml").read_text()
