"""Which of a server's tools can be seen and called: all but some, or only some.

Owns the two lists and who is told when they change. A name that no tool has is kept: the tool may come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable


class EnabledTools:
    """Names that are let through."""

    def __init__(self) -> None:
        self._denied: set[str] = set()
        self._allowed: set[str] | None = None
        self._listeners: list[Callable[[], None]] = []

    def __contains__(self, name: str) -> bool:
        return name not in self._denied and (self._allowed is None or name in self._allowed)

    def enable(self, names: Iterable[str]) -> None:
        """Let these through."""
        names = frozenset(names)
        self._denied -= names
        if self._allowed is not None:
            self._allowed |= names
        self.changed()

    def disable(self, names: Iterable[str]) -> None:
        """Let these through no more."""
        self._denied |= frozenset(names)
        self.changed()

    def allow_only(self, names: Iterable[str] | None) -> None:
        """Let nothing else through; None lifts that."""
        self._allowed = None if names is None else set(names)
        self.changed()

    def listen(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called after each change; returns what ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def changed(self) -> None:
        """Tell everybody."""
        for listener in list(self._listeners):
            listener()
