"""Proxies in a row in front of an agent, run as one agent."""

from ._conductor import Conductor as Conductor

__all__ = ["Conductor"]
