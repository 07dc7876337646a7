"""The peers of ACP, as `sender=` and `to=` name them."""

from __future__ import annotations

from typing import Final

from ..connection import Peer

CLIENT: Final = Peer("client")
"""The editor's side: where prompts come from and updates go to."""
AGENT: Final = Peer("agent")
"""The model's side: where prompts go to and updates come from."""
