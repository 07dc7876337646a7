"""Every exception of acp_trio's own. A wrong argument is a TypeError or ValueError besides.

AcpError
 ├ RequestError                         raise it in a handler to refuse
 ├ PeerError                            the peer refused: method, code, message, data
 ├ ProtocolViolation                    the peer broke JSON-RPC or ACP
 ├ LocalMisuse          (RuntimeError)  this side did
 │  └ DispatchLoopHeld                  a handler that holds the loop tried to wait for a peer
 ├ ConnectionClosed     (trio.ClosedResourceError)   we closed it
 ├ ConnectionLost       (trio.BrokenResourceError)   it went away
 ├ HandshakeFailed                      the peer could not be started, or speaks no ACP
 │  └ VersionMismatch
 ├ SessionOverrun                       one session's updates were not read for too long
 └ AcpInternalError                     a defect of acp_trio
"""  # a tree is indented

from .connection import AcpInternalError as AcpInternalError
from .connection import DispatchLoopHeld as DispatchLoopHeld
from .jsonrpc import AcpError as AcpError
from .jsonrpc import LocalMisuse as LocalMisuse
from .jsonrpc import PeerError as PeerError
from .jsonrpc import ProtocolViolation as ProtocolViolation
from .jsonrpc import RequestError as RequestError
from .roles import VersionMismatch as VersionMismatch
from .session import SessionOverrun as SessionOverrun
from .transports import ConnectionClosed as ConnectionClosed
from .transports import ConnectionLost as ConnectionLost
from .transports import HandshakeFailed as HandshakeFailed

__all__ = [
    "AcpError",
    "AcpInternalError",
    "ConnectionClosed",
    "ConnectionLost",
    "DispatchLoopHeld",
    "HandshakeFailed",
    "LocalMisuse",
    "PeerError",
    "ProtocolViolation",
    "RequestError",
    "SessionOverrun",
    "VersionMismatch",
]
