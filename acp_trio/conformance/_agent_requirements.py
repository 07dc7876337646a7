"""What is asked of an agent: protocol version 1, as far as it can be seen on the wire."""

from __future__ import annotations

from typing import Final

from ._requirement import Level, Requirement

_RPC = "https://www.jsonrpc.org/specification#"


def _agent(level: Level, id: str, sentence: str, citation: str, needs: str | None = None) -> Requirement:
    return Requirement(id=id, role="agent", level=level, sentence=sentence, citation=citation, needs=needs)


_WIRE = (
    _agent("must", "wire.json-lines", "Standard output holds nothing but messages: one JSON object a line, in UTF-8.", "transports#stdio"),
    _agent("must", "wire.jsonrpc", 'Every message says "jsonrpc": "2.0".', _RPC + "request_object"),
    _agent("must", "wire.result-or-error", "A response has a result or an error, never both.", _RPC + "response_object"),
    _agent("must", "wire.error-object", "An error has an integer code and a message.", _RPC + "error_object"),
    _agent("must", "wire.response-id", "A response has the id of a request, with the same value and the same type.", "schema#requestid"),
    _agent("must", "wire.one-response", "A request is answered once.", _RPC + "response_object"),
    _agent("must", "wire.string-id", "A request whose id is a string is answered with that string.", "schema#requestid"),
    _agent("must", "wire.notification", "A notification is not answered, not even with an error.", "overview#communication-model"),
    _agent("should", "wire.unknown-notification", "A notification that the agent does not know is ignored.", "extensibility#custom-notifications"),
    _agent("should", "wire.unknown-method", "A request for a method that does not exist is answered with error -32601.", "error#unknown-methods"),
    _agent("should", "wire.unknown-extension", "A custom request that the agent does not know is answered with error -32601.", "extensibility#custom-requests"),
    _agent("must", "wire.own-methods", "Methods of the agent's own begin with an underscore.", "extensibility#extension-methods"),
    _agent("must", "wire.own-fields", "Objects of the protocol have no fields of the agent's own; those go into `_meta`.", "extensibility#the-meta-field"),
    _agent("must", "wire.meta", "A request with `_meta` in it is served as one without.", "extensibility#the-meta-field"),
    _agent("must", "wire.split", "A message that arrives in two pieces is one message.", "transports#stdio"),
    _agent("must", "wire.joined", "Two messages that arrive at once are two messages.", "transports#stdio"),
)  # fmt: skip

_INPUT = (
    _agent("should", "input.not-json", "A line that is not JSON is answered with error -32700 and id null, and the connection goes on.", _RPC + "error_object"),
    _agent("should", "input.no-request", "A JSON value that is no message is answered with error -32600, and the connection goes on.", _RPC + "error_object"),
    _agent("should", "input.batch", "An array, which ACP does not have, is answered with one error -32600 and id null.", _RPC + "error_object"),
    _agent("must", "input.refused", "A request without params that it requires is refused.", "schema#newsessionrequest"),
    _agent("should", "input.code", "A request with params that do not fit is refused with error -32602.", "error#invalid-parameters"),
    _agent("should", "input.large", "A prompt of one mebibyte is taken.", "transports#stdio"),
)  # fmt: skip

_INITIALIZE = (
    _agent("must", "initialize.version", "An agent that supports the requested version answers with that version.", "initialization#version-negotiation"),
    _agent("must", "initialize.unsupported-version", "An agent that does not support the requested version answers with the latest that it supports.", "initialization#version-negotiation"),
    _agent("must", "initialize.omitted", "A client that says nothing of its capabilities is a client without any, and is served.", "initialization#capabilities"),
    _agent("should", "initialize.unknown-capability", "Capabilities that the agent does not know do not disturb it.", "initialization#capabilities"),
    _agent("should", "initialize.info", "The agent says its name and version.", "initialization#implementation-information"),
    _agent("should", "initialize.first", "A session cannot be opened before `initialize`.", "error#error-codes"),
    _agent("must", "initialize.terminal-auth", "Ways to authenticate in a terminal are offered only to a client that can do that.", "authentication"),
    _agent("should", "initialize.unknown-auth", "A way to authenticate that was not offered is refused.", "authentication"),
)  # fmt: skip

_SCHEMA = (
    _agent("must", "schema.results", "What the agent answers fits the schema.", "schema"),
    _agent("must", "schema.updates", "The agent's notifications fit the schema.", "schema#sessionnotification"),
    _agent("must", "schema.requests", "What the agent asks of the client fits the schema.", "schema"),
    _agent("must", "schema.absolute-paths", "Every path is absolute.", "overview#argument-requirements"),
    _agent("must", "schema.line-numbers", "Line numbers begin at 1.", "overview#argument-requirements"),
)  # fmt: skip

_SESSION = (
    _agent("must", "session.new", "A session is opened, and its id is not that of another.", "session-setup#creating-a-session"),
    _agent("must", "session.mcp-stdio", "A session with an MCP server on stdio is opened.", "session-setup#stdio-transport"),
    _agent("should", "session.unknown", "A prompt for a session that does not exist is refused with error -32002.", "error#unknown-sessions"),
    _agent("must", "session.own-updates", "Updates are about sessions that this connection has.", "prompt-turn#3-agent-reports-output"),
    _agent("should", "session.several", "Turns of two sessions run at once, each with its own answer.", "session-setup"),
)  # fmt: skip

_PROMPT = (
    _agent("must", "prompt.text", "A prompt of text is taken, and answered when its turn is over.", "prompt-turn#4-check-for-completion"),
    _agent("must", "prompt.stop-reason", "A turn ends with one of the protocol's stop reasons.", "prompt-turn#stop-reasons"),
    _agent("must", "prompt.resource-link", "A prompt with a link to a resource is taken.", "initialization#prompt-capabilities"),
    _agent("must", "prompt.image", "An agent that advertises images takes one.", "initialization#prompt-capabilities", "promptCapabilities.image"),
    _agent("must", "prompt.audio", "An agent that advertises audio takes it.", "initialization#prompt-capabilities", "promptCapabilities.audio"),
    _agent("must", "prompt.embedded", "An agent that advertises embedded context takes a resource.", "initialization#prompt-capabilities", "promptCapabilities.embeddedContext"),
    _agent("must", "prompt.again", "After a turn the session takes the next prompt.", "prompt-turn#6-continue-conversation"),
)  # fmt: skip

_TOOL = (
    _agent("should", "tool.announced", "An update of a tool call is about one that was announced in its session.", "tool-calls#updating"),
    _agent("should", "tool.unique-id", "The id of a tool call is not used for another in its session.", "tool-calls#creating"),
    _agent("must", "permission.unique-options", "The options of a permission have ids of their own.", "tool-calls#permission-options"),
    _agent("should", "permission.options", "A permission has at least one option to choose.", "tool-calls#requesting-permission"),
)  # fmt: skip

_CANCEL = (
    _agent("must", "cancel.stop-reason", "A turn that the client cancels is answered with stop reason `cancelled`.", "prompt-turn#cancellation"),
    _agent("must", "cancel.permission", "A turn that is cancelled while it waits for a permission is answered with stop reason `cancelled`.", "prompt-turn#cancellation"),
    _agent("must", "cancel.last-updates", "What a cancelled turn still has to say comes before its answer.", "prompt-turn#cancellation"),
    _agent("should", "cancel.idle", "A cancel that finds no turn does not touch the next one.", "prompt-turn#cancellation"),
    _agent("should", "cancel.again", "After a cancelled turn the session takes the next prompt.", "prompt-turn#cancellation"),
    _agent("must", "cancel.unknown-request", "A cancel for a request that is not pending is ignored.", "cancellation"),
    _agent("may", "cancel.request", "A prompt that is cancelled by `$/cancel_request` is answered with stop reason `cancelled` or error -32800.", "cancellation"),
)  # fmt: skip

_HISTORY = (
    _agent("must", "load.replay", "A session that is loaded replays its conversation.", "session-setup#loading-a-session", "loadSession"),
    _agent("must", "load.replay-first", "The replay is over when `session/load` is answered.", "session-setup#loading-a-session", "loadSession"),
    _agent("should", "load.unknown", "Loading a session that does not exist is refused with error -32002.", "error#unknown-sessions", "loadSession"),
    _agent("must", "resume.no-replay", "A session that is resumed replays nothing.", "session-setup#resuming-sessions", "sessionCapabilities.resume"),
    _agent("must", "list.sessions", "`session/list` answers with a list, and its last page says so.", "session-list#listing-sessions", "sessionCapabilities.list"),
    _agent("must", "list.directory", "`session/list` for a directory lists only what belongs to it.", "session-list#listing-sessions", "sessionCapabilities.list"),
    _agent("should", "list.cursor", "A cursor that the agent did not give out is refused.", "session-list#pagination", "sessionCapabilities.list"),
    _agent("must", "close.session", "A session is closed when the client asks.", "session-setup#closing-sessions", "sessionCapabilities.close"),
    _agent("must", "close.turn", "Closing a session cancels its turn.", "session-setup#closing-sessions", "sessionCapabilities.close"),
    _agent("must", "delete.session", "A session that is deleted is listed no more.", "session-delete", "sessionCapabilities.delete"),
    _agent("should", "delete.again", "Deleting a session that does not exist succeeds.", "session-delete", "sessionCapabilities.delete"),
)  # fmt: skip

_SETTINGS = (
    _agent("must", "mode.current", "The current mode is one of the available ones.", "session-modes#initial-state"),
    _agent("must", "mode.set", "Every mode that is offered can be set.", "session-modes#setting-the-current-mode"),
    _agent("should", "mode.unknown", "A mode that is not offered is refused.", "session-modes#setting-the-current-mode"),
    _agent("must", "config.current", "The current value of an option is one of its values.", "session-config-options#configoption"),
    _agent("must", "config.unique", "The options of a session have ids of their own.", "session-config-options#configoption"),
    _agent("must", "config.set", "Setting an option answers with all options, and with the new value.", "session-config-options#setting-a-config-option"),
    _agent("should", "config.unknown", "A value that is not offered is refused.", "session-config-options#setting-a-config-option"),
    _agent("should", "config.mode", "An agent with an option for the mode offers modes as well.", "session-config-options#relationship-to-session-modes"),
)  # fmt: skip

_OFFERS = (
    _agent("must", "offer.read", "Files are read only through a client that offers it.", "file-system#checking-support"),
    _agent("must", "offer.write", "Files are written only through a client that offers it.", "file-system#checking-support"),
    _agent("must", "offer.terminal", "Terminals are used only of a client that offers them.", "terminals#checking-support"),
    _agent("must", "offer.elicitation", "Questions are put only in a form that the client offers.", "elicitation"),
    _agent("must", "offer.boolean", "Options that are on or off are sent only to a client that offers to show them.", "initialization#boolean-config-options"),
    _agent("must", "offer.updates", "Notices and compactions are sent only to a client that offers to show them.", "schema#sessionupdate"),
    _agent("must", "terminal.release", "A terminal that is not needed any more is released.", "terminals#executing-commands"),
    _agent("should", "terminal.known", "A terminal is used only from its creation to its release.", "terminals#releasing-terminals"),
)  # fmt: skip

_PROCESS = (
    _agent("should", "process.ends", "The agent's process ends soon after its standard input has.", "transports#stdio"),
)  # fmt: skip

AGENT_REQUIREMENTS: Final[tuple[Requirement, ...]] = (
    *_WIRE,
    *_INPUT,
    *_INITIALIZE,
    *_SCHEMA,
    *_SESSION,
    *_PROMPT,
    *_TOOL,
    *_CANCEL,
    *_HISTORY,
    *_SETTINGS,
    *_OFFERS,
    *_PROCESS,
)
"""All of it, topic by topic."""
