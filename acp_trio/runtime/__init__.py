"""What an agent is made of, session by session: values that others watch, and which tools it may see."""

from ._tool_filter import ToolFilter as ToolFilter
from ._watch import Watch as Watch

__all__ = ["ToolFilter", "Watch"]
