"""The third state of patch fields: `UNSET` says that the wire did not mention a field, which `None` cannot say.

It knows nothing of messages. An enum, because type checkers narrow `x is UNSET` and copies stay the same object.
"""

from __future__ import annotations

from enum import Enum
from typing import Final, final


@final
class UnsetType(Enum):
    """The type of `UNSET`, for annotations: `str | UnsetType | None`."""

    UNSET = "UNSET"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> bool:
        return False


UNSET: Final = UnsetType.UNSET
"""A patch field that leaves the old value alone; `None` clears it."""
