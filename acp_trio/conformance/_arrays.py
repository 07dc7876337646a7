"""Arrays of a stranger's JSON, which may hold anything or be none."""

from __future__ import annotations

from typing import Any, cast

from ..jsonrpc import as_object


def items(value: object) -> list[object]:
    """What an array holds; nothing for anything else."""
    return cast("list[object]", value) if isinstance(value, list) else []


def objects(value: object) -> list[dict[str, Any]]:
    """The objects in an array; nothing for anything else."""
    return [item for item in map(as_object, items(value)) if item is not None]
