"""A file that says which MCP servers a session has, in the form that editors keep them in.

Owns what such a file may hold. What is wrong with it is said with the server's name and the key; never with a value of
`env` or `headers`, which may be secrets.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from ..jsonrpc import JSONInvalid, as_object, loads
from ..schema import v1

T = TypeVar("T")

_PROGRAM: Final = frozenset(("type", "command", "args", "env"))
_URL: Final = frozenset(("type", "url", "headers"))


class McpFileInvalid(ValueError):
    """The file cannot be read, or is not of the form; the message says where."""


def read_mcp_file(path: Path, cwd: Path) -> list[v1.McpServer]:
    """Read the servers of a file; programs are found on the PATH, or from the session's directory `cwd`.

    Raises McpFileInvalid.
    """
    try:
        content = as_object(loads(path.read_bytes()))
    except OSError as exc:
        raise McpFileInvalid(f"cannot be read: {exc.strerror}") from exc
    except JSONInvalid as exc:
        raise McpFileInvalid(f"is not JSON: {exc}") from exc
    servers = as_object((content or {}).get("mcpServers"))
    if servers is None:
        raise McpFileInvalid('has no object "mcpServers"')
    return [_Entry(name, value).declaration(cwd) for name, value in servers.items()]


class _Entry:
    """One server of the file."""

    def __init__(self, name: str, value: object) -> None:
        self._name = name
        entry = as_object(value)
        if entry is None:
            raise self._invalid("is not an object")
        self._entry: Mapping[str, Any] = entry

    def declaration(self, cwd: Path) -> v1.McpServer:
        if ("command" in self._entry) == ("url" in self._entry):
            raise self._invalid('has neither a "command" nor a "url"' if "url" not in self._entry else "has both")
        return self._program(cwd) if "command" in self._entry else self._over_http()

    def _program(self, cwd: Path) -> v1.McpServerStdio:
        self._check_keys(_PROGRAM, types=("stdio",))
        env = self._texts_by_name("env")
        return v1.McpServerStdio(
            name=self._name,
            command=self._find(self._text("command"), env.get("PATH"), cwd),
            args=self._texts("args"),
            env=[v1.EnvVariable(name=name, value=value) for name, value in env.items()],
        )

    def _over_http(self) -> v1.McpServerHttp | v1.McpServerSse:
        self._check_keys(_URL, types=("http", "sse"))
        url = self._text("url")
        if not url.startswith(("http://", "https://")):
            raise self._invalid('"url" does not begin with http:// or https://')
        headers = [v1.HttpHeader(name=name, value=value) for name, value in self._texts_by_name("headers").items()]
        cls = v1.McpServerSse if self._entry.get("type") == "sse" else v1.McpServerHttp
        return cls(name=self._name, url=url, headers=headers)

    def _find(self, command: str, search: str | None, cwd: Path) -> str:
        """The absolute path that ACP wants of a program."""
        found = shutil.which(cwd / command if os.sep in command else command, path=search)
        if found is None:
            raise self._invalid(f"there is no program {command!r}")
        return os.path.abspath(found)  # noqa: PTH100 -- what a link leads to may look at its own name

    def _check_keys(self, known: frozenset[str], *, types: tuple[str, ...]) -> None:
        unknown = sorted(self._entry.keys() - known)
        if unknown:
            raise self._invalid(f"has {_quoted(unknown)}, and only {_quoted(sorted(known))} are known here")
        if self._entry.get("type", types[0]) not in types:
            raise self._invalid(f'"type" is not {" or ".join(map(_quote, types))}')

    def _text(self, key: str) -> str:
        value = self._as(str, key, "a text")
        if not value:
            raise self._invalid(f"{_quote(key)} is empty")
        return value

    def _texts(self, key: str) -> list[str]:
        return self._as(list[str], key, "a list of texts") if key in self._entry else []

    def _texts_by_name(self, key: str) -> dict[str, str]:
        return self._as(dict[str, str], key, "an object of texts") if key in self._entry else {}

    def _as(self, annotation: type[T], key: str, form: str) -> T:
        try:
            return msgspec.convert(self._entry[key], annotation)
        except msgspec.ValidationError:
            raise self._invalid(f"{_quote(key)} is not {form}") from None

    def _invalid(self, what: str) -> McpFileInvalid:
        return McpFileInvalid(f"the server {_quote(self._name)}: {what}")


def _quoted(keys: list[str]) -> str:
    return ", ".join(map(_quote, keys))


def _quote(text: str) -> str:
    return f'"{text}"'
