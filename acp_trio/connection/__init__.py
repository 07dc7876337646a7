"""One JSON-RPC connection on trio: a nursery of four actors, and the handle to ask, notify and start tasks."""

from ._actors import AcpInternalError as AcpInternalError
from ._actors import what_leaves as what_leaves
from ._answers import CANCELLED as CANCELLED
from ._answers import invalid_params as invalid_params
from ._body import Block as Block
from ._body import CarriedError as CarriedError
from ._body import block as block
from ._connection import GRACE as GRACE
from ._connection import Connection as Connection
from ._connection import Connects as Connects
from ._connection import hold_open as hold_open
from ._dispatch import Dispatch as Dispatch
from ._dispatch import NotificationDispatch as NotificationDispatch
from ._dispatch import RequestDispatch as RequestDispatch
from ._dispatch import ResponseDispatch as ResponseDispatch
from ._doorbell import Doorbell as Doorbell
from ._gong import Gong as Gong
from ._grace import check_grace as check_grace
from ._groups import lone_leaf as lone_leaf
from ._groups import members as members
from ._handlers import Handled as Handled
from ._handlers import Handler as Handler
from ._handlers import Taker as Taker
from ._handlers import make_dispatch_handler as make_dispatch_handler
from ._handlers import make_handler as make_handler
from ._hold import DispatchLoopHeld as DispatchLoopHeld
from ._hold import check_may_wait as check_may_wait
from ._hooks import Hooks as Hooks
from ._hooks import raw_params as raw_params
from ._laggards import Laggards as Laggards
from ._limits import Limits as Limits
from ._open import open_connection as open_connection
from ._own_context import in_own_context as in_own_context
from ._peers import Peer as Peer
from ._registry import DispatchHandler as DispatchHandler
from ._registry import Handlers as Handlers
from ._responder import Responder as Responder
from ._response_router import ResponseRouter as ResponseRouter
from ._runs import Run as Run
from ._runs import check_result as check_result
from ._runs import run_in_task as run_in_task
from ._sent_request import SentRequest as SentRequest
from ._shelf import Shelf as Shelf
from ._slice import LOOK_EVERY as LOOK_EVERY
from ._slice import Slice as Slice
from ._statistics import ConnectionStatistics as ConnectionStatistics

__all__ = [
    "CANCELLED",
    "GRACE",
    "LOOK_EVERY",
    "AcpInternalError",
    "Block",
    "CarriedError",
    "Connection",
    "ConnectionStatistics",
    "Connects",
    "Dispatch",
    "DispatchHandler",
    "DispatchLoopHeld",
    "Doorbell",
    "Gong",
    "Handled",
    "Handler",
    "Handlers",
    "Hooks",
    "Laggards",
    "Limits",
    "NotificationDispatch",
    "Peer",
    "RequestDispatch",
    "Responder",
    "ResponseDispatch",
    "ResponseRouter",
    "Run",
    "SentRequest",
    "Shelf",
    "Slice",
    "Taker",
    "block",
    "check_grace",
    "check_may_wait",
    "check_result",
    "hold_open",
    "in_own_context",
    "invalid_params",
    "lone_leaf",
    "make_dispatch_handler",
    "make_handler",
    "members",
    "open_connection",
    "raw_params",
    "run_in_task",
    "what_leaves",
]
