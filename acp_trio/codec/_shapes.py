"""The wire's view of a class: what its annotations and field facts ask of a JSON value, as a tree of shapes.

Reads classes only. The generator turns shapes into source, the explanation walks them.
"""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeAlias, Union, get_args, get_origin, get_type_hints

import attrs

from ..schema import UNSET, Record, UnsetType
from ..schema._message import NOTHING_MORE
from ..schema._wire import PLAIN, WIRE, FirstOf, MinLength, Range, Sibling, Tagged, Wire


@attrs.frozen
class Anything:
    """Any JSON value."""


@attrs.frozen
class Null:
    """Nothing: null, or an empty object, which some peers send for it."""


@attrs.frozen
class Text:
    """A string of at least so many characters."""

    least: int = 0


@attrs.frozen
class Integer:
    """A whole number within bounds."""

    lowest: int | None = None
    highest: int | None = None


@attrs.frozen
class Number:
    """A number."""


@attrs.frozen
class Boolean:
    """True or false."""


@attrs.frozen
class Choice:
    """One of some strings."""

    values: tuple[str, ...]


@attrs.frozen
class Either:
    """One of several shapes that are told apart by looking."""

    shapes: tuple[Shape, ...]


@attrs.frozen
class Nullable:
    """Null or something."""

    shape: Shape


@attrs.frozen
class Items:
    """An array."""

    item: Shape


@attrs.frozen
class Table:
    """An object whose keys are free."""

    value: Shape


@attrs.frozen
class RecordShape:
    """One of our records."""

    cls: type[Record]


@attrs.frozen
class TaggedShape:
    """A union of records with a tag; `alias` is the annotation itself."""

    alias: Any
    union: Tagged


@attrs.frozen
class FirstShape:
    """A union without a tag; `alias` is the annotation itself."""

    alias: Any
    shapes: tuple[Shape, ...]


@attrs.frozen
class SiblingShape:
    """A value whose shape follows from a key beside it."""

    key: str
    shapes: Mapping[str, Shape]
    otherwise: Shape


@attrs.frozen
class Foreign:
    """A class that is not ours: cattrs knows what to do."""

    hint: Any


Shape: TypeAlias = (
    Anything
    | Null
    | Text
    | Integer
    | Number
    | Boolean
    | Choice
    | Either
    | Nullable
    | Items
    | Table
    | RecordShape
    | TaggedShape
    | FirstShape
    | SiblingShape
    | Foreign
)

_SCALARS: dict[Any, Shape] = {
    Any: Anything(),
    object: Anything(),
    None: Null(),
    type(None): Null(),
    str: Text(),
    int: Integer(),
    float: Number(),
    bool: Boolean(),
    dict: Table(Anything()),
    list: Items(Anything()),
}
_LOOKED_AT = (Text, Integer, Number, Boolean, Choice)


@attrs.frozen
class FieldShape:
    """One field of a record.

    Attributes:
      name: the attribute.
      argument: its name for the constructor.
      key: its name on the wire.
      shape: what its value looks like where it is not null.
      nullable: null is a value.
      required: the key must be there, and is always written.
      default: the attribute's default, or `attrs.NOTHING`.
      facts: leniency and layout.
    """

    name: str
    argument: str
    key: str
    shape: Shape
    nullable: bool
    required: bool
    default: Any
    facts: Wire

    @property
    def null_is_default(self) -> bool:
        """Whether null says the same as an absent key."""
        if self.nullable:
            return self.default is None
        return self.default is not UNSET and (self.facts.on_error or self.facts.on_null)

    @property
    def fallback(self) -> Any:
        """What a malformed or null value becomes, where leniency lets it."""
        if self.default is not attrs.NOTHING:
            return self.default
        return NOTHING_MORE if isinstance(self.shape, Table) else ()


_fields: dict[type, tuple[FieldShape, ...]] = {}


def fields_of(cls: type[Record]) -> tuple[FieldShape, ...]:
    """The fields of a record, `extras` not among them."""
    if cls not in _fields:
        _fields[cls] = _read_fields(cls)
    return _fields[cls]


def _read_fields(cls: type[Record]) -> tuple[FieldShape, ...]:
    hints = get_type_hints(cls, include_extras=True)
    return tuple(
        _field(cls, attribute, hints[attribute.name])
        for attribute in cls.__attrs_attrs__
        if attribute.init and attribute.name != "extras"
    )


def _field(cls: type[Record], attribute: attrs.Attribute[Any], hint: Any) -> FieldShape:
    facts: Wire = attribute.metadata.get(WIRE, PLAIN)
    shape = shape_of(hint)
    nullable = isinstance(shape, Nullable)
    return FieldShape(
        attribute.name,
        attribute.alias or attribute.name,
        facts.name or _key(cls, attribute.name),
        shape.shape if isinstance(shape, Nullable) else shape,
        nullable,
        facts.required or attribute.default is attrs.NOTHING,
        attribute.default,
        facts,
    )


def _key(cls: type[Record], name: str) -> str:
    """The schema's fields are camelCase on the wire, in users' subclasses too; users' own fields stay as written."""
    declaring = next(base for base in cls.__mro__ if name in inspect.get_annotations(base))
    if not declaring.__module__.startswith("acp_trio.schema."):
        return name
    return re.sub(r"_(.)", lambda found: found[1].upper(), name)


def shape_of(hint: Any) -> Shape:
    """What a JSON value must look like to become `hint`."""
    origin = get_origin(hint)
    if origin is Annotated:
        return _annotated(hint)
    if origin is Literal:
        values = get_args(hint)
        # Sorted, because the order is not ours alone: to `typing`, `Literal["a", "b"] | None` is the same as somebody's
        # `Literal["b", "a"] | None`, and it gives whichever was written first in the process.
        return Choice(tuple(sorted(values))) if all(isinstance(value, str) for value in values) else Foreign(hint)
    if origin in (Union, types.UnionType):
        return _union(hint)
    if origin in (Sequence, list):
        return Items(shape_of(get_args(hint)[0]))
    if origin in (Mapping, dict) and get_args(hint)[0] is str:
        return Table(shape_of(get_args(hint)[1]))
    if isinstance(hint, type) and issubclass(hint, Record):
        return RecordShape(hint)
    try:
        return _SCALARS.get(hint) or Foreign(hint)
    except TypeError:  # a hint that cannot be hashed is none of ours
        return Foreign(hint)


def _annotated(hint: Any) -> Shape:
    base, *facts = get_args(hint)
    for fact in facts:
        match fact:
            case Tagged():
                return TaggedShape(hint, fact)
            case FirstOf():
                return FirstShape(hint, tuple(map(shape_of, get_args(base))))
            case Sibling():
                types_ = {value: shape_of(cls) for value, cls in fact.types.items()}
                return SiblingShape(fact.key, types_, shape_of(fact.otherwise))
            case Range():
                return Integer(fact.lowest, fact.highest)
            case MinLength():
                return Text(fact.characters)
            case _:
                continue
    return shape_of(base)


def _union(hint: Any) -> Shape:
    arguments = [argument for argument in get_args(hint) if argument is not UnsetType]
    members = [argument for argument in arguments if argument is not type(None)]
    shape = _members(hint, [shape_of(member) for member in members])
    return shape if len(members) == len(arguments) else Nullable(shape)


def _members(hint: Any, shapes: list[Shape]) -> Shape:
    if len(shapes) == 1:
        return shapes[0]
    if Text() in shapes:
        shapes = [shape for shape in shapes if not isinstance(shape, Choice)]
    if len(shapes) == 1:
        return shapes[0]
    if all(is_looked_at(shape) for shape in shapes):
        return Either(tuple(shapes))
    return Foreign(hint)


def is_looked_at(shape: Shape) -> bool:
    """Whether a value of this shape stays as it is and one expression tells whether it fits."""
    if isinstance(shape, Items):
        return is_looked_at(shape.item)
    if isinstance(shape, Either):
        return all(map(is_looked_at, shape.shapes))
    if isinstance(shape, Table):
        return isinstance(shape.value, Anything)
    return isinstance(shape, (*_LOOKED_AT, Anything))


def home(shape: RecordShape | TaggedShape | FirstShape) -> str:
    """The module that declares a record or a union."""
    match shape:
        case RecordShape(cls):
            return cls.__module__
        case TaggedShape(_, union):
            return union.other.__module__
        case FirstShape(_, shapes):
            first = shapes[0].item if isinstance(shapes[0], Items) else shapes[0]
            if isinstance(first, RecordShape):
                return first.cls.__module__
            raise TypeError(f"a union without a tag holds records or arrays of records, not {first}")
