"""What a requirement is: a sentence of the specification that can be seen on the wire, its place and its level."""

from __future__ import annotations

from typing import Literal, TypeAlias, final

import attrs

Level: TypeAlias = Literal["must", "should", "may"]
Role: TypeAlias = Literal["agent", "client"]

_SPECIFICATION = "https://agentclientprotocol.com/protocol/v1/"


@final
@attrs.frozen(kw_only=True)
class Requirement:
    """One thing that the specification asks of an agent or of a client.

    Attributes:
      id: `topic.name`, stable: reports and those who quote them rely on it.
      role: who has to meet it.
      level: `must` decides whether the program conforms; `may` is told for the reader's information.
      sentence: what is asked, in one sentence.
      citation: page and section of the specification, or a whole address where another one says so.
      needs: the capability that it depends on, as a path in the capabilities of the program under test.
    """

    id: str
    role: Role
    level: Level
    sentence: str
    citation: str
    needs: str | None = None

    @property
    def topic(self) -> str:
        """What it is about: the part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def url(self) -> str:
        """Where the specification says so."""
        return self.citation if self.citation.startswith("https://") else _SPECIFICATION + self.citation
