"""Classes that are not ours: users' attrs classes, dataclasses and whatever else cattrs knows.

Names stay as they are written, values are not coerced, fields that are `UNSET` are left out, and our own classes inside
foreign ones go back to the codec.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Any, Protocol, Union, get_args, get_origin

import attrs
import cattrs
from cattrs.errors import ClassValidationError, IterableValidationError

from ..schema import UNSET, Record, UnsetType
from ._errors import InvalidValue, Problem
from ._shapes import Foreign, Items, Nullable, Shape, Table, shape_of
from ._strict import Mismatch

_REFUSALS = (ValueError, TypeError, KeyError)
"""What cattrs, and the validators of users' classes, raise for a value that does not fit."""


class OwnCodec(Protocol):
    """What foreign classes need of the codec."""

    def decode(self, cls: Any, value: object, /) -> Any:
        """Decode a value of our own."""
        ...

    def encode(self, value: object, /) -> Any:
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
    converter.register_structure_hook_func(_is_ours, lambda value, hint: own.decode(hint, value))
    for scalar in (str, int, float, bool):
        converter.register_structure_hook(scalar, lambda value, hint: own.decode(hint, value))
    converter.register_structure_hook_factory(
        _may_be_unset, lambda hint: lambda value, _: converter.structure(value, _without_unset(hint))
    )
    converter.register_unstructure_hook_factory(_has_fields, lambda cls: _leaving_out_unset(converter, cls))
    converter.register_unstructure_hook_func(_is_record, own.encode)
    return converter


def _has_fields(cls: Any) -> bool:
    return attrs.has(cls) or dataclasses.is_dataclass(cls)


def _is_record(cls: Any) -> bool:
    return isinstance(cls, type) and issubclass(cls, Record)


def _is_ours(hint: Any) -> bool:
    return not _holds_foreign(shape_of(hint))


def _holds_foreign(shape: Shape) -> bool:
    match shape:
        case Items(inner) | Table(inner) | Nullable(inner):
            return _holds_foreign(inner)
        case _:
            return isinstance(shape, Foreign)


def _may_be_unset(hint: Any) -> bool:
    return get_origin(hint) in (Union, UnionType) and UnsetType in get_args(hint)


def _without_unset(hint: Any) -> Any:
    return Union[tuple(argument for argument in get_args(hint) if argument is not UnsetType)]  # noqa: UP007


def _leaving_out_unset(converter: cattrs.Converter, cls: Any) -> Callable[[Any], Any]:
    unstructure = converter.gen_unstructure_attrs_fromdict(cls)

    def encode(value: Any) -> Any:
        return {key: member for key, member in unstructure(value).items() if member is not UNSET}

    return encode


def _problems(error: BaseException, path: str) -> Iterator[Problem]:
    match error:
        case ClassValidationError():
            described, others = error.group_exceptions()
            for inner, note in described:
                yield from _problems(inner, f"{path}.{note.name}")
            for inner in others:
                yield from _problems(inner, path)
        case IterableValidationError():
            indexed, others = error.group_exceptions()
            for inner, note in indexed:
                yield from _problems(inner, f"{path}[{note.index!r}]")
            for inner in others:
                yield from _problems(inner, path)
        case InvalidValue():
            for problem in error.problems:
                yield Problem(path=path + problem["path"].removeprefix("$"), problem=problem["problem"])
        case KeyError():
            yield Problem(path=path, problem="missing")
        case _:
            yield Problem(path=path, problem=str(error) or type(error).__name__)
