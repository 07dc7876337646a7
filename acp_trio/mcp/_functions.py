"""Functions of the user as tools and prompts of the official package, which makes the schemas and the results.

Owns what is ours about them: which parameter gets the `McpCall`, one call at a time, and plain functions called in the
trio thread, where the state is that they close over. Imported where the `mcp` package is there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from functools import wraps
from typing import Any, TypeVar, cast, get_args

import trio
from mcp.server.mcpserver.exceptions import InvalidSignature
from mcp.server.mcpserver.exceptions import ToolError as PackageToolError
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.tools import Tool
from pydantic.errors import PydanticUserError

from ._call import McpCall
from ._errors import ToolError
from ._results import as_returned, returned

T = TypeVar("T", Tool, Prompt)


def make_tool(
    function: Callable[..., Any], *, name: str | None, title: str | None, description: str | None, concurrent: bool
) -> Tool:
    """The function as a tool. Raises TypeError for one that no schema can be made for."""
    return _made(Tool, function, name, title, description, concurrent=concurrent)


def make_prompt(
    function: Callable[..., Any], *, name: str | None, title: str | None, description: str | None
) -> Prompt:
    """The function as a prompt. Raises TypeError for one whose arguments nothing can be made of."""
    return _made(Prompt, function, name, title, description, concurrent=True)


def _made(
    kind: type[T],
    function: Callable[..., Any],
    name: str | None,
    title: str | None,
    description: str | None,
    *,
    concurrent: bool,
) -> T:
    signature = _signature(function)
    try:
        return kind.from_function(
            _called(function, signature, concurrent=concurrent),
            name=name,
            title=title,
            description=description or inspect.getdoc(function),
            context_kwarg=_call_parameter(signature),
        )
    except (InvalidSignature, PydanticUserError, ValueError) as exc:
        raise TypeError(f"{_name(function)} cannot be a {kind.__name__.lower()}: {exc}") from exc


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    try:
        signature = inspect.signature(function, eval_str=True)
    except NameError as exc:
        raise TypeError(f"an annotation of {_name(function)} cannot be resolved: {exc}") from exc
    return signature.replace(return_annotation=as_returned(signature.return_annotation))


def _called(function: Callable[..., Any], signature: inspect.Signature, *, concurrent: bool) -> Callable[..., Any]:
    """The function as an async one; the package would run a plain one in another thread."""
    turn: AbstractAsyncContextManager[object] = nullcontext() if concurrent else trio.Lock()

    @wraps(function)
    async def call(*args: Any, **kwargs: Any) -> Any:
        async with turn:
            try:
                result = function(*args, **kwargs)
                return returned(await result if inspect.isawaitable(result) else result)
            except ToolError as exc:
                raise PackageToolError(str(exc)) from exc

    cast("Any", call).__signature__ = signature  # what the package reads
    call.__annotations__ = {name: parameter.annotation for name, parameter in signature.parameters.items()}
    return call


def _call_parameter(signature: inspect.Signature) -> str | None:
    for parameter in signature.parameters.values():
        if parameter.annotation is McpCall or McpCall in get_args(parameter.annotation):
            return parameter.name
    return None


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))
