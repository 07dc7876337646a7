"""Checks of clients: what their answers say, scenario by scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..jsonrpc import ErrorCode, as_object
from ._client_run import ScenarioRun, judges
from ._conversation import error_code, is_refusal
from ._scenarios import LIMIT, READABLE, WRITTEN
from ._transcript import Exchange
from ._verdict import NotApplicable, Unclear, Unmet


@judges("wire.unknown-notification", scenario="unknown")
def unknown_notification(run: ScenarioRun) -> None:
    run.answered("after an unknown notification")


@judges("wire.unknown-method", scenario="unknown")
def unknown_method(run: ScenarioRun) -> None:
    _expect_code(run.answered("an unknown method"), ErrorCode.METHOD_NOT_FOUND)


@judges("wire.unknown-extension", scenario="unknown")
def unknown_extension(run: ScenarioRun) -> None:
    _expect_code(run.answered("an unknown extension"), ErrorCode.METHOD_NOT_FOUND)


@judges("wire.id-spaces", scenario="unknown")
def id_spaces(run: ScenarioRun) -> None:
    for exchange in run.transcript.asked_of_it:
        if exchange.method == "_acp_trio/same_id":
            if exchange.answer is None:
                raise Unmet("an answer", f"none: {run.how_it_ended()}", [exchange.request])
            return
    raise Unclear("the client did not get this far: " + run.how_it_ended())


@judges("initialize.unknown-capability", scenario="unknown")
def unknown_capability(run: ScenarioRun) -> None:
    _gets_to_a_prompt(run)


@judges("initialize.slow", scenario="slow")
def slow(run: ScenarioRun) -> None:
    _gets_to_a_prompt(run)


@judges("initialize.version", scenario="future")
def version(run: ScenarioRun) -> None:
    hello = next((one for one in run.transcript.asked_by_it if one.method == "initialize" and one.answered_at), None)
    if hello is None:
        raise Unclear("the client sent no `initialize`: " + run.how_it_ended())
    for exchange in run.transcript.asked_by_it:
        if exchange.method.startswith("session/") and exchange.place > (hello.answered_at or 0):
            expected = "that the client leaves an agent alone that speaks version 60000"
            raise Unmet(expected, f"`{exchange.method}`", [hello.answer, exchange.request])


@judges("wire.not-json", scenario="not json")
def not_json(run: ScenarioRun) -> None:
    run.answered("after a line that is not JSON")


@judges("wire.large", scenario="large update")
def large(run: ScenarioRun) -> None:
    run.answered("after a large update")


@judges("update.many", scenario="many updates")
def many(run: ScenarioRun) -> None:
    run.answered("after many updates")


@judges("update.early", scenario="updates")
def early(run: ScenarioRun) -> None:
    _gets_to_a_prompt(run)
    run.answered("after an early update")


@judges("update.unknown", scenario="updates")
def unknown_update(run: ScenarioRun) -> None:
    run.answered("after an unknown kind of update")


@judges("update.content", scenario="updates")
def unknown_content(run: ScenarioRun) -> None:
    run.answered("after an unknown kind of content")


@judges("update.extra", scenario="updates")
def extra(run: ScenarioRun) -> None:
    run.answered("after unknown fields")


@judges("permission.answer", scenario="permissions")
def permission(run: ScenarioRun) -> None:
    exchange = _answered_by_somebody(run, "a permission")
    outcome = _outcome(exchange)
    if outcome.get("outcome") == "selected" and outcome.get("optionId") in ("yes", "no"):
        return
    if outcome.get("outcome") != "cancelled":
        raise Unmet("one of the options, or `cancelled`", f"{outcome or error_code_of(exchange)}", _both(exchange))


@judges("permission.none", scenario="permissions")
def no_options(run: ScenarioRun) -> None:
    exchange = _answered_by_somebody(run, "a permission without options")
    if _outcome(exchange).get("outcome") == "selected":
        raise Unmet("`cancelled`, or an error", "an option that was not there", _both(exchange))


@judges("permission.cancel", scenario="interrupted")
def pending_permission(run: ScenarioRun) -> None:
    """A client may answer first and cancel then, so the order alone decides nothing."""
    exchange = run.asked("a permission while the user cancels")
    cancelled_at = _cancelled_at(run, exchange)
    outcome = _outcome(run.answered("a permission while the user cancels")).get("outcome")
    if outcome == "cancelled":
        return
    if exchange.answered_at is not None and exchange.answered_at < cancelled_at:
        raise NotApplicable("the client had answered the permission before it cancelled the turn")
    raise Unmet("the outcome `cancelled`", f"{outcome or error_code_of(exchange)!r}", _both(exchange))


@judges("cancel.updates", scenario="interrupted")
def late_updates(run: ScenarioRun) -> None:
    _cancelled_at(run, run.asked("a permission while the user cancels"))
    run.answered("after an update after the cancel")


@judges("cancel.request", scenario="cancelled request")
def cancelled_request(run: ScenarioRun) -> None:
    cancelled = run.asked("a cancelled permission")
    later = _answered_by_somebody(run, "a permission after the cancelled one")
    if cancelled.answer is None:
        raise Unmet("an answer", "none, though a later permission was answered", [cancelled.request, later.answer])


@judges("files.unoffered", scenario="files")
def files_unoffered(run: ScenarioRun) -> None:
    unoffered = {"fs.readTextFile": "a file", "fs.writeTextFile": "a new file"}
    asked = [request_id for capability, request_id in unoffered.items() if not run.advertises(capability)]
    if not asked:
        raise NotApplicable("the client offers files to read and to write")
    for request_id in asked:
        _expect_refusal(run.answered(request_id))


@judges("files.read", scenario="files")
def read(run: ScenarioRun) -> None:
    _expect_content(run.answered("a file"), READABLE)


@judges("files.lines", scenario="files")
def lines(run: ScenarioRun) -> None:
    exchange = run.answered("two lines")
    if str(_result(exchange).get("content")).rstrip("\n") != "two\nthree":
        raise Unmet("the lines `two` and `three`", f"{_result(exchange).get('content')!r}", _both(exchange))


@judges("files.missing", scenario="files")
def missing(run: ScenarioRun) -> None:
    _expect_refusal(run.answered("a missing file"))


@judges("files.write", scenario="files")
def write(run: ScenarioRun) -> None:
    exchange = run.answered("a new file")
    if exchange.answer is not None and is_refusal(exchange.answer):
        if error_code(exchange.answer) == ErrorCode.INTERNAL_ERROR:
            raise Unmet("a file with what was written", "an error", _both(exchange))
        raise Unclear("the client refused to write, which its user may have told it to")
    written = Path(run.directory) / "written.txt"
    found = written.read_text(encoding="utf-8") if written.exists() else None
    if found != WRITTEN:
        raise Unmet(f"a file that holds {WRITTEN!r}", "no file" if found is None else f"{found!r}", _both(exchange))


@judges("terminal.unoffered", scenario="terminals")
def terminal_unoffered(run: ScenarioRun) -> None:
    if run.advertises("terminal"):
        raise NotApplicable("the client offers terminals")
    _expect_refusal(run.answered("a terminal"))


@judges("terminal.create", scenario="terminals")
def create(run: ScenarioRun) -> None:
    for request_id in ("a terminal", "a long one"):
        exchange = run.answered(request_id)
        if not isinstance(_result(exchange).get("terminalId"), str):
            raise Unmet("the id of a terminal", "none", _both(exchange))


@judges("terminal.output", scenario="terminals")
def output(run: ScenarioRun) -> None:
    exchange = _of_terminal(run, "a terminal", "its output")
    result = _result(exchange)
    status = as_object(result.get("exitStatus")) or {}
    if str(result.get("output")).strip() != "text" or status.get("exitCode") != 0:
        raise Unmet("the output `text` and the exit status 0", f"{result}", _both(exchange))


@judges("terminal.wait", scenario="terminals")
def wait(run: ScenarioRun) -> None:
    exchange = _of_terminal(run, "a terminal", "the end of it")
    if _result(exchange).get("exitCode") != 0:
        raise Unmet("the exit status 0", f"{_result(exchange)}", _both(exchange))


@judges("terminal.kill", scenario="terminals")
def kill(run: ScenarioRun) -> None:
    _of_terminal(run, "a long one", "the killing")
    for request_id in ("the killing", "the end of the killed one", "the output of the killed one"):
        exchange = run.answered(request_id)
        if exchange.answer is not None and is_refusal(exchange.answer):
            raise Unmet("a result", f"the error {error_code(exchange.answer)}", _both(exchange))


@judges("terminal.release", scenario="terminals")
def release(run: ScenarioRun) -> None:
    released = _of_terminal(run, "a terminal", "its release")
    if released.answer is not None and is_refusal(released.answer):
        raise Unmet("a result", "an error", _both(released))
    _expect_refusal(run.answered("its output after the release"))


@judges("terminal.limit", scenario="terminals")
def limit(run: ScenarioRun) -> None:
    exchange = _of_terminal(run, "a limited one", "the limited output")
    kept = str(_result(exchange).get("output"))
    if not kept or set(kept) != {"é"} or len(kept.encode()) > LIMIT:
        raise Unmet(f"at most {LIMIT} bytes, all of them of the letter é", f"{kept[:100]!r}", _both(exchange))


@judges("elicitation.unoffered", scenario="questions")
def questions(run: ScenarioRun) -> None:
    if not run.advertises("elicitation.form"):
        _expect_refusal(run.answered("a form"))
    exchange = run.answered("an unknown form")
    if _result(exchange).get("action") == "accept":
        raise Unmet("an error", "acceptance", _both(exchange))


@judges("process.notices", scenario="death")
def notices(run: ScenarioRun) -> None:
    if not run.prompted:
        raise Unclear("the client did not get as far as a prompt: " + run.how_it_ended())
    if run.exit_status is None:
        raise Unmet("that the client ends when its agent has", "that it went on, and had to be ended")


@judges("process.ends", scenario="plain")
def ends(run: ScenarioRun) -> None:
    if run.exit_status is None:
        raise Unclear("the client had to be ended, so its agent could not outlive it")
    if run.survived:
        raise Unmet("the end of the agent, with that of the client", "an agent that ran on")


def error_code_of(exchange: Exchange) -> object:
    """The code of the error that was the answer."""
    return None if exchange.answer is None else error_code(exchange.answer)


def _gets_to_a_prompt(run: ScenarioRun) -> None:
    if not run.prompted:
        last = run.transcript.messages[-1:]
        raise Unmet("a prompt, as in other scenarios", f"none: {run.how_it_ended()}", last)


def _answered_by_somebody(run: ScenarioRun, request_id: str) -> Exchange:
    """An exchange with the user, who may not be there. Raises Unclear without an answer."""
    exchange = run.asked(request_id)
    if exchange.answer is None:
        raise Unclear("the permission was not answered; the client may have asked somebody who was not there")
    return exchange


def _cancelled_at(run: ScenarioRun, since: Exchange) -> int:
    """Where the client cancelled the turn, after it was told to. Raises NotApplicable if it did not."""
    for place, message in enumerate(run.transcript.messages):
        if place > since.place and message.sender == "client" and message.method == "session/cancel":
            return place
    raise NotApplicable("the client does not cancel the turn when it gets SIGINT")


def _of_terminal(run: ScenarioRun, made: str, request_id: str) -> Exchange:
    """An exchange about a terminal; without the terminal it would prove nothing."""
    if not isinstance(_result(run.answered(made)).get("terminalId"), str):
        raise Unclear("the client made no terminal, which its user may have told it to")
    return run.answered(request_id)


def _result(exchange: Exchange) -> dict[str, Any]:
    return exchange.result or {}


def _outcome(exchange: Exchange) -> dict[str, Any]:
    return as_object(_result(exchange).get("outcome")) or {}


def _both(exchange: Exchange) -> list[Any]:
    return [exchange.request, exchange.answer]


def _expect_refusal(exchange: Exchange) -> None:
    if exchange.answer is not None and not is_refusal(exchange.answer):
        raise Unmet("an error", "a result", _both(exchange))


def _expect_code(exchange: Exchange, wanted: int) -> None:
    found = error_code_of(exchange)
    if found != wanted:
        what = f"the error {found}" if found is not None else "a result"
        raise Unmet(f"the error {wanted:d}", what, _both(exchange))


def _expect_content(exchange: Exchange, wanted: str) -> None:
    if exchange.answer is not None and is_refusal(exchange.answer):
        raise Unmet(f"the content {wanted!r}", f"the error {error_code(exchange.answer)}", _both(exchange))
    if _result(exchange).get("content") != wanted:
        raise Unmet(f"the content {wanted!r}", f"{_result(exchange).get('content')!r}", _both(exchange))
