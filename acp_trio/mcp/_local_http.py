"""An HTTP server on this machine, for this machine: an ASGI application on a free port of the loopback interface.

Owns how it listens, and that it keeps no log of requests: their addresses hold secrets. Who is let in is the
application's. Imported where the `mcp` package is there.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias, cast

import trio
from hypercorn.config import Config
from hypercorn.trio import serve  # pyright: ignore[reportUnknownVariableType]

App: TypeAlias = Callable[[Any, Any, Any], Awaitable[None]]


async def serve_locally(
    app: App, failures: logging.Logger | None, *, task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED
) -> None:
    """Serve until cancelled, which ends what runs at once. Started, it has its URL, without a path.

    Args:
      app: the application.
      failures: where the server says what went wrong; if not given, nowhere.
      task_status: for `nursery.start`.
    """
    config = Config()
    config.bind = ["127.0.0.1:0"]
    config.accesslog = None
    config.errorlog = failures
    config.graceful_timeout = 0
    async with trio.open_nursery(strict_exception_groups=True) as nursery:
        [url] = await nursery.start(cast("Any", serve), app, config)
        task_status.started(url)
