"""Where a user's browser comes back to after authenticating: an address on the loopback interface.

Owns one address for one authentication. What does not carry its `state` is refused and changes nothing: other
programs on this machine, and pages in the browser, can reach the address too.
"""

from __future__ import annotations

import secrets

import trio
from mcp.shared.auth import AuthorizationCodeResult
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ._local_http import serve_locally

_PATH = "/callback"


class Loopback:
    """The address that a browser is sent back to.

    Attributes:
      url: it.
      state: what the browser must bring; set before the user is sent away.
    """

    def __init__(self) -> None:
        self.url = ""
        self.state = ""
        self._came_back = trio.Event()
        self._result: AuthorizationCodeResult | str = ""

    async def serve(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Listen until cancelled. Started, it has its `url`."""
        app = Starlette(routes=[Route(_PATH, self._answer)])
        async with trio.open_nursery(strict_exception_groups=True) as nursery:
            address = await nursery.start(serve_locally, app, None)  # without a log: a code is a secret
            self.url = f"{address}{_PATH}"
            task_status.started()

    async def result(self) -> AuthorizationCodeResult | str:
        """Wait until the browser is back. A code, or the error that the authorization server gave."""
        await self._came_back.wait()
        return self._result

    async def _answer(self, request: Request) -> Response:
        brought = request.query_params
        if not self.state or not secrets.compare_digest(brought.get("state", "").encode(), self.state.encode()):
            return PlainTextResponse("Nobody waits for this.", status_code=400)
        code = brought.get("code")
        if code is None:
            result: AuthorizationCodeResult | str = brought.get("error", "no code")
        else:
            result = AuthorizationCodeResult(code=code, state=self.state, iss=brought.get("iss"))
        return PlainTextResponse("You may close this page.", background=BackgroundTask(self._take, result))

    async def _take(self, result: AuthorizationCodeResult | str) -> None:
        self._result = result
        self._came_back.set()
