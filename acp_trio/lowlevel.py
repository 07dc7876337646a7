"""For builders: connections without a role of ACP, and the parts that roles are made of."""

from .connection import ConnectionStatistics as ConnectionStatistics
from .connection import Hooks as Hooks
from .connection import make_handler as make_handler
from .connection import open_connection as open_connection
from .roles import UntypedRole as UntypedRole

__all__ = ["ConnectionStatistics", "Hooks", "UntypedRole", "make_handler", "open_connection"]
