"""Writes the source of a union's decoder and encoder, and of the tables that they look variants up in."""

from __future__ import annotations

from collections.abc import Iterator

from ..schema import Record
from ._emit_values import Names, checks, indent
from ._shapes import FirstShape, Items, RecordShape, Shape, TaggedShape


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
        yield from ("    try:", "        x = d", *indent(indent(checks(alternative, "x", names))), "        return x")
        yield from ("    except BAD:", "        pass  # the next may fit")
    yield from (*indent(checks(shape.shapes[-1], "d", names)), "    return d")


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
