"""The codec: between JSON values and typed messages, strictly and without loss.

It finds the functions that were generated ahead for our own classes, topic by topic as they are used, has those of
users' message classes compiled, and leaves other classes to cattrs. It touches no JSON text.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeVar, overload

from ..schema import Record
from ._errors import InvalidValue, Problem
from ._strict import BAD, Decoder

if TYPE_CHECKING:  # most programs never need these, and they take longer to import than all the rest
    from ._foreign import ForeignClasses
    from ._shapes import Shape

T = TypeVar("T")
_SCHEMA: Final = "acp_trio.schema."
_PLAIN: Final = frozenset((type(None), bool, int, float, str, dict, list))


class Codec:
    """Decodes JSON values to typed messages and encodes them back.

    What the wire held beyond a record's attributes is kept in its `extras` and written again by encoding: the result is
    equal JSON but for what the schema's leniency drops.
    """

    def __init__(self) -> None:
        self._decoders: dict[Any, Decoder] = {}
        self._encoders: dict[Any, Any] = {}

    @overload
    def decode(self, cls: type[T], value: object) -> T: ...
    @overload
    def decode(self, cls: Any, value: object) -> Any: ...

    def decode(self, cls: Any, value: object) -> Any:
        """Make a typed value.

        Args:
          cls: a message class, a union such as `v1.ContentBlock`, a user's attrs class or dataclass, or any annotation.
          value: what the JSON parser gave. For a message class None stands for an empty object.

        Raises:
          InvalidValue: it does not fit; says where and why.
        """
        if value is None and isinstance(cls, type) and issubclass(cls, Record):
            value = {}
        decode = self._decoders.get(cls) or self._learn(cls)[0]
        try:
            return decode(value)
        except BAD:
            problems = self._explain(cls, value)
        except (ValueError, TypeError) as error:  # from a validator or a converter of a user's message class
            raise InvalidValue(self._explain(cls, value, str(error))) from error
        raise InvalidValue(problems)

    @overload
    def decoder(self, cls: type[T]) -> Callable[[object], T]: ...
    @overload
    def decoder(self, cls: Any) -> Callable[[object], Any]: ...

    def decoder(self, cls: Any) -> Callable[[object], Any]:
        """Make the function that does `decode(cls, value)`, for whoever decodes one class again and again."""
        fast = self._decoders.get(cls) or self._learn(cls)[0]

        def decode(value: object) -> Any:
            try:
                return fast(value)
            except (*BAD, ValueError, TypeError):
                return self.decode(cls, value)  # which says what is wrong

        return decode

    def encode(self, value: object, cls: Any = None) -> Any:
        """Make what the JSON writer takes.

        Values that are JSON already, dicts and lists among them, are passed on as they are.

        Args:
          value: a message, or an instance of a user's attrs class or dataclass.
          cls: the annotation that the value is seen through: a member of a tagged union has its tag only there.

        Raises:
          TypeError: the value is not of `cls`, or a field holds what is no variant of its union.
        """
        if cls is not None:
            return (self._encoders.get(cls) or self._learn(cls)[1])(value, {})
        encode = self._encoders.get(value.__class__)
        if encode is not None:
            return encode(value, {})
        if value.__class__ in _PLAIN:
            return value
        if isinstance(value, Record):
            return self._learn(value.__class__)[1](value, {})
        return self._foreign.encode(value)

    def _learn(self, cls: Any) -> tuple[Decoder, Any]:
        """Find or make the functions of a class or annotation that was not used before."""
        home = cls.__module__ if isinstance(cls, type) else ""
        if not home.startswith(_SCHEMA):
            from ._shapes import FirstShape, TaggedShape, shape_of
            from ._shapes import home as home_of

            shape = shape_of(cls)
            home = home_of(shape) if isinstance(shape, TaggedShape | FirstShape) else ""
        if home.startswith(_SCHEMA):
            self._load(home)
        if cls not in self._decoders:
            self._compile(cls)
        return self._decoders[cls], self._encoders[cls]

    def _load(self, topic: str) -> None:
        generated = import_module(f"{__package__}._generated.{generated_name(topic)}")
        self._decoders.update(generated.DECODERS)
        self._encoders.update(generated.ENCODERS)

    def _compile(self, cls: Any) -> None:
        from ._live import Live
        from ._shapes import Foreign, shape_of

        shape = shape_of(cls)
        if isinstance(shape, Foreign):
            self._decoders[cls] = self._foreign.decoder(shape.hint)
            self._encoders[cls] = _without_out(self._foreign.encoder(shape.hint))
            return
        # A class may refer to itself: until its functions exist, whoever asks gets one that looks them up when called.
        self._decoders[cls] = _looked_up(self._decoders, cls)
        self._encoders[cls] = _looked_up(self._encoders, cls)
        try:
            self._decoders[cls], self._encoders[cls] = Live(self._decoder_of, self._encoder_of).compile(shape)
        except BaseException:
            del self._decoders[cls], self._encoders[cls]
            raise

    def _decoder_of(self, shape: Shape) -> Decoder:
        hint = _hint(shape)
        return self._decoders.get(hint) or self._learn(hint)[0]

    def _encoder_of(self, shape: Shape) -> Any:
        from ._shapes import Foreign

        if isinstance(shape, Foreign):
            return self._foreign.encoder(shape.hint)
        hint = _hint(shape)
        return self._encoders.get(hint) or self._learn(hint)[1]

    @cached_property
    def _foreign(self) -> ForeignClasses:
        from ._foreign import ForeignClasses

        return ForeignClasses(self)

    def _explain(self, cls: Any, value: object, otherwise: str = "") -> list[Problem]:
        from ._explain import explain
        from ._shapes import shape_of

        problems = explain(shape_of(cls), value, "$", self._explain_foreign)
        return problems or [Problem(path="$", problem=otherwise or f"is no {getattr(cls, '__name__', cls)}")]

    def _explain_foreign(self, hint: Any, value: object, path: str) -> list[Problem]:
        return self._foreign.explain(hint, value, path)


def generated_name(topic: str) -> str:
    """The module of a topic's generated functions: for `acp_trio.schema.v1._content` it is `v1_content`."""
    return topic.removeprefix(_SCHEMA).replace(".", "")


def _looked_up(functions: dict[Any, Any], cls: Any) -> Any:
    def call(*arguments: Any) -> Any:
        return functions[cls](*arguments)

    return call


def _without_out(encode: Callable[[Any], Any]) -> Callable[[Any, dict[str, Any]], Any]:
    def call(value: Any, _out: dict[str, Any]) -> Any:
        return encode(value)

    return call


def _hint(shape: Shape) -> Any:
    """The annotation that a shape with functions of its own came from."""
    from ._shapes import FirstShape, Foreign, RecordShape, TaggedShape

    match shape:
        case RecordShape(cls):
            return cls
        case TaggedShape(alias, _) | FirstShape(alias, _):
            return alias
        case Foreign(hint):
            return hint
        case _:
            raise TypeError(f"{shape} is written out in place")


CODEC: Final = Codec()
"""The codec that everybody shares; it has no state but what it has learnt."""
