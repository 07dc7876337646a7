"""A message that nobody gave a class: a method and params, as they came or as somebody wrote them.

Owns keeping the params as text until somebody looks at them: what is only forwarded is forwarded byte for byte.
"""

from __future__ import annotations

from typing import Any, final

from msgspec import UNSET, Raw, UnsetType

from ._errors import LocalMisuse
from ._json import as_object, loads
from ._messages import Envelope


@final
class UntypedMessage:
    """A request or a notification without a class; immutable.

    Args:
      method: the JSON-RPC method.
      params: an object or an array as JSON can hold it, None for `null`; left out, the message has none.

    Raises LocalMisuse for params of another kind.
    """

    __slots__ = ("_params", "_raw", "method")

    def __init__(self, method: str, params: Any = UNSET) -> None:
        if not isinstance(params, dict | list | Raw | UnsetType | None):
            raise LocalMisuse(f"the params of {method} must be an object or an array, not {type(params).__name__}")
        self.method: str = method
        self._raw: Raw | None = params if isinstance(params, Raw) else None
        self._params: Any = params

    @classmethod
    def of(cls, envelope: Envelope) -> UntypedMessage:
        """What an incoming message carries."""
        return cls(str(envelope.method), envelope.params)

    def __repr__(self) -> str:
        return f"UntypedMessage({self.method!r}, {_shown(self.params):.200})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, UntypedMessage):
            return NotImplemented
        return (self.method, self.params) == (other.method, other.params)

    def __hash__(self) -> int:
        raise TypeError("unhashable: params hold lists and dicts")

    @property
    def params(self) -> Any:
        """The params, decoded when first asked for; None for none. Raises JSONInvalid if no parser takes them."""
        if isinstance(self._params, Raw):
            self._params = loads(self._params)
        return None if self._params is UNSET else self._params

    @property
    def encoded(self) -> Any:
        """The params as the JSON writer takes them: untouched text if that is how they came."""
        return self._params if self._raw is None else self._raw

    @property
    def size(self) -> int:
        """Bytes of the params as they came; 0 if they did not come but were made here."""
        return 0 if self._raw is None else len(memoryview(self._raw))

    @property
    def session_id(self) -> str | None:
        """The session that it is about, None for none."""
        found = (as_object(self.params) or {}).get("sessionId")
        return found if isinstance(found, str) else None

    def has_field(self, name: str) -> bool:
        """Whether the params are an object with this member."""
        return name in (as_object(self.params) or {})


def _shown(params: Any) -> str:
    """Params for a log: the names of an object's members. Values may be prompts or secrets."""
    members = as_object(params)
    if members is not None:
        return f"{{{', '.join(members)}}}"
    return "nothing" if params is None else f"[{len(params)}]"
