"""Which tools an agent may see.

Owns the patterns and their precedence. It is pure: it is asked again whenever the tools change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar, final

import attrs

T = TypeVar("T")


def _patterns(patterns: Iterable[str]) -> tuple[str, ...]:
    if isinstance(patterns, str):
        raise TypeError(f"a sequence of patterns, not one string: [{patterns!r}]")
    return tuple(patterns)


def _check(_filter: ToolFilter, attribute: attrs.Attribute[Sequence[str]], patterns: Sequence[str]) -> None:
    for pattern in patterns:
        if "*" in pattern[:-1] or not pattern:
            raise ValueError(
                f"{attribute.name}: a pattern is a name, or a prefix with a `*` at its end, not {pattern!r}"
            )


@final
@attrs.frozen
class ToolFilter:
    """What is allowed, less what is denied.

    A pattern is the name of a tool (`server__tool`), or the beginning of names with a `*` behind it; `*` alone is all.

    Attributes:
      allow: only these; empty, all.
      deny: not these, whatever `allow` says.

    Example: `ToolFilter(allow=["files__*", "web__fetch"], deny=["files__delete"])`.
    """

    allow: Sequence[str] = attrs.field(default=(), converter=_patterns, validator=_check)
    deny: Sequence[str] = attrs.field(default=(), converter=_patterns, validator=_check)

    def allows(self, name: str) -> bool:
        """Whether a tool of this name may be seen."""
        if any(_matches(pattern, name) for pattern in self.deny):
            return False
        return not self.allow or any(_matches(pattern, name) for pattern in self.allow)

    def apply(self, tools: Iterable[T], name_of: Callable[[T], str]) -> list[T]:
        """The tools that may be seen, in their order; `name_of` tells a tool's name."""
        return [tool for tool in tools if self.allows(name_of(tool))]


def _matches(pattern: str, name: str) -> bool:
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern
