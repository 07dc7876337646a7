"""A report as JUnit XML, which continuous integration shows as tests. A topic is a suite, a requirement a test."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree import ElementTree as ET

from ._report import Report
from ._verdict import Verdict

_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold, however it is written."""


def as_junit(report: Report) -> str:
    """The report as an XML document.

    Only a `must` that failed is a failure. Any other requirement that is not met is skipped, with the reason.
    """
    root = ET.Element("testsuites", name=_fit(report.program), time=f"{report.seconds:.3f}")
    for topic, verdicts in groupby(report.verdicts, key=lambda verdict: verdict.requirement.topic):
        _add_suite(root, topic, list(verdicts))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_suite(root: ET.Element, topic: str, verdicts: Iterable[Verdict]) -> None:
    suite = ET.SubElement(root, "testsuite", name=topic)
    for verdict in verdicts:
        requirement = verdict.requirement
        name = f"{requirement.id}: {requirement.sentence}"
        case = ET.SubElement(suite, "testcase", classname=f"acp.{requirement.role}.{topic}", name=name)
        if verdict.outcome == "fail" and requirement.level == "must":
            ET.SubElement(case, "failure", message=_fit(_told(verdict))).text = _fit(_proof(verdict))
        elif verdict.outcome != "pass":
            ET.SubElement(case, "skipped", message=_fit(_told(verdict)))
    cases = suite.findall("testcase")
    suite.set("tests", str(len(cases)))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))


def _told(verdict: Verdict) -> str:
    if verdict.outcome == "fail":
        return f"{verdict.requirement.level} not met: expected {verdict.expected}; found {verdict.reason}"
    return f"{verdict.outcome}: {verdict.reason}"


def _proof(verdict: Verdict) -> str:
    lines = [f"{evidence.number} {evidence.sender}: {evidence.text}" for evidence in verdict.evidence]
    return "\n".join([verdict.requirement.url, *lines])


def _fit(text: str) -> str:
    return _UNFIT.sub("\N{REPLACEMENT CHARACTER}", text)
