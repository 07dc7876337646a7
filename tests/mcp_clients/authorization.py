"""A server that wants OAuth, its authorization server, and a user's browser, all on the loopback interface.

Owns what real ones would check: the registered address, the proof key, codes that work once, tokens that expire.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import Any
from urllib.parse import urlencode

import httpx2
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route


class Protected:
    """The ASGI application of both, and what happened to it."""

    def __init__(self) -> None:
        self.server = MCPServer("protected")
        self.server.tool()(self.secret)
        self._inner = self.server.streamable_http_app()
        self.tokens: set[str] = set()
        self.refreshing: set[str] = set()
        self.registered: list[str] = []
        self.refreshed = 0
        self.expires_in = 3600
        self.says_no = False
        self._codes: dict[str, dict[str, str]] = {}
        self.app = Starlette(
            routes=[
                Route("/.well-known/oauth-protected-resource/mcp", self._resource),
                Route("/.well-known/oauth-authorization-server", self._metadata),
                Route("/register", self._register, methods=["POST"]),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Mount("/", self._protect),
            ],
            lifespan=self._inner.router.lifespan_context,
        )

    async def secret(self) -> str:
        return "swordfish"

    async def _protect(self, scope: Any, receive: Any, send: Any) -> None:
        headers = dict(scope["headers"])
        token = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
        app = self._inner if token in self.tokens else PlainTextResponse("Who are you?", status_code=401)
        await app(scope, receive, send)

    async def _resource(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse({"resource": f"{base}/mcp", "authorization_servers": [base]})

    async def _metadata(self, request: Request) -> Response:
        base = str(request.base_url).rstrip("/")
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "registration_endpoint": f"{base}/register",
                "response_types_supported": ["code"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def _register(self, request: Request) -> Response:
        asked = await request.json()
        self.registered += asked["redirect_uris"]
        return JSONResponse({**asked, "client_id": "client", "token_endpoint_auth_method": "none"}, status_code=201)

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["redirect_uri"] in self.registered
        answer = {"state": asked["state"]}
        if self.says_no:
            answer["error"] = "access_denied"
        else:
            answer["code"] = secrets.token_urlsafe()
            self._codes[answer["code"]] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(answer)}", status_code=302)

    async def _token(self, request: Request) -> Response:
        form = await request.form()
        expires_in = self.expires_in
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] not in self.refreshing:
                return JSONResponse({"error": "invalid_grant"}, status_code=400)
            self.refreshed += 1
            expires_in = 3600
        else:
            asked = self._codes.pop(str(form["code"]))
            digest = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
            assert base64.urlsafe_b64encode(digest).decode().rstrip("=") == asked["code_challenge"]
        access, refresh = secrets.token_urlsafe(), secrets.token_urlsafe()
        self.tokens = {access}
        self.refreshing = {refresh}
        return JSONResponse(
            {"access_token": access, "token_type": "Bearer", "expires_in": expires_in, "refresh_token": refresh}
        )


async def browse(url: str) -> httpx2.Response:
    """Visit a page and follow it to where it leads."""
    async with httpx2.AsyncClient(follow_redirects=True) as browser:
        return await browser.get(url)
