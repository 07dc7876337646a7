"""Exceptions in groups, looked into without losing their types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast


def members(error: BaseException) -> Sequence[BaseException]:
    """What a group holds; nothing for an exception that is no group."""
    if not isinstance(error, BaseExceptionGroup):
        return ()
    return cast("BaseExceptionGroup[BaseException]", error).exceptions


def lone_leaf(error: BaseException) -> BaseException | None:
    """The one exception in any number of nested groups; None if a group holds several. No group is its own leaf."""
    inner = members(error)
    if not inner:
        return error
    return lone_leaf(inner[0]) if len(inner) == 1 else None


def split_failures(group: BaseExceptionGroup[Any]) -> tuple[Exception | None, BaseException | None]:
    """What a task did wrong, and what must go on: cancellations, Ctrl-C, exit."""
    failures, rest = cast("BaseExceptionGroup[BaseException]", group).split(Exception)
    return cast("Exception | None", failures), rest
