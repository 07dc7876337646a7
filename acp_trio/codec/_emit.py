"""Writes the source of decoders and encoders: one pair of straight-line functions for each record and each union.

A decoder takes `(d, n, tag)`: the object, how many of its keys the caller has taken (a union its tag), and that tag's
key. It counts the keys that encoding will write again and looks for leftovers only when the count falls short. An
encoder takes `(o, out)` and fills `out`, so that a union can put its tag first.

This module knows shapes and text; where the names in the text come from is the business of its `Names`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

import attrs

from ..schema import UNSET, Record
from ..schema._message import NOTHING_MORE
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
    is_looked_at,
)

_FACTORY: type[Any] = type(attrs.Factory(str))  # a class that type checkers take for a function


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


# Records


def record_source(cls: type[Record], names: Names) -> list[str]:
    """The two functions of a record and the table of its keys."""
    fields = fields_of(cls)
    stem = snake(cls.__name__)
    return [
        *_known(cls, stem, fields, names),
        "",
        "",
        f"def decode_{stem}(d, n=0, tag=None):",
        *indent(_decode_record(cls, stem, fields, names)),
        "",
        "",
        f"def encode_{stem}(o, out):",
        *indent(_encode_record(cls, fields, names)),
    ]


def _known(cls: type[Record], stem: str, fields: Sequence[FieldShape], names: Names) -> list[str]:
    lines = [f"_K_{stem} = {{"]
    for field in fields:
        if field.facts.flat:
            continue
        fact = "None"
        if not _always_written(field):
            fact = f"({field.name!r}, {_default(cls, field, names)}, {_spellings(field)})"
        lines.append(f"    {field.key!r}: {fact},")
    return [*lines, "}"]


def _spellings(field: FieldShape) -> str:
    spellings = ["None"] if field.null_is_default else []
    if field.default == () and isinstance(field.default, tuple):
        spellings.append("[]")
    elif field.default is NOTHING_MORE:
        spellings.append("{}")
    elif isinstance(field.default, bool | str | int | float):
        spellings.append(repr(field.default))
    return f"({', '.join(spellings)}{',' if len(spellings) == 1 else ''})"


def _decode_record(cls: type[Record], stem: str, fields: Sequence[FieldShape], names: Names) -> Iterator[str]:
    yield from ("if d.__class__ is not dict:", "    raise Mismatch")
    own = [field for field in fields if not field.facts.flat]
    flat = [field for field in fields if field.facts.flat]
    required = [field for field in own if field.required]
    optional = [field for field in own if not field.required]
    for field in required:
        yield from _decode_required(field, names)
    if required:
        yield f"n += {len(required)}"
    if not flat:
        yield from ("if n == len(d):", f"    return {_construction(cls, required, names)}")
    for field in optional:
        yield from _decode_optional(cls, field, names)
    if flat:
        yield f"rest = {{key: value for key, value in d.items() if key != tag and key not in _K_{stem}}}"
        for field in flat:
            yield from _decode_flat(field, names)
    yield f"o = {_construction(cls, fields, names)}"
    if flat:
        yield f"return with_leftover(o, d, _K_{stem}, tag, rest)"
    else:
        yield f"return o if n == len(d) else with_leftover(o, d, _K_{stem}, tag, d)"


def _construction(cls: type[Record], fields: Sequence[FieldShape], names: Names) -> str:
    return f"{names.cls(cls)}({', '.join(f'{field.argument}={_local(field)}' for field in fields)})"


def _local(field: FieldShape) -> str:
    return f"{field.name}_"


def _decode_required(field: FieldShape, names: Names) -> Iterator[str]:
    x = _local(field)
    yield f"{x} = d[{field.key!r}]"
    if isinstance(field.shape, SiblingShape):
        yield from _decode_sibling(field.shape, x, names)
        return
    check = _check(field.shape, x, names, skip=field.facts.skip_invalid)
    if field.facts.on_error:
        check = ["try:", *indent(check or ["pass"]), "except BAD:", f"    {x} = {_literal(field.fallback)}"]
    if not check:
        return
    if field.facts.on_null:
        yield from (f"if {x} is None:", f"    {x} = {_literal(field.fallback)}", "else:", *indent(check))
    elif field.nullable:
        yield from (f"if {x} is not None:", *indent(check))
    else:
        yield from check


def _decode_sibling(shape: SiblingShape, x: str, names: Names) -> Iterator[str]:
    keyword = "if"
    for value, typed in shape.shapes.items():
        yield f"{keyword} d.get({shape.key!r}) == {value!r}:"
        yield from indent([*_check(typed, x, names), "n += 1", f"tag = {shape.key!r}"])
        keyword = "elif"
    yield "else:"
    yield from indent(_check(shape.otherwise, x, names) or ["pass"])


def _decode_optional(cls: type[Record], field: FieldShape, names: Names) -> Iterator[str]:
    x, default = _local(field), _default(cls, field, names)
    sentinel = "None" if field.null_is_default else "UNSET" if field.default is UNSET else "ABSENT"
    yield f"{x} = d.get({field.key!r}{'' if sentinel == 'None' else f', {sentinel}'})"
    if sentinel == default:
        yield f"if {x} is not {sentinel}:"
    else:
        yield from (f"if {x} is {sentinel}:", f"    {x} = {default}", "else:")
    body = list(_decode_present(field, x, default, names))
    if field.nullable and sentinel != "None":
        body = [f"if {x} is None:", "    n += 1", "else:", *indent(body)]
    yield from indent(body)


def _decode_present(field: FieldShape, x: str, default: str, names: Names) -> Iterator[str]:
    count = _count(field, x, default)
    check = _check(field.shape, x, names, skip=field.facts.skip_invalid)
    if not field.facts.on_error or isinstance(field.shape, Anything):
        yield from (*check, *count)
    elif is_looked_at(field.shape) and not field.facts.skip_invalid:
        yield from (f"if {_condition(field.shape, x)}:", *indent(count), "else:", f"    {x} = {default}")
    else:
        yield from ("try:", *indent(check), "except BAD:", f"    {x} = {default}", "else:", *indent(count))


def _count(field: FieldShape, x: str, default: str) -> list[str]:
    """Count the key if encoding will write it; otherwise make the value the default itself."""
    written = _written(field, x, default)
    if _always_written(field) or written.startswith(f"{x} is not"):
        return ["n += 1"]
    return [f"if {written}:", "    n += 1", "else:", f"    {x} = {default}"]


def _decode_flat(field: FieldShape, names: Names) -> Iterator[str]:
    x = _local(field)
    if isinstance(field.shape, TaggedShape):
        union = field.shape.union
        yield f"{x} = take_tagged(rest, {union.key!r}, {{"
        for value, cls in union.variants.items():
            yield f"    {value!r}: {_part(cls, names)},"
        yield f"}}, {names.decoder(RecordShape(union.other))})"
    elif isinstance(field.shape, FirstShape):
        yield f"{x} = take_first(rest, ("
        for shape in field.shape.shapes:
            if isinstance(shape, RecordShape):
                yield f"    {_part(shape.cls, names)},"
        yield "))"
    else:
        raise TypeError(f"a flat field holds a union of records, not {field.shape}")


def _part(cls: type[Record], names: Names) -> str:
    keys = tuple(field.key for field in fields_of(cls) if not field.facts.flat)
    return f"({names.decoder(RecordShape(cls))}, {keys!r})"


def _encode_record(cls: type[Record], fields: Sequence[FieldShape], names: Names) -> Iterator[str]:
    for field in fields:
        if field.facts.flat:
            yield f"{names.encoder(field.shape)}(o.{field.name}, out)"
            continue
        default = _default(cls, field, names)
        value = _encoded(field.shape, "x", names)
        if field.nullable and value != "x" and field.default is not None:
            value = f"None if x is None else {value}"
        if isinstance(field.shape, SiblingShape):
            yield f"x = o.{field.name}"
            for said, typed in field.shape.shapes.items():
                yield from (f"if {_condition(typed, 'x')}:", f"    out[{field.shape.key!r}] = {said!r}")
            yield f"out[{field.key!r}] = x"
        elif _always_written(field) and value == "x":
            yield f"out[{field.key!r}] = o.{field.name}"
        elif _always_written(field):
            yield from (f"x = o.{field.name}", f"out[{field.key!r}] = {value}")
        else:
            yield from (
                f"x = o.{field.name}",
                f"if {_written(field, 'x', default)}:",
                f"    out[{field.key!r}] = {value}",
            )
    yield from ("if o.extras is not NOTHING_MORE:", "    add_extras(o, out)", "return out")


# Defaults


def _always_written(field: FieldShape) -> bool:
    return field.required or isinstance(field.default, _FACTORY)


def _written(field: FieldShape, x: str, default: str) -> str:
    """Whether the value differs from its default, and so must be written."""
    if field.default is None or field.default is UNSET or isinstance(field.default, Record):
        return f"{x} is not {default}"
    if field.default is False or field.default is NOTHING_MORE or field.default == ():
        return x
    return f"{x} != {default}"


def _default(cls: type[Record], field: FieldShape, names: Names) -> str:
    if isinstance(field.default, _FACTORY):
        return f"default_of({names.cls(cls)}, {field.name!r}).factory()"
    if isinstance(field.default, Record):
        return f"_D_{snake(cls.__name__)}_{field.name}"
    literal = _literal(field.default)
    return literal or f"default_of({names.cls(cls)}, {field.name!r})"


def default_lines(cls: type[Record], names: Names) -> list[str]:
    """Names for those of a record's defaults that are records."""
    return [
        f"{_default(cls, field, names)} = default_of({names.cls(cls)}, {field.name!r})"
        for field in fields_of(cls)
        if isinstance(field.default, Record)
    ]


def _literal(value: Any) -> str:
    if value is UNSET:
        return "UNSET"
    if value is NOTHING_MORE:
        return "NOTHING_MORE"
    if value is None or value == () or isinstance(value, bool | str | int):
        return repr(value)
    return ""


# Unions


def union_source(stem: str, shape: TaggedShape | FirstShape, names: Names) -> list[str]:
    """The two functions of a union and their tables."""
    if isinstance(shape, TaggedShape):
        return [*_decode_tagged(stem, shape, names), "", "", *_encode_tagged(stem, shape, names)]
    return [*_decode_first(stem, shape, names), "", "", *_encode_first(stem, shape, names)]


def _decode_tagged(stem: str, shape: TaggedShape, names: Names) -> Iterator[str]:
    union = shape.union
    yield f"_T_{stem} = {{"
    for value, cls in union.variants.items():
        yield f"    {value!r}: {names.decoder(RecordShape(cls))},"
    yield from ("}", "", "", f"def decode_{stem}(d):", "    if d.__class__ is not dict:", "        raise Mismatch")
    untagged = union.untagged and names.decoder(RecordShape(union.untagged))
    yield f"    tag = d.get({union.key!r})" if untagged else f"    tag = d[{union.key!r}]"
    yield "    if tag.__class__ is not str:"
    yield f"        return {untagged}(d)" if untagged else "        raise Mismatch"
    yield from (f"    f = _T_{stem}.get(tag)", "    if f is not None:", f"        return f(d, 1, {union.key!r})")
    for value in union.implied:
        yield from (f"    if tag == {value!r}:", f"        return {untagged}(d)")
    yield f"    return {names.decoder(RecordShape(union.other))}(d)"


def _encode_tagged(stem: str, shape: TaggedShape, names: Names) -> Iterator[str]:
    union = shape.union
    yield f"_C_{stem} = {{"
    for value, cls in union.variants.items():
        yield f"    {names.cls(cls)}: ({value!r}, {names.encoder(RecordShape(cls))}),"
    for cls in filter(None, (union.untagged, union.other)):
        yield f"    {names.cls(cls)}: (None, {names.encoder(RecordShape(cls))}),"
    yield "}"
    yield from ("", "", f"def encode_{stem}(o, out):")
    yield f"    tag, f = _C_{stem}.get(o.__class__) or entry(_C_{stem}, o, {stem!r})"
    yield from ("    if tag is not None:", f"        out[{union.key!r}] = tag", "    return f(o, out)")


def _decode_first(stem: str, shape: FirstShape, names: Names) -> Iterator[str]:
    yield f"def decode_{stem}(d):"
    for alternative in shape.shapes[:-1]:
        yield from ("    try:", "        x = d", *indent(indent(_check(alternative, "x", names))), "        return x")
        yield from ("    except BAD:", "        pass")
    yield from (*indent(_check(shape.shapes[-1], "d", names)), "    return d")


def _encode_first(stem: str, shape: FirstShape, names: Names) -> Iterator[str]:
    records = [_item(alternative) for alternative in shape.shapes]
    yield f"_C_{stem} = {{"
    for cls in records:
        yield f"    {names.cls(cls)}: {names.encoder(RecordShape(cls))},"
    yield from ("}", "", "")
    found = f"(_C_{stem}.get(o.__class__) or entry(_C_{stem}, o, {stem!r}))"
    if isinstance(shape.shapes[0], Items):
        yield from (f"def encode_{stem}(items, out):", f"    return [{found}(o, {{}}) for o in items]")
    else:
        yield from (f"def encode_{stem}(o, out):", f"    return {found}(o, out)")


def _item(shape: Shape) -> type[Record]:
    if isinstance(shape, Items):
        shape = shape.item
    if isinstance(shape, RecordShape):
        return shape.cls
    raise TypeError(f"a union without a tag holds records or arrays of records, not {shape}")


# Values


def _check(shape: Shape, x: str, names: Names, *, skip: bool = False) -> list[str]:
    """Statements that turn the JSON value in `x` into the typed value, or raise one of `BAD`."""
    match shape:
        case Anything():
            return []
        case Null():
            return [f"if {x} is not None and {x} != {{}}:", "    raise Mismatch", f"{x} = None"]
        case Nullable(inner):
            lines = _check(inner, x, names)
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
            return [f"if not ({_condition(shape, x)}):", "    raise Mismatch"]


def _check_items(item: Shape, x: str, names: Names, *, skip: bool) -> list[str]:
    i = f"{x}i"
    check = _check(item, i, names)
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
    check = _check(value, v, names)
    if not check:
        return []
    if is_looked_at(value):
        return [f"for {v} in {x}.values():", *indent(check)]
    return [f"{x}t = {{}}", f"for {x}k, {v} in {x}.items():", *indent([*check, f"{x}t[{x}k] = {v}"]), f"{x} = {x}t"]


def _condition(shape: Shape, x: str) -> str:
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
            return f"{x}.__class__ is list and all({_condition(item, f'{x}i')} for {x}i in {x})"
        case Table(Anything()):
            return f"{x}.__class__ is dict"
        case Either(shapes):
            return " or ".join(f"({_condition(alternative, x)})" for alternative in shapes)
        case _:
            raise TypeError(f"{shape} cannot be told by looking")


def _encoded(shape: Shape, x: str, names: Names) -> str:
    """An expression for the JSON value of the typed value in `x`."""
    match shape:
        case Null():
            return "None"
        case Nullable(inner):
            value = _encoded(inner, x, names)
            return value if value == x else f"None if {x} is None else {value}"
        case Items(item):
            value = _encoded(item, f"{x}i", names)
            return f"[*{x}]" if value == f"{x}i" else f"[{value} for {x}i in {x}]"
        case Table(inner):
            value = _encoded(inner, f"{x}v", names)
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
        *indent([*_check(shape, "x", names), "return x"]),
        "",
        "",
        f"def encode_{stem}(x, out):",
        f"    return {_encoded(shape, 'x', names)}",
    ]
