"""What generated decoders and encoders call at run time: what is too rare or too long to be written out each time.

Errors carry no detail here: a value that does not fit is looked at again by `_explain`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, TypeAlias

from ..schema import Record

Decoder: TypeAlias = Callable[..., Any]
Encoder: TypeAlias = Callable[[Any, dict[str, Any]], dict[str, Any]]
Known: TypeAlias = Mapping[str, "tuple[str, Any, tuple[Any, ...] | None] | None"]
"""By wire name: the attribute, its default, how the wire may spell that (None: in any way that decodes to it).

None where encoding always writes the key."""


class Mismatch(Exception):
    """The value does not fit. Raised without detail."""


BAD: Final = (Mismatch, KeyError)
"""What a generated decoder raises: KeyError where a required key is absent."""

ABSENT: Final = object()
"""Stands for a key that is not there where null means something else."""


def default_of(cls: type[Record], name: str) -> Any:
    """The default of a record's attribute."""
    return next(attribute.default for attribute in cls.__attrs_attrs__ if attribute.name == name)


def with_leftover(made: Record, data: dict[str, Any], known: Known, tag: str | None, others: dict[str, Any]) -> Any:
    """Give `made` as extras the keys that encoding it would not write: unknown ones, and defaults spelled out.

    What leniency dropped is not among them.

    Args:
      made: the record, just constructed.
      data: the object that it was made from.
      known: the record's own keys.
      tag: a key that is nobody's attribute.
      others: where the unknown keys are: `data`, or what flat fields have left of it.
    """
    extras = {}
    for key, value in data.items():
        if key not in known:
            if key != tag and key in others:
                extras[key] = value
        elif (fact := known[key]) is not None:
            name, default, spellings = fact
            if getattr(made, name) is default and (spellings is None or _is_one_of(value, spellings)):
                extras[key] = value
    if extras:
        object.__setattr__(made, "extras", extras)  # a user's message class may be frozen
    return made


def _is_one_of(value: Any, spellings: tuple[Any, ...]) -> bool:
    """Whether a value is one of some plain ones, where 0 is not False, and 1 is 1.0."""
    return value in spellings and any(
        value == one and (value.__class__ is bool) is (one.__class__ is bool) for one in spellings
    )


def add_extras(made: Record, out: dict[str, Any]) -> None:
    """Write the extras that no attribute has written."""
    for key, value in made.extras.items():
        if key not in out:
            out[key] = value


def entry(table: Mapping[type, Any], value: object, union: str) -> Any:
    """The table's entry for a value whose class is a subclass of a variant.

    Raises:
      TypeError: it is none.
    """
    for base in value.__class__.__mro__:
        if base in table:
            return table[base]
    raise TypeError(f"{value!r} is not a {union}")


def take(rest: dict[str, Any], decode: Decoder, keys: Iterable[str]) -> Any:
    """Decode a record whose keys stand among others, and take them out of `rest`."""
    part = {key: rest[key] for key in keys if key in rest}
    made = decode(part)
    for key in part:
        del rest[key]
    return made


def take_first(rest: dict[str, Any], alternatives: Iterable[tuple[Decoder, Iterable[str]]]) -> Any:
    """Decode the first of some records whose keys stand among others, and take them out of `rest`."""
    for decode, keys in alternatives:
        try:
            return take(rest, decode, keys)
        except BAD:
            continue
    raise Mismatch


def take_tagged(
    rest: dict[str, Any], key: str, variants: Mapping[str, tuple[Decoder, Iterable[str]]], other: Decoder
) -> Any:
    """Decode a tagged record whose keys stand among others, and take them out of `rest`; an unknown one takes all."""
    tag = rest[key]
    if tag.__class__ is not str:
        raise Mismatch
    if tag not in variants:
        return take(rest, other, tuple(rest))
    made = take(rest, *variants[tag])
    del rest[key]
    return made
