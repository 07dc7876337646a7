"""Blocks that hide a nursery: the user's exception passes around it untouched, and one task enters and leaves.

Owns two rules. An exception of the body leaves a block as itself, whatever `strict_exception_groups` says, because it
never travels through our nurseries. A block that is left by another task than the one that entered it raises
`LocalMisuse` before trio's own bookkeeping can break.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import wraps
from types import TracebackType
from typing import TYPE_CHECKING, Generic, NoReturn, ParamSpec, Self, TypeVar, final

import trio

from ..jsonrpc import LocalMisuse

P = ParamSpec("P")
T_co = TypeVar("T_co", covariant=True)


class CarriedError:
    """Catches what the body raises, so that it can be raised again outside of our nurseries."""

    def __init__(self) -> None:
        self.error: BaseException | None = None

    # Ctrl-C in here would be taken for the block's own failure, in these four methods.
    @trio.lowlevel.enable_ki_protection
    def __enter__(self) -> Self:
        return self

    @trio.lowlevel.enable_ki_protection
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if isinstance(error, GeneratorExit):
            return False  # the block was dropped, not left: nothing may be awaited any more
        self.error = error
        return True

    def release(self) -> None:
        """Raise what was caught, if anything, with its own context."""
        error, self.error = self.error, None
        if error is not None:
            try:
                raise error
            finally:
                del error  # a frame that keeps its exception is a reference cycle


@final
class Block(AbstractAsyncContextManager[T_co], Generic[T_co]):
    """An async context manager that one task enters and leaves."""

    def __init__(self, inner: AbstractAsyncContextManager[T_co], what: str) -> None:
        self._inner = inner
        self._what = what
        self._task: trio.lowlevel.Task | None = None

    @trio.lowlevel.enable_ki_protection
    async def __aenter__(self) -> T_co:
        if self._task is not None:
            raise LocalMisuse(f"{self._what} is entered already; make a new one for each block")
        # Only task objects can be compared across an await.
        self._task = trio.lowlevel.current_task()
        return await self._inner.__aenter__()

    @trio.lowlevel.enable_ki_protection
    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        if trio.lowlevel.current_task() is not self._task:  # see __aenter__
            raise LocalMisuse(f"{self._what} must be left by the task that entered it")
        return await self._inner.__aexit__(kind, error, trace)  # noqa: ASYNC102  # its own clean-up shields itself

    if not TYPE_CHECKING:  # type checkers say it already

        def __await__(self) -> NoReturn:
            self._refuse()

        def __enter__(self) -> NoReturn:
            self._refuse()

        def __exit__(self, *_: object) -> None:
            """Never reached: entering refuses."""

        def __aiter__(self) -> NoReturn:
            self._refuse()

        def _refuse(self) -> NoReturn:
            raise TypeError(f"{self._what} is entered with `async with`")


def block(function: Callable[P, AsyncGenerator[T_co]]) -> Callable[P, Block[T_co]]:
    """Like `contextlib.asynccontextmanager`, checked: one task enters and leaves, once."""
    make = asynccontextmanager(function)

    @wraps(function)
    def open_block(*args: P.args, **kwargs: P.kwargs) -> Block[T_co]:
        return Block(make(*args, **kwargs), f"the {function.__name__.strip('_').removesuffix('_block')} block")

    return open_block
