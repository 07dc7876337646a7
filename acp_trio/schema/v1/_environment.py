"""Environment variables, as terminals and MCP servers get them."""

from __future__ import annotations

from .._message import MetaRecord, record
from .._wire import field


@record
class EnvVariable(MetaRecord):
    """One environment variable for a program to be started. Its repr does not show the value."""

    name: str
    value: str = field(secret=True)
