"""How a user authenticates with a server over HTTP, by the official package's OAuth flow.

Owns who may start that flow: nobody but a user who asked for it. Until then a server that wants one is only reported.
Tokens stay in the storage that the caller gave, or in memory.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import httpx2
import trio
from mcp.client.auth import OAuthClientProvider, TokenStorage
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from pydantic import AnyUrl

from ..connection import members
from ..schema import v1
from ._asking import Asking, link
from ._loopback import Loopback
from ._surroundings import Surroundings

if TYPE_CHECKING:
    from ._ending import Ending

_MOST_OF_A_REASON = 200
_UNAUTHORIZED = 401
_LONG_AGO = 1.0
"""When tokens have expired that a server refuses: of stored ones the package does not know."""


class NotAuthenticated(Exception):
    """The user, or the authorization server, said no."""


class Authentication:
    """Authentication with one server.

    Args:
      url: of the server.
      surroundings: where tokens are kept, how long a user may take.
      asking: how to ask the user.
    """

    def __init__(self, url: str, surroundings: Surroundings, asking: Asking) -> None:
        self._url = url
        self._patience = surroundings.sign_in_patience
        self._asking = asking
        self._storage = _InMemory() if surroundings.token_storage is None else surroundings.token_storage(url)
        self._provider = OAuthClientProvider(url, OAuthClientMetadata(redirect_uris=None), self._storage)

    def gate(self, ending: Ending) -> httpx2.Auth:
        """What puts the tokens that there are into requests, and starts nothing if they do not do."""
        return _Gate(self._provider, ending)

    async def run(self, connect: Callable[[httpx2.Auth], Awaitable[None]]) -> str | None:
        """Let the user authenticate. Returns why that failed, None if it did not. Never raises.

        Args:
          connect: makes the server want authentication.
        """
        try:
            with trio.fail_after(self._patience):
                async with trio.open_nursery(strict_exception_groups=True) as nursery:
                    listener = Loopback()
                    await nursery.start(listener.serve)
                    provider = await self._authenticated(listener, connect)
                    nursery.cancel_scope.cancel("the user is back")
        except trio.TooSlowError:
            return f"the user has not authenticated within {self._patience:g} seconds"
        except Exception as error:  # noqa: BLE001 -- whatever the package raises is a reason
            return _reason(error)
        except BaseExceptionGroup as group:
            # Failures beside a cancellation: only that must go on.
            _, rest = group.split(Exception)
            assert rest is not None
            raise rest from None
        self._provider = provider  # it knows when the tokens expire, and where to refresh them
        return None

    async def _authenticated(
        self, listener: Loopback, connect: Callable[[httpx2.Auth], Awaitable[None]]
    ) -> OAuthClientProvider:
        visit = _Visit(self._asking, listener)
        metadata = OAuthClientMetadata(client_name="acp_trio", redirect_uris=[AnyUrl(listener.url)])
        storage = _ForThisAddress(self._storage, listener.url)
        provider = OAuthClientProvider(self._url, metadata, storage, visit.note_url, visit.wait)
        await connect(provider)
        visit.complete()
        return provider


class _Gate(httpx2.Auth):
    def __init__(self, provider: OAuthClientProvider, ending: Ending) -> None:
        self._provider = provider
        self._ending = ending
        self._has_looked = False

    async def async_auth_flow(  # noqa: ASYNC900  # the HTTP library wants it so, and closes it
        self, request: httpx2.Request
    ) -> AsyncGenerator[httpx2.Request, httpx2.Response]:
        tokens = self._provider.context
        for may_refresh in (True, False):
            # The package holds a lock until an answer begins, so that one call would hold up the next: without need of
            # it the tokens are put in here.
            if self._has_looked and (tokens.is_token_valid() or not tokens.can_refresh_token()):
                if tokens.current_tokens is not None:
                    request.headers["Authorization"] = f"Bearer {tokens.current_tokens.access_token}"
                response = yield request
            else:
                flow = self._provider.async_auth_flow(request)
                try:
                    outgoing = await anext(flow)
                    while outgoing is not request:  # it refreshes the tokens first
                        outgoing = await flow.asend((yield outgoing))
                    self._has_looked = True
                    response = yield request
                finally:
                    await flow.aclose()  # noqa: ASYNC102  # it was not going to send anything
            if response.status_code != _UNAUTHORIZED:
                return
            if not (may_refresh and tokens.can_refresh_token()):
                break
            tokens.token_expiry_time = _LONG_AGO
        self._ending.tell("it wants a user to authenticate", needs_user=True)


class _Visit:
    """A user's visit to the authorization server, between the two calls that the package makes."""

    def __init__(self, asking: Asking, listener: Loopback) -> None:
        self._asking = asking
        self._listener = listener
        self._mode: v1.ElicitationUrlMode | None = None

    async def note_url(self, url: str) -> None:
        self._listener.state = parse_qs(urlsplit(url).query)["state"][0]
        self._mode = link(url)

    async def wait(self) -> AuthorizationCodeResult:
        """Ask the user to go there, and wait until the browser is back or the user has declined."""
        result: AuthorizationCodeResult | str = "the user has declined"
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._ask, nursery.cancel_scope)
            result = await self._listener.result()
            nursery.cancel_scope.cancel("the browser is back")
        if isinstance(result, str):
            raise NotAuthenticated(result)
        return result

    def complete(self) -> None:
        """The user need not look at the page any more."""
        if self._mode is not None:
            self._asking.complete(self._mode.elicitation_id)

    async def _ask(self, visit: trio.CancelScope) -> None:
        assert self._mode is not None
        answer = await self._asking.ask("Authenticate with this server in your browser.", self._mode)
        if not isinstance(answer, v1.ElicitationAcceptAction):
            visit.cancel("the user has declined")


class _InMemory:
    """The package's token storage, for as long as the block."""

    def __init__(self) -> None:
        self._tokens: OAuthToken | None = None
        self._client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self._tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self._tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self._client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self._client = client_info


class _ForThisAddress:
    """A storage without the registration of a client that the browser cannot come back to: the port was another."""

    def __init__(self, storage: TokenStorage, url: str) -> None:
        self._storage = storage
        self._url = url

    async def get_tokens(self) -> OAuthToken | None:
        return await self._storage.get_tokens()

    async def set_tokens(self, tokens: OAuthToken) -> None:
        await self._storage.set_tokens(tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        client = await self._storage.get_client_info()
        if client is None or not client.redirect_uris or self._url in map(str, client.redirect_uris):
            return client
        return None

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        await self._storage.set_client_info(client_info)


def _reason(error: BaseException) -> str:
    inner = members(error)
    if inner:
        return _reason(inner[0])
    return (str(error) or type(error).__name__)[:_MOST_OF_A_REASON]
