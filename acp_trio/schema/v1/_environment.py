"""Environment variables, as terminals and MCP servers get them."""

from __future__ import annotations

from .._message import MetaRecord, record


@record
class EnvVariable(MetaRecord):
    """One environment variable for a program to be started."""

    name: str
    value: str
