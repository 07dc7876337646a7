"""Deliberate defects: each takes away one mechanism that keeps a promise, and some test must fail.

`MUTANTS` is the table: the docs print it below each promise, a test sees that it fits the code, and `plant.py` that
tests notice.
"""

from __future__ import annotations

from pathlib import Path

import attrs

import acp_trio


@attrs.frozen
class Mutant:
    """A defect."""

    promise: str
    what: str
    """What is missing, as half a sentence."""
    file: str
    """Below acp_trio/."""
    code: str
    """What stands there once."""
    defect: str
    """What stands there instead."""
    tests: str
    """Which tests are enough to notice, by path below tests/."""

    @property
    def path(self) -> Path:
        """In the package that is installed."""
        return Path(acp_trio.__file__).parent / self.file

    @property
    def line(self) -> int:
        """Where it is now."""
        return self.path.read_text().partition(self.code)[0].count("\n") + 1


MUTANTS = [
    Mutant(
        "P1",
        "an answer that was received before the end still wins",
        "connection/_connection.py",
        "self._lose(reason, words, cause, keep=answered)",
        "self._lose(reason, words, cause)",
        "faults/test_lost_peers.py",
    ),
    Mutant(
        "P1",
        "closing fails what still waits",
        "connection/_connection.py",
        "            self._sent.fail(self._loss, finally_=True)\n",
        "",
        "connection",
    ),
    Mutant(
        "P1",
        "the output of a program ends with it, whoever holds the pipe",
        "transports/_process_link.py",
        "        self._output.expect_no_more()\n",
        "",
        "faults/test_programs.py transports",
    ),
    Mutant(
        "P2",
        "a stopped program is woken to take its SIGTERM",
        "transports/_process_group.py",
        "        self._send(signal.SIGCONT)\n",
        "",
        "transports faults/test_programs.py",
    ),
    Mutant(
        "P3",
        "a cancel stops a request that waits for its turn",
        "connection/_waiting_cancels.py",
        "return request_id in self._count",
        "return False",
        "connection",
    ),
    Mutant(
        "P3",
        "a cancel that has had its turn is forgotten",
        "connection/_waiting_cancels.py",
        "            self._count[request_id] -= 1\n",
        "            pass\n",
        "connection",
    ),
    Mutant(
        "P3",
        "a session/cancel reaches the running turn before its own turn comes",
        "session/_turn_queue.py",
        "        if turns and turns[0].running:\n            turns[0].responder",
        "        if False:\n            turns[0].responder",
        "session",
    ),
    Mutant(
        "P4",
        "what an answer has set up is there before the next message has its turn",
        "connection/_incoming.py",
        "        if self._sent.delivered:\n            return self._dispatch_later(envelope)\n",
        "",
        "connection session",
    ),
    Mutant(
        "P4",
        "updates that came before their session's answer are delivered first",
        "session/_client_sessions.py",
        "for envelope in self._shelf.take(session.id):",
        "for envelope in ():",
        "session",
    ),
    Mutant(
        "P5",
        "who holds a loop may not wait",
        "connection/_hold.py",
        "    if hold is not None:\n        advice",
        "    if False:\n        advice",
        "connection",
    ),
    Mutant(
        "P5",
        "nor may the tasks that it has started",
        "connection/_hold.py",
        "    if holder in lineage:\n        return True\n",
        "",
        "connection",
    ),
    Mutant(
        "P6",
        "descriptor 1 leads to standard error",
        "transports/_stdio.py",
        "            stack.enter_context(_replaced(_STDOUT, _where_to_print()))\n",
        "",
        "transports/test_stdio.py",
    ),
    Mutant(
        "P6",
        "descriptor 0 leads nowhere",
        "transports/_stdio.py",
        "            stack.enter_context(_replaced(_STDIN, os.devnull))\n",
        "",
        "transports/test_stdio.py",
    ),
    Mutant(
        "P7",
        "small lines are counted as they take memory",
        "connection/_receiver.py",
        "len(chunk) + _FRAME * len(frames)",
        "len(chunk)",
        "connection/test_hostile_amounts.py",
    ),
    Mutant(
        "P8",
        "of standard error the end is kept",
        "transports/_stderr.py",
        "del self._tail[:-_KEPT]",
        "del self._tail[_KEPT:]",
        "transports",
    ),
    Mutant(
        "P9",
        "unknown fields are kept",
        "codec/_strict.py",
        "    if extras:\n        object.__setattr__",
        "    if False:\n        object.__setattr__",
        "codec",
    ),
    Mutant(
        "P9",
        "an unknown request is refused",
        "connection/_incoming.py",
        "            responder.refuse(RequestError.method_not_found(responder.method))\n",
        "",
        "connection",
    ),
    Mutant(
        "P10",
        "senders that wait for room are let go on",
        "connection/_outgoing.py",
        "        if self._line and self._unwritten <= self._soft // 2:\n",
        "        if False:\n",
        "connection",
    ),
    Mutant(
        "P10",
        "an inbox has a bound",
        "session/_inbox.py",
        "            if self._size > self._maximum:\n                return False",
        "            if False:\n                return False",
        "session",
    ),
    Mutant(
        "P10",
        "a reader that could read on is let run",
        "connection/_incoming.py",
        "                if self._hooks.laggards:\n",
        "                if False:\n",
        "session",
    ),
    Mutant(
        "P10",
        "what waits for a relay is counted as it takes memory",
        "roles/_relays.py",
        "dispatch.size + _MESSAGE",
        "dispatch.size",
        "proxies",
    ),
    Mutant(
        "P11",
        "a prompt that waits for its turn can be cancelled",
        "session/_turn_queue.py",
        "            turn.responder.refuse_cancelled()\n            self.leave(turn)\n",
        "            pass\n",
        "session",
    ),
    Mutant(
        "P11",
        "a second prompt waits, where it is not refused",
        "session/_turn_queue.py",
        'if self._second_prompt == "reject" and ',
        "if ",
        "session",
    ),
    Mutant(
        "P1",
        "nothing begins in a session that ends",
        "session/_agent_sessions.py",
        "        if session.is_ending:\n            return",
        "        if False:\n            return",
        "session",
    ),
    Mutant(
        "P1",
        "a session that opens while its connection closes is closed with it",
        "session/_client_session.py",
        "if self._sessions.closing:",
        "if False:",
        "session",
    ),
    Mutant(
        "P1",
        "a closing that is cut off still answers what was kept",
        "connection/_connection.py",
        "            self._in_flight.refuse_all()  # again: it may have been cut off before\n",
        "",
        "connection/test_ends_that_meet.py",
    ),
    Mutant(
        "P1",
        "an answer that is no JSON fails whoever waits for it",
        "jsonrpc/_frames.py",
        "if head.is_request is False and head.request_id is not None:",
        "if False:",
        "connection/test_bad_input.py",
    ),
    Mutant(
        "P8",
        "a refusal that cannot be encoded goes without its data",
        "connection/_responder.py",
        "        except _UNENCODABLE as exc:\n            logger.error",
        "        except KeyError as exc:\n            logger.error",
        "connection/test_handlers.py",
    ),
    Mutant(
        "P12",
        "a block is left by the task that entered it",
        "connection/_body.py",
        "        if trio.lowlevel.current_task() is not self._task:  # see __aenter__",
        "        if False:",
        "connection/test_blocks.py",
    ),
    Mutant(
        "P12",
        "what a block's body raises is kept from the nurseries around it",
        "connection/_body.py",
        "        self.error = error\n        return True\n",
        "        return False\n",
        "connection session",
    ),
    Mutant(
        "P13",
        "Windows is refused by name",
        "transports/_descriptors.py",
        'if sys.platform == "win32":',
        "if False:",
        "transports",
    ),
    Mutant(
        "P14",
        "what few programs need is imported when it is needed",
        "codec/_codec.py",
        "from ..schema import Record\n",
        "import cattrs\n\nfrom ..schema import Record\n",
        "benchmarks/test_imports.py",
    ),
    Mutant(
        "P14",
        "a topic of the schema is imported when a name of it is used",
        "schema/v1/__init__.py",
        "    topic = _TOPIC_OF.get(name)\n",
        "    topic = [import_module(f'{__name__}.{topic}') for topic in _TOPICS] and _TOPIC_OF.get(name)\n",
        "schema benchmarks/test_imports.py codec",
    ),
    Mutant(
        "P15",
        "an observer that fails does not break the wire",
        "transports/_tap.py",
        "        except Exception:\n            if not self._failed",
        "        except ZeroDivisionError:\n            if not self._failed",
        "transports",
    ),
    Mutant(
        "P16",
        "a leak fails the test that left it",
        "testing/_leaks.py",
        "    if left:\n",
        "    if False:\n",
        "testing",
    ),
    Mutant(
        "P17",
        "a handler with a parameter that nobody fills is refused",
        "connection/_handlers.py",
        '            raise TypeError(f"the handler for {what} has a parameter {parameter.name!r} that nobody fills")',
        "            continue",
        "connection",
    ),
    Mutant(
        "P17",
        "a result of another type is not sent",
        "connection/_runs.py",
        "if expected is not Any and isinstance(expected, type) and not isinstance(result, expected):",
        "if False:",
        "connection",
    ),
    Mutant(
        "P18",
        "the route is there before the request is sent",
        "session/_client_sessions.py",
        "        if session.id:\n            self._install(session)\n        self._setups",
        "        self._setups",
        "session",
    ),
    Mutant(
        "P18",
        "what is asked of one session id happens in its order",
        "session/_lanes.py",
        "        if waiting is not None:",
        "        if False:",
        "session",
    ),
    Mutant(
        "P20",
        "a component that has ended has ended its wire",
        "transports/_in_process.py",
        "            self._theirs.close()\n            self.finished.set()",
        "            self.finished.set()",
        "roles proxies transports",
    ),
    Mutant(
        "P21",
        "who is cancelled in the line leaves it in that step",
        "connection/_outgoing.py",
        "lambda _: self._leave_line(waiting)",
        "lambda _: trio.lowlevel.Abort.SUCCEEDED",
        "connection/test_flow.py",
    ),
    Mutant(
        "P21",
        "the line stands while the queue is empty",
        "connection/_outgoing.py",
        "            self._doorbell.ring()\n        self._progress.strike()",
        "            self._doorbell.ring()\n        self._release_all()",
        "connection/test_flow.py",
    ),
    Mutant(
        "P21",
        "what is left of a line goes before all others",
        "connection/_outgoing.py",
        "if self._rest is not None or not self._queue or",
        "if not self._queue or",
        "connection",
    ),
    Mutant(
        "P21",
        "a write goes on where it stopped",
        "connection/_outgoing.py",
        "self._rest = memoryview(data)[written:]",
        "self._rest = memoryview(data)",
        "connection",
    ),
    Mutant(
        "P22",
        "the private ends of a wire are closed",
        "transports/_descriptors.py",
        "        try:\n            yield link\n        finally:\n            link.close()",
        "        yield link",
        "transports",
    ),
    Mutant(
        "P23",
        "an answer to nothing is ignored",
        "connection/_incoming.py",
        '        if sent is None:\n            logger.debug("an answer',
        '        if False:\n            logger.debug("an answer',
        "connection",
    ),
    Mutant(
        "P23",
        "of two requests with one id both are answered",
        "connection/_responder.py",
        "        if request_id in self._by_id:\n            self._twins",
        "        if False:\n            self._twins",
        "connection",
    ),
    Mutant(
        "P24",
        "a request that is cancelled before it is sent is not sent",
        "connection/_messaging.py",
        "        await trio.lowlevel.checkpoint_if_cancelled()  # cancelled by now, nothing is sent\n"
        "        if not self._outgoing.has_room:\n            await self._outgoing.wait_for_room()\n        return",
        "        if not self._outgoing.has_room:\n            await self._outgoing.wait_for_room()\n        return",
        "connection faults/test_cancelling.py",
    ),
    Mutant(
        "P24",
        "a prompt that was not sent leaves its session free",
        "session/_client_session.py",
        "            self._turn = None\n            self._turn_left.strike()\n            raise",
        "            self._turn_left.strike()\n            raise",
        "faults/test_cancelling.py session",
    ),
    Mutant(
        "P24",
        "a terminal that was given up while it was made is released",
        "session/_facilities.py",
        "    if sent.is_awaited or connection.is_closed:\n        return\n",
        "    return\n",
        "faults/test_cancelling.py",
    ),
    Mutant(
        "P24",
        "a terminal is released although its block is cancelled",
        "session/_facilities.py",
        "    with connection.leaving(carried.error):\n        try:\n            await terminal.release()",
        "    if True:\n        try:\n            await terminal.release()",
        "faults/test_cancelling.py",
    ),
    Mutant(
        "P24",
        "sessions that wait for their relay are refused when their block is left",
        "roles/_relays.py",
        "        if (backlog := self._waiting.pop(session.id, None)) is not None:\n            backlog.refuse()\n",
        "        self._waiting.pop(session.id, None)\n",
        "proxies",
    ),
]
