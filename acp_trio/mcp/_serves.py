"""What the ways to reach a server need of it: a server of the official package for each place that calls come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from ._call import Origin

if TYPE_CHECKING:
    from mcp.server.lowlevel import Server


class Serves(Protocol):
    """What is served in one place."""

    lowlevel: Server[Any]

    async def announce(self) -> None:
        """Tell clients of changes, until it is cancelled."""
        ...


class Offers(Protocol):
    """A server that can be served in several places."""

    @property
    def name(self) -> str:
        """What it is declared as."""
        ...

    def serving(self, origin: Origin, /) -> Serves:
        """Serve the calls that come from there."""
        ...
