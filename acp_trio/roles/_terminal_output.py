"""The end of what a command wrote, as text.

Owns the bound in bytes of UTF-8 and where it cuts: at the start, between two characters
(https://agentclientprotocol.com/protocol/terminals).
"""

from __future__ import annotations

from codecs import getincrementaldecoder


class TerminalOutput:
    """Keeps the latest output.

    Args:
      limit: how many bytes to keep at most.

    Attributes:
      truncated: whether the oldest output was dropped.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._decode = getincrementaldecoder("utf-8")("replace").decode
        self._kept = bytearray()
        self.truncated = False

    def __str__(self) -> str:
        """What is kept. A last character whose bytes have not all come is not there yet."""
        return self._kept.decode()

    def take(self, data: bytes) -> None:
        """Add what the command wrote; what is no UTF-8 becomes replacement characters."""
        self._kept += self._decode(data).encode()
        cut = len(self._kept) - self._limit
        if cut > 0:
            while cut < len(self._kept) and _is_continuation(self._kept[cut]):
                cut += 1
            del self._kept[:cut]
            self.truncated = True


def _is_continuation(byte: int) -> bool:
    return byte & 0b1100_0000 == 0b1000_0000
