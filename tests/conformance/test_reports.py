"""The reports: what each of them says of the same run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import trio
import trio.testing

from acp_trio.conformance import Report, as_html, as_junit, as_text, check_agent

from .browser import browser, find_browser
from .mutants import MUTANTS
from .scripted_agent import CleanAgent, Session


class Hostile(CleanAgent):
    """Breaks a must and a should, and says what would break a careless page."""

    def initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        answer = super().initialize(params)
        return {**answer, "agentInfo": {"name": "<script>bad()</script>", "version": "\x1b[31m"}}

    async def not_json(self) -> None:
        return

    async def say(self, session: Session, text: str) -> None:
        await self.write_line(b"</pre><script>document.title='broken'</script>\x00\xff\n")
        await super().say(session, text)


def report_on(agent: CleanAgent) -> Report:
    async def main() -> Report:
        return await check_agent(agent, patience=5, patience_for_work=5)

    return trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


@pytest.fixture(scope="module")
def clean() -> Report:
    return report_on(CleanAgent())


@pytest.fixture(scope="module")
def hostile() -> Report:
    return report_on(Hostile())


def test_the_text_has_a_line_for_each_requirement_and_the_proof_of_each_failure(hostile: Report) -> None:
    text = as_text(hostile)
    for verdict in hostile.verdicts:
        assert f" {verdict.requirement.id} " in text
    assert "\nFAIL wire.json-lines (must): Standard output holds nothing but messages" in text
    assert "     https://agentclientprotocol.com/protocol/v1/transports#stdio\n" in text
    assert "     expected: a JSON object\n     found:    a line that is none\n" in text
    assert "     > agent  <-- </pre><script>document.title='broken'</script>" in text
    assert "\x1b" not in text
    assert "\x00" not in text
    assert text.splitlines()[-1].startswith("<script>bad()</script> \N{REPLACEMENT CHARACTER}[31m: not conformant (")


def test_the_json_says_everything(hostile: Report) -> None:
    told = json.loads(json.dumps(hostile.as_json()))
    assert told["conformant"] is False
    assert [verdict["id"] for verdict in told["verdicts"] if verdict["outcome"] == "fail"] == [
        "wire.json-lines",
        "input.not-json",
    ]
    failure = told["verdicts"][0]
    assert failure["level"] == "must"
    assert failure["expected"] == "a JSON object"
    assert [evidence["sender"] for evidence in failure["evidence"] if evidence["proves"]] == ["agent"]


def test_junit_counts_a_must_as_a_failure_and_anything_else_as_skipped(hostile: Report) -> None:
    root = ET.fromstring(as_junit(hostile))
    assert len(root.findall(".//testcase")) == len(hostile.verdicts)
    assert [case.get("name", "").partition(":")[0] for case in root.findall(".//testcase[failure]")] == [
        "wire.json-lines"
    ]
    assert "expected the error -32700" in root.findall(".//testcase[skipped]/skipped")[0].get("message", "")


def test_the_text_of_a_clean_agent_has_no_failure(clean: Report) -> None:
    assert "FAIL" not in as_text(clean)
    assert ": conformant (" in as_text(clean)


def test_every_failure_has_the_messages_that_prove_it_unless_it_is_an_absence() -> None:
    report = report_on(MUTANTS["load.replay-first"][0]())
    (failure,) = (verdict for verdict in report.verdicts if verdict.outcome == "fail")
    numbers = [evidence.number for evidence in failure.evidence]
    assert numbers == sorted(set(numbers))
    answer, update = (evidence.text for evidence in failure.evidence if evidence.proves)
    assert '"result"' in answer
    assert '"session/update"' in update


@pytest.mark.slow
@pytest.mark.skipif(find_browser() is None, reason="no Chromium is installed: the page is not looked at")
def test_the_page_renders_filters_and_opens_a_failure_in_light_and_dark_wide_and_narrow(
    hostile: Report, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(as_html(hostile), encoding="utf-8")
    with browser(tmp_path / "profile") as page:
        page.open(path)
        page.look(1200, scheme="light")
        assert page.evaluate("document.title").startswith("<script>bad()</script>")
        assert page.evaluate("document.scripts.length") == 0
        assert shown(page, "details") == len(hostile.verdicts)

        page.evaluate("document.getElementById('outcome-fail').click()")
        assert shown(page, "details") == 2
        assert shown(page, "section") == 2
        page.evaluate("document.getElementById('level-must').click()")
        assert shown(page, "details") == 1

        assert shown(page, ".conversation li") == 0
        page.evaluate("document.getElementById('wire.json-lines').querySelector('summary').click()")
        assert shown(page, ".conversation li.proves") == 1
        assert "</pre><script>" in page.evaluate("document.querySelector('.proves pre').textContent")

        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        page.look(390, scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def shown(page: Any, selector: str) -> int:
    return page.evaluate(f"[...document.querySelectorAll('{selector}')].filter(e => e.checkVisibility()).length")
