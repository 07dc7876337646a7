"""Servers that want a user to authenticate: when they are told of, how it is done, and how it fails."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import trio
from mcp.shared.auth import OAuthClientInformationFull, OAuthToken

from acp_trio import LocalMisuse
from acp_trio.mcp import (
    AuthenticationFailed,
    Elicitation,
    McpError,
    McpServers,
    RestartPolicy,
    UrlElicitationComplete,
    connect_servers,
)
from acp_trio.schema import v1

from .authorization import Protected, browse
from .served import DEADLINE, heard, in_state, over_http, ready, text

# The HTTP library leaves the end of its generators to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:Async generator 'http:ResourceWarning")


class Storage:
    """Tokens of one server that outlive a block."""

    def __init__(self) -> None:
        self.tokens: OAuthToken | None = None
        self.client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@asynccontextmanager
async def connected(
    protected: Protected, *, patience: float = DEADLINE, headers: Sequence[v1.HttpHeader] = ()
) -> AsyncGenerator[McpServers]:
    async with over_http(protected.app) as url:
        declaration = v1.McpServerHttp(name="web", url=f"{url}/mcp", headers=headers)
        async with connect_servers(
            [declaration], sign_in_patience=patience, restart=RestartPolicy(attempts=0)
        ) as servers:
            await ready(servers)
            yield servers


async def asked_to_visit(servers: McpServers) -> tuple[Elicitation, v1.ElicitationUrlMode]:
    servers.authenticate("web")
    elicitation = await heard(servers, Elicitation)
    assert isinstance(elicitation.mode, v1.ElicitationUrlMode)
    assert elicitation.server == "web"
    return elicitation, elicitation.mode


async def sign_in(servers: McpServers) -> None:
    elicitation, mode = await asked_to_visit(servers)
    elicitation.answer(v1.ElicitationAcceptAction())
    assert (await browse(mode.url)).text == "You may close this page."
    assert await heard(servers, UrlElicitationComplete) == UrlElicitationComplete("web", mode.elicitation_id)
    await in_state(servers, "connected", "web")


async def secret(servers: McpServers) -> str:
    return text(await servers.call_tool("web__secret", {}))


async def test_a_server_that_wants_a_user_is_told_of_and_nothing_is_started() -> None:
    protected = Protected()
    with trio.fail_after(DEADLINE):
        async with connected(protected) as servers:
            (status,) = servers.snapshot.statuses
            assert (status.state, status.reason) == ("needs_authentication", "it wants a user to authenticate")
            with pytest.raises(McpError, match="not connected, but needs_authentication"):
                await secret(servers)
    assert protected.registered == []


async def test_a_user_authenticates_and_the_server_is_connected() -> None:
    with trio.fail_after(DEADLINE):
        async with connected(Protected()) as servers:
            await sign_in(servers)
            assert await secret(servers) == "swordfish"


async def test_the_browser_may_be_back_before_the_question_is_answered() -> None:
    with trio.fail_after(DEADLINE):
        async with connected(Protected()) as servers:
            elicitation, mode = await asked_to_visit(servers)
            await browse(mode.url)
            await in_state(servers, "connected", "web")
            assert elicitation.is_answered
            assert await secret(servers) == "swordfish"


async def test_only_the_right_visitor_is_let_in() -> None:
    with trio.fail_after(DEADLINE):
        async with connected(Protected()) as servers:
            elicitation, mode = await asked_to_visit(servers)
            elicitation.answer(v1.ElicitationAcceptAction())
            back = parse_qs(urlsplit(mode.url).query)["redirect_uri"][0]
            assert urlsplit(back).hostname == "127.0.0.1"
            for forged in ({"code": "x"}, {"code": "x", "state": "guess"}, {"error": "no", "state": ""}):
                assert (await browse(f"{back}?{urlencode(forged)}")).status_code == 400
            await browse(mode.url)
            await in_state(servers, "connected", "web")


@pytest.mark.parametrize("action", [v1.ElicitationDeclineAction(), v1.ElicitationCancelAction()])
async def test_a_user_who_declines_can_be_asked_again(action: v1.ElicitationAction) -> None:
    with trio.fail_after(DEADLINE):
        async with connected(Protected()) as servers:
            elicitation, _ = await asked_to_visit(servers)
            elicitation.answer(action)
            assert await heard(servers, AuthenticationFailed) == AuthenticationFailed("web", "the user has declined")
            status = await in_state(servers, "needs_authentication", "web")
            assert status.reason == "the user has declined"
            await sign_in(servers)


async def test_an_authorization_server_that_says_no_is_quoted() -> None:
    protected = Protected()
    protected.says_no = True
    with trio.fail_after(DEADLINE):
        async with connected(protected) as servers:
            elicitation, mode = await asked_to_visit(servers)
            elicitation.answer(v1.ElicitationAcceptAction())
            await browse(mode.url)
            assert await heard(servers, AuthenticationFailed) == AuthenticationFailed("web", "access_denied")


async def test_what_the_client_declared_in_confidence_is_not_told_where_authentication_fails() -> None:
    protected = Protected()
    protected.says_no = True
    key = v1.HttpHeader(name="X-Key", value="access_denied")
    with trio.fail_after(DEADLINE):
        async with connected(protected, headers=[key]) as servers:
            elicitation, mode = await asked_to_visit(servers)
            elicitation.answer(v1.ElicitationAcceptAction())
            await browse(mode.url)
            assert await heard(servers, AuthenticationFailed) == AuthenticationFailed("web", "***")
            assert (await in_state(servers, "needs_authentication", "web")).reason == "***"


async def test_authentication_has_a_deadline() -> None:
    with trio.fail_after(DEADLINE):
        async with connected(Protected(), patience=0.2) as servers:
            elicitation, _ = await asked_to_visit(servers)
            reason = "the user has not authenticated within 0.2 seconds"
            assert await heard(servers, AuthenticationFailed) == AuthenticationFailed("web", reason)
            assert elicitation.is_answered


async def test_leaving_ends_authentication() -> None:
    with trio.fail_after(DEADLINE):
        async with connected(Protected()) as servers:
            elicitation, _ = await asked_to_visit(servers)
            with pytest.raises(LocalMisuse, match="needs no authentication, it is authenticating"):
                servers.authenticate("web")
        assert elicitation.is_answered


async def test_tokens_are_refreshed_without_a_user() -> None:
    protected = Protected()
    protected.expires_in = -1
    with trio.fail_after(DEADLINE):
        async with connected(protected) as servers:
            await sign_in(servers)
            assert await secret(servers) == "swordfish"
            assert protected.refreshed == 1


async def test_a_revoked_token_needs_the_user_again() -> None:
    protected = Protected()
    with trio.fail_after(DEADLINE):
        async with connected(protected) as servers:
            await sign_in(servers)
            protected.tokens.clear()
            protected.refreshing.clear()
            with pytest.raises(McpError, match="'web' is gone: it wants a user to authenticate"):
                await secret(servers)
            await in_state(servers, "needs_authentication", "web")
            await sign_in(servers)
            assert await secret(servers) == "swordfish"


async def test_tokens_outlive_the_block_in_a_storage_of_the_caller() -> None:
    protected, storage = Protected(), Storage()
    with trio.fail_after(DEADLINE):
        async with over_http(protected.app) as url:
            declaration = v1.McpServerHttp(name="web", url=f"{url}/mcp")
            given: list[str] = []

            def storage_of(url: str) -> Storage:
                given.append(url)
                return storage

            for time in ("first", "again", "expired"):
                if time == "expired":
                    protected.tokens.clear()
                async with connect_servers([declaration], token_storage=storage_of) as servers:
                    await ready(servers)
                    if time == "first":
                        await sign_in(servers)
                    assert await secret(servers) == "swordfish"
            assert given == [declaration.url] * 3
            assert protected.refreshed == 1


async def test_credentials_of_the_client_are_used_as_they_are() -> None:
    header = v1.HttpHeader(name="Authorization", value="Bearer of-the-client")
    with trio.fail_after(DEADLINE):
        async with over_http(Protected().app) as url:
            declaration = v1.McpServerHttp(name="web", url=f"{url}/mcp", headers=[header])
            async with connect_servers([declaration], restart=RestartPolicy(attempts=0)) as servers:
                await ready(servers)
                (status,) = servers.snapshot.statuses
                assert status.state == "failed"
                assert "HTTP 401 Unauthorized" in status.reason
                with pytest.raises(LocalMisuse):
                    servers.authenticate("web")
