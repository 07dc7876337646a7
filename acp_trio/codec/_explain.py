"""Says what is wrong with a value that a fast decoder refused: every place, as a JSON path, by walking the shapes.

It decodes nothing, and what leniency forgives it forgives too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, TypeAlias

from ._errors import Problem
from ._shapes import (
    Anything,
    Boolean,
    Choice,
    Either,
    FieldShape,
    FirstShape,
    Foreign,
    Integer,
    Items,
    Null,
    Nullable,
    Number,
    RecordShape,
    Shape,
    SiblingShape,
    Table,
    TaggedShape,
    Text,
    fields_of,
)

ExplainForeign: TypeAlias = Callable[[Any, Any, str], list[Problem]]

MOST = 32
"""How many problems are told; a large array of nonsense must not become a larger answer."""

_LONGEST_QUOTE = 40
_JSON_TYPES: dict[type, str] = {
    dict: "an object",
    list: "an array",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}


def explain(shape: Shape, value: Any, path: str, foreign: ExplainForeign) -> list[Problem]:
    """What keeps `value` from fitting `shape`, up to `MOST` problems; nothing if it fits.

    Args:
      shape: what the value should look like.
      value: the JSON value.
      path: where the value is.
      foreign: explains the values of classes that are not ours.
    """
    return list(islice(_Explanation(foreign).of(shape, value, path), MOST))


class _Explanation:
    def __init__(self, foreign: ExplainForeign) -> None:
        self._foreign = foreign

    def of(self, shape: Shape, value: Any, path: str) -> Iterator[Problem]:
        match shape:
            case Nullable(inner):
                if value is not None:
                    yield from self.of(inner, value, path)
            case Items(item) if value.__class__ is list:
                for index, member in enumerate(value):
                    yield from self.of(item, member, f"{path}[{index}]")
            case Table(inner) if value.__class__ is dict:
                for key, member in value.items():
                    yield from self.of(inner, member, _below(path, key))
            case RecordShape() if value.__class__ is dict:
                yield from self._record(shape, value, path)
            case TaggedShape() if value.__class__ is dict:
                yield from self._tagged(shape, value, path)
            case FirstShape():
                yield from self._first(shape, value, path)
            case Foreign(hint):
                yield from self._foreign(hint, value, path)
            case _:
                if not _fits(shape, value):
                    yield Problem(path=path, problem=f"expected {_expected(shape)}, got {_got(shape, value)}")

    def _record(self, shape: RecordShape, value: dict[str, Any], path: str) -> Iterator[Problem]:
        for field in fields_of(shape.cls):
            if field.facts.flat:
                yield from self.of(field.shape, value, path)
            elif field.key in value:
                yield from self._field(field, value, _below(path, field.key))
            elif field.required:
                yield Problem(path=_below(path, field.key), problem="missing")

    def _field(self, field: FieldShape, beside: dict[str, Any], path: str) -> Iterator[Problem]:
        value = beside[field.key]
        shape = field.shape
        if field.facts.on_error or (value is None and (field.nullable or field.facts.on_null)):
            return
        if isinstance(shape, SiblingShape):
            said = beside.get(shape.key)
            shape = shape.shapes.get(said, shape.otherwise) if isinstance(said, str) else shape.otherwise
        if isinstance(shape, Items) and field.facts.skip_invalid:
            shape = Items(Anything())
        yield from self.of(shape, value, path)

    def _tagged(self, shape: TaggedShape, value: dict[str, Any], path: str) -> Iterator[Problem]:
        union = shape.union
        tag = value.get(union.key)
        if isinstance(tag, str):
            otherwise = union.untagged if tag in union.implied and union.untagged else union.other
            yield from self.of(RecordShape(union.variants.get(tag, otherwise)), value, path)
        elif union.untagged:
            yield from self.of(RecordShape(union.untagged), value, path)
        elif union.key in value:
            yield Problem(path=_below(path, union.key), problem=f"expected a string, got {_got(Text(), tag)}")
        else:
            yield Problem(path=_below(path, union.key), problem="missing")

    def _first(self, shape: FirstShape, value: Any, path: str) -> Iterator[Problem]:
        """The problems of the alternative that is nearest: the one with fewest keys missing, then fewest problems."""
        attempts = [list(islice(self.of(alternative, value, path), MOST)) for alternative in shape.shapes]
        yield from min(attempts, key=lambda found: (sum(one["problem"] == "missing" for one in found), len(found)))


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if key.isidentifier() else f"{path}[{key!r}]"


def _fits(shape: Shape, value: Any) -> bool:
    match shape:
        case Anything():
            return True
        case Null():
            return value is None or value == {}
        case Text(least):
            return value.__class__ is str and len(value) >= least
        case Integer(lowest, highest):
            return value.__class__ is int and _within(value, lowest, highest)
        case Number():
            return value.__class__ in (float, int)
        case Boolean():
            return value.__class__ is bool
        case Choice(values):
            return value.__class__ is str and value in values
        case Either(shapes):
            return any(_fits(alternative, value) for alternative in shapes)
        case Items(item):
            return value.__class__ is list and all(_fits(item, member) for member in value)
        case _:
            return False


def _within(value: int, lowest: int | None, highest: int | None) -> bool:
    return (lowest is None or lowest <= value) and (highest is None or value <= highest)


def _expected(shape: Shape) -> str:
    match shape:
        case Null():
            return "nothing"
        case Text(0):
            return "a string"
        case Text(least):
            return f"a string of at least {least} characters"
        case Integer(None, None):
            return "a whole number"
        case Integer(lowest, highest):
            return f"a whole number from {lowest} to {highest}"
        case Number():
            return "a number"
        case Boolean():
            return "true or false"
        case Choice(values):
            return "one of " + ", ".join(map(repr, values))
        case Either(shapes):
            return " or ".join(map(_expected, shapes))
        case Items():
            return "an array"
        case _:
            return "an object"


def _got(shape: Shape, value: Any) -> str:
    """The value's JSON type, or the value itself where that is short and its type was right."""
    right_type = int if isinstance(shape, Integer) else str if isinstance(shape, Choice | Text) else None
    if value.__class__ is right_type and len(repr(value)) <= _LONGEST_QUOTE:
        return repr(value)
    return _JSON_TYPES.get(value.__class__) or str(value.__class__.__name__)
