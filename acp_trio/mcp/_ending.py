"""How a connection to a server came to its end, and what may be said of it.

Owns the first reason, which is the real one, and its wording without secrets: whatever the client declared in
environment, headers or URL may come back in a server's last words.
"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qsl, urlsplit

import trio

from ..connection import members
from ..schema import v1

_SHORTEST_SECRET = 6  # what is shorter occurs in every text, and protects nothing


class Ending:
    """The end of one connection: when, why, and what its transport saw last.

    Attributes:
      happened: is set at the end.
      hint: what the transport knows of the latest failure, such as `HTTP 503`.
      needs_user: whether the server wants a user to authenticate.
      is_final: whether another attempt would end alike.
    """

    def __init__(self, declaration: v1.McpServer) -> None:
        self._secrets = tuple(_secrets_of(declaration))
        self._reason = ""
        self.happened = trio.Event()
        self.hint = ""
        self.needs_user = False
        self.is_final = False

    @property
    def reason(self) -> str:
        """For people; empty if it has not ended by itself."""
        return self.clean(self._reason)

    def tell(self, reason: str, *, needs_user: bool = False, is_final: bool = False) -> None:
        """The connection has ended, for this reason. Only the first one counts."""
        if not self.happened.is_set():
            self._reason = reason
            self.needs_user = needs_user
            self.is_final = is_final
            self.happened.set()

    def explain(self, error: BaseException) -> str:
        """Say why an attempt failed with `error`, for people: the transport's own reason first."""
        if self._reason:
            return self.reason
        leaf = _first_leaf(error)
        text = str(leaf).partition("\n")[0] or type(leaf).__name__
        return self.clean(f"{text} ({self.hint})" if self.hint else text)

    def clean(self, text: str) -> str:
        """Blot out what the client declared in confidence."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def _first_leaf(error: BaseException) -> BaseException:
    inner = members(error)
    return _first_leaf(inner[0]) if inner else error


def _secrets_of(declaration: v1.McpServer) -> Iterable[str]:
    found: list[str] = []
    match declaration:
        case v1.McpServerStdio():
            found = [variable.value for variable in declaration.env]
        case v1.McpServerHttp() | v1.McpServerSse():
            for header in declaration.headers:
                found += [header.value, *header.value.split()]
            url = urlsplit(declaration.url)
            found += [value for _, value in parse_qsl(url.query)] + [url.password or ""]
            found += [pair.partition("=")[2] for pair in url.query.split("&")]  # as it stands in the URL
        case _:
            pass
    return sorted({secret for secret in found if len(secret) >= _SHORTEST_SECRET}, key=len, reverse=True)
