"""JSON text in and out. Fast through msgspec; what msgspec refuses and JSON allows goes through the standard library.

Owns the one decision of what JSON text is: UTF-8, no NaN, no Infinity, lone surrogate escapes kept as they are, nesting
as deep as the parser takes. It knows nothing of messages.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn, cast

import msgspec

_fast_decode = msgspec.json.Decoder().decode
_fast_encode = msgspec.json.Encoder().encode


class JSONInvalid(ValueError):
    """The text is not JSON, or nests deeper than the parser takes."""


def loads(text: bytes | msgspec.Raw) -> Any:
    """Decode JSON text to builtins.

    Raises JSONInvalid, and no other exception, for anything that is not JSON in valid UTF-8, and for numbers beyond
    what a float or a Python int of 4300 digits holds.
    """
    try:
        return _fast_decode(text)
    except (ValueError, RecursionError):
        return _patient_loads(bytes(text))


def dumps(value: Any) -> bytes:
    """Encode builtins as compact JSON on one line.

    Raises TypeError for what JSON cannot hold.
    """
    try:
        return _fast_encode(value)
    except ValueError:
        return json.dumps(value, separators=(",", ":"), allow_nan=False).encode("ascii")


def as_object(value: object) -> dict[str, Any] | None:
    """A decoded value if it is an object, else None."""
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _patient_loads(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite, parse_int=_short)
    except RecursionError:
        raise JSONInvalid("nested too deeply") from None
    except UnicodeDecodeError as exc:
        raise JSONInvalid(f"not UTF-8 at byte {exc.start}") from None
    except ValueError as exc:
        raise JSONInvalid(str(exc)) from None


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):  # it could not be written again
        raise JSONInvalid("a number out of range")
    return value


def _short(text: str) -> int:
    try:
        return int(text)
    except ValueError:  # Python's bound on digits; its own words are about Python, and this goes to a peer
        raise JSONInvalid("a number out of range") from None


def _refuse_constant(name: str) -> NoReturn:
    raise JSONInvalid(f"{name} is not JSON")
