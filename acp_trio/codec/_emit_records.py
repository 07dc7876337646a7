"""Writes the source of a record's decoder and encoder: straight-line functions, and a table of the record's keys.

A decoder takes `(d, n, tag)`: the object, how many of its keys the caller has taken (a union its tag), and that tag's
key. It counts the keys that encoding will write again and looks for leftovers only when the count falls short. An
encoder takes `(o, out)` and fills `out`, so that a union can put its tag first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import attrs

from ..schema import UNSET, Record
from ..schema._message import NOTHING_MORE
from ._emit_values import Names, checks, condition, encoded, indent, snake
from ._shapes import (
    Anything,
    FieldShape,
    FirstShape,
    RecordShape,
    SiblingShape,
    TaggedShape,
    fields_of,
    is_looked_at,
)

_FACTORY: type[Any] = type(attrs.Factory(str))  # a class that type checkers take for a function


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
    if not field.facts.on_error and not isinstance(field.default, float) and not _literal(field.default):
        return "None"  # an enum's member, a list: whatever became the default says so
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
    check = checks(field.shape, x, names, skip=field.facts.skip_invalid)
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
        yield from indent([*checks(typed, x, names), "n += 1", f"tag = {shape.key!r}"])
        keyword = "elif"
    yield "else:"
    yield from indent(checks(shape.otherwise, x, names) or ["pass"])


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
    check = checks(field.shape, x, names, skip=field.facts.skip_invalid)
    if not field.facts.on_error or isinstance(field.shape, Anything):
        yield from (*check, *count)
    elif is_looked_at(field.shape) and not field.facts.skip_invalid:
        yield from (f"if {condition(field.shape, x)}:", *indent(count), "else:", f"    {x} = {default}")
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
        value = encoded(field.shape, "x", names)
        if field.nullable and value != "x" and field.default is not None:
            value = f"None if x is None else {value}"
        if isinstance(field.shape, SiblingShape):
            yield f"x = o.{field.name}"
            for said, typed in field.shape.shapes.items():
                yield from (f"if {condition(typed, 'x')}:", f"    out[{field.shape.key!r}] = {said!r}")
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
