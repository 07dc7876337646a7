"""Whether an agent or a client speaks ACP: the requirements as data, the checks that decide them, and the reports."""

from ._agent_requirements import AGENT_REQUIREMENTS as AGENT_REQUIREMENTS
from ._check import check_agent as check_agent
from ._check import check_client as check_client
from ._client_requirements import CLIENT_REQUIREMENTS as CLIENT_REQUIREMENTS
from ._report import Report as Report
from ._report_html import as_html as as_html
from ._report_junit import as_junit as as_junit
from ._report_text import as_line as as_line
from ._report_text import as_text as as_text
from ._requirement import Level as Level
from ._requirement import Requirement as Requirement
from ._requirement import Role as Role
from ._run_agent import DEFAULT_PROMPTS as DEFAULT_PROMPTS
from ._run_agent import CouldNotRun as CouldNotRun
from ._verdict import Evidence as Evidence
from ._verdict import Outcome as Outcome
from ._verdict import Verdict as Verdict

__all__ = [
    "AGENT_REQUIREMENTS",
    "CLIENT_REQUIREMENTS",
    "DEFAULT_PROMPTS",
    "CouldNotRun",
    "Evidence",
    "Level",
    "Outcome",
    "Report",
    "Requirement",
    "Role",
    "Verdict",
    "as_html",
    "as_junit",
    "as_line",
    "as_text",
    "check_agent",
    "check_client",
]
