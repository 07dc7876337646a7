"""The roles: agents, clients, the proxies between them, and the connections they hold."""

from ._agent import Agent as Agent
from ._agent import AgentConnection as AgentConnection
from ._client import Client as Client
from ._client_connection import ClientConnection as ClientConnection
from ._errors import VersionMismatch as VersionMismatch
from ._peers import AGENT as AGENT
from ._peers import CLIENT as CLIENT
from ._proxy import Proxy as Proxy
from ._proxy import ProxyConnection as ProxyConnection
from ._successor import INITIALIZE as INITIALIZE
from ._successor import SUCCESSOR as SUCCESSOR
from ._successor import SuccessorAddressing as SuccessorAddressing
from ._untyped_role import UntypedRole as UntypedRole

__all__ = [
    "AGENT",
    "CLIENT",
    "INITIALIZE",
    "SUCCESSOR",
    "Agent",
    "AgentConnection",
    "Client",
    "ClientConnection",
    "Proxy",
    "ProxyConnection",
    "SuccessorAddressing",
    "UntypedRole",
    "VersionMismatch",
]
