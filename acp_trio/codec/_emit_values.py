"""Writes the source that checks, converts and encodes one value, for every shape but a record or a union of records.

Those have functions of their own; where the names of functions come from is the business of `Names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from ..schema import Record
from ._shapes import (
    Anything,
    Boolean,
    Choice,
    Either,
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
    is_looked_at,
)


class Names(Protocol):
    """Where emitted source finds what it refers to; each method returns an expression."""

    def cls(self, cls: type[Record]) -> str:
        """The record's class."""
        ...

    def decoder(self, shape: Shape) -> str:
        """The decoder of a record, a union or a foreign class."""
        ...

    def encoder(self, shape: Shape) -> str:
        """The encoder of a record, a union or a foreign class."""
        ...


def indent(lines: Iterable[str]) -> list[str]:
    """The lines, one level deeper."""
    return ["    " + line for line in lines]


def snake(name: str) -> str:
    """`ToolCall` as `tool_call`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def checks(shape: Shape, x: str, names: Names, *, skip: bool = False) -> list[str]:
    """Statements that turn the JSON value in `x` into the typed value, or raise one of `BAD`."""
    match shape:
        case Anything():
            return []
        case Null():
            return [f"if {x} is not None and {x} != {{}}:", "    raise Mismatch", f"{x} = None"]
        case Nullable(inner):
            lines = checks(inner, x, names)
            return [f"if {x} is not None:", *indent(lines)] if lines else []
        case Items(item):
            return [f"if {x}.__class__ is not list:", "    raise Mismatch", *_check_items(item, x, names, skip=skip)]
        case Table(value):
            return [f"if {x}.__class__ is not dict:", "    raise Mismatch", *_check_table(value, x, names)]
        case RecordShape() | TaggedShape() | FirstShape() | Foreign():
            return [f"{x} = {names.decoder(shape)}({x})"]
        case SiblingShape():
            raise TypeError("only a field of a record has siblings")
        case _:
            return [f"if not ({condition(shape, x)}):", "    raise Mismatch"]


def _check_items(item: Shape, x: str, names: Names, *, skip: bool) -> list[str]:
    i = f"{x}i"
    check = checks(item, i, names)
    if not check:
        return []
    if skip:
        keep = ["try:", *indent(check), "except BAD:", "    continue", f"{x}k.append({i})"]
        return [f"{x}k = []", f"for {i} in {x}:", *indent(keep), f"{x} = {x}k"]
    if is_looked_at(item):
        return [f"for {i} in {x}:", *indent(check)]
    if len(check) == 1:
        return [f"{x} = [{names.decoder(item)}({i}) for {i} in {x}]"]
    return [f"{x}k = []", f"for {i} in {x}:", *indent([*check, f"{x}k.append({i})"]), f"{x} = {x}k"]


def _check_table(value: Shape, x: str, names: Names) -> list[str]:
    v = f"{x}v"
    check = checks(value, v, names)
    if not check:
        return []
    if is_looked_at(value):
        return [f"for {v} in {x}.values():", *indent(check)]
    return [f"{x}t = {{}}", f"for {x}k, {v} in {x}.items():", *indent([*check, f"{x}t[{x}k] = {v}"]), f"{x} = {x}t"]


def condition(shape: Shape, x: str) -> str:
    """An expression that is true of the values that fit."""
    match shape:
        case Anything():
            return "True"
        case Text(least):
            return f"{x}.__class__ is str" + (f" and len({x}) >= {least}" if least else "")
        case Integer(None, None):
            return f"{x}.__class__ is int"
        case Integer(lowest, highest):
            return f"{x}.__class__ is int and {lowest} <= {x} <= {highest}"
        case Number():
            return f"({x}.__class__ is float or {x}.__class__ is int)"
        case Boolean():
            return f"{x}.__class__ is bool"
        case Choice(values):
            return f"{x}.__class__ is str and {x} in {{{', '.join(map(repr, values))}}}"
        case Items(item):
            return f"{x}.__class__ is list and all({condition(item, f'{x}i')} for {x}i in {x})"
        case Table(Anything()):
            return f"{x}.__class__ is dict"
        case Either(shapes):
            return " or ".join(f"({condition(alternative, x)})" for alternative in shapes)
        case _:
            raise TypeError(f"{shape} cannot be told by looking")


def encoded(shape: Shape, x: str, names: Names) -> str:
    """An expression for the JSON value of the typed value in `x`."""
    match shape:
        case Null():
            return "None"
        case Nullable(inner):
            value = encoded(inner, x, names)
            return value if value == x else f"None if {x} is None else {value}"
        case Items(item):
            value = encoded(item, f"{x}i", names)
            return f"[*{x}]" if value == f"{x}i" else f"[{value} for {x}i in {x}]"
        case Table(inner):
            value = encoded(inner, f"{x}v", names)
            return f"{{**{x}}}" if value == f"{x}v" else f"{{{x}k: {value} for {x}k, {x}v in {x}.items()}}"
        case RecordShape() | TaggedShape() | FirstShape():
            return f"{names.encoder(shape)}({x}, {{}})"
        case Foreign():
            return f"{names.encoder(shape)}({x})"
        case _:
            return x


def value_source(stem: str, shape: Shape, names: Names) -> list[str]:
    """The two functions of an annotation that is neither a record nor a union of records."""
    return [
        f"def decode_{stem}(x):",
        *indent([*checks(shape, "x", names), "return x"]),
        "",
        "",
        f"def encode_{stem}(x, out):",
        f"    return {encoded(shape, 'x', names)}",
    ]
