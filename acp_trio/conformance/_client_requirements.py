"""What is asked of a client: protocol version 1, as far as an agent can see it on the wire."""

from __future__ import annotations

from typing import Final

from ._requirement import Level, Requirement

_RPC = "https://www.jsonrpc.org/specification#"


def _client(level: Level, id: str, sentence: str, citation: str, needs: str | None = None) -> Requirement:
    return Requirement(id=id, role="client", level=level, sentence=sentence, citation=citation, needs=needs)


_WIRE = (
    _client("must", "wire.json-lines", "The agent's standard input gets nothing but messages: one JSON object a line, in UTF-8.", "transports#stdio"),
    _client("must", "wire.jsonrpc", 'Every message says "jsonrpc": "2.0".', _RPC + "request_object"),
    _client("must", "wire.result-or-error", "A response has a result or an error, never both.", _RPC + "response_object"),
    _client("must", "wire.error-object", "An error has an integer code and a message.", _RPC + "error_object"),
    _client("must", "wire.response-id", "A response has the id of a request, with the same value and the same type.", "schema#requestid"),
    _client("must", "wire.one-response", "A request is answered once.", _RPC + "response_object"),
    _client("must", "wire.pending-id", "The id of a request that is pending is not used for another.", _RPC + "request_object"),
    _client("must", "wire.id-spaces", "A request of the agent with the id of a pending one of the client is a request of its own.", "schema#requestid"),
    _client("must", "wire.notification", "A notification is not answered, not even with an error.", "overview#communication-model"),
    _client("should", "wire.unknown-notification", "A notification that the client does not know is ignored.", "extensibility#custom-notifications"),
    _client("should", "wire.unknown-method", "A request for a method that does not exist is answered with error -32601.", "error#unknown-methods"),
    _client("should", "wire.unknown-extension", "A custom request that the client does not know is answered with error -32601.", "extensibility#custom-requests"),
    _client("must", "wire.own-methods", "Methods of the client's own begin with an underscore.", "extensibility#extension-methods"),
    _client("must", "wire.own-fields", "Objects of the protocol have no fields of the client's own; those go into `_meta`.", "extensibility#the-meta-field"),
    _client("may", "wire.not-json", "A line that is not JSON does not end the connection.", "transports#stdio"),
    _client("should", "wire.large", "An update of one mebibyte is taken.", "transports#stdio"),
)  # fmt: skip

_INITIALIZE = (
    _client("must", "initialize.first", "Nothing is asked before `initialize` is answered.", "initialization"),
    _client("should", "initialize.info", "The client says its name and version.", "initialization#implementation-information"),
    _client("should", "initialize.version", "An agent with a version that the client does not speak is left alone.", "initialization#version-negotiation"),
    _client("should", "initialize.unknown-capability", "Capabilities that the client does not know do not disturb it.", "initialization#capabilities"),
    _client("may", "initialize.slow", "An agent that takes two seconds to answer is waited for.", "initialization"),
)  # fmt: skip

_SCHEMA = (
    _client("must", "schema.requests", "What the client asks of the agent fits the schema.", "schema"),
    _client("must", "schema.notifications", "The client's notifications fit the schema.", "schema"),
    _client("must", "schema.results", "What the client answers fits the schema.", "schema"),
    _client("must", "schema.absolute-paths", "Every directory is absolute.", "overview#argument-requirements"),
)  # fmt: skip

_OFFERS = (
    _client("must", "offer.methods", "Optional methods are called only of an agent that advertises them.", "initialization#agent-capabilities"),
    _client("must", "offer.content", "A prompt holds only content that the agent advertises.", "prompt-turn#1-user-message"),
    _client("must", "offer.transports", "MCP servers are given only with transports that the agent advertises.", "session-setup#checking-transport-support"),
    _client("must", "offer.directories", "Additional directories are given only to an agent that advertises them.", "session-setup#additional-workspace-roots"),
)  # fmt: skip

_SESSION = (
    _client("must", "session.known", "Requests are about sessions that the agent has made.", "session-setup#session-id"),
    _client("should", "update.early", "An update that comes before the answer to `session/new` does no harm.", "session-setup"),
    _client("should", "update.unknown", "An update of an unknown kind does no harm.", "schema#sessionupdate"),
    _client("should", "update.content", "Content of an unknown kind does no harm.", "content"),
    _client("should", "update.extra", "Unknown fields and `_meta` do no harm.", "extensibility#the-meta-field"),
    _client("should", "update.many", "A thousand updates in a row are taken.", "prompt-turn#3-agent-reports-output"),
)  # fmt: skip

_PERMISSION = (
    _client("must", "permission.answer", "A permission is answered with one of its options, or `cancelled`.", "tool-calls#requesting-permission"),
    _client("should", "permission.none", "A permission without options is not granted.", "tool-calls#requesting-permission"),
    _client("must", "permission.cancel", "A permission that is pending when the client cancels the turn is answered `cancelled`.", "prompt-turn#cancellation"),
    _client("should", "cancel.updates", "Updates that come after a cancel do no harm.", "prompt-turn#cancellation"),
    _client("must", "cancel.request", "A request that the agent cancels is answered, once.", "cancellation"),
)  # fmt: skip

_FILES = (
    _client("should", "files.unoffered", "Files that the client does not offer are refused.", "file-system#checking-support"),
    _client("must", "files.read", "A file is read as it is.", "file-system#reading-files", "fs.readTextFile"),
    _client("must", "files.lines", "Of a file, the lines that are asked for are read, counted from 1.", "file-system#reading-files", "fs.readTextFile"),
    _client("should", "files.missing", "A file that does not exist is an error.", "file-system#reading-files", "fs.readTextFile"),
    _client("must", "files.write", "A file is written, and made if it does not exist.", "file-system#writing-files", "fs.writeTextFile"),
)  # fmt: skip

_TERMINAL = (
    _client("should", "terminal.unoffered", "Terminals that the client does not offer are refused.", "terminals#checking-support"),
    _client("must", "terminal.create", "A terminal has its id at once, before its command ends.", "terminals#executing-commands", "terminal"),
    _client("must", "terminal.output", "The output of a command is what it wrote, with its exit status.", "terminals#getting-output", "terminal"),
    _client("must", "terminal.wait", "Waiting for a command is answered with its exit status.", "terminals#waiting-for-exit", "terminal"),
    _client("must", "terminal.kill", "A command is killed, and its terminal stays.", "terminals#killing-commands", "terminal"),
    _client("must", "terminal.release", "A terminal that is released is there no more.", "terminals#releasing-terminals", "terminal"),
    _client("must", "terminal.limit", "Output beyond the limit is cut off at its beginning, between two characters.", "terminals#executing-commands", "terminal"),
)  # fmt: skip

_REST = (
    _client("should", "elicitation.unoffered", "A question in a form that the client does not offer is refused.", "elicitation"),
    _client("may", "process.notices", "A client whose agent has died ends as well, or says so.", "transports#stdio"),
    _client("should", "process.ends", "The agent that the client started does not outlive it.", "transports#stdio"),
)  # fmt: skip

CLIENT_REQUIREMENTS: Final[tuple[Requirement, ...]] = (
    *_WIRE,
    *_INITIALIZE,
    *_SCHEMA,
    *_OFFERS,
    *_SESSION,
    *_PERMISSION,
    *_FILES,
    *_TERMINAL,
    *_REST,
)
"""All of it, topic by topic."""
