"""A whole conversation, to be looked at when it is over: who called, who answered, and in what order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, final

from ..jsonrpc import as_object
from ..testing import WireMessage
from ._conversation import is_answer
from ._requirement import Role
from ._services import advertised


@final
class Exchange:
    """A request and, if there was one, its answer; places are those in the transcript."""

    def __init__(self, place: int, request: WireMessage) -> None:
        self.place = place
        self.request = request
        self.answer: WireMessage | None = None
        self.answered_at: int | None = None

    @property
    def id(self) -> int | str:
        """The request's id."""
        found: int | str = self.request.message["id"]
        return found

    @property
    def method(self) -> str:
        """What was asked."""
        return self.request.method or ""

    @property
    def params(self) -> dict[str, Any]:
        """What it was asked with."""
        return as_object(self.request.message.get("params")) or {}

    @property
    def result(self) -> dict[str, Any] | None:
        """The result, if it is an object."""
        return None if self.answer is None else as_object(self.answer.message.get("result"))


@final
class Transcript:
    """One conversation that is over.

    Attributes:
      role: which side of it is under test.
      capabilities: what the other side advertised.
      messages: everything, both ways.
      leaving: seconds that ending the agent took, None if it had ended by itself or that was not watched.
      grace: seconds that it was given to leave.
    """

    def __init__(
        self,
        messages: Sequence[WireMessage],
        *,
        role: Role,
        capabilities: Mapping[str, Any],
        leaving: float | None = None,
        grace: float = 0.0,
    ) -> None:
        self.role: Role = role
        self.capabilities = capabilities
        self.messages = messages
        self.leaving = leaving
        self.grace = grace

    def offers(self, capability: str) -> bool:
        """Whether the other side advertised it."""
        return advertised(self.capabilities, capability)

    @cached_property
    def objects(self) -> list[tuple[int, WireMessage, dict[str, Any]]]:
        """Every message of the program under test that is an object, with its place."""
        found = ((place, message, as_object(message.message)) for place, message in enumerate(self.messages))
        return [
            (place, message, content)
            for place, message, content in found
            if message.sender == self.role and content is not None
        ]

    @cached_property
    def asked_of_it(self) -> list[Exchange]:
        """Every request to the program under test, with its first answer."""
        return self._exchanges("client" if self.role == "agent" else "agent")

    @cached_property
    def asked_by_it(self) -> list[Exchange]:
        """Every request of the program under test, with its answer."""
        return self._exchanges(self.role)

    def calls(self, *methods: str) -> Iterator[tuple[int, WireMessage, dict[str, Any]]]:
        """Its requests and notifications of these methods, or all: place, message, params."""
        for place, message, content in self.objects:
            method = content.get("method")
            if isinstance(method, str) and (not methods or method in methods):
                yield place, message, as_object(content.get("params")) or {}

    def updates(self, *kinds: str) -> Iterator[tuple[int, WireMessage, str, dict[str, Any]]]:
        """Its updates of these kinds, or all: place, message, session, update."""
        for place, message, params in self.calls("session/update"):
            update = as_object(params.get("update")) or {}
            if not kinds or update.get("sessionUpdate") in kinds:
                yield place, message, str(params.get("sessionId")), update

    def answers(self) -> Iterator[tuple[int, WireMessage, dict[str, Any]]]:
        """Its responses, however badly made: place, message, content."""
        return ((place, message, content) for place, message, content in self.objects if is_answer(content))

    def _exchanges(self, asker: str) -> list[Exchange]:
        asked: list[Exchange] = []
        waiting: dict[tuple[str, object], Exchange] = {}
        for place, message in enumerate(self.messages):
            content = as_object(message.message)
            if content is None:
                continue
            identity = (type(content.get("id")).__name__, content.get("id"))
            if not isinstance(identity[1], int | str):
                continue
            if message.sender == asker and isinstance(content.get("method"), str):
                waiting[identity] = Exchange(place, message)
                asked.append(waiting[identity])
            elif message.sender != asker and is_answer(content) and identity in waiting:
                exchange = waiting.pop(identity)
                exchange.answer, exchange.answered_at = message, place
        return asked
