"""One run over an agent: every group of checks with a fresh agent, several at a time, then the observations.

Owns the order and the time limits. It refuses to let one check's failure be another's: an agent that ended or fell
silent is replaced for the rest of its group.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, final

import attrs
import trio

from ..jsonrpc import AcpError, as_object
from ..testing import WireMessage
from ..transports import HandshakeFailed, Transport
from . import _checks_cancelling as _checks_cancelling
from . import _checks_handshake as _checks_handshake
from . import _checks_history as _checks_history
from . import _checks_sessions as _checks_sessions
from . import _checks_settings as _checks_settings
from . import _checks_wire as _checks_wire
from . import _observations_offers as _observations_offers
from . import _observations_sessions as _observations_sessions
from . import _observations_wire as _observations_wire
from ._agent_requirements import AGENT_REQUIREMENTS
from ._checks import CHECKS, GROUPS, OBSERVATIONS, TOURS, Group, Talk
from ._conversation import Conversation, Gone, Manner, NoSession, Silence, is_refusal, open_conversation
from ._requirement import Requirement
from ._services import EVERYTHING, Services, advertised
from ._transcript import Transcript
from ._verdict import NotApplicable, Unclear, Unmet, Verdict, judged

DEFAULT_PROMPTS: Final = {
    "hello": "hello",
    "long": "sleep 30",
    "permission": "permission",
    "tool": "tool",
    "plan": "plan",
    "read": "read {directory}/a.txt",
    "write": "write {directory}/b.txt text",
    "run": "run echo text",
}
"""What to say to an agent. The example agent does exactly this; one with a model has a fair chance to."""


_GRACE_ALONE: Final = 20.0
"""Seconds that the first agent may take to leave, half of them by itself."""


class CouldNotRun(AcpError):
    """There is nothing to judge: the program cannot be started, or does not answer `initialize`."""


@final
class AgentRun:
    """The checks of one agent.

    Attributes:
      verdicts: one for each requirement, once it is known.
      name: what the agent calls itself.
    """

    def __init__(
        self, reach: Callable[[], Transport], manner: Manner, *, at_once: int, tell: Callable[[Verdict], None]
    ) -> None:
        self.verdicts: dict[str, Verdict] = {}
        self.name = ""
        self._reach = reach
        self._manner = manner
        self._tell = tell
        self._limit = trio.CapacityLimiter(at_once)
        self._transcripts: list[Transcript] = []
        self._capabilities: object = {}

    async def run(self) -> tuple[Verdict, ...]:
        """Check everything. Raises CouldNotRun."""
        await self._look_first()
        async with trio.open_nursery() as nursery:
            for name, group in GROUPS.items():
                if group.initialized:
                    nursery.start_soon(self._run_group, name, group)
                else:
                    for requirement in self._of_group(name):
                        nursery.start_soon(self._run_alone, requirement, group)
        for requirement in AGENT_REQUIREMENTS:
            if ("agent", requirement.id) in OBSERVATIONS:
                self._record(self._observe(requirement))
        return tuple(self.verdicts[requirement.id] for requirement in AGENT_REQUIREMENTS)

    async def _look_first(self) -> None:
        """Find out whether this is an agent at all, and what it can do."""
        try:
            async with self._conversation(Services(EVERYTHING), alone=True) as conversation:
                await conversation.initialize()
                self._capabilities = conversation.agent.get("agentCapabilities")
                self.name = told_name(conversation.agent.get("agentInfo"))
                await self._authenticate(conversation)
        except HandshakeFailed as failed:
            raise CouldNotRun(str(failed)) from failed
        except (Gone, Silence) as nothing:
            raise CouldNotRun(f"this does not speak ACP: {nothing}") from nothing

    async def _authenticate(self, conversation: Conversation) -> None:
        if self._manner.auth is None:
            return
        answer = await conversation.request("authenticate", {"methodId": self._manner.auth})
        if is_refusal(answer):
            raise CouldNotRun(f"authenticate was refused: {answer.message['error']}")

    # Groups

    def _of_group(self, name: str) -> list[Requirement]:
        return [item for item in AGENT_REQUIREMENTS if item.id in CHECKS and CHECKS[item.id].group == name]

    async def _run_group(self, name: str, group: Group) -> None:
        """Check one requirement after the other, with a new agent whenever the last one is of no more use."""
        left = list(self._of_group(name))
        tour = TOURS.get(name)
        while left or tour is not None:
            async with self._limit, self._conversation(self._services(group)) as conversation:
                problem = await self._shake_hands(conversation)
                if problem is not None:
                    for requirement in left:
                        self._record(judged(requirement, problem))
                    return
                if tour is not None:
                    await _quietly(tour, conversation)
                    tour = None
                while left:
                    if not await self._decide(left.pop(0), conversation):
                        break

    async def _shake_hands(self, conversation: Conversation) -> Exception | None:
        """Do what comes before everything; return why nothing can come after it."""
        try:
            answer = await conversation.initialize()
            await self._authenticate(conversation)
        except (Gone, Silence, CouldNotRun) as nothing:
            return Unclear(f"this time the handshake failed: {nothing}")
        version = conversation.agent.get("protocolVersion")
        if is_refusal(answer) or version != 1:
            return NotApplicable("the agent does not agree to version 1")
        return None

    async def _run_alone(self, requirement: Requirement, group: Group) -> None:
        async with self._limit, self._conversation(self._services(group)) as conversation:
            await self._decide(requirement, conversation)

    async def _decide(self, requirement: Requirement, conversation: Conversation) -> bool:
        """Check one requirement; whether the agent is fit for more."""
        conversation.began = len(conversation.messages)
        error: Exception | None = None
        fit = True
        try:
            if requirement.needs is not None and not advertised(self._capabilities, requirement.needs):
                raise NotApplicable(f"the agent does not advertise `{requirement.needs}`")
            await CHECKS[requirement.id].talk(conversation)
        except (NotApplicable, Unclear, Unmet) as outcome:
            error = outcome
            fit = not isinstance(outcome, NoSession)
        except (Gone, Silence) as nothing:
            error = Unmet(requirement.sentence, str(nothing))
            fit = False
        self._record(judged(requirement, error, conversation.messages[conversation.began :]))
        return fit and conversation.ended is None

    @asynccontextmanager
    async def _conversation(self, services: Services, *, alone: bool = False) -> AsyncGenerator[Conversation]:
        """Talk to a fresh agent, and keep what was said; how it leaves, only if no other keeps the machine busy."""
        manner = attrs.evolve(self._manner, grace=_GRACE_ALONE) if alone else self._manner
        conversation: Conversation | None = None
        try:
            async with open_conversation(self._reach(), services, manner) as conversation:
                yield conversation
        finally:
            if conversation is not None:
                self._transcripts.append(
                    Transcript(
                        conversation.messages,
                        role="agent",
                        capabilities=services.capabilities,
                        leaving=conversation.leaving if alone else None,
                        grace=manner.grace,
                    )
                )

    def _services(self, group: Group) -> Services:
        return Services(group.capabilities, hold_permissions=group.hold_permissions)

    # Observations

    def _observe(self, requirement: Requirement) -> Verdict:
        seen = 0
        for transcript in self._transcripts:
            try:
                seen += OBSERVATIONS["agent", requirement.id].look(transcript)
            except Unmet as unmet:
                return judged(requirement, unmet, around(transcript.messages, unmet.proof))
        nothing = NotApplicable(
            f"nothing to judge by: there was never {OBSERVATIONS['agent', requirement.id].needs_to_see}"
        )
        return judged(requirement, None if seen else nothing)

    def _record(self, verdict: Verdict) -> None:
        self.verdicts[verdict.requirement.id] = verdict
        self._tell(verdict)


def told_name(info: object) -> str:
    """What a program calls itself, with its version."""
    told = as_object(info) or {}
    return " ".join(str(told[key]) for key in ("name", "version") if told.get(key))


async def _quietly(talk: Talk, conversation: Conversation) -> None:
    """Say something for its own sake. What goes wrong is seen by whoever looks at the conversation."""
    try:
        await talk(conversation)
    except (Gone, NotApplicable, Silence, Unclear):
        return


def around(messages: Sequence[WireMessage], proof: Sequence[WireMessage]) -> Sequence[WireMessage]:
    """The part of a conversation from just before the first proof to the last."""
    places = [place for place, message in enumerate(messages) if any(message is item for item in proof)]
    return messages[max(0, places[0] - 1) : places[-1] + 1] if places else ()
