"""The messages of ACP version 1, stable.

This module knows which topic holds which name and loads a topic when one of its names is asked for; a class takes a
third of a millisecond to define. It has no `__all__`, because a star import would load them all.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from ._auth import AuthenticateRequest as AuthenticateRequest
    from ._auth import AuthenticateResponse as AuthenticateResponse
    from ._auth import AuthMethod as AuthMethod
    from ._auth import AuthMethodAgent as AuthMethodAgent
    from ._auth import AuthMethodTerminal as AuthMethodTerminal
    from ._auth import LogoutRequest as LogoutRequest
    from ._auth import LogoutResponse as LogoutResponse
    from ._auth import UnknownAuthMethod as UnknownAuthMethod
    from ._cancel import CancelNotification as CancelNotification
    from ._cancel import CancelRequestNotification as CancelRequestNotification
    from ._commands import AvailableCommand as AvailableCommand
    from ._commands import AvailableCommandInput as AvailableCommandInput
    from ._commands import AvailableCommandsUpdate as AvailableCommandsUpdate
    from ._commands import UnstructuredCommandInput as UnstructuredCommandInput
    from ._config import SessionConfigBoolean as SessionConfigBoolean
    from ._config import SessionConfigOption as SessionConfigOption
    from ._config import SessionConfigOptionCategory as SessionConfigOptionCategory
    from ._config import SessionConfigSelect as SessionConfigSelect
    from ._config import SessionConfigSelectGroup as SessionConfigSelectGroup
    from ._config import SessionConfigSelectOption as SessionConfigSelectOption
    from ._config import SessionConfigSelectOptions as SessionConfigSelectOptions
    from ._config import SetSessionConfigOptionRequest as SetSessionConfigOptionRequest
    from ._config import SetSessionConfigOptionResponse as SetSessionConfigOptionResponse
    from ._config import UnknownSessionConfigOption as UnknownSessionConfigOption
    from ._content import Annotations as Annotations
    from ._content import AudioContent as AudioContent
    from ._content import BlobResourceContents as BlobResourceContents
    from ._content import ContentBlock as ContentBlock
    from ._content import EmbeddedResource as EmbeddedResource
    from ._content import EmbeddedResourceResource as EmbeddedResourceResource
    from ._content import ImageContent as ImageContent
    from ._content import ResourceLink as ResourceLink
    from ._content import Role as Role
    from ._content import TextContent as TextContent
    from ._content import TextResourceContents as TextResourceContents
    from ._content import UnknownContentBlock as UnknownContentBlock
    from ._elicitation import BooleanPropertySchema as BooleanPropertySchema
    from ._elicitation import CompleteElicitationNotification as CompleteElicitationNotification
    from ._elicitation import CreateElicitationRequest as CreateElicitationRequest
    from ._elicitation import CreateElicitationResponse as CreateElicitationResponse
    from ._elicitation import ElicitationAcceptAction as ElicitationAcceptAction
    from ._elicitation import ElicitationAction as ElicitationAction
    from ._elicitation import ElicitationCancelAction as ElicitationCancelAction
    from ._elicitation import ElicitationContentValue as ElicitationContentValue
    from ._elicitation import ElicitationDeclineAction as ElicitationDeclineAction
    from ._elicitation import ElicitationFormMode as ElicitationFormMode
    from ._elicitation import ElicitationMode as ElicitationMode
    from ._elicitation import ElicitationPropertySchema as ElicitationPropertySchema
    from ._elicitation import ElicitationRequestScope as ElicitationRequestScope
    from ._elicitation import ElicitationSchema as ElicitationSchema
    from ._elicitation import ElicitationSchemaType as ElicitationSchemaType
    from ._elicitation import ElicitationScope as ElicitationScope
    from ._elicitation import ElicitationSessionScope as ElicitationSessionScope
    from ._elicitation import ElicitationUrlMode as ElicitationUrlMode
    from ._elicitation import EnumOption as EnumOption
    from ._elicitation import IntegerPropertySchema as IntegerPropertySchema
    from ._elicitation import MultiSelectItems as MultiSelectItems
    from ._elicitation import MultiSelectPropertySchema as MultiSelectPropertySchema
    from ._elicitation import NumberPropertySchema as NumberPropertySchema
    from ._elicitation import StringFormat as StringFormat
    from ._elicitation import StringMultiSelectItems as StringMultiSelectItems
    from ._elicitation import StringPropertySchema as StringPropertySchema
    from ._elicitation import TitledMultiSelectItems as TitledMultiSelectItems
    from ._elicitation import UnknownElicitationAction as UnknownElicitationAction
    from ._elicitation import UnknownElicitationMode as UnknownElicitationMode
    from ._elicitation import UnknownElicitationPropertySchema as UnknownElicitationPropertySchema
    from ._elicitation import UnknownMultiSelectItems as UnknownMultiSelectItems
    from ._environment import EnvVariable as EnvVariable
    from ._fs import ReadTextFileRequest as ReadTextFileRequest
    from ._fs import ReadTextFileResponse as ReadTextFileResponse
    from ._fs import WriteTextFileRequest as WriteTextFileRequest
    from ._fs import WriteTextFileResponse as WriteTextFileResponse
    from ._ids import AuthMethodId as AuthMethodId
    from ._ids import CompactionId as CompactionId
    from ._ids import ElicitationId as ElicitationId
    from ._ids import MessageId as MessageId
    from ._ids import PermissionOptionId as PermissionOptionId
    from ._ids import ProtocolVersion as ProtocolVersion
    from ._ids import RequestId as RequestId
    from ._ids import SessionConfigGroupId as SessionConfigGroupId
    from ._ids import SessionConfigId as SessionConfigId
    from ._ids import SessionConfigValueId as SessionConfigValueId
    from ._ids import SessionId as SessionId
    from ._ids import SessionModeId as SessionModeId
    from ._ids import TerminalId as TerminalId
    from ._ids import ToolCallId as ToolCallId
    from ._initialize import AgentAuthCapabilities as AgentAuthCapabilities
    from ._initialize import AgentCapabilities as AgentCapabilities
    from ._initialize import AuthCapabilities as AuthCapabilities
    from ._initialize import BooleanConfigOptionCapabilities as BooleanConfigOptionCapabilities
    from ._initialize import ClientCapabilities as ClientCapabilities
    from ._initialize import ClientSessionCapabilities as ClientSessionCapabilities
    from ._initialize import CompactionCapabilities as CompactionCapabilities
    from ._initialize import ElicitationCapabilities as ElicitationCapabilities
    from ._initialize import ElicitationFormCapabilities as ElicitationFormCapabilities
    from ._initialize import ElicitationUrlCapabilities as ElicitationUrlCapabilities
    from ._initialize import FileSystemCapabilities as FileSystemCapabilities
    from ._initialize import Implementation as Implementation
    from ._initialize import InitializeRequest as InitializeRequest
    from ._initialize import InitializeResponse as InitializeResponse
    from ._initialize import LogoutCapabilities as LogoutCapabilities
    from ._initialize import McpCapabilities as McpCapabilities
    from ._initialize import NoticeCapabilities as NoticeCapabilities
    from ._initialize import PromptCapabilities as PromptCapabilities
    from ._initialize import SessionAdditionalDirectoriesCapabilities as SessionAdditionalDirectoriesCapabilities
    from ._initialize import SessionCapabilities as SessionCapabilities
    from ._initialize import SessionCloseCapabilities as SessionCloseCapabilities
    from ._initialize import SessionConfigOptionsCapabilities as SessionConfigOptionsCapabilities
    from ._initialize import SessionDeleteCapabilities as SessionDeleteCapabilities
    from ._initialize import SessionListCapabilities as SessionListCapabilities
    from ._initialize import SessionResumeCapabilities as SessionResumeCapabilities
    from ._mcp import HttpHeader as HttpHeader
    from ._mcp import McpServer as McpServer
    from ._mcp import McpServerHttp as McpServerHttp
    from ._mcp import McpServerSse as McpServerSse
    from ._mcp import McpServerStdio as McpServerStdio
    from ._mcp import UnknownMcpServer as UnknownMcpServer
    from ._mode import SessionMode as SessionMode
    from ._mode import SessionModeState as SessionModeState
    from ._mode import SetSessionModeRequest as SetSessionModeRequest
    from ._mode import SetSessionModeResponse as SetSessionModeResponse
    from ._permission import CancelledOutcome as CancelledOutcome
    from ._permission import PermissionOption as PermissionOption
    from ._permission import PermissionOptionKind as PermissionOptionKind
    from ._permission import RequestPermissionOutcome as RequestPermissionOutcome
    from ._permission import RequestPermissionRequest as RequestPermissionRequest
    from ._permission import RequestPermissionResponse as RequestPermissionResponse
    from ._permission import SelectedOutcome as SelectedOutcome
    from ._permission import UnknownPermissionOutcome as UnknownPermissionOutcome
    from ._plan import Plan as Plan
    from ._plan import PlanEntry as PlanEntry
    from ._plan import PlanEntryPriority as PlanEntryPriority
    from ._plan import PlanEntryStatus as PlanEntryStatus
    from ._prompt import PromptRequest as PromptRequest
    from ._prompt import PromptResponse as PromptResponse
    from ._prompt import StopReason as StopReason
    from ._session import CloseSessionRequest as CloseSessionRequest
    from ._session import CloseSessionResponse as CloseSessionResponse
    from ._session import DeleteSessionRequest as DeleteSessionRequest
    from ._session import DeleteSessionResponse as DeleteSessionResponse
    from ._session import ListSessionsRequest as ListSessionsRequest
    from ._session import ListSessionsResponse as ListSessionsResponse
    from ._session import LoadSessionRequest as LoadSessionRequest
    from ._session import LoadSessionResponse as LoadSessionResponse
    from ._session import NewSessionRequest as NewSessionRequest
    from ._session import NewSessionResponse as NewSessionResponse
    from ._session import ResumeSessionRequest as ResumeSessionRequest
    from ._session import ResumeSessionResponse as ResumeSessionResponse
    from ._session import SessionInfo as SessionInfo
    from ._terminal import CreateTerminalRequest as CreateTerminalRequest
    from ._terminal import CreateTerminalResponse as CreateTerminalResponse
    from ._terminal import KillTerminalRequest as KillTerminalRequest
    from ._terminal import KillTerminalResponse as KillTerminalResponse
    from ._terminal import ReleaseTerminalRequest as ReleaseTerminalRequest
    from ._terminal import ReleaseTerminalResponse as ReleaseTerminalResponse
    from ._terminal import TerminalExitStatus as TerminalExitStatus
    from ._terminal import TerminalOutputRequest as TerminalOutputRequest
    from ._terminal import TerminalOutputResponse as TerminalOutputResponse
    from ._terminal import WaitForTerminalExitRequest as WaitForTerminalExitRequest
    from ._terminal import WaitForTerminalExitResponse as WaitForTerminalExitResponse
    from ._tool_call import Content as Content
    from ._tool_call import Diff as Diff
    from ._tool_call import Terminal as Terminal
    from ._tool_call import ToolCall as ToolCall
    from ._tool_call import ToolCallContent as ToolCallContent
    from ._tool_call import ToolCallLocation as ToolCallLocation
    from ._tool_call import ToolCallStatus as ToolCallStatus
    from ._tool_call import ToolCallUpdate as ToolCallUpdate
    from ._tool_call import ToolKind as ToolKind
    from ._tool_call import UnknownToolCallContent as UnknownToolCallContent
    from ._update import AgentMessageChunk as AgentMessageChunk
    from ._update import AgentThoughtChunk as AgentThoughtChunk
    from ._update import CompactionStatus as CompactionStatus
    from ._update import CompactionSummaryChunk as CompactionSummaryChunk
    from ._update import CompactionUpdate as CompactionUpdate
    from ._update import ConfigOptionUpdate as ConfigOptionUpdate
    from ._update import ContentChunk as ContentChunk
    from ._update import Cost as Cost
    from ._update import CurrentModeUpdate as CurrentModeUpdate
    from ._update import Notice as Notice
    from ._update import NoticeSeverity as NoticeSeverity
    from ._update import SessionInfoUpdate as SessionInfoUpdate
    from ._update import SessionNotification as SessionNotification
    from ._update import SessionUpdate as SessionUpdate
    from ._update import UnknownSessionUpdate as UnknownSessionUpdate
    from ._update import UsageUpdate as UsageUpdate
    from ._update import UserMessageChunk as UserMessageChunk

_TOPICS: Final = {
    "_auth": (
        "AuthMethod",
        "AuthMethodAgent",
        "AuthMethodTerminal",
        "AuthenticateRequest",
        "AuthenticateResponse",
        "LogoutRequest",
        "LogoutResponse",
        "UnknownAuthMethod",
    ),
    "_cancel": (
        "CancelNotification",
        "CancelRequestNotification",
    ),
    "_commands": (
        "AvailableCommand",
        "AvailableCommandInput",
        "AvailableCommandsUpdate",
        "UnstructuredCommandInput",
    ),
    "_config": (
        "SessionConfigBoolean",
        "SessionConfigOption",
        "SessionConfigOptionCategory",
        "SessionConfigSelect",
        "SessionConfigSelectGroup",
        "SessionConfigSelectOption",
        "SessionConfigSelectOptions",
        "SetSessionConfigOptionRequest",
        "SetSessionConfigOptionResponse",
        "UnknownSessionConfigOption",
    ),
    "_content": (
        "Annotations",
        "AudioContent",
        "BlobResourceContents",
        "ContentBlock",
        "EmbeddedResource",
        "EmbeddedResourceResource",
        "ImageContent",
        "ResourceLink",
        "Role",
        "TextContent",
        "TextResourceContents",
        "UnknownContentBlock",
    ),
    "_elicitation": (
        "BooleanPropertySchema",
        "CompleteElicitationNotification",
        "CreateElicitationRequest",
        "CreateElicitationResponse",
        "ElicitationAcceptAction",
        "ElicitationAction",
        "ElicitationCancelAction",
        "ElicitationContentValue",
        "ElicitationDeclineAction",
        "ElicitationFormMode",
        "ElicitationMode",
        "ElicitationPropertySchema",
        "ElicitationRequestScope",
        "ElicitationSchema",
        "ElicitationSchemaType",
        "ElicitationScope",
        "ElicitationSessionScope",
        "ElicitationUrlMode",
        "EnumOption",
        "IntegerPropertySchema",
        "MultiSelectItems",
        "MultiSelectPropertySchema",
        "NumberPropertySchema",
        "StringFormat",
        "StringMultiSelectItems",
        "StringPropertySchema",
        "TitledMultiSelectItems",
        "UnknownElicitationAction",
        "UnknownElicitationMode",
        "UnknownElicitationPropertySchema",
        "UnknownMultiSelectItems",
    ),
    "_environment": ("EnvVariable",),
    "_fs": (
        "ReadTextFileRequest",
        "ReadTextFileResponse",
        "WriteTextFileRequest",
        "WriteTextFileResponse",
    ),
    "_ids": (
        "AuthMethodId",
        "CompactionId",
        "ElicitationId",
        "MessageId",
        "PermissionOptionId",
        "ProtocolVersion",
        "RequestId",
        "SessionConfigGroupId",
        "SessionConfigId",
        "SessionConfigValueId",
        "SessionId",
        "SessionModeId",
        "TerminalId",
        "ToolCallId",
    ),
    "_initialize": (
        "AgentAuthCapabilities",
        "AgentCapabilities",
        "AuthCapabilities",
        "BooleanConfigOptionCapabilities",
        "ClientCapabilities",
        "ClientSessionCapabilities",
        "CompactionCapabilities",
        "ElicitationCapabilities",
        "ElicitationFormCapabilities",
        "ElicitationUrlCapabilities",
        "FileSystemCapabilities",
        "Implementation",
        "InitializeRequest",
        "InitializeResponse",
        "LogoutCapabilities",
        "McpCapabilities",
        "NoticeCapabilities",
        "PromptCapabilities",
        "SessionAdditionalDirectoriesCapabilities",
        "SessionCapabilities",
        "SessionCloseCapabilities",
        "SessionConfigOptionsCapabilities",
        "SessionDeleteCapabilities",
        "SessionListCapabilities",
        "SessionResumeCapabilities",
    ),
    "_mcp": (
        "HttpHeader",
        "McpServer",
        "McpServerHttp",
        "McpServerSse",
        "McpServerStdio",
        "UnknownMcpServer",
    ),
    "_mode": (
        "SessionMode",
        "SessionModeState",
        "SetSessionModeRequest",
        "SetSessionModeResponse",
    ),
    "_permission": (
        "CancelledOutcome",
        "PermissionOption",
        "PermissionOptionKind",
        "RequestPermissionOutcome",
        "RequestPermissionRequest",
        "RequestPermissionResponse",
        "SelectedOutcome",
        "UnknownPermissionOutcome",
    ),
    "_plan": (
        "Plan",
        "PlanEntry",
        "PlanEntryPriority",
        "PlanEntryStatus",
    ),
    "_prompt": (
        "PromptRequest",
        "PromptResponse",
        "StopReason",
    ),
    "_session": (
        "CloseSessionRequest",
        "CloseSessionResponse",
        "DeleteSessionRequest",
        "DeleteSessionResponse",
        "ListSessionsRequest",
        "ListSessionsResponse",
        "LoadSessionRequest",
        "LoadSessionResponse",
        "NewSessionRequest",
        "NewSessionResponse",
        "ResumeSessionRequest",
        "ResumeSessionResponse",
        "SessionInfo",
    ),
    "_terminal": (
        "CreateTerminalRequest",
        "CreateTerminalResponse",
        "KillTerminalRequest",
        "KillTerminalResponse",
        "ReleaseTerminalRequest",
        "ReleaseTerminalResponse",
        "TerminalExitStatus",
        "TerminalOutputRequest",
        "TerminalOutputResponse",
        "WaitForTerminalExitRequest",
        "WaitForTerminalExitResponse",
    ),
    "_tool_call": (
        "Content",
        "Diff",
        "Terminal",
        "ToolCall",
        "ToolCallContent",
        "ToolCallLocation",
        "ToolCallStatus",
        "ToolCallUpdate",
        "ToolKind",
        "UnknownToolCallContent",
    ),
    "_update": (
        "AgentMessageChunk",
        "AgentThoughtChunk",
        "CompactionStatus",
        "CompactionSummaryChunk",
        "CompactionUpdate",
        "ConfigOptionUpdate",
        "ContentChunk",
        "Cost",
        "CurrentModeUpdate",
        "Notice",
        "NoticeSeverity",
        "SessionInfoUpdate",
        "SessionNotification",
        "SessionUpdate",
        "UnknownSessionUpdate",
        "UsageUpdate",
        "UserMessageChunk",
    ),
}
"""The public names of each topic."""

_TOPIC_OF: Final = {name: topic for topic, names in _TOPICS.items() for name in names}

if not TYPE_CHECKING:  # or type checkers would believe in any name

    def __getattr__(name: str) -> Any:
        topic = _TOPIC_OF.get(name)
        if topic is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f"{__name__}.{topic}"), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(_TOPIC_OF)
