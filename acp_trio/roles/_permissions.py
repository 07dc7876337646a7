"""Answers to permission requests without a dialog of one's own: what `Client.permissions` registers.

Owns which option a policy picks. Nothing but an option that was offered is ever picked, and an option whose kind is
not known is no approval (https://agentclientprotocol.com/protocol/tool-calls).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Literal, TypeAlias

import trio

from ..jsonrpc import LocalMisuse
from ..schema import v1

Ask: TypeAlias = "Callable[[v1.RequestPermissionRequest], Awaitable[str | None]]"
Policy: TypeAlias = "Literal['allow', 'deny'] | Ask"

_Answer: TypeAlias = "Callable[[v1.RequestPermissionRequest], Coroutine[Any, Any, v1.RequestPermissionResponse]]"

# What stands for a policy, the mildest first.
_KINDS = {"allow": ("allow_once", "allow_always"), "deny": ("reject_once", "reject_always")}


def permission_handler(policy: Policy) -> _Answer:
    """Make the handler for `session/request_permission`. Raises TypeError for what is no policy."""
    if isinstance(policy, str):
        return _picking(_kinds_of(policy))
    if not inspect.iscoroutinefunction(policy) and not inspect.iscoroutinefunction(getattr(policy, "__call__", None)):  # noqa: B004 -- an object with an async __call__ is fine
        raise TypeError(f"a permission policy is 'allow', 'deny' or an async function, not {policy!r}")
    return _asking(policy)


def _kinds_of(policy: str) -> tuple[str, ...]:
    try:
        return _KINDS[policy]
    except KeyError:
        raise TypeError(f"a permission policy is 'allow', 'deny' or an async function, not {policy!r}") from None


def _picking(kinds: tuple[str, ...]) -> _Answer:
    async def pick(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        await trio.lowlevel.checkpoint()
        for kind in kinds:
            for option in request.options:
                if option.kind == kind:
                    return _response(option.option_id)
        return _response(None)

    return pick


def _asking(ask: Ask) -> _Answer:
    async def answer(request: v1.RequestPermissionRequest) -> v1.RequestPermissionResponse:
        chosen = await ask(request)
        offered = [option.option_id for option in request.options]
        if chosen is not None and chosen not in offered:
            raise LocalMisuse(f"the permission policy chose {chosen!r}; offered were {', '.join(map(repr, offered))}")
        return _response(chosen)

    return answer


def _response(option_id: str | None) -> v1.RequestPermissionResponse:
    if option_id is None:
        return v1.RequestPermissionResponse(outcome=v1.CancelledOutcome())
    return v1.RequestPermissionResponse(outcome=v1.SelectedOutcome(option_id=option_id))
