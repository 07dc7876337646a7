"""The first exchange: protocol version, who is who, and what either side can do. An omitted capability is not supported."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from .._message import MetaRecord, Record, Request, Side, record
from .._wire import lenient
from ._auth import AuthMethod
from ._ids import ProtocolVersion


@record
class Implementation(MetaRecord):
    """The name and version of a program.

    Attributes:
      name: for machines.
      version: as the program writes it.
      title: for people; `name` where it is absent.
    """

    name: str
    title: str | None = lenient(default=None)
    version: str


@record
class FileSystemCapabilities(MetaRecord):
    """Which file methods the client answers."""

    read_text_file: bool = lenient(default=False)
    write_text_file: bool = lenient(default=False)


@record
class CompactionCapabilities(Record):
    """The client shows compactions of the context and follows their ids."""


@record
class NoticeCapabilities(Record):
    """The client shows notices."""


@record
class BooleanConfigOptionCapabilities(MetaRecord):
    """The client shows config options that are on or off."""


@record
class SessionConfigOptionsCapabilities(MetaRecord):
    """The kinds of config option, beyond a choice from a list, that the client shows."""

    boolean: BooleanConfigOptionCapabilities | None = lenient(default=None)


@record
class ClientSessionCapabilities(MetaRecord):
    """Which parts of a session the client shows."""

    compaction: CompactionCapabilities | None = lenient(default=None)
    config_options: SessionConfigOptionsCapabilities | None = lenient(default=None)
    notices: NoticeCapabilities | None = lenient(default=None)


@record
class AuthCapabilities(MetaRecord):
    """Which ways to authenticate the client can carry out.

    Attributes:
      terminal: it can run the agent in a terminal for a person to sign in.
    """

    terminal: bool = lenient(default=False)


@record
class ElicitationFormCapabilities(MetaRecord):
    """The client shows forms."""


@record
class ElicitationUrlCapabilities(MetaRecord):
    """The client opens links."""


@record
class ElicitationCapabilities(MetaRecord):
    """How the client can ask its user; empty advertises nothing."""

    form: ElicitationFormCapabilities | None = lenient(default=None)
    url: ElicitationUrlCapabilities | None = lenient(default=None)


@record
class ClientCapabilities(MetaRecord):
    """What the client can do.

    Attributes:
      terminal: it answers all `terminal/*` methods.
    """

    fs: FileSystemCapabilities = lenient(default=FileSystemCapabilities())
    terminal: bool = lenient(default=False)
    session: ClientSessionCapabilities | None = lenient(default=None)
    auth: AuthCapabilities = lenient(default=AuthCapabilities())
    elicitation: ElicitationCapabilities | None = lenient(default=None)


@record
class PromptCapabilities(MetaRecord):
    """Which content a prompt may hold beyond text and resource links."""

    image: bool = lenient(default=False)
    audio: bool = lenient(default=False)
    embedded_context: bool = lenient(default=False)


@record
class McpCapabilities(MetaRecord):
    """Which MCP transports the agent speaks beyond stdio."""

    http: bool = lenient(default=False)
    sse: bool = lenient(default=False)


@record
class SessionListCapabilities(MetaRecord):
    """The agent answers `session/list`."""


@record
class SessionDeleteCapabilities(MetaRecord):
    """The agent answers `session/delete`."""


@record
class SessionAdditionalDirectoriesCapabilities(MetaRecord):
    """The agent takes additional directories when it sets up a session."""


@record
class SessionResumeCapabilities(MetaRecord):
    """The agent answers `session/resume`."""


@record
class SessionCloseCapabilities(MetaRecord):
    """The agent answers `session/close`."""


@record
class SessionCapabilities(MetaRecord):
    """What the agent can do with sessions beyond opening and prompting them."""

    list: SessionListCapabilities | None = lenient(default=None)
    delete: SessionDeleteCapabilities | None = lenient(default=None)
    additional_directories: SessionAdditionalDirectoriesCapabilities | None = lenient(default=None)
    resume: SessionResumeCapabilities | None = lenient(default=None)
    close: SessionCloseCapabilities | None = lenient(default=None)


@record
class LogoutCapabilities(MetaRecord):
    """The agent answers `logout`."""


@record
class AgentAuthCapabilities(MetaRecord):
    """What the agent can do about authentication beyond `authenticate`."""

    logout: LogoutCapabilities | None = lenient(default=None)


@record
class AgentCapabilities(MetaRecord):
    """What the agent can do.

    Attributes:
      load_session: it answers `session/load`.
    """

    load_session: bool = lenient(default=False)
    prompt_capabilities: PromptCapabilities = lenient(default=PromptCapabilities())
    mcp_capabilities: McpCapabilities = lenient(default=McpCapabilities())
    session_capabilities: SessionCapabilities = lenient(default=SessionCapabilities())
    auth: AgentAuthCapabilities = lenient(default=AgentAuthCapabilities())


@record
class InitializeResponse(MetaRecord):
    """The agent's half of the agreement.

    Attributes:
      protocol_version: the version to speak from now on; a client that cannot speak it should disconnect.
      auth_methods: the ways to authenticate; none means that sessions need no authentication.
    """

    protocol_version: ProtocolVersion
    agent_capabilities: AgentCapabilities = lenient(default=AgentCapabilities())
    auth_methods: Sequence[AuthMethod] = lenient(default=(), skip_invalid=True)
    agent_info: Implementation | None = lenient(default=None)


@record
class InitializeRequest(Request[InitializeResponse]):
    """The client's half of the agreement, and the first message of a connection.

    Attributes:
      protocol_version: the latest version that the client speaks.
    """

    method = "initialize"
    side: ClassVar[Side] = "agent"

    protocol_version: ProtocolVersion
    client_capabilities: ClientCapabilities = lenient(default=ClientCapabilities())
    client_info: Implementation | None = lenient(default=None)
