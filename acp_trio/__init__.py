"""Structured concurrency for the Agent Client Protocol, on trio."""
