"""JSON text in and out. Fast through msgspec; what msgspec refuses and JSON allows goes through the standard library.

Owns the one decision of what JSON text is: UTF-8, no NaN, no Infinity, lone surrogate escapes kept as they are, nesting
as deep as the parser takes. It knows nothing of messages.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import msgspec

_fast_decode = msgspec.json.Decoder().decode
_fast_encode = msgspec.json.Encoder().encode


class JSONInvalid(ValueError):
    """The text is not JSON, or nests deeper than the parser takes."""


def loads(text: bytes | msgspec.Raw) -> Any:
    """Decode JSON text to builtins.

    Raises JSONInvalid, and no other exception, for anything that is not JSON in valid UTF-8.
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


def _patient_loads(text: bytes) -> Any:
    try:
        return json.loads(text.decode("utf-8"), parse_constant=_refuse_constant)
    except RecursionError:
        raise JSONInvalid("nested too deeply") from None
    except UnicodeDecodeError as exc:
        raise JSONInvalid(f"not UTF-8 at byte {exc.start}") from None
    except ValueError as exc:
        raise JSONInvalid(str(exc)) from None


def _refuse_constant(name: str) -> NoReturn:
    raise JSONInvalid(f"{name} is not JSON")
