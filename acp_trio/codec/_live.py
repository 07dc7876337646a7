"""Compiles decoders and encoders at run time, for message classes and annotations that are not our own.

The same source that is generated ahead for ours, run through `exec` with the objects that it names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..schema import UNSET, Record
from ..schema._message import NOTHING_MORE
from . import _strict
from ._emit_records import default_lines, record_source
from ._emit_unions import union_source
from ._emit_values import snake, value_source
from ._shapes import FirstShape, RecordShape, Shape, TaggedShape
from ._strict import Decoder, Encoder


class Live:
    """Compiles; as `Names`, it binds what the source refers to.

    Args:
      decoder_of: finds the decoder for a shape that is not written out in place.
      encoder_of: likewise the encoder.
    """

    def __init__(self, decoder_of: Callable[[Shape], Decoder], encoder_of: Callable[[Shape], Any]) -> None:
        self._decoder_of = decoder_of
        self._encoder_of = encoder_of
        self._space: dict[str, Any] = {**vars(_strict), "UNSET": UNSET, "NOTHING_MORE": NOTHING_MORE}

    def compile(self, shape: Shape) -> tuple[Decoder, Encoder]:
        """The decoder and the encoder of a shape."""
        if isinstance(shape, RecordShape):
            stem = snake(shape.cls.__name__)
            source = [*default_lines(shape.cls, self), *record_source(shape.cls, self)]
        elif isinstance(shape, TaggedShape | FirstShape):
            stem, source = "union", union_source("union", shape, self)
        else:
            stem, source = "value", value_source("value", shape, self)
        exec(compile("\n".join(source), f"<acp_trio codec of {shape}>", "exec"), self._space)  # noqa: S102 -- our own source, made from classes
        return self._space[f"decode_{stem}"], self._space[f"encode_{stem}"]

    def cls(self, cls: type[Record]) -> str:
        """The class's name in the compiled source."""
        return self._bind("class", cls)

    def decoder(self, shape: Shape) -> str:
        """The name of a shape's decoder in the compiled source."""
        return self._bind("decoder", self._decoder_of(shape))

    def encoder(self, shape: Shape) -> str:
        """The name of a shape's encoder in the compiled source."""
        return self._bind("encoder", self._encoder_of(shape))

    def _bind(self, kind: str, value: object) -> str:
        name = f"_{kind}_{id(value)}"
        self._space[name] = value  # which also keeps the value, and so its id
        return name
