"""What an agent may take from its client, and how it leaves."""

from __future__ import annotations

from typing import Final

from ..testing import WireMessage
from ._checks import observation
from ._conversation import is_refusal
from ._transcript import Exchange, Transcript
from ._verdict import Unmet

_OFFERED_UPDATES: Final = {
    "notice": "session.notices",
    "compaction_update": "session.compaction",
    "compaction_summary_chunk": "session.compaction",
}
_TERMINAL: Final = ("terminal/create", "terminal/output", "terminal/wait_for_exit", "terminal/kill", "terminal/release")
_DONE: Final = frozenset({"terminal/wait_for_exit", "terminal/kill"})


@observation("offer.read", of="a turn with a client that offers no files to read")
def read(seen: Transcript) -> int:
    return _leaves_alone(seen, "fs.readTextFile", "fs/read_text_file")


@observation("offer.write", of="a turn with a client that offers no files to write")
def write(seen: Transcript) -> int:
    return _leaves_alone(seen, "fs.writeTextFile", "fs/write_text_file")


@observation("offer.terminal", of="a turn with a client that offers no terminals")
def terminal(seen: Transcript) -> int:
    return _leaves_alone(seen, "terminal", *_TERMINAL)


@observation("offer.elicitation", of="a turn with a client that does not offer to be asked, or a question")
def elicitation(seen: Transcript) -> int:
    questions = list(seen.calls("elicitation/create"))
    for _, message, params in questions:
        if not seen.offers(f"elicitation.{params.get('mode')}"):
            raise Unmet("only what the client advertised", f"a question of mode {params.get('mode')!r}", [message])
    return len(questions) + (0 if seen.offers("elicitation") else len(_turns(seen)))


@observation("offer.updates", of="a turn with a client that does not offer to show notices and compactions")
def updates(seen: Transcript) -> int:
    for _, message, _session_id, update in seen.updates(*_OFFERED_UPDATES):
        kind = str(update["sessionUpdate"])
        if not seen.offers(_OFFERED_UPDATES[kind]):
            raise Unmet("only what the client advertised", f"an update of kind {kind!r}", [message])
    return 0 if seen.offers("session.notices") else len(_turns(seen))


@observation("terminal.release", of="a terminal whose command was over before its turn")
def release(seen: Transcript) -> int:
    made = {str((exchange.result or {}).get("terminalId")): exchange for exchange in _asked(seen, "terminal/create")}
    done = {_terminal_of(exchange) for method in _DONE for exchange in _asked(seen, method)}
    released = {_terminal_of(exchange) for exchange in _asked(seen, "terminal/release")}
    over = {name: made[name] for name in made if name in done and _turn_is_over(seen, made[name])}
    for name, exchange in over.items():
        if name not in released:
            raise Unmet("`terminal/release`, once the turn is over", "none", [exchange.request, exchange.answer])
    return len(over)


@observation("terminal.known", of="a terminal in use")
def known_terminal(seen: Transcript) -> int:
    count = 0
    for method in _TERMINAL[1:]:
        for exchange in _asked(seen, method):
            count += 1
            if exchange.answer is not None and is_refusal(exchange.answer):
                raise Unmet("a terminal that is there", f"{_terminal_of(exchange)!r}", _both(exchange))
    return count


@observation("process.ends", of="an agent that was left running")
def ends(seen: Transcript) -> int:
    if seen.leaving is None:
        return 0
    allowed = seen.grace / 2
    if seen.leaving >= allowed:
        raise Unmet(f"its end within {allowed:g} s after that of its input", "that it had to be terminated")
    return 1


def _leaves_alone(seen: Transcript, capability: str, *methods: str) -> int:
    """The agent calls none of these methods, as the client does not advertise them; counts turns in which it might."""
    if seen.offers(capability):
        return 0
    for _, message, _params in seen.calls(*methods):
        raise Unmet(f"no call, because the client does not advertise `{capability}`", f"`{message.method}`", [message])
    return len(_turns(seen))


def _turns(seen: Transcript) -> list[Exchange]:
    return [exchange for exchange in seen.asked_of_it if exchange.method == "session/prompt" and exchange.result]


def _asked(seen: Transcript, method: str) -> list[Exchange]:
    return [exchange for exchange in seen.asked_by_it if exchange.method == method]


def _terminal_of(exchange: Exchange) -> str:
    return str(exchange.params.get("terminalId"))


def _turn_is_over(seen: Transcript, created: Exchange) -> bool:
    """Whether the turn in which a terminal was made has been answered."""
    session_id = created.params.get("sessionId")
    turns = [turn for turn in _turns(seen) if turn.params.get("sessionId") == session_id]
    return any(turn.place < created.place < (turn.answered_at or 0) for turn in turns)


def _both(exchange: Exchange) -> list[WireMessage | None]:
    return [exchange.request, exchange.answer]
