"""A coroutine in a context of its own, though the task belongs to somebody else.

Owns the rule that a handler's context variables are not for the next one, where several run in one task.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Coroutine, Generator
from contextvars import Context, copy_context
from typing import Any, TypeVar

T = TypeVar("T")


async def in_own_context(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a copy of the current context, and return what it returns."""
    context = copy_context()
    try:
        trap = context.run(coroutine.send, None)
    except StopIteration as done:
        result: T = done.value
        return result
    return await go_on(coroutine, context, trap)


@types.coroutine
def go_on(coroutine: Coroutine[Any, Any, T], context: Context, trap: Any) -> Generator[Any, Any, T]:
    """Go on with a coroutine whose first step was driven by hand, every step in its own context."""
    while True:
        try:
            message = yield trap
        except BaseException as exc:  # noqa: BLE001, ASYNC103  # thrown in by trio: it is the coroutine's
            step: Callable[[], Any] = _thrower(coroutine, context, exc)
        else:
            step = _sender(coroutine, context, message)
        try:
            trap = step()
        except StopIteration as done:
            result: T = done.value
            return result


def _thrower(coroutine: Coroutine[Any, Any, Any], context: Context, error: BaseException) -> Callable[[], Any]:
    return lambda: context.run(coroutine.throw, error)


def _sender(coroutine: Coroutine[Any, Any, Any], context: Context, message: Any) -> Callable[[], Any]:
    return lambda: context.run(coroutine.send, message)
