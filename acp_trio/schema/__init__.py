"""The messages of ACP as classes. Nothing here touches the wire: see `acp_trio.codec`.

Importing this package, or `v1`, defines no message class: a topic is loaded when one of its names is asked for.
"""

from __future__ import annotations

from . import v1 as v1
from ._message import Notification as Notification
from ._message import Record as Record
from ._message import Request as Request
from ._message import Unknown as Unknown
from ._message import evolve as evolve
from ._message import record as record
from ._methods import message_class as message_class
from ._methods import method_side as method_side
from ._unset import UNSET as UNSET
from ._unset import UnsetType as UnsetType
from ._wire import field as field
from ._wire import lenient as lenient

__all__ = [
    "UNSET",
    "Notification",
    "Record",
    "Request",
    "Unknown",
    "UnsetType",
    "evolve",
    "field",
    "lenient",
    "message_class",
    "method_side",
    "record",
    "v1",
]
