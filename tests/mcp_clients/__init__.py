"""Connecting to MCP servers: as they come and go, in calls, as processes, over HTTP."""
