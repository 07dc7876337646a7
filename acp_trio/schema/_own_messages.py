"""Messages that users define: `class Hello(Request[HelloAnswer], method="_acme/hello")` is all it takes.

Owns making an attrs class of such a class, and what is wrong with it said where it is defined: a method that is taken or
is none, a response that no codec knows. Nothing here knows a message of the schema.
"""

from __future__ import annotations

from typing import Any

import attrs

_TAKEN: dict[str, type[Any]] = {}

_DATACLASS = "__dataclass_fields__"  # asking the module takes longer to import than all that is here
_OURS = frozenset(("extras", "method", "response", "side"))
_JSON = (str, int, float, bool, list, dict, type(None))


def define_message(cls: type[Any], method: object) -> None:
    """Make an attrs class of `cls`, in place, and give it its method. Raises TypeError."""
    if not isinstance(method, str) or not method:
        raise TypeError(f"the method of {cls.__name__} is a name such as '_example.com/hello', not {method!r}")
    from ._methods import V1_METHODS  # the list names the classes, which are made with what is here

    if method in V1_METHODS:
        raise TypeError(f"{method} is a method of ACP: use the class of the schema")
    other = _TAKEN.get(method)
    if other is not None and _place(other) != _place(cls):  # a module that is loaded again defines its classes again
        raise TypeError(f"{cls.__name__} and {_place(other)} both have the method {method}")
    cls.method = method
    define_fields(cls)
    _TAKEN[method] = cls


def define_fields(cls: type[Any]) -> None:
    """Make an attrs class of `cls`, in place."""
    # Not slotted: that would make another class than the one that was just defined.
    attrs.define(cls, slots=False, kw_only=True, eq=False, repr=False, auto_attribs=True, auto_detect=False)
    every = {name for base in cls.__mro__[1:] for name in getattr(base, "__annotations__", ()) if name in _OURS}
    for attribute in cls.__attrs_attrs__:
        if attribute.name in every and not attribute.inherited:
            raise TypeError(
                f"{cls.__name__} cannot have a field {attribute.name}, which every message has: give it another name, "
                f"and this one on the wire: field(name={attribute.name!r})"
            )


def extends_own_message(cls: type[Any]) -> bool:
    """Whether a class derives from one that a user has defined with a method."""
    return any(_TAKEN.get(getattr(base, "method", "")) is base for base in cls.__mro__[1:])


def check_response(cls: type[Any]) -> None:
    """Raise TypeError if the response of a request class cannot be decoded."""
    if not hasattr(cls, "response"):
        raise TypeError(f"say what answers {cls.__name__}: class {cls.__name__}(Request[Answer], method=...)")
    response = cls.response
    if not isinstance(response, type) or response is Any:
        return  # an annotation such as dict[str, int]
    if not (attrs.has(response) or hasattr(response, _DATACLASS) or issubclass(response, _JSON)):
        raise TypeError(
            f"{response.__name__}, which answers {cls.__name__}, is neither an attrs class nor a dataclass: "
            "decorate it with @attrs.frozen or @record"
        )


def _place(cls: type[Any]) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"
