"""Structured concurrency for the Agent Client Protocol, on trio.

The short list: `Agent` and `Client`, what they hand out, and the errors to expect. Messages are in `acp_trio.schema`,
ways to reach a peer in `acp_trio.transports`, test doubles in `acp_trio.testing`.
"""

from .connection import AcpInternalError as AcpInternalError
from .connection import Connection as Connection
from .connection import Dispatch as Dispatch
from .connection import DispatchLoopHeld as DispatchLoopHeld
from .connection import Handled as Handled
from .connection import Handlers as Handlers
from .connection import Limits as Limits
from .connection import NotificationDispatch as NotificationDispatch
from .connection import RequestDispatch as RequestDispatch
from .connection import Responder as Responder
from .connection import ResponseDispatch as ResponseDispatch
from .connection import ResponseRouter as ResponseRouter
from .connection import SentRequest as SentRequest
from .jsonrpc import AcpError as AcpError
from .jsonrpc import LocalMisuse as LocalMisuse
from .jsonrpc import PeerError as PeerError
from .jsonrpc import ProtocolViolation as ProtocolViolation
from .jsonrpc import RequestError as RequestError
from .jsonrpc import UntypedMessage as UntypedMessage
from .roles import AGENT as AGENT
from .roles import CLIENT as CLIENT
from .roles import Agent as Agent
from .roles import AgentConnection as AgentConnection
from .roles import Client as Client
from .roles import ClientConnection as ClientConnection
from .roles import Proxy as Proxy
from .roles import ProxyConnection as ProxyConnection
from .roles import VersionMismatch as VersionMismatch
from .session import AgentSession as AgentSession
from .session import ClientSession as ClientSession
from .session import PromptTurn as PromptTurn
from .session import SessionOverrun as SessionOverrun
from .session import Turn as Turn
from .transports import ConnectionClosed as ConnectionClosed
from .transports import ConnectionLost as ConnectionLost
from .transports import HandshakeFailed as HandshakeFailed

__all__ = [
    "AGENT",
    "CLIENT",
    "AcpError",
    "AcpInternalError",
    "Agent",
    "AgentConnection",
    "AgentSession",
    "Client",
    "ClientConnection",
    "ClientSession",
    "Connection",
    "ConnectionClosed",
    "ConnectionLost",
    "Dispatch",
    "DispatchLoopHeld",
    "Handled",
    "Handlers",
    "HandshakeFailed",
    "Limits",
    "LocalMisuse",
    "NotificationDispatch",
    "PeerError",
    "PromptTurn",
    "ProtocolViolation",
    "Proxy",
    "ProxyConnection",
    "RequestDispatch",
    "RequestError",
    "Responder",
    "ResponseDispatch",
    "ResponseRouter",
    "SentRequest",
    "SessionOverrun",
    "Turn",
    "UntypedMessage",
    "VersionMismatch",
]
