"""Between JSON values and typed messages. See `Codec`."""

from __future__ import annotations

from ._codec import CODEC as CODEC
from ._codec import Codec as Codec
from ._errors import InvalidValue as InvalidValue
from ._errors import Problem as Problem

__all__ = ["CODEC", "Codec", "InvalidValue", "Problem"]
