"""The agent's runtime: its parts one by one."""
