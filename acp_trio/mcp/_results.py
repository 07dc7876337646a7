"""What a tool returns, as the official package takes it: attrs classes as data, content of ACP as content of MCP.

Everything else the package converts itself.
"""

from __future__ import annotations

from dataclasses import make_dataclass
from typing import Any, TypeAlias, cast, get_args, get_type_hints

import attrs
import mcp_types as types
from pydantic import TypeAdapter

from ..codec import CODEC
from ..schema import v1
from ..schema._message import Record

_content: TypeAdapter[types.ContentBlock] = TypeAdapter(types.ContentBlock)

Blocks: TypeAlias = list[types.ContentBlock]


def as_returned(annotation: Any) -> Any:
    """What a schema is made of in place of a function's return annotation."""
    if not isinstance(annotation, type) or not attrs.has(annotation):
        return Blocks if annotation is v1.ContentBlock or _is_list_of_content(annotation) else annotation
    if issubclass(annotation, Record):
        return types.ContentBlock
    hints = get_type_hints(annotation)
    fields = [(field.name, hints.get(field.name, Any)) for field in attrs.fields(annotation)]
    return make_dataclass(annotation.__name__, fields)


def returned(result: Any) -> Any:
    """What the package gets in place of a function's result."""
    if isinstance(result, Record):
        return _content.validate_python(CODEC.encode(result, v1.ContentBlock))
    if isinstance(result, list | tuple):
        return [returned(item) for item in cast("list[Any]", result)]
    return attrs.asdict(result) if attrs.has(result.__class__) else result


def _is_list_of_content(annotation: Any) -> bool:
    match get_args(annotation):
        case [v1.ContentBlock]:
            return True
        case [type() as item]:
            return issubclass(item, Record)
        case _:
            return False
