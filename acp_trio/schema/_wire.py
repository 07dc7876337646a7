"""The words in which a message class says what its wire form is: field specifiers and the shapes of unions.

Declarations only. Nothing here reads or writes a message; the codec and its generator do, from these facts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, NamedTuple, TypeAlias

import attrs


class Wire(NamedTuple):
    """What a field's annotation and default cannot say about its wire form.

    Attributes:
      name: the key on the wire; None for the camelCase of the attribute's name.
      required: the key must be present although the attribute has a default.
      on_error: a malformed value counts as the default (`x-deserialize-default-on-error`).
      skip_invalid: malformed items of the array are dropped (`x-deserialize-skip-invalid-items`).
      on_null: null counts as the default, other malformed values fail (`x-deserialize-default-on-null`).
      flat: the value's keys stand beside this record's own keys instead of in an object of their own.
    """

    name: str | None = None
    required: bool = False
    on_error: bool = False
    skip_invalid: bool = False
    on_null: bool = False
    flat: bool = False


PLAIN: Final = Wire()
WIRE: Final = "acp_trio.wire"
"""The key of a field's `Wire` in its attrs metadata."""


def field(
    *,
    default: Any = attrs.NOTHING,
    name: str | None = None,
    required: bool = False,
    on_null: bool = False,
    flat: bool = False,
    secret: bool = False,
) -> Any:
    """A field that fails when its value is malformed.

    Args:
      default: the attribute's default; the wire may then omit the key, unless `required`.
      name: the key on the wire where it is not the camelCase of the attribute's name.
      required: the wire must have the key although callers may leave the attribute out.
      on_null: null on the wire counts as the default (an empty array or object where there is none).
      flat: the value's keys stand beside this record's own.
      secret: the record's repr does not show it.
    """
    wire = Wire(name, required, False, False, on_null, flat)
    return attrs.field(default=default, repr=not secret, metadata={WIRE: wire})


def lenient(*, default: Any = attrs.NOTHING, name: str | None = None, skip_invalid: bool = False) -> Any:
    """A field whose malformed value counts as its default (of an array without one: as empty).

    Args:
      default: the attribute's default; without one the key must be present.
      name: the key on the wire where it is not the camelCase of the attribute's name.
      skip_invalid: malformed items of the array are dropped and the others kept.
    """
    return attrs.field(default=default, metadata={WIRE: Wire(name, False, True, skip_invalid)})


class Range(NamedTuple):
    """The bounds of an integer, both included: `Annotated[int, Range(0, 255)]`."""

    lowest: int
    highest: int


class MinLength(NamedTuple):
    """The least number of characters of a string: `Annotated[str, MinLength(1)]`."""

    characters: int


I64: TypeAlias = Annotated[int, Range(-(2**63), 2**63 - 1)]
U16: TypeAlias = Annotated[int, Range(0, 2**16 - 1)]
U32: TypeAlias = Annotated[int, Range(0, 2**32 - 1)]
U64: TypeAlias = Annotated[int, Range(0, 2**64 - 1)]
NonEmptyText: TypeAlias = Annotated[str, MinLength(1)]


@attrs.frozen(eq=False)
class Tagged:
    """A union of records told apart by a tag: `Annotated[A | B | UnknownAB, Tagged("type", {"a": A, "b": B}, ...)]`.

    The tag belongs to the union: the records do not have it and are written without it elsewhere.

    Attributes:
      key: the tag's key.
      variants: the record for each known tag. A known tag with a malformed record fails.
      other: the `Unknown` that keeps what has a tag of none of them.
      untagged: the record that is written without a tag and read where the tag is absent.
      implied: tags that some peers write for `untagged` all the same.
    """

    key: str
    variants: Mapping[str, type]
    other: type
    untagged: type | None = None
    implied: tuple[str, ...] = ()


@attrs.frozen(eq=False)
class FirstOf:
    """A union without a tag: the first alternative, in the union's order, that the value fits."""


@attrs.frozen(eq=False)
class Sibling:
    """A field whose type follows from a key beside it: `Annotated[str | bool, Sibling("type", {"boolean": bool}, str)]`.

    Attributes:
      key: the other key. It is written from the value's type and is no attribute of the record.
      types: the field's type for each value of that key.
      otherwise: the field's type when the key is absent or says something else.
    """

    key: str
    types: Mapping[str, type]
    otherwise: type
