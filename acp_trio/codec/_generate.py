"""Writes the decoders and encoders of our own messages ahead of time: `python -m acp_trio.codec._generate`.

One module for each topic of the schema, in `_generated`. Nothing imports this module at run time.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final, get_origin

from ..schema import Record, v1
from ._codec import generated_name
from ._emit_records import default_lines, record_source
from ._emit_unions import union_source
from ._emit_values import snake
from ._shapes import FirstShape, RecordShape, Shape, TaggedShape, home, shape_of

_DIRECTORY: Final = Path(__file__).with_name("_generated")
_PACKAGES: Final = (v1,)
_HEADER: Final = '''\
"""Decoders and encoders of `{topic}`. Written by `python -m acp_trio.codec._generate`; do not edit."""

# mypy: ignore-errors
# pyright: basic
'''
_SUPPORT: Final = {
    "acp_trio.codec._strict": (
        "ABSENT",
        "BAD",
        "Mismatch",
        "add_extras",
        "default_of",
        "entry",
        "take_first",
        "take_tagged",
        "with_leftover",
    ),
    "acp_trio.schema": ("UNSET",),
    "acp_trio.schema._message": ("NOTHING_MORE",),
}


def sources() -> dict[str, str]:
    """The text of every generated module, by file name."""
    topics = [
        import_module(f"{package.__name__}.{found.name}")
        for package in _PACKAGES
        for found in pkgutil.iter_modules(package.__path__)
    ]
    aliases = {shape.alias: name for topic in topics for name, shape in _unions(topic)}
    texts = {
        f"{generated_name(topic.__name__)}.py": _Topic(topic, aliases).text() for topic in topics if _records(topic)
    }
    return {"__init__.py": '"""Written by `python -m acp_trio.codec._generate`; do not edit."""\n', **texts}


def write() -> None:
    """Rewrite the directory of generated modules."""
    texts = sources()
    for path in _DIRECTORY.glob("*.py"):
        if path.name not in texts:
            path.unlink()
    _DIRECTORY.mkdir(exist_ok=True)
    for name, text in texts.items():
        (_DIRECTORY / name).write_text(text)


def _records(topic: ModuleType) -> list[type[Record]]:
    return [
        value
        for name, value in vars(topic).items()
        if isinstance(value, type)
        and issubclass(value, Record)
        and (value.__module__, value.__name__) == (topic.__name__, name)
    ]


def _unions(topic: ModuleType) -> Iterator[tuple[str, TaggedShape | FirstShape]]:
    for name, value in vars(topic).items():
        if get_origin(value) is Annotated:
            shape = shape_of(value)
            if isinstance(shape, TaggedShape | FirstShape) and home(shape) == topic.__name__:
                yield name, shape


class _Topic:
    """One generated module in the making; as `Names`, it notes what the module must import."""

    def __init__(self, topic: ModuleType, aliases: dict[Any, str]) -> None:
        self._topic = topic
        self._aliases = aliases
        self._imports: dict[str, set[str]] = {}

    def text(self) -> str:
        body = "\n".join(self._body())
        for module, names in _SUPPORT.items():
            self._imports[module] = {name for name in names if re.search(rf"\b{name}\b", body)}
        imports = [
            f"from {module} import {', '.join(sorted(names))}"
            for module, names in sorted(self._imports.items())
            if names
        ]
        return "\n".join([_HEADER.format(topic=self._topic.__name__), *imports, "", body, ""])

    def cls(self, cls: type[Record]) -> str:
        self._imports.setdefault(cls.__module__, set()).add(cls.__name__)
        return cls.__name__

    def decoder(self, shape: Shape) -> str:
        return self._function("decode", shape)

    def encoder(self, shape: Shape) -> str:
        return self._function("encode", shape)

    def _function(self, verb: str, shape: Shape) -> str:
        if isinstance(shape, RecordShape):
            module, stem = shape.cls.__module__, snake(shape.cls.__name__)
        elif isinstance(shape, TaggedShape | FirstShape):
            module, stem = home(shape), snake(self._aliases[shape.alias])
        else:
            raise TypeError(f"the schema's own messages hold nothing foreign, such as {shape}")
        name = f"{verb}_{stem}"
        if module != self._topic.__name__:
            self._imports.setdefault(f"acp_trio.codec._generated.{generated_name(module)}", set()).add(name)
        return name

    def _body(self) -> Iterator[str]:
        records, unions = _records(self._topic), list(_unions(self._topic))
        for cls in records:
            yield from default_lines(cls, self)
        for cls in records:
            yield from ("", *record_source(cls, self), "")
        for name, shape in unions:
            yield from ("", *union_source(snake(name), shape, self), "")
        self._imports.setdefault(self._topic.__name__, set()).update(name for name, _ in unions)
        for verb in ("decode", "encode"):
            yield f"\n{verb.upper()}RS = {{"
            yield from (f"    {cls.__name__}: {verb}_{snake(cls.__name__)}," for cls in records)
            yield from (f"    {name}: {verb}_{snake(name)}," for name, _ in unions)
            yield "}"


if __name__ == "__main__":
    write()
