"""What every message class is: a keyword-only record with one equality, one repr and room for what it cannot show.

Requests know their response's type, notifications have none, and unknown variants of unions are kept whole. This module
knows nothing of any particular message and nothing of encoding.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Final, Generic, Literal, TypeAlias, TypeVar, dataclass_transform, get_args

import attrs

from ._own_messages import check_response, define_fields, define_message, extends_own_message
from ._wire import field, lenient

Side: TypeAlias = Literal["agent", "client", "protocol"]
C = TypeVar("C")
R = TypeVar("R", bound="Record")
Response_co = TypeVar("Response_co", covariant=True)


class _Nothing(Mapping[str, Any]):
    """An empty mapping that stays one object when it is copied or pickled, unlike a mapping proxy, which cannot be."""

    __slots__ = ()

    def __getitem__(self, key: str) -> Any:
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "{}"

    def __reduce__(self) -> str:
        return "NOTHING_MORE"


NOTHING_MORE: Final[Mapping[str, Any]] = _Nothing()
"""The `extras` of a record whose attributes say everything, and every other empty mapping that is a default."""

_SEQUENCES: Final = frozenset((list, tuple))


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field, lenient))
def record(cls: type[C]) -> type[C]:
    """Make a message class: keyword-only, slotted, and immutable as far as type checkers enforce it.

    At run time nothing stops an assignment, because a frozen class takes three times as long to construct. Equality and
    repr are inherited, because writing them for each class doubles the time to define it.
    """
    return attrs.define(
        cls,
        slots=True,
        kw_only=True,
        eq=False,
        repr=False,
        auto_attribs=True,
        auto_detect=False,
        getstate_setstate=False,
    )


@record
class Record:  # noqa: PLW1641 - unhashable on purpose: fields hold lists and dicts
    """The root of all message classes.

    Attributes:
      extras: what the wire held beyond what the attributes show: unknown keys, and known keys that said explicitly what
        the attribute's default says (null, false, an empty array). They are written back where no attribute takes their
        place, and do not count in comparisons.
    """

    __attrs_attrs__: ClassVar[tuple[Any, ...]]  # of attrs.Attribute

    extras: Mapping[str, Any] = NOTHING_MORE

    def __eq__(self, other: object) -> bool:
        if self.__class__ is not other.__class__:
            return NotImplemented
        return all(_same(getattr(self, name), getattr(other, name)) for name in _compared(self))

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in _telling(self))
        return f"{self.__class__.__name__}({shown})"


@record
class MetaRecord(Record):
    """A record with room for extension data.

    Attributes:
      meta: extension data by key (`_meta` on the wire); never interpreted by acp_trio.
    """

    meta: Mapping[str, Any] | None = lenient(default=None, name="_meta")


@record
class Unknown(MetaRecord):  # noqa: PLW1641 - as Record
    """A variant that this version of acp_trio does not know, kept whole: its other keys are in `extras`.

    Unlike other records it is equal only to one with the same extras.

    Attributes:
      tag: what the union's tag says.
    """

    tag: str

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Unknown):
            return NotImplemented
        return Record.__eq__(self, other) is True and dict(self.extras) == dict(other.extras)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field, lenient))
@record
class Request(MetaRecord, Generic[Response_co]):
    """The params of a request whose response is a `Response_co`.

    A message of your own is a class with annotated fields, which becomes an attrs class by itself; its response is any
    attrs class, dataclass or JSON type.

    Class attributes:
      method: the JSON-RPC method.
      response: the response's class, taken from the brackets.
      side: who handles it; "protocol" for either.

    Defining a class raises TypeError for a method that another class has, and for a response of no such type.

    Example:
        @attrs.frozen
        class HelloAnswer:
            text: str

        class Hello(Request[HelloAnswer], method="_acme/hello"):
            name: str
    """

    method: ClassVar[str]
    response: ClassVar[type[Any]]
    side: ClassVar[Side] = "protocol"

    def __init_subclass__(cls, *, method: str | None = None, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        for base in cls.__dict__.get("__orig_bases__", ()):
            named = [argument for argument in get_args(base) if not isinstance(argument, TypeVar)]
            if named and "response" not in cls.__dict__:
                cls.response = named[0]
        if method is not None:
            check_response(cls)
            define_message(cls, method)
        elif extends_own_message(cls):
            define_fields(cls)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field, lenient))
@record
class Notification(MetaRecord):
    """The params of a notification; one of your own is `class Moved(Notification, method="_acme/moved")`.

    Class attributes:
      method: the JSON-RPC method.
      side: who handles it; "protocol" for either.

    Defining a class raises TypeError for a method that another class has.
    """

    method: ClassVar[str]
    side: ClassVar[Side] = "protocol"

    def __init_subclass__(cls, *, method: str | None = None, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if method is not None:
            define_message(cls, method)
        elif extends_own_message(cls):
            define_fields(cls)


def evolve(original: R, **changes: Any) -> R:
    """A copy of a message with some attributes changed; what its extras hold is kept where no attribute says otherwise.

    The same as `attrs.evolve`, which mypy does not take for our classes.
    """
    return attrs.evolve(original, **changes)  # type: ignore[misc]


def _compared(record: Record) -> Iterator[str]:
    return (attribute.name for attribute in record.__attrs_attrs__ if attribute.name != "extras")


def _same(one: Any, other: Any) -> bool:
    """Equal, where a list and a tuple of equal items count as equal: both are ways to give a sequence."""
    if one.__class__ in _SEQUENCES and other.__class__ in _SEQUENCES:
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _telling(record: Record) -> Iterator[tuple[str, str]]:
    for attribute in record.__attrs_attrs__:
        value = getattr(record, attribute.name)
        if value is not attribute.default and not _same(value, attribute.default):
            yield attribute.name, repr(value) if attribute.repr else "***"
