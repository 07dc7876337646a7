"""For builders: connections without a role, and the parts that roles are made of."""

from .connection import ConnectionStatistics as ConnectionStatistics
from .connection import Hooks as Hooks
from .connection import Responder as Responder
from .connection import make_handler as make_handler
from .connection import open_connection as open_connection

__all__ = ["ConnectionStatistics", "Hooks", "Responder", "make_handler", "open_connection"]
