"""The requirements that `acp-trio check` knows, as a table, from the manifest itself."""

from __future__ import annotations

from acp_trio.conformance import AGENT_REQUIREMENTS, CLIENT_REQUIREMENTS

from ._markdown import Rows

_OF = {"agent": AGENT_REQUIREMENTS, "client": CLIENT_REQUIREMENTS}


def requirement_rows(role: str) -> Rows:
    """Header and rows: every requirement of an agent or of a client, with its place in the specification."""
    return [["id", "level", "requirement"]] + [
        [f"[`{item.id}`]({item.url})", item.level, item.sentence + (f" Needs `{item.needs}`." if item.needs else "")]
        for item in _OF[role]
    ]
