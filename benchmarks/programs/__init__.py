"""The measured programs: one agent and one client for each peer, and the parts all Python ones share.

Refuses to import the harness: a program runs in the environment of its own SDK, which may hold nothing else.
"""
