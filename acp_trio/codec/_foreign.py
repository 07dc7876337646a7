"""Classes that are not ours: users' attrs classes, dataclasses and whatever else cattrs knows.

Names stay as they are written, values are not coerced, fields that are `UNSET` are left out, and our own classes inside
foreign ones go back to the codec.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import (
    Callable,
    Iterable,
    Iterator,
    Mapping,
    MutableMapping,
    MutableSequence,
    MutableSet,
    Sequence,
)
from collections.abc import Set as AbstractSet
from functools import partial, reduce
from itertools import repeat
from types import UnionType
from typing import Any, Protocol, Union, get_args, get_origin, get_type_hints

import attrs
import cattrs
from cattrs.errors import ClassValidationError, IterableValidationError
from cattrs.gen import make_mapping_structure_fn  # pyright: ignore[reportUnknownVariableType]  # typed in part

from ..schema import UNSET, UnsetType
from ._errors import InvalidValue, Problem
from ._shapes import Foreign, Items, Nullable, Shape, Table, shape_of
from ._strict import Mismatch

_REFUSALS = (ValueError, TypeError, KeyError)
"""What cattrs, and the validators of users' classes, raise for a value that does not fit."""


_ARRAYS: dict[Any, Callable[[list[Any]], Iterable[Any]]] = {
    **dict.fromkeys((list, MutableSequence), list),
    **dict.fromkeys((tuple, Sequence), tuple),
    **dict.fromkeys((set, AbstractSet, MutableSet), set),
    frozenset: frozenset,
    deque: deque,
}
"""What an array becomes. cattrs would make them of whatever can be iterated: of a string, of an object's keys."""
_OBJECTS = (dict, Mapping, MutableMapping)


class OwnCodec(Protocol):
    """What foreign classes need of the codec."""

    def decode(self, cls: Any, value: object, /) -> Any:
        """Decode a value of our own."""
        ...

    def encode(self, value: object, cls: Any = None, /) -> Any:
        """Encode a value of our own."""
        ...


class ForeignClasses:
    """Decodes and encodes through cattrs."""

    def __init__(self, own: OwnCodec) -> None:
        self._fast = _converter(own, detailed=False)
        self._careful = _converter(own, detailed=True)

    def decoder(self, hint: Any) -> Callable[[Any], Any]:
        """A decoder that raises `Mismatch`."""
        structure = self._fast.structure

        def decode(value: Any) -> Any:
            try:
                return structure(value, hint)
            except _REFUSALS as error:
                raise Mismatch from error

        return decode

    def encoder(self, hint: Any) -> Callable[[Any], Any]:
        """An encoder for values that were declared as `hint`."""
        unstructure = self._fast.unstructure
        return lambda value: unstructure(value, unstructure_as=None if get_origin(hint) in (Union, UnionType) else hint)

    def encode(self, value: object) -> Any:
        """Encode a value by its own class."""
        return self._fast.unstructure(value)

    def explain(self, hint: Any, value: Any, path: str) -> list[Problem]:
        """What keeps the value from fitting."""
        try:
            self._careful.structure(value, hint)
        except (*_REFUSALS, cattrs.BaseValidationError) as error:
            return list(_problems(error, path))
        return []


def _converter(own: OwnCodec, *, detailed: bool) -> cattrs.Converter:
    converter = cattrs.Converter(detailed_validation=detailed)
    converter.register_structure_hook_factory(_has_fields, partial(_expecting_an_object, converter))
    converter.register_unstructure_hook_factory(_has_fields, partial(_leaving_out_unset, converter))
    converter.register_structure_hook_factory(_is_array, partial(_expecting_an_array, converter))
    converter.register_structure_hook_factory(_is_object, partial(_expecting_a_table, converter))
    converter.register_structure_hook_factory(_is_ours, partial(_decoding_ours, own))
    converter.register_unstructure_hook_factory(_is_ours, partial(_encoding_ours, own))
    for scalar in (str, int, float, bool):  # which cattrs would coerce
        converter.register_structure_hook(scalar, _decoding_ours(own, scalar))
    converter.register_structure_hook_factory(_may_be_unset, partial(_decoding_what_is_set, converter))
    converter.register_unstructure_hook_factory(_may_be_unset, partial(_encoding_what_is_set, converter))
    return converter


def _has_fields(cls: Any) -> bool:
    return attrs.has(cls) or dataclasses.is_dataclass(cls)


def _is_array(hint: Any) -> bool:
    return _origin(hint) in _ARRAYS


def _is_object(hint: Any) -> bool:
    return _origin(hint) in _OBJECTS


def _origin(hint: Any) -> Any:
    """What a hint is about; nothing for what is neither a class nor one with its arguments."""
    origin = get_origin(hint) or hint
    return origin if isinstance(origin, type) else None


def _is_ours(hint: Any) -> bool:
    return not _may_be_unset(hint) and not _holds_foreign(shape_of(hint))


def _holds_foreign(shape: Shape) -> bool:
    match shape:
        case Items(inner) | Table(inner) | Nullable(inner):
            return _holds_foreign(inner)
        case _:
            return isinstance(shape, Foreign)


def _may_be_unset(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType) and UnsetType in get_args(hint)


def _decoding_ours(own: OwnCodec, hint: Any) -> Callable[[Any, Any], Any]:
    def decode(value: Any, _hint: Any) -> Any:
        return own.decode(hint, value)

    return decode


def _encoding_ours(own: OwnCodec, hint: Any) -> Callable[[Any], Any]:
    def encode(value: Any) -> Any:
        return own.encode(value, hint)

    return encode


def _decoding_what_is_set(converter: cattrs.Converter, hint: Any) -> Callable[[Any, Any], Any]:
    decode = converter.get_structure_hook(_when_set(hint))

    def decode_set(value: Any, _hint: Any) -> Any:
        return decode(value, _when_set(hint))

    return decode_set


def _encoding_what_is_set(converter: cattrs.Converter, hint: Any) -> Callable[[Any], Any]:
    encode = converter.get_unstructure_hook(_when_set(hint))

    def encode_set(value: Any) -> Any:
        return value if value is UNSET else encode(value)

    return encode_set


def _when_set(hint: Any) -> Any:
    return reduce(_or, (argument for argument in get_args(hint) if argument is not UnsetType))


def _resolve(cls: Any) -> None:
    """Resolve a class's annotations: cattrs would lose the tags of our unions, and stumble over `Page[str]`."""
    generic = get_origin(cls) or cls
    if dataclasses.is_dataclass(generic):
        hints = get_type_hints(generic, include_extras=True)
        for field in dataclasses.fields(generic):
            field.type = hints[field.name]
    else:
        attrs.resolve_types(generic)


def _or(one: Any, other: Any) -> Any:
    return one | other


def _expecting_an_object(converter: cattrs.Converter, cls: Any) -> Callable[[Any, Any], Any]:
    _resolve(cls)
    structure = converter.gen_structure_attrs_fromdict(cls)

    def decode(value: Any, hint: Any) -> Any:
        if value.__class__ is not dict:
            raise TypeError("expected an object")
        return structure(value, hint)

    return decode


def _expecting_an_array(converter: cattrs.Converter, cls: Any) -> Callable[[Any, Any], Any]:
    make = _ARRAYS[_origin(cls)]
    arguments = get_args(cls)
    fixed = arguments if _origin(cls) is tuple and arguments and arguments[-1] is not Ellipsis else None

    def decode(value: Any, _hint: Any) -> Any:
        if value.__class__ is not list:
            raise TypeError("expected an array")
        if fixed is not None and len(value) != len(fixed):
            raise ValueError(f"expected an array of {len(fixed)} items")
        hints = fixed or repeat(arguments[0] if arguments else Any)  # without an end, where all are alike
        made: list[Any] = []
        problems: list[Problem] = []
        for index, (item, hint) in enumerate(zip(value, hints, strict=False)):
            try:
                made.append(converter.structure(item, hint))
            except (*_REFUSALS, cattrs.BaseValidationError) as error:
                problems += _problems(error, f"$[{index}]")
        if problems:
            raise InvalidValue(problems)
        return make(made)

    return decode


def _expecting_a_table(converter: cattrs.Converter, cls: Any) -> Callable[[Any, Any], Any]:
    structure = make_mapping_structure_fn(cls, converter, detailed_validation=converter.detailed_validation)

    def decode(value: Any, hint: Any) -> Any:
        if value.__class__ is not dict:
            raise TypeError("expected an object")
        return structure(value, hint)

    return decode


def _leaving_out_unset(converter: cattrs.Converter, cls: Any) -> Callable[[Any], Any]:
    _resolve(cls)
    unstructure = converter.gen_unstructure_attrs_fromdict(cls)

    def encode(value: Any) -> Any:
        return {key: member for key, member in unstructure(value).items() if member is not UNSET}

    return encode


def _problems(error: BaseException, path: str) -> Iterator[Problem]:
    match error:
        case ClassValidationError():
            described, others = error.group_exceptions()
            for inner, attribute in described:
                yield from _problems(inner, f"{path}.{attribute.name}")
            for inner in others:
                yield from _problems(inner, path)
        case IterableValidationError():
            indexed, others = error.group_exceptions()
            for inner, item in indexed:
                yield from _problems(inner, f"{path}[{item.index!r}]")
            for inner in others:
                yield from _problems(inner, path)
        case InvalidValue():
            for problem in error.problems:
                yield Problem(path=path + problem["path"].removeprefix("$"), problem=problem["problem"])
        case KeyError():
            yield Problem(path=path, problem="missing")
        case _:
            yield Problem(path=path, problem=str(error) or type(error).__name__)
