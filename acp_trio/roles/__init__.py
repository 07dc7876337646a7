"""The roles: an agent that serves clients, a client that connects to agents, and the connections they hold."""

from ._agent import Agent as Agent
from ._agent import AgentConnection as AgentConnection
from ._client import Client as Client
from ._client_connection import ClientConnection as ClientConnection
from ._errors import VersionMismatch as VersionMismatch

__all__ = ["Agent", "AgentConnection", "Client", "ClientConnection", "VersionMismatch"]
